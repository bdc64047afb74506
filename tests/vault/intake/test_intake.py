"""The intake: checked, sealed, stamped, and written once however often it is sent."""

from functools import partial

import pytest
from houses import CAMPAIGN, CASE, HISTORY, IDEA, PROFILE, Scenario
from one_verifier import verify_receipt

from kit.errors import Conflict, Invalid, NotFound, TooLarge
from vault import BatchEntry, Item


def _size(scenario: Scenario) -> int:
    checkpoint = scenario.house.log.publish()
    return checkpoint.size


def test_a_retried_contribution_is_one_record_and_one_leaf(scenario: Scenario) -> None:
    scenario.customer()
    item = Item("idea", IDEA, "form-77")
    first = scenario.house.intake.put(HISTORY, "ada", item)
    size = _size(scenario)
    again = scenario.house.intake.put(HISTORY, "ada", item)
    assert (again.record, again.index) == (first.record, first.index)
    assert first.created
    assert not again.created
    assert _size(scenario) == size


def test_the_same_client_id_with_other_content_is_a_conflict(
    scenario: Scenario,
) -> None:
    scenario.customer()
    scenario.house.intake.put(HISTORY, "ada", Item("idea", IDEA, "form-77"))
    with pytest.raises(Conflict) as conflict:
        scenario.house.intake.put(
            HISTORY, "ada", Item("idea", IDEA | {"text": "Red."}, "form-77")
        )
    assert conflict.value.reason_code == "idempotency.reused"


def test_two_customers_with_one_client_id_have_two_records(scenario: Scenario) -> None:
    scenario.customer("ada")
    scenario.customer("bob")
    item = Item("idea", IDEA, "form-77")
    ada = scenario.house.intake.put(HISTORY, "ada", item)
    bob = scenario.house.intake.put(HISTORY, "bob", item)
    assert ada.record != bob.record


def test_equal_records_of_two_customers_share_no_ciphertext(scenario: Scenario) -> None:
    for name in ("ada", "bob"):
        scenario.customer(name)
        scenario.house.intake.put(HISTORY, name, Item("idea", IDEA, "same"))
    rows = (
        scenario.house.vault_db.reader()
        .execute("SELECT sealed, fingerprint FROM vault_record")
        .fetchall()
    )
    (one, mark), (other, other_mark) = rows
    blocks = {one[at : at + 16] for at in range(0, len(one), 16)}
    assert not blocks & {other[at : at + 16] for at in range(0, len(other), 16)} - {
        one[:16]
    }
    assert mark != other_mark


def test_a_new_version_replaces_the_old_one(scenario: Scenario) -> None:
    scenario.customer()
    profile = scenario.profile()
    changed = scenario.house.intake.update(
        HISTORY, "ada", profile.record, PROFILE | {"name": "Ada Other"}, version=1
    )
    assert changed.version == 2
    seen = scenario.read(CASE, "ada", profile)
    assert (seen.version, seen.values["name"]) == (2, "Ada Other")


def test_a_stale_update_is_refused_and_changes_nothing(scenario: Scenario) -> None:
    scenario.customer()
    profile = scenario.profile()
    update = partial(scenario.house.intake.update, HISTORY)
    update("ada", profile.record, PROFILE | {"name": "Ada Second"}, version=1)
    with pytest.raises(Conflict) as conflict:
        update("ada", profile.record, PROFILE | {"name": "Ada Third"}, version=1)
    assert conflict.value.reason_code == "version.stale"
    assert scenario.read(CASE, "ada", profile).values["name"] == "Ada Second"


def test_a_changed_contribution_is_stamped_again(scenario: Scenario) -> None:
    scenario.customer()
    idea = scenario.idea()
    changed = scenario.house.intake.update_own(
        scenario.own("ada"), idea.record, IDEA | {"text": "Red."}, version=1
    )
    assert changed.index is not None
    receipt = scenario.house.receipts.of_record(scenario.subject("ada"), idea.record)
    assert (
        verify_receipt(receipt, scenario.house.log.policy).kind
        == "contribution.updated"
    )


