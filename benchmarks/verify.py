"""Offline verification of a receipt, as its owner does it, with no server.

    python benchmarks/verify.py [--records N]

From the texts of receipt and trust policy to the verdict: both parsed, the note's
signature checked, the inclusion path hashed up to the root, salt and payload opened.
CPU per verification, median over receipts. Floor: 5 ms; target: 1 ms.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from populated import CASE, COLLECTION, populated
from probe import machine

from ledger.policy import TrustPolicy
from ledger.proof import Receipt
from server.wiring import House

RECEIPTS = 100


def texts(house: House, customers: list[str]) -> tuple[str, list[str]]:
    """Give the trust policy, and receipts of different customers, as they travel."""
    found = []
    for name in customers[:RECEIPTS]:
        subject = house.customers.subject_of(name)
        record = house.gate.list_records(CASE, name, COLLECTION).items[0].record
        if subject is None:
            raise SystemExit("a customer of the benchmark is not registered")
        found.append(house.receipts.of_record(subject, record).encode())
    return house.log.policy.encode(), found


def verify(policy: str, receipt: str) -> float:
    """Verify one receipt; gives CPU seconds."""
    started = time.process_time()
    Receipt.parse(receipt).verify(TrustPolicy.parse(policy))
    return time.process_time() - started


def main() -> None:
    """Print the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    records = parser.parse_args().records
    print(machine(Path(tempfile.gettempdir())))
    with populated(records, each=20) as (house, customers):
        policy, receipts = texts(house, customers)
    times = [verify(policy, receipt) for _ in range(5) for receipt in receipts]
    print(f"{records} entries, {len(receipts)} receipts")
    print(f"offline verification  {statistics.median(times) * 1e3:6.3f} ms", end="")
    print("  (floor 5 ms, target 1 ms)")


if __name__ == "__main__":
    main()
