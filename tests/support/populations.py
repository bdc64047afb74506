"""A house with thousands of records, and all that a decision may hang on made up.

Every fact is kept here in Python too: an oracle computes the question about a record
from these, not from what the house's SQL says of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from houses import HISTORY, Scenario
from resealed import keep_until

from consent.facts import consent_word, status_word, ugc_word
from kit.clock import unix
from kit.db import raw
from kit.ids import new_id
from pdp.decision.question import (
    Basis,
    Consent,
    CustomerState,
    Kind,
    Minor,
    Reach,
    ResourceClass,
    Retention,
    Ugc,
)
from vault import BatchEntry, Item, Question, WriteResult
from vault._internal.classes import CustomerClass
from vault._internal.ports.organisation import AssignmentRow, GrantRow, PostRow, UnitRow
from vault._internal.sqlite.care import SqliteCare
from vault._internal.sqlite.subjects import SqliteSubjects
from vault._internal.sqlite.units import SqliteOrg

DAY = 86_400
# Where an instant may lie, seen from the moment at which the house is asked.
MOMENTS = (-400 * DAY, -DAY, -1, 0, 1, DAY, 400 * DAY)
CONSENTS = ("marketing.email", "marketing.sms")
LICENCES = ("ugc.display", "ugc.advertise")
GRANTED, WITHDRAWN, OBJECTED = 0, 1, 3
UGC_GRANTED, UGC_RESTRICTED, UGC_WITHDRAWN = 2, 3, 4
STAFF = "kim"
# Each unit and the one above it; the member of staff holds some of them.
TREE: dict[str, str | None] = {
    "school": None,
    "north": "school",
    "grade.7": "north",
    "grade.8": "north",
    "south": "school",
    "grade.9": "south",
    "shop": None,
    "stall": "shop",
}
HELD = ("north", "grade.9", "shop", "stall")
REACHED_FOR = ("support.case", "legal.claims", "marketing.email")


@dataclass
class Person:
    """One customer and what was said for them."""

    name: str
    subject: bytes
    known: CustomerClass
    consents: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    assigned: int | None = None
    units: list[str] = field(default_factory=list)
    grants: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class Held:
    """One record and what hangs on it."""

    person: Person
    record: bytes
    collection: str
    values: dict[str, Any]
    retain_until: int | None = None
    hold: bool = False
    status: tuple[int, int | None] | None = None
    licences: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass(repr=False)
class Population:
    """All that is held, by the record's id."""

    scenario: Scenario
    held: dict[bytes, Held]
    posts: dict[str, int]

    def of(self, collection: str) -> list[Held]:
        return [each for each in self.held.values() if each.collection == collection]

    def resource(self, each: Held, question: Question) -> ResourceClass:
        """Say in the policy's words what one record is, for one question, now."""
        now = unix(self.scenario.clock.now())
        collection = self.scenario.house.catalog.collection(each.collection)
        until, person = each.retain_until, each.person
        classes = sorted({collection.class_of(name) for name in each.values})
        expired = until is not None and until <= now
        state, ends = person.consents.get(question.purpose, (None, None))
        return ResourceClass(
            collection=each.collection,
            classes=tuple(classes),
            reach=self._reach(person, question, now),
            region=person.known.region,
            state=CustomerState(person.known.state),
            minor=Minor(person.known.minor),
            retention=Retention.EXPIRED if expired else Retention.WITHIN,
            hold=each.hold,
            basis=Basis(collection.basis_for(question.purpose)),
            condition=collection.condition_for(question.purpose),
            consent=Consent(consent_word(state, ends, now)),
            ugc=Ugc(_ugc(each, question.purpose, now, contributed=collection.ugc)),
        )

    def _reach(self, person: Person, question: Question, now: int) -> Reach:
        if question.principal.kind is Kind.SERVICE:
            return Reach.IN_SCOPE
        staff = question.principal.kind is Kind.STAFF
        if not staff or question.principal.name != STAFF:
            return Reach.NONE
        if person.assigned is not None and person.assigned > now:
            return Reach.ASSIGNED
        if any(self._holds(unit, now) for unit in person.units):
            return Reach.IN_SCOPE
        purpose = question.purpose
        live = any(name == purpose and end > now for name, end in person.grants)
        return Reach.GRANTED if live else Reach.NONE

    def _holds(self, unit: str | None, now: int) -> bool:
        """Walk up from a unit, to one that the member of staff holds."""
        while unit is not None:
            if self.posts.get(unit, now) > now:
                return True
            unit = TREE[unit]
        return False


def _ugc(each: Held, purpose: str, now: int, *, contributed: bool) -> str:
    status, until = each.status or (None, None)
    own = status_word(status, until, now, contributed=contributed)
    spans = [(since, end) for name, since, end in each.licences if name == purpose]
    return ugc_word(own, spans, now)


def populate(scenario: Scenario, *, people: int, seed: int) -> Population:
    """Fill a house: nine records a person, of four collections."""
    chance = Random(seed)  # noqa: S311 - the same people each time, no secret
    crowd = list(_people(scenario, chance, people))
    wanted = [each for person in crowd for each in _records(chance, person)]
    held = list(_stored(scenario, wanted))
    now = unix(scenario.clock.now())
    for each in held:
        _hang_on(chance, each, now)
    keep_until(scenario, {each.record: each.retain_until for each in held})
    _write_facts(scenario, crowd, held, now, chance)
    posts = {unit: now + chance.choice(MOMENTS) for unit in HELD}
    _write_reach(scenario, crowd, posts, now, chance)
    return Population(scenario, {each.record: each for each in held}, posts)


