"""A scan on its way out: nothing leaves that would not be given by now."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from houses import CAMPAIGN, CASE, HISTORY, Scenario

from kit.db import Database, raw
from kit.errors import Invalid, TooLarge
from vault import Disclosure, ListQuery, Question
from vault._internal.ports import records as port
from vault._internal.sqlite import records, spans
from vault.gate import gate as gate_module
from vault.gate.sheets import Sheet

NAMES = ("ada", "bob", "eve")


def _line(disclosure: Disclosure) -> bytes:
    return disclosure.customer_id.encode() + b"\n"


def _lived(scenario: Scenario) -> None:
    for name in NAMES:
        scenario.customer(name)
        scenario.profile(name)
        scenario.grant(name)


def _sheet(scenario: Scenario, question: Question = CAMPAIGN) -> Sheet:
    (sheet,) = scenario.house.gate.sheets(question, "profile")
    return sheet


def _rest(sheet: Sheet) -> set[str]:
    return set(b"".join(sheet.pieces(_line)).decode().split())


def test_what_nobody_touched_leaves_whole(scenario: Scenario) -> None:
    _lived(scenario)
    sheet = _sheet(scenario)
    assert _rest(sheet) == set(NAMES)
    assert (sheet.shown, sheet.withheld) == (3, 0)


def _erase(scenario: Scenario) -> None:
    scenario.house.erasure.erase(scenario.subject("ada"))


def _withdraw(scenario: Scenario) -> None:
    scenario.withdraw("ada")


def _change(scenario: Scenario) -> None:
    (page,) = scenario.house.gate.scan(CAMPAIGN, "profile")
    mine = next(each for each in page.items if each.customer_id == "ada")
    scenario.house.intake.update(
        HISTORY, "ada", mine.record, {"name": "Other"}, version=1
    )


def _fence(scenario: Scenario) -> None:
    """As a restore of the identity store alone would leave it: fenced, rows there."""
    with scenario.house.identity_db.write() as session:
        raw(session).execute(
            "INSERT INTO identity_fence (subject, order_id, at) VALUES (?, ?, 0)",
            (scenario.subject("ada"), bytes(16)),
        )


CHANGES: dict[str, Callable[[Scenario], None]] = {
    "erased": _erase,
    "withdrawn": _withdraw,
    "changed": _change,
    "fenced": _fence,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_after_the_page_was_opened_does_not_leave(
    scenario: Scenario, change: Callable[[Scenario], None]
) -> None:
    _lived(scenario)
    sheet = _sheet(scenario)
    change(scenario)
    assert _rest(sheet) == {"bob", "eve"}
    assert (sheet.shown, sheet.withheld) == (2, 1)


def test_it_is_checked_again_before_each_piece(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault.gate.sheets.PIECE_RECORDS", 1)
    _lived(scenario)
    sheet = _sheet(scenario)
    pieces = sheet.pieces(_line)
    first = next(pieces).decode().strip()
    second, third = sorted(set(NAMES) - {first})
    scenario.house.erasure.erase(scenario.subject(second))
    assert b"".join(pieces).decode().split() == [third]


def test_a_consent_that_lapses_by_the_clock_holds_the_rest_back(
    scenario: Scenario,
) -> None:
    _lived(scenario)
    with scenario.house.vault_db.write() as session:
        scenario.house.grants.grant(
            session,
            scenario.subject("ada"),
            "marketing.email",
            notice_version=1,
            language="en",
            until=scenario.clock.now() + timedelta(minutes=1),
        )
    sheet = _sheet(scenario)
    scenario.clock.advance(minutes=2)
    assert _rest(sheet) == {"bob", "eve"}


def test_what_was_forgotten_is_read_anew_and_logged_anew(scenario: Scenario) -> None:
    _lived(scenario)
    sheet = _sheet(scenario, CASE)
    sheet.forget()
    assert sheet.page is None
    assert not sheet._open
    assert not sheet._rows
    _erase(scenario)
    assert _rest(sheet) == {"bob", "eve"}
    assert (sheet.shown, sheet.withheld) == (2, 1)
    events = scenario.reads("bob")
    assert [each.outcome for each in events] == ["disclosed", "disclosed"]
    assert events[0].decision != events[1].decision


def test_no_snapshot_is_held_between_two_pages(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PAGE", 1)
    _lived(scenario)
    scan = scenario.house.gate.scan(CASE, "profile")
    first = next(scan).items[0].customer_id
    for database in (scenario.house.vault_db, scenario.house.identity_db):
        database.truncate_wal(patience=0.0)
    assert {first} | {each.customer_id for page in scan for each in page.items} == {
        *NAMES
    }


def test_a_page_ends_where_it_has_a_megabyte(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PAGE_BYTES", 1)
    monkeypatch.setattr(port, "PAGE_BYTES", 1)
    monkeypatch.setattr(records, "FETCH", 2)
    _lived(scenario)
    pages = list(scenario.house.gate.scan(CASE, "profile"))
    assert [len(page.items) for page in pages] == [2, 1]


def test_each_record_is_read_once_however_pages_and_customers_lie(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = {
        (name, scenario.idea(name).record)
        for name, many in zip(NAMES, (1, 5, 3), strict=True)
        for _ in range(many)
        if scenario.customer(name)
    }
    for size in (1, 2, 3, 100):
        monkeypatch.setattr(records, "PAGE", size)
        pages = scenario.house.gate.scan(CASE, "idea")
        seen = [(each.customer_id, each.record) for p in pages for each in p.items]
        assert len(seen) == len(written)
        assert set(seen) == written


@pytest.mark.parametrize("many", [1, 2, 3, 4])
def test_a_census_and_a_survey_by_spans_miss_nobody(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    _lived(scenario)
    observed, packed = scenario.house.vault.observed, scenario.house.gate._counts.packed
    asked = scenario.house.gate._asked(CAMPAIGN)
    scenario.withdraw("ada")
    numbers = list(range(10))
    whole = set(observed.cells("marketing.email"))
    classes = packed.of_all(asked, numbers, ugc=True)
    assert len(classes) == 2
    monkeypatch.setattr(spans, "SUBJECTS", many)
    assert set(observed.cells("marketing.email")) == whole
    assert packed.of_all(asked, numbers, ugc=True) == classes


def test_spans_cover_every_subject_once(scenario: Scenario) -> None:
    database: Database = scenario.house.vault_db
    assert list(spans.spans(database)) == [{"low": b"", "high": b"\xff" * 17}]
    _lived(scenario)
    bounds = list(spans.spans(database))
    assert bounds[0]["low"] == b""
    assert bounds[-1]["high"] == b"\xff" * 17


def test_a_list_goes_on_after_a_page_that_is_full_for_its_bytes(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.customer()
    written = {scenario.profile().record for _ in range(5)}
    monkeypatch.setattr(records, "PAGE_BYTES", 1)
    monkeypatch.setattr(port, "PAGE_BYTES", 1)
    monkeypatch.setattr(records, "FETCH", 2)
    gate, seen, after = scenario.house.gate, list[bytes](), b""
    for _ in range(4):
        page = gate.list_records(CASE, "ada", "profile", after=after)
        seen += [each.record for each in page.items]
        after = page.following or b""
        if page.following is None:
            break
    assert len(seen) == len(written) == 5
    assert set(seen) == written
    with pytest.raises(Invalid) as refusal:
        gate.list_records(CASE, "ada", "profile", ListQuery(sort="name"))
    assert refusal.value.reason_code == "selection.too_many"


async def test_records_that_are_too_long_together_are_not_read_at_once(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.customer()
    targets = [("ada", scenario.profile().record) for _ in range(3)]
    monkeypatch.setattr(gate_module, "INLINE_BYTES", 1)
    batch = await scenario.house.gate.read_many(CASE, targets)
    assert all(isinstance(each, Disclosure) for each in batch.answers)
    monkeypatch.setattr(gate_module, "MAX_MANY_BYTES", 1)
    with pytest.raises(TooLarge):
        await scenario.house.gate.read_many(CASE, targets)
