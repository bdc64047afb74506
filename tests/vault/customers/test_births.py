"""Birth dates: who is under age follows from them, at the door and day by day."""

from dataclasses import replace
from pathlib import Path

import pytest
from asking import alarms
from by_hand import named
from clocks import ManualClock
from houses import CAMPAIGN, SUPPORT, Scenario, caring
from import_files import HEAD, PURCHASES, codes, run
from reaching import WHY, care, rows_in
from restoring import restored

from kit.db import WriteSession
from kit.errors import Invalid, Refused
from vault import Question
from vault._internal.sqlite.births import SqliteBirths
from vault.customers.ageing import BY, CAME_OF_AGE
from vault.customers.births import Birth, Births
from vault.customers.corrections import CORRECTED, Correction
from vault.gate.vocabulary import Vocabulary

# The clock of a house stands at 2026-11-22, 12:00; a child is under 16 in the EU.
CHILD, GROWN = "2012-05-17", "1990-05-17"
NEXT_WEEK_OF_AGE = "2010-11-29"
REGISTERS = Question(SUPPORT, "service.registration", action="write")
BORN = PURCHASES.replace(
    'minor: "no"}', "minor: unknown, birth_date: {column: born, order: DD.MM.YYYY}}"
)


def correct(scenario: Scenario, change: Correction, name: str = "ada") -> str:
    righting = scenario.house.vault.righting
    return righting.corrections.correct(REGISTERS, name, change, reason=WHY).minor


def minor(scenario: Scenario, name: str = "ada") -> str:
    return scenario.house.customers.standing(scenario.subject(name)).minor


def beat(scenario: Scenario) -> None:
    scenario.house.vault.heartbeat.run_once()


def reached_by_mail(scenario: Scenario, name: str = "ada") -> bool:
    return bool(scenario.house.gate.list_records(CAMPAIGN, name, "profile").items)


def lower_the_age(monkeypatch: pytest.MonkeyPatch, years: int) -> None:
    monkeypatch.setattr(Vocabulary, "minorities", {"eu": years})


@pytest.mark.parametrize(
    ("stated", "born", "word"),
    [
        ("unknown", CHILD, "yes"),
        ("unknown", GROWN, "no"),
        ("no", CHILD, "yes"),
        ("no", GROWN, "no"),
        ("yes", CHILD, "yes"),
        ("yes", GROWN, "yes"),
        ("unknown", "2010-11-22", "no"),  # sixteen today
        ("unknown", "2010-11-23", "yes"),  # tomorrow
    ],
)
def test_a_stated_word_wins_only_towards_protection(
    scenario: Scenario, stated: str, born: str, word: str
) -> None:
    scenario.register("ada", minor=stated, birth_date=born)
    assert minor(scenario) == word
    scenario.customer("bob")
    assert correct(scenario, Correction(minor=stated, birth_date=born), "bob") == word


def test_nobody_comes_of_age_before_the_day_has_begun_everywhere(
    scenario: Scenario,
) -> None:
    scenario.clock.advance(hours=-1)  # 11:00: it is still yesterday at UTC-12
    scenario.register("ada", minor="unknown", birth_date="2010-11-22")
    assert minor(scenario) == "yes"
    scenario.clock.advance(hours=1)
    beat(scenario)
    assert minor(scenario) == "no"


def test_the_law_of_the_region_says_when(scenario: Scenario) -> None:
    scenario.register("ada", region="uk", minor="unknown", birth_date="2012-11-22")
    assert minor(scenario) == "no"
    assert correct(scenario, Correction(region="eu")) == "yes"
    assert correct(scenario, Correction(region="uk")) == "no"