def _people(scenario: Scenario, chance: Random, count: int) -> Iterator[Person]:
    names = [f"person-{number}" for number in range(count)]
    found = scenario.register_many(names)
    for name, subject in found.items():
        assert isinstance(subject, bytes)
        known = CustomerClass(
            chance.choice(["eu", "eu", "eu", "us", "cn"]),
            chance.choice(["active"] * 8 + ["restricted", "erased"]),
            chance.choice(["no", "no", "no", "yes", "unknown"]),
        )
        yield Person(name, subject, known)


OPTIONAL = {"language": "en", "city": "Berlin, Mitte", "product": "Kettle"}
PROFILE = ("profile", {"name": "Ada Example"}, ("language", "city"))
PURCHASE = (
    "purchase",
    {"date": "2026-01-31", "quantity": 1, "amount": 9.5},
    ("product",),
)
TICKET = ("ticket", {"subject": "The lid", "text": "It is open"}, ())
IDEA = ("idea", {"title": "A lid", "text": "It stays"}, ("language", "product"))
OWNED: tuple[tuple[str, dict[str, Any], tuple[str, ...]], ...] = (
    *([PROFILE] * 4),
    *([PURCHASE] * 3),
    TICKET,
    IDEA,
)


def _records(chance: Random, person: Person) -> Iterator[tuple[Person, Item]]:
    for number, (collection, needed, optional) in enumerate(OWNED):
        more = {name: OPTIONAL[name] for name in optional if chance.random() < 0.5}
        yield person, Item(collection, needed | more, f"{person.name}-{number}")


def _stored(scenario: Scenario, wanted: list[tuple[Person, Item]]) -> Iterator[Held]:
    for start in range(0, len(wanted), 1000):
        part = wanted[start : start + 1000]
        pairs = [BatchEntry(person.subject, item) for person, item in part]
        done = scenario.house.intake.put_batch(HISTORY, pairs)
        for (person, item), written in zip(part, done, strict=True):
            assert isinstance(written, WriteResult)
            yield Held(person, written.record, item.collection, dict(item.values))


def _hang_on(chance: Random, each: Held, now: int) -> None:
    def moment() -> int:
        return now + chance.choice(MOMENTS)

    each.retain_until = chance.choice([None, now + DAY, now + 400 * DAY, moment()])
    each.hold = chance.random() < 0.2
    if each.collection == "idea" and chance.random() < 0.8:
        code = chance.choice([UGC_GRANTED] * 4 + [UGC_RESTRICTED, UGC_WITHDRAWN])
        each.status = (code, chance.choice([None, now + DAY, moment()]))
        for purpose in LICENCES:
            if chance.random() < 0.7:
                each.licences.append((purpose, moment(), moment()))


def _write_facts(
    scenario: Scenario, crowd: list[Person], held: list[Held], now: int, chance: Random
) -> None:
    database, rows = scenario.house.vault_db, scenario.house.vault.rows
    subjects, care = SqliteSubjects(database, rows), SqliteCare(database, rows)
    with database.write() as session:
        connection = raw(session)
        for person in crowd:
            subjects.set_class(session, person.subject, person.known)
            for purpose in CONSENTS:
                if chance.random() < 0.8:
                    state = chance.choice([GRANTED] * 4 + [WITHDRAWN, OBJECTED])
                    until = chance.choice([None, now + chance.choice(MOMENTS)])
                    person.consents[purpose] = (state, until)
                    connection.execute(
                        "INSERT INTO consent_fact VALUES (?, ?, ?, ?, 1)",
                        (person.subject, purpose, state, until),
                    )
            if chance.random() < 0.5:
                person.assigned = now + chance.choice(MOMENTS)
                row = AssignmentRow(STAFF, person.assigned)
                care.assign(session, person.subject, row)
        connection.executemany(
            "UPDATE vault_record SET hold = ? WHERE subject = ? AND record = ?",
            [(int(e.hold), e.person.subject, e.record) for e in held],
        )
        connection.executemany(
            "INSERT INTO consent_ugc VALUES (?, ?, ?, ?)",
            [(e.person.subject, e.record, *e.status) for e in held if e.status],
        )
        connection.executemany(
            "INSERT INTO consent_licence VALUES (?, ?, ?, 'it', 'EU', ?, ?)",
            [
                (e.person.subject, e.record, *licence)
                for e in held
                for licence in e.licences
            ],
        )


def _write_reach(
    scenario: Scenario,
    crowd: list[Person],
    posts: dict[str, int],
    now: int,
    chance: Random,
) -> None:
    database, rows = scenario.house.vault_db, scenario.house.vault.rows
    store, care = SqliteOrg(database, rows), SqliteCare(database, rows)
    with database.write() as session:
        # Hung up one by one, and moved where they belong: as a tree comes to be.
        for unit in sorted(TREE):
            store.add(session, UnitRow(unit, "unit", None))
        for unit, within in TREE.items():
            store.move(session, unit, within)
        for unit, until in posts.items():
            store.post(session, PostRow(STAFF, unit, until))
        for person in crowd:
            person.units = chance.sample(sorted(TREE), chance.choice([0, 0, 1, 1, 2]))
            for unit in person.units:
                store.place(session, person.subject, unit)
            for _ in range(chance.choice([0, 0, 1, 2])):
                until = now + chance.choice(MOMENTS)
                person.grants.append((chance.choice(REACHED_FOR), until))
            for granted in person.grants:
                row = GrantRow(new_id(), STAFF, *granted)
                care.grant(session, person.subject, row)
