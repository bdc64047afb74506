"""Region and minority put right: decided, stamped, ordered, seen by the next read."""

from dataclasses import replace
from pathlib import Path

import pytest
from asking import ask, disclosed
from by_hand import named, vouched
from clocks import ManualClock
from commands import allod
from houses import CAMPAIGN, CASE, SUPPORT, Scenario, caring, lived_in, opened
from reaching import KIM, WHY, care, post, soon, unit
from restoring import restored

from kit.errors import Invalid, NotFound, Refused
from server.cli.console import ExitCode
from vault import Question
from vault.customers.corrections import CORRECTED, Correction

REGISTERS = Question(SUPPORT, "service.registration", action="write")
CHILD = Correction(minor="yes")
GROWN = Correction(minor="no")


def correct(
    scenario: Scenario,
    change: Correction,
    question: Question = REGISTERS,
    name: str = "ada",
) -> None:
    scenario.house.vault.righting.corrections.correct(
        question, name, change, reason=WHY
    )


def reached_by_mail(scenario: Scenario, name: str = "ada") -> bool:
    return bool(scenario.house.gate.list_records(CAMPAIGN, name, "profile").items)


def test_a_child_who_comes_of_age_is_written_to_and_one_found_to_be_one_is_not(
    scenario: Scenario,
) -> None:
    scenario.register("ada", minor="yes")
    scenario.profile()
    scenario.grant("ada")
    with pytest.raises(Refused) as refusal:
        reached_by_mail(scenario)
    assert [each.code for each in refusal.value.reasons] == ["minor.guardian"]
    correct(scenario, GROWN)
    assert reached_by_mail(scenario)
    correct(scenario, CHILD)
    with pytest.raises(Refused):
        reached_by_mail(scenario)


def test_it_stands_in_their_chain_with_what_was_before_and_why(
    scenario: Scenario,
) -> None:
    scenario.customer()
    correct(scenario, Correction(region="uk", minor="unknown"))
    (act,) = care(scenario).acts.of(scenario.subject("ada"))
    said = act.document()
    assert (act.kind, said["by"], said["reason"]) == (CORRECTED, "helpdesk", WHY)
    assert (said["region"], said["minor"]) == ("uk", "unknown")
    assert said["was"] == {"region": "eu", "minor": "no"}
    assert {each.outcome for each in scenario.writes()} == {"intended", "written"}
    assert named(scenario) == []


def test_what_is_so_already_is_not_corrected_again(scenario: Scenario) -> None:
    scenario.customer()
    correct(scenario, GROWN)
    assert care(scenario).acts.of(scenario.subject("ada")) == ()


def test_fsck_names_a_registration_that_no_correction_led_to(
    scenario: Scenario,
) -> None:
    scenario.customer()
    correct(scenario, CHILD)
    vouched(
        scenario,
        "UPDATE vault_subject SET class_number ="
        " (SELECT number FROM vault_customer_class WHERE minor = 'no')",
    )
    assert "arranged" in named(scenario)


@pytest.mark.parametrize(
    ("change", "pointer"), [(Correction(), ""), (Correction(region="de"), "/region")]
)
def test_nothing_and_unknown_words_are_not_taken(
    scenario: Scenario, change: Correction, pointer: str
) -> None:
    scenario.customer()
    with pytest.raises(Invalid) as error:
        correct(scenario, change)
    assert [each.pointer for each in error.value.faults] == [pointer]


def test_a_purpose_that_is_not_for_it_is_refused(scenario: Scenario) -> None:
    scenario.customer()
    with pytest.raises(Refused):
        correct(scenario, CHILD, replace(REGISTERS, purpose="intake.event"))


def test_staff_correct_whom_they_have_in_their_unit_and_nobody_else(
    scenario: Scenario,
) -> None:
    scenario.customer()
    kim = replace(REGISTERS, principal=KIM)
    with pytest.raises(NotFound):
        correct(scenario, CHILD, kim)
    unit(scenario, "north")
    post(scenario, "north")
    care(scenario).organisation.place(caring("ann"), "ada", "north")
    correct(scenario, CHILD, kim)
    assert scenario.house.customers.standing(scenario.subject("ada")).minor == "yes"


def test_an_assignment_is_not_enough_and_the_caller_is_told_why(
    scenario: Scenario,
) -> None:
    scenario.customer()
    care(scenario).assignments.assign(
        caring("ann"), "ada", staff="kim", until=soon(scenario)
    )
    with pytest.raises(Refused) as refusal:
        correct(scenario, CHILD, replace(REGISTERS, principal=KIM))
    assert [each.code for each in refusal.value.reasons] == ["reach.outside"]


def test_who_may_not_keep_data_there_cannot_move_it_there(scenario: Scenario) -> None:
    scenario.customer()
    with pytest.raises(Refused) as refusal:
        correct(scenario, Correction(region="cn"))
    assert [each.code for each in refusal.value.reasons] == ["residency.region"]


def test_a_region_that_nobody_knows_is_put_right_by_command(tmp_path: Path) -> None:
    home, clock = tmp_path / "home", ManualClock()
    with lived_in(home, clock) as scenario:
        scenario.customer()
        written = scenario.profile()
        vouched(scenario, "UPDATE vault_customer_class SET region = 'de'")
    told = "correct", "ada", "--home", home, "--reason", "de is in eu", "--json"
    wrong = allod(*told, "--region", "de")
    assert (wrong.code, "cn, eu, uk, us" in wrong.err) == (ExitCode.USAGE, True)
    ran = allod(*told, "--region", "eu")
    assert (ran.code, ran.document["region"]) == (ExitCode.OK, "eu")
    with opened(home, clock) as scenario:
        assert disclosed(ask("read", scenario, CASE, written))
        (act,) = care(scenario).acts.of(scenario.subject("ada"))
        assert act.document()["by"] == "operator"


def test_no_older_copy_takes_it_back(tmp_path: Path) -> None:
    with restored(
        tmp_path / "home", ManualClock(), lambda scenario: correct(scenario, CHILD)
    ) as scenario:
        with pytest.raises(Refused):
            reached_by_mail(scenario)
        assert reached_by_mail(scenario, "bob")
        (act,) = care(scenario).acts.of(scenario.subject("ada"))
        assert (act.kind, act.document()["by"]) == (CORRECTED, "restore")
