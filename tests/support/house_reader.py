"""Reads one record over and over in a process of its own, until told to stop.

Run as a program by the test of P8: `house_reader.py HOME CUSTOMER RECORD`. Says for
each read when it began (nanoseconds of the machine's monotonic clock) and whether
anything was disclosed. Ends when its standard input does.
"""

import select
import sys
import time
from pathlib import Path

from clocks import ManualClock
from houses import CAMPAIGN, opened

from kit.errors import Refused


def main() -> None:
    home, name, record = Path(sys.argv[1]), sys.argv[2], bytes.fromhex(sys.argv[3])
    with opened(home, ManualClock()) as scenario:
        while not select.select([sys.stdin], [], [], 0)[0]:
            began = time.monotonic_ns()
            try:
                scenario.house.gate.read(CAMPAIGN, name, record)
                answer = "disclosed"
            except Refused:
                answer = "refused"
            sys.stdout.write(f"{began} {answer}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
