"""A house with many customers, for the benchmarks; made by the program's own intake."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.settings import Settings
from pdp.decision.question import Kind
from server.auth.principals import operating
from server.house.house import House
from server.house.init import found_house
from server.house.wiring import open_house
from vault import BatchEntry, Item, NewCustomer, Principal, Question

COLLECTION = "visit"
CATALOGUE = """
version: 1
customer:
  purposes: {import.history: contract}
collections:
  visit:
    title: A record of about 370 bytes, as the figures are quoted for
    schema: 1
    retention: P10Y
    padding: 64
    purposes:
      support.case: contract
      marketing.email: consent
      import.history: contract
    fields:
      name: {type: string, class: identity, max: 60}
      topic: {type: string, class: preference, max: 60}
      phone: {type: string, class: contact, max: 60}
      note: {type: string, class: preference, max: 400}
"""
CASE = Question(Principal(Kind.SERVICE, "bench", roles=("support",)), "support.case")
CAMPAIGN = Question(
    Principal(Kind.SERVICE, "bench", roles=("marketing",)), "marketing.email"
)
HISTORY = operating("import.history", region="eu")
BATCH = 1_000


def values(number: int) -> dict[str, str]:
    """Make the values of one record, about 370 bytes as JSON."""
    return {
        "name": f"Customer Number {number:09}",
        "topic": "spare parts",
        "phone": f"+49151{number:010}",
        "note": "x" * 240,
    }


@contextmanager
def empty(folder: Path, more: str = "") -> Iterator[House]:
    """Open a new house in a folder, with more collections if any are given."""
    settings = Settings(home=folder / "home")
    found_house(settings)
    (settings.home / "data" / "catalogue.yaml").write_text(
        CATALOGUE + more, encoding="utf-8"
    )
    with open_house(settings, unaccepted=True) as house:
        house.vault.acceptance.accept()
        yield house


def fill(house: House, records: int, *, each: int, name: str = "customer") -> list[str]:
    """Write `records` records, `each` to a customer; gives the customers' ids."""
    customers = [f"{name}-{number}" for number in range(-(-records // each))]
    step = max(1, BATCH // each)
    for at in range(0, len(customers), step):
        subjects = house.registration.register_many(
            HISTORY,
            [NewCustomer(each, "eu", "no") for each in customers[at : at + step]],
        )
        items = [
            BatchEntry(subject, Item(COLLECTION, values(number), str(number)))
            for subject in subjects.values()
            if isinstance(subject, bytes)
            for number in range(each)
        ]
        house.intake.put_batch(HISTORY, items)
    return customers


@contextmanager
def populated(
    records: int, *, each: int, more: str = ""
) -> Iterator[tuple[House, list[str]]]:
    """Open a house with `records` records of which each customer has `each`."""
    with tempfile.TemporaryDirectory() as folder, empty(Path(folder), more) as house:
        yield house, fill(house, records, each=each)