def test_without_an_age_in_the_policies_what_was_stated_stands(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.register("bob", minor="no", birth_date=CHILD)
    monkeypatch.setattr(Vocabulary, "minorities", {})
    scenario.register("ada", minor="unknown", birth_date=GROWN)
    assert minor(scenario) == "unknown"
    beat(scenario)
    assert minor(scenario, "bob") == "yes"  # what was decided is not taken back


@pytest.mark.parametrize(
    "text", ["2026-11-24", "1896-11-22", "2026-02-30", "20100101", "2012-W01-1", ""]
)
def test_an_impossible_date_is_refused_and_not_repeated(
    scenario: Scenario, text: str
) -> None:
    scenario.customer("bob")
    with pytest.raises(Invalid) as registered:
        scenario.register("ada", birth_date=text)
    with pytest.raises(Invalid) as corrected:
        correct(scenario, Correction(birth_date=text), "bob")
    for error in (registered.value, corrected.value):
        (fault,) = error.faults
        assert (error.reason_code, fault.pointer) == (
            "birth_date.impossible",
            "/birth_date",
        )
        assert not text or text not in f"{error} {fault} {error.fix}"
    assert rows_in(scenario.house.vault_db, "vault_birth") == 0


def test_a_child_comes_of_age_by_the_daily_run(scenario: Scenario) -> None:
    scenario.register("ada", minor="unknown", birth_date=NEXT_WEEK_OF_AGE)
    scenario.profile()
    scenario.grant("ada")
    beat(scenario)
    with pytest.raises(Refused) as refusal:
        reached_by_mail(scenario)
    assert [each.code for each in refusal.value.reasons] == ["minor.guardian"]
    scenario.clock.advance(days=6)
    beat(scenario)
    assert minor(scenario) == "yes"
    scenario.clock.advance(days=1)
    beat(scenario)
    assert reached_by_mail(scenario)
    (act,) = care(scenario).acts.of(scenario.subject("ada"))
    said = act.document()
    assert (act.kind, said["by"], said["minor"]) == (CAME_OF_AGE, BY, "no")
    assert said["was"] == {"region": "eu", "minor": "yes"}
    beat(scenario)
    assert len(care(scenario).acts.of(scenario.subject("ada"))) == 1
    assert named(scenario) == []


def test_who_is_stated_to_be_a_child_stays_one_until_that_is_taken_back(
    scenario: Scenario,
) -> None:
    scenario.register("ada", minor="yes", birth_date=NEXT_WEEK_OF_AGE)
    scenario.clock.advance(days=8)
    beat(scenario)
    assert minor(scenario) == "yes"
    assert correct(scenario, Correction(minor="unknown")) == "no"


def test_a_restricted_account_is_decided_on_and_stays_restricted(
    scenario: Scenario,
) -> None:
    scenario.register("ada", minor="unknown", birth_date=NEXT_WEEK_OF_AGE)
    care(scenario).restrictions.restrict(caring("ann"), "ada", reason=WHY)
    scenario.clock.advance(days=8)
    beat(scenario)
    standing = scenario.house.customers.standing(scenario.subject("ada"))
    assert (standing.minor, standing.state) == ("no", "restricted")


def test_another_age_in_the_policies_is_followed_both_ways(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.register("ada", minor="unknown", birth_date=CHILD)  # fourteen
    beat(scenario)
    lower_the_age(monkeypatch, 13)
    beat(scenario)
    assert minor(scenario) == "no"
    lower_the_age(monkeypatch, 16)
    beat(scenario)
    assert minor(scenario) == "yes"
    kinds = {each.kind for each in care(scenario).acts.of(scenario.subject("ada"))}
    assert kinds == {CAME_OF_AGE, CORRECTED}
    assert named(scenario) == []


def test_the_daily_run_is_bounded_and_goes_on_where_it_was(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault.customers.ageing.PAGE", 2)
    for number in range(5):
        scenario.register(f"c{number}", minor="unknown", birth_date=NEXT_WEEK_OF_AGE)
    scenario.clock.advance(days=8)
    grown = []
    for _ in range(3):
        beat(scenario)
        grown.append([minor(scenario, f"c{n}") for n in range(5)].count("no"))
    assert grown == [2, 4, 5]


def test_a_damaged_date_is_an_alarm_and_in_nobodys_way(
    scenario: Scenario,
) -> None:
    for name in ("ada", "bob"):
        scenario.register(name, minor="unknown", birth_date=NEXT_WEEK_OF_AGE)
    rows = SqliteBirths(scenario.house.vault_db)
    stolen = rows.find(scenario.subject("bob"))
    assert stolen is not None
    with scenario.house.vault_db.write() as session:
        rows.put(session, scenario.subject("ada"), stolen)
    scenario.clock.advance(days=8)
    with alarms() as raised:
        beat(scenario)
    assert (minor(scenario), minor(scenario, "bob")) == ("yes", "no")
    assert raised == ["birth dates cannot be read"]
    assert named(scenario) == ["birth"]
    assert correct(scenario, Correction(minor="unknown", birth_date=GROWN)) == "no"
    assert named(scenario) == []


def test_no_date_lies_in_clear_and_none_after_an_erasure(scenario: Scenario) -> None:
    scenario.register("ada", minor="unknown", birth_date=CHILD)
    scenario.house.vault_db.truncate_wal(patience=1)
    stored = (scenario.home / "data" / "vault.db").read_bytes()
    assert CHILD.encode() not in stored
    scenario.house.erasure.erase(scenario.subject("ada"))
    assert rows_in(scenario.house.vault_db, "vault_birth") == 0
    beat(scenario)


def test_a_date_comes_in_with_an_import(scenario: Scenario, tmp_path: Path) -> None:
    head = HEAD.replace("\n", ",born\n")
    report = run(
        scenario.house.vault.imports,
        tmp_path,
        head
        + "kid,2026-01-02,1,2.50,17.05.2012\n"
        + "old,2026-01-02,1,2.50,17.05.1990\n"
        + "old,2026-01-03,1,2.50,17.05.2012\n"  # known by then: the first stands
        + "who,2026-01-02,1,2.50,\n"
        + "odd,2026-01-02,1,2.50,2012-05-17\n"
        + "far,2026-01-02,1,2.50,17.05.2912\n",
        BORN,
    )
    found = {name: minor(scenario, name) for name in ("kid", "old", "who")}
    assert found == {"kid": "yes", "old": "no", "who": "unknown"}
    assert codes(report) == [
        (6, "value.date", "birth_date"),
        (7, "birth_date.impossible", "birth_date"),
    ]


def test_an_older_copy_brings_the_date_back_with_the_correction(
    tmp_path: Path,
) -> None:
    def live(scenario: Scenario) -> None:
        correct(scenario, Correction(minor="unknown", birth_date=NEXT_WEEK_OF_AGE))

    with restored(tmp_path / "home", ManualClock(), live) as scenario:
        assert minor(scenario) == "yes"
        scenario.clock.advance(days=8)
        beat(scenario)
        assert minor(scenario) == "no"


def test_a_stated_yes_survives_an_older_copy_and_its_daily_run(tmp_path: Path) -> None:
    def before(scenario: Scenario) -> None:
        scenario.register("ada", minor="unknown", birth_date=GROWN)

    def live(scenario: Scenario) -> None:
        assert correct(scenario, Correction(minor="yes")) == "yes"

    home = tmp_path / "home"
    with restored(home, ManualClock(), live, before=before) as scenario:
        beat(scenario)
        assert minor(scenario) == "yes"


def test_a_copy_from_before_somebody_came_of_age_catches_up(tmp_path: Path) -> None:
    def before(scenario: Scenario) -> None:
        scenario.register("ada", minor="unknown", birth_date=NEXT_WEEK_OF_AGE)

    def live(scenario: Scenario) -> None:
        scenario.clock.advance(days=8)
        beat(scenario)
        assert minor(scenario) == "no"

    home = tmp_path / "home"
    with restored(home, ManualClock(), live, before=before) as scenario:
        assert minor(scenario) == "yes"
        beat(scenario)
        assert minor(scenario) == "no"


def test_a_date_that_changes_while_it_is_decided_on_is_asked_about_again(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.register("ada", minor="unknown", birth_date=CHILD)
    real, told = Births.of, iter([None, "no"])

    def of(
        births: Births, subject: bytes, session: WriteSession | None = None
    ) -> Birth | None:
        found = real(births, subject, session)
        before = next(told, None)
        return replace(found, stated=before) if found and before else found

    monkeypatch.setattr(Births, "of", of)
    correct(scenario, Correction(birth_date=GROWN))
    assert minor(scenario) == "no"
    outcomes = [each.outcome for each in scenario.writes()]
    assert outcomes[-4:] == ["intended", "failed", "intended", "written"]
