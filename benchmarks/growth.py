"""What one operation costs while everything around it grows.

    python benchmarks/growth.py [--sizes 1000 10000 100000] [--rounds N] [--author N]

One house grows from size to size. Of size N it holds N records of N/10 customers, N
events of the access log, N operator entries of the ledger, an erasure for each hundred
records, and one author with `--author` N-ths of contributions; then each operation is
done a few times. CPU of the whole process, medians, so that what others do on the
machine moves the figures less than wall clock would; it moves them all the same.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from populated import BATCH, CASE, CATALOGUE, COLLECTION, HISTORY, fill
from probe import machine

from kit.db import raw
from kit.settings import Settings
from ledger.formats.entries import operator_entry
from server.house.house import House
from server.house.init import found_house
from server.house.wiring import open_house
from vault import BatchEntry, Item, NewCustomer

EACH: Final = 10
PART: Final = 200
IDEAS: Final = """  idea:
    title: What a customer contributes
    schema: 1
    retention: P10Y
    ugc: true
    purposes:
      import.history: contract
    fields:
      title: {type: string, class: preference, max: 60}
"""
LANE: Final = {"lane": "00" * 16, "seq": 1, "hash": "00" * 32}
_names = count()


@dataclass
class World:
    """The house's folder, and how large it is by now."""

    settings: Settings
    records: int = 0
    beats: int = 0
    erased: int = 0
    ideas: int = 0
    customers: list[str] = field(default_factory=list)

    @contextmanager
    def house(self) -> Iterator[House]:
        """Open the house."""
        with open_house(self.settings) as house:
            yield house


def founded(folder: Path) -> World:
    """Make an empty house."""
    world = World(Settings(home=folder / "home"))
    found_house(world.settings)
    catalogue = world.settings.home / "data" / "catalogue.yaml"
    catalogue.write_text(CATALOGUE + IDEAS, encoding="utf-8")
    with open_house(world.settings, unaccepted=True) as house:
        house.vault.acceptance.accept()
    return world


