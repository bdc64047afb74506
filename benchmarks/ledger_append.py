"""Durable appends, 256 entries a transaction, against the same rows without a tree.

    python benchmarks/ledger_append.py [--size N]

Both sides commit through `kit.db.Database` (WAL, synchronous=FULL) on the same disk,
turn by turn. The baseline inserts the same bytes under the same key with one
`executemany` and no hash; what the ratio leaves is the price of the tree. Floor:
10,000 entries a second; target: 18,000.
"""

import argparse
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from probe import machine

from kit.clock import SystemClock
from kit.db import Database, WriteSession, raw
from kit.schema import VAULT
from kit.secret import Secret
from ledger import _rows  # noqa: F401 - declares the tables
from ledger.files.mirror import Mirror
from ledger.formats.commitment import Entry
from ledger.formats.entry_kinds import EntryType
from ledger.formats.signing import Signer
from ledger.log import Log

BATCH = 256
PUBLISHED = 128 * BATCH
PLAIN = "INSERT INTO ledger_entry (idx, body) VALUES (?, ?)"


def fresh(folder: Path, name: str) -> Database:
    """Make a database with the ledger's tables."""
    database = Database(folder / f"{name}.db")
    with database.write() as session:
        VAULT.create_all(session.connection())
    return database


def timed(database: Database, work: Callable[[WriteSession], object]) -> float:
    """Time one unit of work, commit included."""
    started = time.perf_counter()
    with database.write() as session:
        work(session)
    return time.perf_counter() - started


def batch_of(at: int) -> list[Entry]:
    """Make a batch of entries; their making is not timed."""
    salted = (secrets.token_bytes(32) for _ in range(BATCH))
    return [Entry(EntryType.SUBJECT, at, commitment) for commitment in salted]


def run(folder: Path, size: int) -> tuple[list[float], list[float]]:
    """Append `size` entries to a log and to a plain table, turn by turn."""
    logged, plain = fresh(folder, "log"), fresh(folder, "plain")
    log = Log(
        logged,
        signer=Signer("ledger.example/bench", Secret(secrets.token_bytes(32))),
        mirror=Mirror(folder),
        clock=SystemClock(),
    )
    ours, theirs = [], []
    for first in range(0, size, BATCH):
        entries = batch_of(first)
        rows = [(first + n, entry.encode()) for n, entry in enumerate(entries)]
        ours.append(timed(logged, lambda s, e=entries: log.append(s, e)))
        theirs.append(timed(plain, lambda s, r=rows: raw(s).executemany(PLAIN, r)))
        if not (first + BATCH) % PUBLISHED:
            log.publish()  # untimed: entries that wait too long hold up new ones
    logged.close()
    plain.close()
    return ours, theirs


def main() -> None:
    """Print the rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    size = max(parser.parse_args().size, BATCH)
    with tempfile.TemporaryDirectory() as name:
        print(machine(Path(name)))
        ours, theirs = run(Path(name), size)
    rate, plain = (BATCH / statistics.median(times) for times in (ours, theirs))
    print(f"{size:,} entries")
    print(f"ledger append, batch {BATCH}, durable   {rate:12,.0f} entries/s")
    print(f"plain insert of the same rows      {plain:12,.0f} rows/s")
    print(f"ratio {rate / plain:.2f}")


if __name__ == "__main__":
    main()
