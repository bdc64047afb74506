"""Erasure of a customer with many records against one with ten.

    python benchmarks/erase.py [--records N] [--rounds N] [--identifiers]

With `--identifiers` each record is found by an e-mail address and a telephone number.

The online part is what has to be over before nothing of the customer can be read: the
order made durable, the tombstone, and the identity transaction in which keys, blind
index and the link to the customer go, its log cut. `erase()` itself then goes on, while
the caller waits, to purge ciphertext, stamp and certify: that grows with the records,
and is printed too. Wall clock, turn by turn, medians. Floor: 1.5; target: 1.1.
"""

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

from populated import BATCH, HISTORY, fill, populated
from probe import machine

from server.house.house import House
from vault import BatchEntry, Item, NewCustomer
from vault._internal.ports.orders import ErasureOrder
from vault.erasure.erasure import ORDERED, TOMBSTONED, Erasure

FEW = 10
FOUND_BY_TWO = """  contact:
    title: What a customer is reached by
    schema: 1
    retention: P10Y
    purposes:
      import.history: contract
    identifiers: {email: email, phone: phone}
    fields:
      email: {type: email, class: contact}
      phone: {type: phone, class: contact}
"""
ONLINE = ("order", ORDERED, TOMBSTONED)
WHOLE = "whole"

# Seconds of each step of one erasure, by the step that it goes on from.
Steps = dict[str, float]


class Watch:
    """Times the steps of an erasure from outside."""

    def __init__(self, erasure: Erasure) -> None:
        self._erasure = erasure
        self._steps: Steps = {}
        steps = erasure._steps  # noqa: SLF001 - the steps are not public, their times are
        for name, step in list(steps.items()):
            steps[name] = self._timed(name, step)

    def _timed(
        self, name: str, step: Callable[[ErasureOrder], ErasureOrder]
    ) -> Callable[[ErasureOrder], ErasureOrder]:
        def timed(order: ErasureOrder) -> ErasureOrder:
            started = time.perf_counter()
            try:
                return step(order)
            finally:
                self._steps[name] = time.perf_counter() - started

        return timed

    def erase(self, subject: bytes) -> Steps:
        """Erase a customer; what is outside the steps is the making of the order."""
        self._steps = {}
        started = time.perf_counter()
        self._erasure.erase(subject)
        whole = time.perf_counter() - started
        return self._steps | {"order": whole - sum(self._steps.values()), WHOLE: whole}


def found_by_two(house: House, records: int, name: str) -> None:
    """Write a customer with records that are each found by two identifiers."""
    subject = house.registration.register_many(
        HISTORY, [NewCustomer(name, "eu", "no")]
    )[name]
    if not isinstance(subject, bytes):
        raise SystemExit("the customer was not registered")
    for at in range(0, records, BATCH):
        some = range(at, min(at + BATCH, records))
        items = [Item("contact", _address(name, each), str(each)) for each in some]
        house.intake.put_batch(HISTORY, [BatchEntry(subject, item) for item in items])


def _address(name: str, number: int) -> dict[str, str]:
    digits = crc32(f"{name}-{number}".encode())
    return {"email": f"{name}.{number}@example.org", "phone": f"+49151{digits:010}"}


def erased(
    house: House, watch: Watch, records: int, name: str, *, identifiers: bool
) -> Steps:
    """Make a customer with some records and erase them."""
    customer = name if identifiers else f"{name}-0"
    if identifiers:
        found_by_two(house, records, name)
    else:
        fill(house, records, each=records, name=name)
    house.log.publish()  # or the certificate would wait for all of these entries
    subject = house.customers.subject_of(customer)
    if subject is None:
        raise SystemExit("the customer to be erased was not registered")
    return watch.erase(subject)


def compare(
    house: House, records: int, rounds: int, *, identifiers: bool
) -> tuple[Steps, Steps]:
    """Erase small and large customers turn by turn; gives the medians."""
    watch = Watch(house.erasure)
    erased(house, watch, FEW, "warm", identifiers=identifiers)
    small, large = (
        defaultdict[str, list[float]](list),
        defaultdict[str, list[float]](list),
    )
    for number in range(rounds):
        for times, count in ((small, FEW), (large, records)):
            name = f"with-{count}-{number}"
            found = erased(house, watch, count, name, identifiers=identifiers)
            for step, taken in found.items():
                times[step].append(taken)
    return _medians(small), _medians(large)


def _medians(times: dict[str, list[float]]) -> Steps:
    medians = {step: statistics.median(taken) for step, taken in times.items()}
    online = zip(*(times[step] for step in ONLINE), strict=True)
    return medians | {"online": statistics.median(map(sum, online))}


def main() -> None:
    """Print both parts, and each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--identifiers", action="store_true")
    chosen = parser.parse_args()
    print(machine(Path(tempfile.gettempdir())))
    with populated(1_000, each=FEW, more=FOUND_BY_TWO) as (house, _):
        small, large = compare(
            house, chosen.records, chosen.rounds, identifiers=chosen.identifiers
        )
    print(f"milliseconds, {FEW} records and {chosen.records}, {chosen.rounds} rounds")
    for step in small:
        print(f"  {step:<12}{small[step] * 1e3:9.2f} {large[step] * 1e3:11.2f}")
    online = large["online"] / small["online"]
    print(f"online part {online:8.2f}x  (floor 1.5, target 1.1)")
    print(f"whole       {large[WHOLE] / small[WHOLE]:8.2f}x")


if __name__ == "__main__":
    main()