def grow(world: World, house: House, size: int, ideas: int) -> None:
    """Bring the house to a size."""
    missing = size - world.records
    world.customers += fill(house, missing, each=EACH, name=f"to-{size}")
    world.records = size
    _beat(house, size - world.beats)
    world.beats = size
    author = subject_of(house, "author")
    for at in range(world.ideas, ideas, PART):
        contribute(house, author, min(PART, ideas - at))
        if at % (50 * PART) == 0:
            house.log.publish()
    world.ideas = max(ideas, world.ideas)
    house.log.publish()
    _erase_some(world, house, size // 100)
    _look(world, house, size)
    house.log.publish()


def _beat(house: House, beats: int) -> None:
    for at in range(0, beats, BATCH):
        many = min(BATCH, beats - at)
        made = [operator_entry("lane.head", LANE, at=60, granularity=60)] * many
        with house.vault_db.write() as session:
            indexes = house.log.append(session, [entry for entry, _ in made])
            raw(session).executemany(
                "INSERT INTO ledger_operator (idx, salt, payload) VALUES (?, ?, ?)",
                [
                    (index, opening.salt, opening.payload)
                    for index, (_, opening) in zip(indexes, made, strict=True)
                ],
            )
        house.log.publish()


def _erase_some(world: World, house: House, wanted: int) -> None:
    """Have as many finished erasures as there would be: copies of one real one."""
    if wanted <= world.erased:
        return
    if not world.erased:
        house.erasure.erase(subject_of(house, "gone"))
        world.erased = 1
    with house.vault_db.write() as session:
        raw(session).executemany(
            "INSERT INTO vault_erasure (order_id, subject, step, secret_hash, document,"
            " certificate) SELECT randomblob(16), randomblob(16), step, secret_hash,"
            " document, certificate FROM vault_erasure LIMIT 1",
            [()] * (wanted - world.erased),
        )
    world.erased = wanted


def _look(world: World, house: House, size: int) -> None:
    """Have as many rows in the access log as records: what was written is there."""
    there = house.audit_db.reader().execute("SELECT count(*) FROM audit_event")
    for number in range(int(there.fetchone()[0]), size):
        name = world.customers[number % len(world.customers)]
        house.gate.list_records(CASE, name, COLLECTION, after=b"", limit=1)


def subject_of(house: House, name: str) -> bytes:
    """Give a customer, registered if need be."""
    known = house.customers.subject_of(name)
    if known is not None:
        return known
    news = [NewCustomer(name, "eu", "no")]
    found = house.registration.register_many(HISTORY, news)[name]
    if not isinstance(found, bytes):
        raise SystemExit(f"{name} is not registered")
    return found


def contribute(house: House, author: bytes, number: int) -> None:
    """Import some contributions of one author, in one batch."""
    items = [
        BatchEntry(author, Item("idea", {"title": "A lid"}, f"idea-{next(_names)}"))
        for _ in range(number)
    ]
    house.intake.put_batch(HISTORY, items)


def operations(
    world: World, house: House, spare: list[str]
) -> dict[str, tuple[Callable[[], object], int]]:
    """Give what is measured, by name, and of how many each is the cost."""
    names = iter(world.customers[len(world.customers) // 2 :])
    author, service, leaving = subject_of(house, "author"), CASE, iter(spare)

    def listed() -> object:
        return house.gate.list_records(service, next(names), COLLECTION, limit=EACH)

    some = world.customers[0]
    first = house.gate.list_records(service, some, COLLECTION, limit=1).items[0].record

    def erase() -> object:
        return house.erasure.erase(subject_of(house, next(leaving)))

    def export() -> object:
        return sum(map(len, house.exports.write(subject_of(house, next(names)))))

    def grant() -> object:
        with house.vault_db.write() as session:
            return house.vault.stamp(
                session, subject=author, kind="consent", content=b"{}", record=None
            )

    def looked() -> object:
        return list(house.access_log.of_subject(subject_of(house, next(names))))

    steps = house.vault.heartbeat.steps
    return {
        "read one record": (lambda: house.gate.read(service, some, first), 1),
        "list of ten": (listed, 1),
        "stamp, of the author": (grant, 1),
        "import by the author, each": (lambda: contribute(house, author, PART), PART),
        "erase an account of ten": (erase, 1),
        "export an account of ten": (export, 1),
        "who looked at one": (looked, 1),
        "heartbeat: keys": (steps["keys"], 1),
        "heartbeat: erasures": (steps["erasures"], 1),
    }


def timed(act: Callable[[], object], of: int, rounds: int) -> float:
    """Give the median CPU of one, in microseconds; the first is not counted."""
    act()
    taken = []
    for _ in range(rounds):
        started = time.process_time()
        act()
        taken.append((time.process_time() - started) / of)
    return statistics.median(taken) * 1e6


def measured(world: World, size: int, ideas: int, rounds: int) -> dict[str, float]:
    """Grow the house, and give each operation's cost in it."""
    with world.house() as house:
        grow(world, house, size, ideas)
    opening: list[float] = []
    for _ in range(3):
        started = time.process_time()
        with world.house():
            opening.append((time.process_time() - started) * 1e6)
    with world.house() as house:
        spare = fill(house, EACH * (rounds + 1), each=EACH, name=f"spare-{size}")
        costs = {
            name: timed(act, of, rounds)
            for name, (act, of) in operations(world, house, spare).items()
        }
        costs["export of the author, each entry"] = _exported(house)
    return {**costs, "start": statistics.median(opening)}


def _exported(house: House) -> float:
    author = subject_of(house, "author")
    started = time.process_time()
    for _ in house.exports.write(author):
        pass
    taken = time.process_time() - started
    entries = house.vault_db.reader().execute(
        "SELECT entries FROM vault_chain WHERE subject = ?", (author,)
    )
    return taken * 1e6 / int(entries.fetchone()[0])


def main() -> None:
    """Print the table, a column for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000]
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--author", type=int, default=10)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(machine(Path(folder)))
        world = founded(Path(folder))
        found = {
            size: measured(world, size, size // chosen.author, chosen.rounds)
            for size in chosen.sizes
        }
        print(machine(Path(folder)))
    print("microseconds of CPU" + "".join(f"{size:>12,}" for size in found))
    for name in found[chosen.sizes[0]]:
        costs = "".join(f"{each[name]:12,.0f}" for each in found.values())
        print(f"  {name:<36}{costs}")


if __name__ == "__main__":
    main()
