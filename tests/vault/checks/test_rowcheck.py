"""Rows against the ledger: a fact that nobody said is found."""

import pytest
from houses import Scenario, caring
from reaching import WHY, care, grant, soon, unit

from kit.db import raw


def _lived(scenario: Scenario) -> None:
    for name in ("ada", "bob"):
        scenario.customer(name)
        idea = scenario.idea(name)
        scenario.grant(name)
        scenario.license(name, idea, "ugc.display")
    scenario.withdraw("bob")
    _arranged(scenario)


def _arranged(scenario: Scenario) -> None:
    """Have staff do one of each thing about a customer, and take some of it back."""
    reach, idea = care(scenario), scenario.idea("ada")
    unit(scenario, "north")
    reach.organisation.place(caring("ann"), "ada", "north")
    reach.assignments.assign(caring("ann"), "ada", staff="kim", until=soon(scenario))
    reach.assignments.assign(caring("ann"), "ada", staff="lee", until=soon(scenario))
    reach.assignments.unassign(caring("ann"), "ada", staff="lee")
    grant(scenario)
    reach.grants.revoke(caring("ann"), "ada", grant(scenario, "lee").grant_id)
    reach.holds.set(caring("ann"), "ada", reason=WHY, record=idea.record)
    lifted = reach.holds.set(caring("ann"), "ada", reason=WHY)
    reach.holds.lift(caring("ann"), "ada", lifted.hold_id, reason=WHY)
    reach.restrictions.restrict(caring("ann"), "bob", reason=WHY)
    reach.restrictions.lift(caring("ann"), "bob", reason=WHY)


def _codes(scenario: Scenario) -> set[str]:
    return {each.code for each in scenario.house.vault.rowcheck.findings()}


def test_a_house_that_nobody_touched_is_clean(scenario: Scenario) -> None:
    _lived(scenario)
    assert _codes(scenario) == set()


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
        ("UPDATE consent_licence SET until = until + 86400", "fact"),
        ("UPDATE consent_licence SET product = 'everything'", "fact"),
        ("DELETE FROM consent_licence", "fact"),
        ("UPDATE consent_notice SET text = text || ' and more'", "notice"),
        ("UPDATE consent_notice SET digest = zeroblob(32)", "notice"),
        ("DELETE FROM consent_notice", "notice"),
        ("UPDATE vault_hold SET record = NULL", "arranged"),
        ("DELETE FROM vault_hold", "arranged"),
        ("UPDATE vault_record SET hold = 1 - hold", "arranged"),
        ("UPDATE vault_access_grant SET staff = 'mallory'", "arranged"),
        ("UPDATE vault_access_grant SET until = until + 86400", "arranged"),
        ("UPDATE vault_assignment SET until = until + 86400", "arranged"),
        ("DELETE FROM vault_placement", "arranged"),
        ("DELETE FROM vault_act", "act"),
        ("DELETE FROM vault_opening", "consent"),
        ("UPDATE audit_event SET outcome = 'refused'", "access_log.lane"),
    ],
)
def test_a_row_that_the_ledger_does_not_bear_out_is_reported(
    scenario: Scenario, hand: str, code: str
) -> None:
    _lived(scenario)
    scenario.house.gate.list_records(scenario.own("ada"), None, "idea")
    database = (
        scenario.house.audit_db if "audit_event" in hand else scenario.house.vault_db
    )
    with database.write() as session:
        raw(session).execute(hand)
    assert code in _codes(scenario)


@pytest.mark.parametrize(
    "hand",
    [
        (
            "INSERT INTO vault_access_grant SELECT subject, randomblob(16), 'mallory',"
            " 'support.case', 9999999999, NULL FROM vault_subject"
        ),
        (
            "INSERT INTO vault_assignment SELECT 'mallory', subject, 9999999999,"
            " 1, NULL FROM vault_subject"
        ),
        "INSERT INTO vault_placement SELECT subject, 'north', NULL FROM vault_subject",
        (
            "INSERT INTO vault_hold SELECT subject, randomblob(16), NULL"
            " FROM vault_subject"
        ),
    ],
    ids=["grant", "assignment", "placement", "hold"],
)
def test_what_is_arranged_by_hand_about_whom_nothing_was_stamped_is_reported(
    scenario: Scenario, hand: str
) -> None:
    scenario.customer("bob")
    unit(scenario, "north")
    assert _codes(scenario) == set()
    with scenario.house.vault_db.write() as session:
        raw(session).execute(hand)
    assert "arranged" in _codes(scenario)


def test_an_entry_taken_out_of_a_chain_is_reported(scenario: Scenario) -> None:
    _lived(scenario)
    with scenario.house.vault_db.write() as session:
        raw(session).execute(
            "DELETE FROM vault_opening WHERE handle = (SELECT max(handle)"
            " FROM vault_opening)"
        )
    assert _codes(scenario) & {"chain", "consent", "authorization", "act"}


def test_a_lane_that_was_cut_after_the_ledger_was_told_is_reported(
    scenario: Scenario,
) -> None:
    _lived(scenario)
    scenario.house.gate.list_records(scenario.own("ada"), None, "idea")
    scenario.house.vault.heartbeat.run_once()
    assert _codes(scenario) == set()
    with scenario.house.audit_db.write() as session:
        raw(session).execute("DELETE FROM audit_event")
    assert _codes(scenario) == {"access_log.head"}


def test_a_whole_chain_taken_away_with_its_rows_is_reported(scenario: Scenario) -> None:
    _lived(scenario)
    ada = scenario.subject("ada")
    own = [
        *("vault_opening", "vault_chain", "consent_event", "consent_fact"),
        *("consent_ugc", "consent_ugc_event", "consent_licence"),
        *("vault_act", "vault_access_grant", "vault_assignment"),
        *("vault_placement", "vault_hold"),
    ]
    with scenario.house.vault_db.write() as session:
        for table in own:
            raw(session).execute(f"DELETE FROM {table} WHERE subject = ?", (ada,))  # noqa: S608 - our own names
    assert _codes(scenario) == {"openings"}


def test_a_restriction_that_was_lifted_by_hand_is_reported(scenario: Scenario) -> None:
    _lived(scenario)
    care(scenario).restrictions.restrict(caring("ann"), "bob", reason=WHY)
    assert _codes(scenario) == set()
    with scenario.house.vault_db.write() as session:
        raw(session).execute(
            "UPDATE vault_subject SET class_number = (SELECT min(number)"
            " FROM vault_customer_class WHERE state = 'active')"
        )
    assert _codes(scenario) == {"arranged"}


def test_what_has_ended_by_itself_is_no_fault(scenario: Scenario) -> None:
    _lived(scenario)
    scenario.clock.advance(days=40)
    assert _codes(scenario) == set()


def test_an_erased_customer_leaves_nothing_to_report(scenario: Scenario) -> None:
    _lived(scenario)
    scenario.house.erasure.erase(scenario.subject("bob"))
    assert _codes(scenario) == set()


def test_who_came_back_after_an_erasure_is_no_finding(scenario: Scenario) -> None:
    scenario.customer()
    scenario.house.erasure.erase(scenario.subject("ada"))
    assert scenario.register("ada", readmit="asked for it by letter")
    assert list(scenario.house.vault.rowcheck.findings()) == []
