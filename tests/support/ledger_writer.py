"""Appends and publishes until it is killed; prints each size that was acknowledged.

Run as a program by the tests of crashes: `ledger_writer.py FOLDER SEED`.
"""

import random
import sys
from pathlib import Path

from ledgers import LedgerHouse


def main() -> None:
    house, chance = LedgerHouse(Path(sys.argv[1])), random.Random(sys.argv[2])  # noqa: S311 - a rhythm, no secret
    house.log.repair()
    while True:
        size = house.append(chance.choice((1, 2, 7, 120, 300)))[-1] + 1
        _say("committed", size)
        if chance.random() < 0.7:
            _say("published", house.log.publish().size)


def _say(what: str, size: int) -> None:
    sys.stdout.write(f"{what} {size}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