def test_an_update_of_what_is_not_there_is_not_found(scenario: Scenario) -> None:
    scenario.customer()
    with pytest.raises(NotFound):
        scenario.house.intake.update(HISTORY, "ada", b"x" * 16, PROFILE, version=1)


def test_an_ordinary_record_is_not_stamped(scenario: Scenario) -> None:
    scenario.customer()
    size = _size(scenario)
    assert scenario.profile().index is None
    assert _size(scenario) == size


@pytest.mark.parametrize(
    ("item", "error"),
    [
        (Item("diary", {"text": "x"}), Invalid),
        (Item("idea", {"title": "no text"}), Invalid),
        (Item("idea", IDEA | {"iq": 99}), Invalid),
    ],
)
def test_what_the_catalogue_does_not_declare_is_not_stored(
    scenario: Scenario, item: Item, error: type[Exception]
) -> None:
    scenario.customer()
    with pytest.raises(error):
        scenario.house.intake.put(HISTORY, "ada", item)
    rows = scenario.house.vault_db.reader().execute("SELECT * FROM vault_record")
    assert rows.fetchall() == []


def test_a_large_value_is_refused_with_a_clear_error(scenario: Scenario) -> None:
    scenario.customer()
    with pytest.raises((Invalid, TooLarge)) as refusal:
        scenario.idea(text="x" * 300_000)
    assert "x" * 20 not in str(refusal.value)


def test_nothing_is_written_about_a_stranger(scenario: Scenario) -> None:
    with pytest.raises(NotFound):
        scenario.put("nobody", "idea", IDEA)


def test_a_batch_answers_item_by_item_and_keeps_what_is_good(
    scenario: Scenario,
) -> None:
    subject = scenario.customer()
    good, bad = Item("idea", IDEA, "1"), Item("idea", {"title": "no text"}, "2")
    heard: list[int] = []
    written = scenario.house.intake.put_batch(
        HISTORY,
        [
            BatchEntry(subject, good),
            BatchEntry(subject, bad),
            BatchEntry(b"x" * 16, good),
        ],
        also=lambda _, outcome: heard.append(len(outcome)),
    )
    names = [type(each).__name__ for each in written]
    assert names == ["WriteResult", "Invalid", "NotFound"]
    assert heard == [3]


def test_a_batch_whose_companion_fails_leaves_nothing(scenario: Scenario) -> None:
    subject = scenario.customer()

    def fail(*_: object) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        scenario.house.intake.put_batch(
            HISTORY, [BatchEntry(subject, Item("idea", IDEA, "1"))], also=fail
        )
    rows = scenario.house.vault_db.reader().execute("SELECT * FROM vault_record")
    assert rows.fetchall() == []


def test_an_update_that_drops_an_identifier_is_not_found_by_it_any_more(
    scenario: Scenario,
) -> None:
    scenario.customer()
    profile = scenario.profile(email="ada@example.org")
    scenario.grant("ada")
    find = scenario.house.gate.find
    assert find(CAMPAIGN, "profile", "email", "ada@example.org").items
    without = {"name": "Ada Example"}
    scenario.house.intake.update(HISTORY, "ada", profile.record, without, version=1)
    with pytest.raises(NotFound):
        find(CAMPAIGN, "profile", "email", "ada@example.org")


def test_a_stale_update_does_not_change_what_a_record_is_found_by(
    scenario: Scenario,
) -> None:
    scenario.customer()
    profile = scenario.profile(email="ada@example.org")
    scenario.grant("ada")
    late = PROFILE | {"email": "late@example.org"}
    with pytest.raises(Conflict):
        scenario.house.intake.update(HISTORY, "ada", profile.record, late, version=7)
    find = scenario.house.gate.find
    assert find(CAMPAIGN, "profile", "email", "ada@example.org").items
    with pytest.raises(NotFound):
        find(CAMPAIGN, "profile", "email", "late@example.org")
