"""Appends and publishes until it is killed; notes in a file each thing it was told.

`started` runs `write` in a process of its own, forked from one that has everything
imported already, so that a kill costs no start of the interpreter.
"""

import hashlib
import multiprocessing
import os
import random
import sys
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from ledgers import AT, LedgerHouse

from ledger.formats.commitment import Entry
from ledger.formats.entry_kinds import EntryType


@dataclass(frozen=True)
class Said:
    """What was acknowledged: entries by place and digest, checkpoints by root."""

    committed: list[tuple[int, int, str]]
    published: list[tuple[int, str]]


def write(folder: Path, seed: int, notes: Path) -> None:
    """Append and publish until killed."""
    house, chance = LedgerHouse(folder), random.Random(seed)  # noqa: S311 - a rhythm
    descriptor = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    house.log.repair()
    while True:
        new = [
            Entry(EntryType.SUBJECT, AT, os.urandom(32))
            for _ in range(chance.choice((1, 2, 7, 40)))
        ]
        first = house.add(new)[0]
        digest = digest_of([each.encode() for each in new])
        os.write(descriptor, f"committed {first} {len(new)} {digest}\n".encode())
        if chance.random() < 0.7:
            made = house.log.publish()
            line = f"published {made.size} {made.root.hex()}\n"
            os.write(descriptor, line.encode())


def started(folder: Path, seed: int, notes: Path) -> BaseProcess:
    """Start a writer."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    writer = context.Process(target=write, args=(folder, seed, notes), daemon=True)
    writer.start()
    return writer


def digest_of(bodies: list[bytes]) -> str:
    """Digest entries, each with its length."""
    lengths = b"".join(len(each).to_bytes(2, "big") + each for each in bodies)
    return hashlib.sha256(lengths).hexdigest()


def said(notes: Path) -> Said:
    """Read what a writer was told before it was killed."""
    lines = [line.split() for line in notes.read_text().splitlines()]
    return Said(
        [(int(f), int(n), d) for what, f, n, d in _of(lines, "committed")],
        [(int(size), root) for what, size, root in _of(lines, "published")],
    )


def _of(lines: list[list[str]], what: str) -> list[list[str]]:
    return [line for line in lines if line[0] == what]
