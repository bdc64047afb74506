"""Bulk gated scan against a bare loop that fetches and decrypts the same records.

    python benchmarks/scan.py [--records N] [--each N] [--rounds N]

The baseline reads the same rows and opens each with AES-256-GCM, its key cached, its
AAD made: no policy, no log, no key look-up, no decoding, no mask, nobody's name. The
scan does all of that, and makes each page's access-log row durable before it gives
the page. CPU seconds of the process, turn by turn, medians. Floor: 65 %, target 90 %.

Measured twice: all records allowed; and every third customer restricted (GDPR 18),
whose records the gate denies and does not open, while the baseline opens them all.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from populated import CASE, COLLECTION, populated
from probe import machine

from kit.db import connect
from server.house.house import House
from vault._internal.classes import CustomerClass
from vault._internal.envelope import CustomerKeys, Envelope
from vault._internal.sqlite.subjects import SqliteSubjects

RESTRICTED = CustomerClass("eu", "restricted", "no")
ROWS = "SELECT subject, record, version, sealed FROM vault_record"


def bare(house: House, keys: dict[bytes, CustomerKeys], envelope: Envelope) -> int:
    """Fetch and decrypt every record, and do nothing else."""
    count = 0
    with closing(connect(house.vault_db.path, query_only=True)) as connection:
        for subject, record, version, sealed in connection.execute(ROWS):
            key = keys[subject]
            aad = envelope._aad(key, record, version)  # noqa: SLF001 - as the gate does
            key.cipher.decrypt(sealed[52:64], sealed[64:], aad)
            count += 1
    return count


def gated(house: House) -> int:
    """Scan through the gate; counts what was disclosed and what was withheld."""
    pages = house.gate.scan(CASE, COLLECTION)
    return sum(len(page.items) + page.withheld for page in pages)


def restrict_a_third(house: House) -> None:
    """Restrict the processing of every third customer."""
    subjects = SqliteSubjects(house.vault_db, house.vault.rows)
    found = house.vault_db.reader().execute("SELECT subject FROM vault_subject")
    third = [subject for (subject,) in found.fetchall()][::3]
    with house.vault_db.write() as session:
        for subject in third:
            subjects.set_class(session, subject, RESTRICTED)


def measured(work: Callable[[], int]) -> float:
    """Give the process's CPU seconds per record."""
    started = time.process_time()
    count = work()
    return (time.process_time() - started) / count


def compare(house: House, rounds: int) -> tuple[float, float]:
    """Run both sides turn by turn; gives the medians, in CPU seconds per record."""
    keyring = house.vault.intake._keyring  # noqa: SLF001 - the baseline has no door
    subjects = house.vault_db.reader().execute("SELECT subject FROM vault_subject")
    keys = {subject: keyring.main(subject) for (subject,) in subjects.fetchall()}
    envelope = Envelope(COLLECTION, schema=house.catalog.collection(COLLECTION).schema)
    floor, ours = [], []
    for _ in range(rounds):
        floor.append(measured(lambda: bare(house, keys, envelope)))
        ours.append(measured(lambda: gated(house)))
    return statistics.median(floor), statistics.median(ours)


def main() -> None:
    """Print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    print(machine(Path(tempfile.gettempdir())))
    with populated(chosen.records, each=chosen.each) as (house, _):
        print(f"{chosen.records} records, {chosen.each} to a customer")
        shown("all allowed", *compare(house, chosen.rounds))
        restrict_a_third(house)
        shown("a third denied", *compare(house, chosen.rounds))


def shown(what: str, floor: float, ours: float) -> None:
    """Print one comparison."""
    print(what)
    print(f"  bare fetch and decrypt  {floor * 1e6:6.2f} µs CPU per record")
    print(f"  gated scan              {ours * 1e6:6.2f} µs CPU per record")
    print(f"  ratio                   {floor / ours:6.1%}   (floor 65 %, target 90 %)")


if __name__ == "__main__":
    main()
