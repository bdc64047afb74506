"""Lives of a house in which everybody asks at once: a person finds all of it.

What a look-up by person gives is held to a walk through every row of every lane, and
to what the readings themselves gave out.
"""

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import pytest
from houses import CAMPAIGN, CASE, Scenario

from kit.errors import AllodError
from pdp.decision.question import Kind
from vault import Disclosure, Principal, Question
from vault._internal.sqlite import records
from vault.audit.access import Access
from vault.audit.access_log import AccessLog
from vault.gate.aggregates import AggregateQuery
from vault.gate.sheets import Sheet

ANALYST = Principal(Kind.SERVICE, "stats", roles=("analyst",))
STATS = Question(ANALYST, "analytics.aggregate")
PURCHASE = {"date": "2026-01-31", "quantity": 1, "amount": 9.5}
STEPS = 70
PERSONS = 9
SEEDS = [
    seed if seed < 3 else pytest.param(seed, marks=pytest.mark.slow)
    for seed in range(20)
]


@dataclass
class Life:
    """One house, what is under way in it, and who was given what by which decision."""

    scenario: Scenario
    chance: Random
    known: dict[str, bytes] = field(default_factory=dict)
    living: list[str] = field(default_factory=list)
    kept: dict[str, list[bytes]] = field(default_factory=dict)
    under_way: list[Iterator[Sheet]] = field(default_factory=list)
    given: set[tuple[str, bytes]] = field(default_factory=set)

    def arrive(self) -> None:
        name = f"c{len(self.known)}"
        self.known[name] = self.scenario.customer(name)
        self.living.append(name)
        self.kept[name] = [
            self.scenario.profile(name).record,
            self.scenario.put(name, "purchase", PURCHASE).record,
            *(
                self.scenario.idea(name).record
                for _ in range(self.chance.randint(0, 6))
            ),
        ]

    def leave(self) -> None:
        if len(self.living) > 3:
            gone = self.living.pop(self.chance.randrange(len(self.living)))
            self.scenario.house.erasure.erase(self.known[gone])

    def read(self) -> None:
        name = self.chance.choice(self.living)
        record = self.chance.choice([*self.kept[name], secrets.token_bytes(16)])
        self._took([self.scenario.house.gate.read(CASE, name, record)])

    def list_some(self) -> None:
        name = self.chance.choice(self.living)
        page = self.scenario.house.gate.list_records(CASE, name, "idea", limit=3)
        self._took(page.items)

    def read_many(self) -> None:
        names = self.chance.choices(self.living, k=self.chance.randint(1, 6))
        targets = [(name, self.chance.choice(self.kept[name])) for name in names]
        some = self.scenario.house.gate.read_many(CASE, targets)
        answers = asyncio.run(some).answers
        self._took([each for each in answers if isinstance(each, Disclosure)])

    def count(self) -> None:
        self.scenario.house.gate.aggregate(STATS, "purchase", AggregateQuery())

    def begin(self) -> None:
        question = self.chance.choice([CASE, CAMPAIGN])
        collection = self.chance.choice(["profile", "idea"])
        gate = self.scenario.house.gate
        self.under_way.append(gate.sheets(question, collection))

    def go_on(self) -> None:
        if not self.under_way:
            return
        scan = self.chance.choice(self.under_way)
        sheet = next(scan, None)
        if sheet is None:
            self.under_way.remove(scan)
        elif self.chance.random() < 0.3:
            sheet.forget()
            list(sheet.pieces(self._line))
        elif sheet.page is not None:
            self._took(sheet.page.items)

    def ask_for(self) -> None:
        name = self.chance.choice(self.living)
        self.scenario.grant(name)

    def _line(self, disclosure: Disclosure) -> bytes:
        self._took([disclosure])
        return b""

    def _took(self, disclosures: list[Disclosure] | tuple[Disclosure, ...]) -> None:
        self.given |= {(each.customer_id, each.decision_id) for each in disclosures}

    def step(self) -> None:
        acts = [self.arrive, self.leave, self.read, self.list_some, self.read_many]
        more = [self.count, self.begin, self.go_on, self.go_on, self.go_on]
        try:
            self.chance.choice([*acts, *more, self.ask_for])()
        except AllodError:  # refused or not found: on record, and to be found
            return


def _walked(log: AccessLog, subject: bytes) -> list[tuple[int, bytes, int, Access]]:
    found = []
    for head in log.heads():
        for row in log._store.lane(head.lane):
            event = Access(*row[3:-2])
            packed = event.subjects
            many = {packed[at : at + 16] for at in range(0, len(packed), 16)}
            if subject in {event.subject, *many}:
                found.append((row.at, row.lane, row.seq, event))
    return sorted(found, key=lambda each: each[:3])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_person_finds_each_access_whatever_went_on_beside_it(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(records, "PAGE", 4)
    life = Life(scenario, Random(seed))  # noqa: S311 - no secret
    for _ in range(PERSONS):
        life.arrive()
    for _ in range(STEPS):
        scenario.clock.advance(seconds=life.chance.randint(0, 1))
        life.step()
    for scan in life.under_way:
        list(scan)
    log = scenario.house.access_log
    for name, subject in life.known.items():
        found = list(log.of_subject(subject))
        assert found == [(at, event) for at, _, _, event in _walked(log, subject)]
        shown = {e.decision for _, e in found if e.outcome == "disclosed"}
        assert {decision for who, decision in life.given if who == name} <= shown
    scenario.house.vault.heartbeat.run_once()
    assert list(scenario.house.findings()) == []
    pages = "SELECT count(*), count(DISTINCT scan) FROM audit_page"
    reader = scenario.house.audit_db.reader()
    ((counted, scans),) = reader.execute(pages).fetchall()
    assert counted >= scans > 0


def test_scans_and_counts_are_entered_as_pages_and_batches_by_each_they_name(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PAGE", 4)
    life = Life(scenario, Random(1))  # noqa: S311 - no secret
    for _ in range(PERSONS):
        life.arrive()
    reader = scenario.house.audit_db.reader()
    for sheet in scenario.house.gate.sheets(CASE, "idea"):
        assert sheet.page is not None
    life.count()
    entered = "SELECT count(*), count(DISTINCT scan) FROM audit_page"
    ((pages, scans),) = reader.execute(entered).fetchall()
    assert pages > scans == 2
    mentions = "SELECT count(*) FROM audit_mention"
    assert reader.execute(mentions).fetchone() == (0,)
    targets = [(name, kept[0]) for name, kept in life.kept.items()]
    asyncio.run(scenario.house.gate.read_many(CASE, targets))
    assert reader.execute(mentions).fetchone() == (PERSONS,)
