"""One disclosure, one snapshot; and what is opened says what its row says."""

import asyncio
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from archives import unpack
from clocks import ManualClock
from houses import CAMPAIGN, CASE, HISTORY, Scenario, settle
from recatalogued import recatalogued

from kit import telemetry
from kit.db import raw
from kit.errors import Damaged
from vault import AggregateQuery, Disclosure, WriteResult
from vault._internal.envelope import Envelope
from vault.gate.disclosure import Page
from vault.intake.sealing import to_json

TICKET = {"subject": "A rash", "text": "Since then", "health": "nickel"}
# What whoever can write to the database does to a row that the decision weighs.
EDITS = {
    "classes": (
        "UPDATE vault_record SET class_number = (SELECT number FROM vault_record_class"
        " WHERE classes = '[\"support\"]') WHERE record = ?"
    ),
    "retention lengthened": (
        "UPDATE vault_record SET retain_until = retain_until + 1 WHERE record = ?"
    ),
    "retention taken away": (
        "UPDATE vault_record SET retain_until = NULL WHERE record = ?"
    ),
    "retention that is no number": (
        "UPDATE vault_record SET retain_until = 'long' WHERE record = ?"
    ),
    "contributed": "UPDATE vault_record SET contributed = 1 WHERE record = ?",
    "contributed otherwise": "UPDATE vault_record SET contributed = 2 WHERE record = ?",
    "version": "UPDATE vault_record SET version = version + 1 WHERE record = ?",
    "schema": "UPDATE vault_record SET schema_version = '9' WHERE record = ?",
    "a part gone": "DELETE FROM vault_part WHERE record = ?",
    "a part more": (
        "INSERT INTO vault_part SELECT subject, record, 'contact', sealed"
        " FROM vault_part WHERE record = ?"
    ),
    "a part that is no envelope": (
        "UPDATE vault_part SET sealed = x'00' WHERE record = ?"
    ),
    "a part of another name": (
        "UPDATE vault_part SET part = 'contact' WHERE record = ?"
    ),
    "a bit": (
        "UPDATE vault_record SET sealed = CAST(substr(sealed, 1, length(sealed) - 1)"
        " || x'00' AS BLOB) WHERE record = ?"
    ),
    "no envelope": "UPDATE vault_record SET sealed = x'4156' WHERE record = ?",
    "another key": (
        "UPDATE vault_record SET sealed = CAST(x'41560101' || randomblob(16)"
        " || substr(sealed, 21) AS BLOB) WHERE record = ?"
    ),
}


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(telemetry, "alarm", lambda _, **more: heard.append(more))
    return heard


@pytest.fixture
def two(scenario: Scenario) -> tuple[Scenario, WriteResult, WriteResult]:
    """Two tickets of one customer, of which one will be damaged; and one without."""
    scenario.customer()
    scenario.put("ada", "ticket", {"subject": "A lid", "text": "It is open"})
    ticket, other = (scenario.put("ada", "ticket", TICKET) for _ in range(2))
    return scenario, ticket, other


def _edit(scenario: Scenario, statement: str, record: bytes) -> None:
    with scenario.house.vault_db.write() as session:
        assert raw(session).execute(statement, (record,)).rowcount == 1


@pytest.mark.parametrize("statement", EDITS.values(), ids=EDITS)
def test_an_edited_row_is_not_given_and_takes_no_other_with_it(
    two: tuple[Scenario, WriteResult, WriteResult],
    alarms: list[dict[str, Any]],
    statement: str,
) -> None:
    scenario, ticket, other = two
    gate, own = scenario.house.gate, scenario.own("ada")
    _edit(scenario, statement, ticket.record)
    with pytest.raises(Damaged) as fault:
        gate.read(own, None, ticket.record)
    assert (fault.value.status, fault.value.reason_code) == (409, "integrity")
    assert [each["code"] for each in alarms] == ["integrity"]
    page = gate.list_records(own, None, "ticket")
    assert (len(page.items), page.damaged) == (2, 1)
    batch = asyncio.run(
        gate.read_many(own, [(None, each.record) for each in (ticket, other)])
    )
    assert isinstance(batch.answers[0], Damaged)
    assert isinstance(batch.answers[1], Disclosure)
    files = unpack(b"".join(scenario.house.exports.write(scenario.subject("ada"))))
    assert b'"damaged":1' in files["records/ticket.json"]
    assert list(scenario.house.vault.rowcheck.findings()) != []


def test_a_scan_goes_on_past_a_damaged_record_and_the_log_has_it(
    two: tuple[Scenario, WriteResult, WriteResult], alarms: list[dict[str, Any]]
) -> None:
    scenario, ticket, _ = two
    _edit(scenario, EDITS["a bit"], ticket.record)
    (page,) = scenario.house.gate.scan(scenario.own("ada"), "ticket")
    assert (len(page.items), page.damaged) == (2, 1)
    events = scenario.reads()
    damaged = [event for event in events if event.outcome == "damaged"]
    assert [(e.records, e.reasons, e.withheld) for e in damaged] == [
        (ticket.record, "integrity", 1)
    ]
    assert [each["count"] for each in alarms] == [1]


def test_numbers_leave_out_what_is_damaged_and_say_how_many(scenario: Scenario) -> None:
    for name in ("ada", "bob", "cleo"):
        scenario.customer(name)
        scenario.grant(name)
        written = scenario.profile(name, language="en")
    _edit(scenario, EDITS["a bit"], written.record)
    numbers = scenario.house.gate.aggregate(
        CAMPAIGN, "profile", AggregateQuery(("language",))
    )
    assert [each.value for each in numbers.groups] == [2]
    assert numbers.damaged == 1


