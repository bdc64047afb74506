"""A scan on its way out: nothing leaves that would not be given by now."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from houses import CAMPAIGN, CASE, HISTORY, Story

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


def _lived(story: Story) -> None:
    for name in NAMES:
        story.customer(name)
        story.profile(name)
        story.grant(name)


def _sheet(story: Story, question: Question = CAMPAIGN) -> Sheet:
    (sheet,) = story.house.gate.sheets(question, "profile")
    return sheet


def _rest(sheet: Sheet) -> set[str]:
    return set(b"".join(sheet.pieces(_line)).decode().split())


def test_what_nobody_touched_leaves_whole(story: Story) -> None:
    _lived(story)
    sheet = _sheet(story)
    assert _rest(sheet) == set(NAMES)
    assert (sheet.shown, sheet.withheld) == (3, 0)


def _erase(story: Story) -> None:
    story.house.erasure.erase(story.subject("ada"))


def _withdraw(story: Story) -> None:
    story.withdraw("ada")


def _change(story: Story) -> None:
    (page,) = story.house.gate.scan(CAMPAIGN, "profile")
    mine = next(each for each in page.items if each.customer_id == "ada")
    story.house.intake.update(HISTORY, "ada", mine.record, {"name": "Other"}, version=1)


def _fence(story: Story) -> None:
    """As a restore of the identity store alone would leave it: fenced, rows there."""
    with story.house.identity_db.write() as session:
        raw(session).execute(
            "INSERT INTO identity_fence (subject, order_id, at) VALUES (?, ?, 0)",
            (story.subject("ada"), bytes(16)),
        )


CHANGES: dict[str, Callable[[Story], None]] = {
    "erased": _erase,
    "withdrawn": _withdraw,
    "changed": _change,
    "fenced": _fence,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_after_the_page_was_opened_does_not_leave(
    story: Story, change: Callable[[Story], None]
) -> None:
    _lived(story)
    sheet = _sheet(story)
    change(story)
    assert _rest(sheet) == {"bob", "eve"}
    assert (sheet.shown, sheet.withheld) == (2, 1)


def test_it_is_checked_again_before_each_piece(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault.gate.sheets.PIECE_RECORDS", 1)
    _lived(story)
    sheet = _sheet(story)
    pieces = sheet.pieces(_line)
    first = next(pieces).decode().strip()
    second, third = sorted(set(NAMES) - {first})
    story.house.erasure.erase(story.subject(second))
    assert b"".join(pieces).decode().split() == [third]


def test_a_consent_that_lapses_by_the_clock_holds_the_rest_back(story: Story) -> None:
    _lived(story)
    with story.house.vault_db.write() as session:
        story.house.grants.grant(
            session,
            story.subject("ada"),
            "marketing.email",
            notice_version=1,
            language="en",
            until=story.clock.now() + timedelta(minutes=1),
        )
    sheet = _sheet(story)
    story.clock.advance(minutes=2)
    assert _rest(sheet) == {"bob", "eve"}


def test_what_was_forgotten_is_read_anew_and_logged_anew(story: Story) -> None:
    _lived(story)
    sheet = _sheet(story, CASE)
    sheet.forget()
    assert sheet.page is None
    assert not sheet._open
    assert not sheet._rows
    _erase(story)
    assert _rest(sheet) == {"bob", "eve"}
    assert (sheet.shown, sheet.withheld) == (2, 1)
    events = story.reads("bob")
    assert [each.outcome for each in events] == ["disclosed", "disclosed"]
    assert events[0].decision != events[1].decision


def test_no_snapshot_is_held_between_two_pages(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PAGE", 1)
    _lived(story)
    scan = story.house.gate.scan(CASE, "profile")
    first = next(scan).items[0].customer_id
    for database in (story.house.vault_db, story.house.identity_db):
        database.truncate_wal(patience=0.0)
    assert {first} | {each.customer_id for page in scan for each in page.items} == {
        *NAMES
    }


def test_a_page_ends_where_it_has_a_megabyte(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "PAGE_BYTES", 1)
    monkeypatch.setattr(port, "PAGE_BYTES", 1)
    monkeypatch.setattr(records, "FETCH", 2)
    _lived(story)
    pages = list(story.house.gate.scan(CASE, "profile"))
    assert [len(page.items) for page in pages] == [2, 1]


def test_each_record_is_read_once_however_pages_and_customers_lie(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = {
        (name, story.idea(name).record)
        for name, many in zip(NAMES, (1, 5, 3), strict=True)
        for _ in range(many)
        if story.customer(name)
    }
    for size in (1, 2, 3, 100):
        monkeypatch.setattr(records, "PAGE", size)
        pages = story.house.gate.scan(CASE, "idea")
        seen = [(each.customer_id, each.record) for p in pages for each in p.items]
        assert len(seen) == len(written)
        assert set(seen) == written


@pytest.mark.parametrize("many", [1, 2, 3, 4])
def test_a_census_and_a_survey_by_spans_miss_nobody(
    story: Story, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    _lived(story)
    observed, packed = story.house.vault.observed, story.house.gate._packed
    asked = story.house.gate._asked(CAMPAIGN)
    story.withdraw("ada")
    numbers = list(range(10))
    whole = set(observed.cells("marketing.email"))
    classes = packed.of_all(asked, numbers, ugc=True)
    assert len(classes) == 2
    monkeypatch.setattr(spans, "SUBJECTS", many)
    assert set(observed.cells("marketing.email")) == whole
    assert packed.of_all(asked, numbers, ugc=True) == classes


def test_spans_cover_every_subject_once(story: Story) -> None:
    database: Database = story.house.vault_db
    assert list(spans.spans(database)) == [{"low": b"", "high": b"\xff" * 17}]
    _lived(story)
    bounds = list(spans.spans(database))
    assert bounds[0]["low"] == b""
    assert bounds[-1]["high"] == b"\xff" * 17


def test_a_list_goes_on_after_a_page_that_is_full_for_its_bytes(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.customer()
    written = {story.profile().record for _ in range(5)}
    monkeypatch.setattr(records, "PAGE_BYTES", 1)
    monkeypatch.setattr(port, "PAGE_BYTES", 1)
    monkeypatch.setattr(records, "FETCH", 2)
    gate, seen, after = story.house.gate, list[bytes](), b""
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
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.customer()
    targets = [("ada", story.profile().record) for _ in range(3)]
    monkeypatch.setattr(gate_module, "INLINE_BYTES", 1)
    batch = await story.house.gate.read_many(CASE, targets)
    assert all(isinstance(each, Disclosure) for each in batch.answers)
    monkeypatch.setattr(gate_module, "MAX_MANY_BYTES", 1)
    with pytest.raises(TooLarge):
        await story.house.gate.read_many(CASE, targets)
