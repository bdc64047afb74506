"""Offline verification of a receipt, as its owner does it, with no server.

    python benchmarks/verify.py [--size N]

From the texts of receipt and trust policy to the verdict: both parsed, the note's
signature checked, salt and payload opened, the inclusion path hashed up to the root.
CPU per verification, median over receipts. Floor: 5 ms; target: 1 ms.
"""

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path

from allod.proofs import TrustPolicy, verify_receipt
from probe import machine
from proof_cold import CHUNK, log_in

from kit.ids import new_id
from kit.schema import VAULT
from ledger.formats.entries import erasure_entry

RECEIPTS = 200


def texts(folder: Path, size: int) -> tuple[str, list[str]]:
    """Fill and publish a log; gives its trust policy, and receipts, as they travel."""
    log = log_in(folder)
    made = [
        erasure_entry(new_id(), at=0, granularity=log.granularity, digest=bytes(32))
    ] * size
    with log.database.write() as session:
        VAULT.create_all(session.connection())
    for first in range(0, size, CHUNK):
        with log.database.write() as session:
            log.append(session, [entry for entry, _ in made[first : first + CHUNK]])
        log.publish()
    receipts = [
        log.receipt(index, made[index][1].opening).encode()
        for index in random.sample(range(size), RECEIPTS)
    ]
    log.database.close()
    return log.policy.encode(), receipts


def verify(policy: str, receipt: str) -> float:
    """Verify one receipt; gives CPU seconds."""
    started = time.process_time()
    verify_receipt(receipt, TrustPolicy.parse(policy))
    return time.process_time() - started


def main() -> None:
    """Print the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    size = max(parser.parse_args().size, RECEIPTS)
    with tempfile.TemporaryDirectory() as name:
        print(machine(Path(name)))
        policy, receipts = texts(Path(name), size)
    times = [verify(policy, receipt) for _ in range(3) for receipt in receipts]
    print(f"{size:,} entries, {RECEIPTS} receipts")
    print(f"offline verification  {statistics.median(times) * 1e3:6.3f} ms", end="")
    print("  (floor 5 ms, target 1 ms)")


if __name__ == "__main__":
    main()
