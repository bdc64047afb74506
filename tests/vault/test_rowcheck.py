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