PURCHASE = {"date": "2026-01-31", "quantity": 1, "amount": 9.5}


def test_a_damaged_name_of_a_customer_takes_no_others_records_along(
    scenario: Scenario,
) -> None:
    for name in ("ada", "bob"):
        scenario.customer(name)
        scenario.put(name, "purchase", PURCHASE)
    bob = scenario.subject("bob")
    with scenario.house.identity_db.write() as session:
        raw(session).execute(
            "UPDATE identity_customer SET sealed = CAST(substr(sealed, 1,"
            " length(sealed) - 1) || x'00' AS BLOB) WHERE subject = ?",
            (bob,),
        )
    (page,) = scenario.house.gate.scan(CASE, "purchase")
    assert [each.customer_id for each in page.items] == ["ada"]
    assert page.damaged == 1
    events = scenario.house.access_log.of_subject(bob)
    outcomes = {event.outcome for _, event in events if event.action == "read"}
    assert outcomes == {"disclosed", "damaged"}


def test_what_was_sealed_before_facts_were_is_not_believed(
    two: tuple[Scenario, WriteResult, WriteResult],
) -> None:
    scenario, ticket, _ = two
    _seal_as_before(scenario, ticket.record)
    with pytest.raises(Damaged):
        scenario.house.gate.read(scenario.own("ada"), None, ticket.record)


def test_a_part_of_an_older_version_does_not_open(
    two: tuple[Scenario, WriteResult, WriteResult],
) -> None:
    scenario, ticket, _ = two
    reader = scenario.house.vault_db.reader()
    (older,) = reader.execute(
        "SELECT sealed FROM vault_part WHERE record = ?", (ticket.record,)
    ).fetchone()
    scenario.house.intake.update(HISTORY, "ada", ticket.record, TICKET, version=1)
    with scenario.house.vault_db.write() as session:
        raw(session).execute(
            "UPDATE vault_part SET sealed = ? WHERE record = ?", (older, ticket.record)
        )
    with pytest.raises(Damaged):
        scenario.house.gate.read(scenario.own("ada"), None, ticket.record)


def _ways(scenario: Scenario, record: bytes) -> dict[str, Callable[[], object]]:
    gate, own = scenario.house.gate, scenario.own("ada")
    return {
        "read": lambda: gate.read(own, None, record).values["health"],
        "list": lambda: _only(gate.list_records(own, None, "ticket")),
        "scan": lambda: _only(*gate.scan(own, "ticket")),
        "many": lambda: _disclosed(
            asyncio.run(gate.read_many(own, [(None, record)])).answers[0]
        ),
    }


def _disclosed(answer: object) -> object:
    assert isinstance(answer, Disclosure)
    return answer.values["health"]


def _only(page: Page) -> object:
    assert page.damaged == 0
    return page.items[0].values["health"]


@pytest.mark.parametrize("way", ["read", "list", "scan", "many"])
def test_a_read_beside_updates_gives_one_version_whole(
    scenario: Scenario, alarms: list[dict[str, Any]], way: str
) -> None:
    scenario.customer()
    ticket = scenario.put("ada", "ticket", TICKET)
    over, seen = threading.Event(), set()

    def write() -> None:
        version = 1
        while not over.is_set():
            values = TICKET | {"health": f"after {version}", "text": f"{version}"}
            if version % 5 == 0:
                values["health"] = "x" * random.randrange(1, 2_000)  # noqa: S311 - any length
            scenario.house.intake.update(
                HISTORY, "ada", ticket.record, values, version=version
            )
            version += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        ask = _ways(scenario, ticket.record)[way]
        for _ in range(150):
            seen.add(ask())
    finally:
        over.set()
        writer.join()
    assert len(seen) > 10
    assert alarms == []


def _seal_as_before(scenario: Scenario, record: bytes) -> None:
    """Seal a ticket as the program did before facts were sealed with it."""
    subject = scenario.subject("ada")
    keys = scenario.house.intake._keyring.main(subject)
    bodies = scenario.house.catalog.collection("ticket").parts(TICKET)
    sealed = {
        part: Envelope("ticket", part=part, schema="1", bucket=512).seal(
            keys, record, 1, to_json(held)
        )
        for part, held in bodies.items()
    }
    with scenario.house.vault_db.write() as session:
        for statement, part in (
            ("UPDATE vault_record SET sealed = ? WHERE record = ?", "main"),
            ("UPDATE vault_part SET sealed = ? WHERE record = ?", "special"),
        ):
            raw(session).execute(statement, (sealed[part], record))


def test_several_parts_come_with_their_row_and_each_is_held_to_it(
    tmp_path: Path, clock: ManualClock
) -> None:
    home = tmp_path / "apart"
    settle(home, clock)
    apart = ("sealed_apart: [contact]", "sealed_apart: [contact, preference]")
    with recatalogued(home, clock, apart) as scenario:
        scenario.customer()
        written = scenario.profile(language="en")
        own = scenario.own("ada")
        shown = scenario.house.gate.read(own, None, written.record)
        assert shown.values["language"] == "en"
        assert shown.values["email"] == "ada@example.org"
        (page,) = scenario.house.gate.scan(CASE, "profile")
        assert page.items[0].values["name"] == "Ada Example"
        _edit(
            scenario,
            "DELETE FROM vault_part WHERE part = 'contact' AND record = ?",
            written.record,
        )
        with pytest.raises(Damaged):
            scenario.house.gate.read(own, None, written.record)
        (page,) = scenario.house.gate.scan(CASE, "profile")
        assert page.damaged == 1
