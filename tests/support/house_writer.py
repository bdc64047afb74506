"""Lives in a house until it is killed, and says what was acknowledged to it.

Run as a program by the tests of crashes:

    house_writer.py write HOME SEED     writes, erases, registers again, for ever
    house_writer.py erase HOME POINT    erases `ada`, and kills itself at a point

A point is `path.to.method:n:before` or `…:after`: the n-th call of a method of the
erasure or of what it holds. Killed with SIGKILL: nothing is closed or rolled back.
"""

import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

from clocks import ManualClock
from houses import HISTORY, Scenario, opened

from vault import Erasure, Item

NAMES = ("ada", "bob", "eve")


def main() -> None:
    what, home, how = sys.argv[1:]
    with opened(Path(home), ManualClock()) as scenario:
        if what == "write":
            _write(scenario, random.Random(how))  # noqa: S311 - a rhythm, no secret
        else:
            _arm(scenario.house.erasure, how)
            scenario.house.erasure.erase(scenario.subject("ada"))


def _write(scenario: Scenario, chance: random.Random) -> None:
    _say("open")
    for number in range(1_000_000):
        name = chance.choice(NAMES)
        subject = scenario.house.vault.customers.subject_of(name)
        if subject is None:
            scenario.register(name, readmit="they asked")
            _say("registered", name)
        elif chance.random() < 0.1:
            _say("erasing", name)
            order = scenario.house.erasure.erase(subject)
            _say("erased", name, order.order_id.hex())
        else:
            _put(scenario, name, number)


def _put(scenario: Scenario, name: str, number: int) -> None:
    text = f"text {number}"
    item = Item("idea", {"title": "An idea", "text": text}, f"{os.getpid()}-{number}")
    written = scenario.house.intake.put(HISTORY, name, item)
    _say("put", name, written.record.hex(), number)


def _arm(erasure: Erasure, point: str) -> None:
    path, nth, when = point.split(":")
    *owners, method = path.split(".")
    owner: Any = erasure
    for each in owners:
        owner = getattr(owner, each)
    real, left = getattr(owner, method), int(nth)

    def deadly(*given: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*given, **named)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, method, deadly)


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
