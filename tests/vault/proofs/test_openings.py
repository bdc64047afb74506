"""Openings and receipts: what a customer can prove, and nobody else can join."""

import gc

import pytest
from growing import counted
from houses import Scenario
from one_verifier import verify_receipt

from kit.db import raw
from kit.errors import IntegrityFault, NotFound
from kit.sqlite import ConstraintBroken
from ledger.formats.chain import verify_chain
from ledger.formats.entries import SubjectOpening
from vault._internal.keyring import KeyDestroyed
from vault.intake.sealing import content_bytes


def test_a_receipt_verifies_with_nothing_but_the_policy(scenario: Scenario) -> None:
    scenario.customer()
    idea = scenario.idea()
    receipt = scenario.house.receipts.of_record(scenario.subject("ada"), idea.record)
    proved = verify_receipt(receipt, scenario.house.log.policy)
    assert (proved.index, proved.kind) == (idea.index, "contribution")


def test_a_receipt_says_neither_who_nor_what(scenario: Scenario) -> None:
    subject = scenario.customer("canary-4711")
    idea = scenario.idea("canary-4711", text="A canary sings at noon.")
    receipt = scenario.house.receipts.of_record(subject, idea.record)
    text = receipt.encode() + receipt.opening.payload.decode()
    for secret in (subject.hex(), idea.record.hex(), "canary", "noon"):
        assert secret not in text


def test_a_customers_entries_form_a_chain_without_gaps(scenario: Scenario) -> None:
    subject = scenario.customer()
    scenario.idea()
    scenario.grant("ada")
    scenario.idea()
    chain = [
        stamped.opening for stamped, _ in scenario.house.receipts.of_subject(subject)
    ]
    assert len(chain) == 3
    verify_chain(chain)


def test_an_opening_commits_to_the_records_content(scenario: Scenario) -> None:
    subject = scenario.customer()
    idea = scenario.idea()
    own = scenario.house.gate.read(scenario.own("ada"), None, idea.record)
    ((stamped, _),) = scenario.house.receipts.of_subject(subject)
    schema = scenario.house.catalog.collection("idea").schema
    stamped.opening.check(content_bytes("idea", schema, own.values))


def test_only_the_author_gets_a_receipt(scenario: Scenario) -> None:
    scenario.customer("ada")
    bob = scenario.customer("bob")
    idea = scenario.idea("ada")
    with pytest.raises(NotFound):
        scenario.house.receipts.of_record(bob, idea.record)


def test_a_unit_of_work_that_fails_leaves_no_leaf(scenario: Scenario) -> None:
    subject = scenario.customer()
    before = scenario.house.log.publish().size
    with pytest.raises(RuntimeError), scenario.house.vault_db.write() as session:
        scenario.house.vault.stamp(
            session, subject=subject, kind="consent", content=b"{}", record=None
        )
        raise RuntimeError
    assert scenario.house.log.publish().size == before


def test_handles_do_not_tell_the_order_of_entries(scenario: Scenario) -> None:
    subject = scenario.customer()
    for _ in range(6):
        scenario.idea()
    rows = (
        scenario.house.vault_db.reader()
        .execute("SELECT handle, tag FROM vault_opening WHERE subject = ?", (subject,))
        .fetchall()
    )
    assert len({handle for handle, _ in rows}) == len({tag for _, tag in rows}) == 6
    in_order = [s.index for s, _ in scenario.house.receipts.of_subject(subject)]
    assert in_order == sorted(in_order)


def test_nothing_is_stamped_for_a_subject_that_is_not_there(scenario: Scenario) -> None:
    with pytest.raises(NotFound), scenario.house.vault_db.write() as session:
        scenario.house.vault.stamp(
            session, subject=b"x" * 16, kind="consent", content=b"{}", record=None
        )


def test_stamping_takes_no_longer_for_who_has_many_entries(scenario: Scenario) -> None:
    scenario.customer()
    _stamped(scenario, 10)
    few = _stamped(scenario, 1)
    _stamped(scenario, 1_000)
    assert _stamped(scenario, 1) < 2 * few
    verify_chain(
        stamped.opening
        for stamped, _ in scenario.house.receipts.of_subject(scenario.subject("ada"))
    )


def _stamped(scenario: Scenario, times: int) -> int:
    """Stamp some entries about a customer; gives the database's steps."""
    subject = scenario.subject("ada")
    with scenario.house.vault_db.write() as session, counted(raw(session)) as work:
        for _ in range(times):
            scenario.house.vault.stamp(
                session, subject=subject, kind="consent", content=b"{}", record=None
            )
    return work.steps


def test_a_unit_of_work_that_fails_uses_up_no_number(scenario: Scenario) -> None:
    subject = scenario.customer()
    with pytest.raises(RuntimeError), scenario.house.vault_db.write() as session:
        scenario.house.vault.stamp(
            session, subject=subject, kind="consent", content=b"{}", record=None
        )
        raise RuntimeError
    scenario.idea()
    ((stamped, _),) = scenario.house.receipts.of_subject(subject)
    assert stamped.opening.link.seq == 1


@pytest.mark.parametrize(
    "hand",
    [
        "DELETE FROM vault_opening",
        "UPDATE vault_chain SET entries = entries + 1",
        "UPDATE vault_chain SET entries = entries - 1",
        "DELETE FROM vault_chain",
    ],
)
def test_a_chain_whose_count_is_not_its_length_takes_no_entry_and_is_reported(
    scenario: Scenario, hand: str
) -> None:
    scenario.customer()
    scenario.idea()
    scenario.idea()
    with scenario.house.vault_db.write() as session:
        raw(session).execute(hand)
    with pytest.raises((IntegrityFault, ConstraintBroken)):
        _stamped(scenario, 1)
    codes = {each.code for each in scenario.house.findings()}
    assert codes & {"openings", "chain"}


def test_who_lacks_an_opening_is_erased_all_the_same(scenario: Scenario) -> None:
    subject = scenario.customer()
    scenario.idea()
    with scenario.house.vault_db.write() as session:
        raw(session).execute("DELETE FROM vault_opening")
    ticket = scenario.house.erasure.erase(subject)
    state = scenario.house.erasure.state(ticket.order_id, ticket.secret)
    assert state.certificate is not None
    assert state.certificate["document"]["chain"] == {"entries": 1, "head": None}


def test_entries_are_given_away_one_at_a_time(scenario: Scenario) -> None:
    subject = scenario.customer()
    for _ in range(40):
        scenario.idea()
    before = _openings()
    held = [_openings() for _ in scenario.house.receipts.of_subject(subject)]
    assert len(held) == 40
    assert max(held) - before < 5


def _openings() -> int:
    return sum(type(each) is SubjectOpening for each in gc.get_objects())


def test_who_is_erased_while_their_entries_are_given_away_gets_no_more(
    scenario: Scenario,
) -> None:
    subject = scenario.customer()
    for _ in range(5):
        scenario.idea()
    given = scenario.house.receipts.of_subject(subject)
    next(given)
    scenario.house.erasure.erase(subject)
    with pytest.raises(KeyDestroyed):
        list(given)


def test_an_entry_that_was_taken_away_is_passed_over_and_the_rest_given(
    scenario: Scenario,
) -> None:
    subject = scenario.customer()
    for _ in range(3):
        scenario.idea()
    with scenario.house.vault_db.write() as session:
        raw(session).execute(
            "DELETE FROM vault_opening WHERE handle ="
            " (SELECT min(handle) FROM vault_opening)"
        )
    given = [each.opening for each, _ in scenario.house.receipts.of_subject(subject)]
    assert len(given) == 2
