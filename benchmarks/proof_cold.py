"""A first inclusion proof in a new process, against rebuilding the tree of leaf hashes.

    python benchmarks/proof_cold.py [--size N] [--rounds N]

Each measurement starts a new interpreter; imports are not timed, opening the database
is. The baseline is what a log without tiles has to do: read every leaf hash (from a
file, which favours it) and hash the whole tree. The two take turns. The proof is
verified against the published root each time. Floor: 10 ms; target: 2 ms.
"""

import argparse
import hashlib
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from allod.proofs import verify_inclusion
from probe import machine

from kit.clock import SystemClock
from kit.db import Database
from kit.schema import VAULT
from kit.secret import Secret
from ledger import _rows  # noqa: F401 - declares the tables
from ledger.files.mirror import Mirror
from ledger.formats.commitment import Entry
from ledger.formats.entry_kinds import EntryType
from ledger.formats.merkle import leaf_hash, node_hash
from ledger.formats.signing import Signer
from ledger.log import Log

CHUNK = 1 << 14


def log_in(folder: Path) -> Log:
    """Open the log of this benchmark."""
    return Log(
        Database(folder / "log.db"),
        signer=Signer("ledger.example/bench", Secret(bytes(32))),
        mirror=Mirror(folder),
        clock=SystemClock(),
    )


def build(folder: Path, size: int) -> None:
    """Fill and publish a log, and put its leaf hashes in a file."""
    log = log_in(folder)
    with log.database.write() as session:
        VAULT.create_all(session.connection())
    with (folder / "leaves").open("wb") as leaves:
        for first in range(0, size, CHUNK):
            numbers = range(first, min(first + CHUNK, size))
            entries = [
                Entry(EntryType.SUBJECT, 0, hashlib.sha256(b"%d" % n).digest())
                for n in numbers
            ]
            with log.database.write() as session:
                log.append(session, entries)
            leaves.writelines(leaf_hash(entry.encode()) for entry in entries)
            log.publish()
    log.database.close()


def prove(folder: Path, index: int) -> tuple[float, float]:
    """Open the log and prove one entry; gives seconds, all and without the opening."""
    started = time.perf_counter()
    log = log_in(folder)
    opened = time.perf_counter()
    latest = log.latest()
    if latest is None:
        raise SystemExit("the log was not published")
    head = latest.checkpoint
    path = log.inclusion(index, head.size)
    done = time.perf_counter()
    leaf = leaf_hash(log.entry(index))
    verify_inclusion(leaf, index, head.size, path, head.root)
    return done - started, done - opened


def rebuild(folder: Path, index: int) -> tuple[float, float]:
    """Read all leaf hashes and hash the tree for the same proof; gives seconds."""
    started = time.perf_counter()
    data = (folder / "leaves").read_bytes()
    level = [data[at : at + 32] for at in range(0, len(data), 32)]
    path, at = [], index
    while len(level) > 1:
        if at ^ 1 < len(level):
            path.append(level[at ^ 1])
        odd = level[-1:] if len(level) % 2 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [node_hash(*pair) for pair in pairs] + odd
        at >>= 1
    taken = time.perf_counter() - started
    leaf, size = data[index * 32 : index * 32 + 32], len(data) // 32
    verify_inclusion(leaf, index, size, path, level[0])
    return taken, taken


def measured(what: str, folder: Path, index: int) -> tuple[float, float]:
    """Run one measurement in a new process."""
    program = [sys.executable, __file__, "--measure", what, str(folder), str(index)]
    result = subprocess.run(program, capture_output=True, text=True, check=True)
    whole, alone = result.stdout.split()
    return float(whole), float(alone)


def compare(folder: Path, size: int, rounds: int) -> None:
    """Build, measure turn by turn, print."""
    build(folder, size)
    print(machine(folder))
    ours, theirs = [], []
    for _ in range(rounds):
        index = random.randrange(size)
        ours.append(measured("prove", folder, index))
        theirs.append(measured("rebuild", folder, index))
    proof, naive = (statistics.median(w for w, _ in each) for each in (ours, theirs))
    alone = statistics.median(each for _, each in ours)
    print(f"{size:,} entries, {rounds} rounds")
    print(f"cold inclusion proof, new process  {proof * 1e3:10.2f} ms")
    print(f"  without making the log object    {alone * 1e3:10.2f} ms")
    print(f"rebuild from all leaf hashes       {naive * 1e3:10.2f} ms")
    print(f"ratio {naive / proof:,.0f}")


def main() -> None:
    """Compare, or (in the new process) measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        what, folder, index = options.measure
        measure = prove if what == "prove" else rebuild
        print(*measure(Path(folder), int(index)))
        return
    with tempfile.TemporaryDirectory() as name:
        compare(Path(name), options.size, options.rounds)


if __name__ == "__main__":
    main()
