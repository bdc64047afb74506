"""Rows against the ledger: a fact that nobody said is found."""

import pytest
from houses import Story

from kit.db import raw


def _lived(story: Story) -> None:
    for name in ("ada", "bob"):
        story.customer(name)
        idea = story.idea(name)
        story.grant(name)
        story.license(name, idea, "ugc.display")
    story.withdraw("bob")


def _codes(story: Story) -> set[str]:
    return {each.code for each in story.house.vault.rowcheck.findings()}


def test_a_house_that_nobody_touched_is_clean(story: Story) -> None:
    _lived(story)
    assert _codes(story) == set()


@pytest.mark.parametrize(
    ("hand", "code"),
    [
        ("UPDATE consent_fact SET state = 0 WHERE state = 1", "fact"),
        ("DELETE FROM consent_fact WHERE state = 1", "fact"),
        ("UPDATE consent_fact SET until = 9999999999", "fact"),
        ("UPDATE consent_ugc SET until = 9999999999", "fact"),
        ("DELETE FROM consent_ugc", "fact"),
        ("UPDATE consent_event SET purpose = 'marketing.sms'", "consent"),
        ("UPDATE consent_event SET act = 'granted'", "consent"),
        ("DELETE FROM consent_event WHERE act = 'withdrawn'", "consent"),
        ("UPDATE consent_ugc_event SET until = until + 86400", "authorization"),
        ("DELETE FROM consent_ugc_event", "fact"),
        ("DELETE FROM vault_opening", "consent"),
        ("UPDATE audit_event SET outcome = 'refused'", "access_log.lane"),
    ],
)
def test_a_row_that_the_ledger_does_not_bear_out_is_reported(
    story: Story, hand: str, code: str
) -> None:
    _lived(story)
    story.house.gate.list_records(story.own("ada"), None, "idea")
    database = story.house.audit_db if "audit_event" in hand else story.house.vault_db
    with database.write() as session:
        raw(session).execute(hand)
    assert code in _codes(story)


def test_an_entry_taken_out_of_a_chain_is_reported(story: Story) -> None:
    _lived(story)
    with story.house.vault_db.write() as session:
        raw(session).execute(
            "DELETE FROM vault_opening WHERE handle = (SELECT max(handle)"
            " FROM vault_opening)"
        )
    assert _codes(story) & {"chain", "consent", "authorization"}


def test_a_lane_that_was_cut_after_the_ledger_was_told_is_reported(
    story: Story,
) -> None:
    _lived(story)
    story.house.gate.list_records(story.own("ada"), None, "idea")
    story.house.vault.heartbeat.beat()
    assert _codes(story) == set()
    with story.house.audit_db.write() as session:
        raw(session).execute("DELETE FROM audit_event")
    assert _codes(story) == {"access_log.head"}


def test_a_whole_chain_taken_away_with_its_rows_is_reported(story: Story) -> None:
    _lived(story)
    ada = story.subject("ada")
    with story.house.vault_db.write() as session:
        for table in ("vault_opening", "consent_event", "consent_fact"):
            raw(session).execute(f"DELETE FROM {table} WHERE subject = ?", (ada,))  # noqa: S608 - our own names
        for table in ("consent_ugc", "consent_ugc_event", "consent_licence"):
            raw(session).execute(f"DELETE FROM {table} WHERE subject = ?", (ada,))  # noqa: S608 - our own names
    assert _codes(story) == {"openings"}


def test_an_erased_customer_leaves_nothing_to_report(story: Story) -> None:
    _lived(story)
    story.house.erasure.erase(story.subject("ada"))
    assert _codes(story) == set()
