"""Another catalogue is accepted before it counts, and what it opens is said."""

import shutil
from pathlib import Path

import pytest
from catalogues import field_line
from clocks import ManualClock
from commands import allod
from houses import CASE, Scenario, caring, lived_in, opened
from old_homes import unpacked
from recatalogued import PLACE, accept, rewrite

from kit.db import raw
from kit.errors import CannotStart, Conflict, Unavailable
from kit.settings import Settings
from server.cli.console import ExitCode
from server.house.upgrading import upgrade_home
from server.house.wiring import open_house
from vault import Question, WriteResult
from vault.acceptance.acceptance import ACCEPTED

TOPICS = (field_line("newsletter_topics"), "")
CITY = (
    "city: {type: string, class: contact,",
    "city: {type: string, class: preference,",
)
APART = ("    sealed_apart: [special]\n", "")
HEALTH = ("health: {type: text, class: special", "health: {type: text, class: support")
SPECIAL_GONE = (field_line("health"), "")
MARKETING = (
    "      billing.invoice: contract\n",
    "      billing.invoice: contract\n      ugc.display: consent\n",
)
DRAWN = (", mask: {initials: name}", "")
UNIQUE = ("class: contact, shared: true", "class: contact")
COUNTED, INTERESTS = "analytics.aggregate", "legitimate_interests"
DEAF = (f"{COUNTED}: {INTERESTS}", f"{COUNTED}: contract")
BASIS = ("      support.case: contract\n", "      support.case: consent\n")


@pytest.fixture
def home(tmp_path: Path, clock: ManualClock) -> tuple[Path, WriteResult, WriteResult]:
    path = tmp_path / "catalogued"
    with lived_in(path, clock) as scenario:
        scenario.customer()
        profile = scenario.profile(city="Bonn", newsletter_topics="lamps")
        ticket = scenario.put(
            "ada", "ticket", {"subject": "A", "text": "B", "health": "nickel"}
        )
        scenario.idea(product="A lamp")
    return path, profile, ticket


def test_a_new_home_goes_by_the_catalogue_that_it_was_made_with(
    scenario: Scenario,
) -> None:
    ((_, facts),) = scenario.house.log.operators(ACCEPTED)
    assert facts["digest"] == scenario.house.vault.acceptance.digest


def test_another_catalogue_does_not_start_anything_until_it_is_accepted(
    home: tuple[Path, WriteResult, WriteResult],
) -> None:
    path = home[0]
    rewrite(path, TOPICS)
    with pytest.raises(CannotStart, match="not the one that was accepted"):
        open_house(Settings(home=path))
    for command in (("serve",), ("export", "ada", "--out", path / "x.zip")):
        ran = allod(*command, "--home", path, "--json")
        assert ran.code == ExitCode.CANNOT_START
        assert "allod catalogue accept" in ran.out
    assert "allod catalogue accept" in allod("doctor", "--home", path, "--json").out
    assert allod("catalogue", "accept", "--home", path, "--yes").code == ExitCode.OK
    with open_house(Settings(home=path)) as house:
        assert len([*house.log.operators(ACCEPTED)]) == 2


def test_what_has_no_effect_needs_no_acceptance(
    home: tuple[Path, WriteResult, WriteResult],
) -> None:
    rewrite(home[0], ("version: 1\n", "# a remark\nversion: 1\n"))
    open_house(Settings(home=home[0])).close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (TOPICS, "field newsletter_topics is dropped"),
        (CITY, "field city: class contact → preference"),
        (MARKETING, "purpose ugc.display may use it now, on consent"),
        (BASIS, "purpose support.case: lawful basis contract → consent"),
        (DEAF, f"purpose {COUNTED}: lawful basis {INTERESTS} → contract; who said no"),
        (("    retention: P3Y\n", "    retention: P9Y\n"), "kept for"),
        (DRAWN, "field name: mask initials as name → none"),
        (UNIQUE, "field phone: shared yes → none"),
        (("    schema: 1\n", "    schema: 2\n"), "schema: profile@1 → profile@2"),
    ],
)
def test_accepting_names_what_the_catalogue_changes_and_asks(
    home: tuple[Path, WriteResult, WriteResult], change: tuple[str, str], words: str
) -> None:
    path = home[0]
    rewrite(path, change)
    said = allod("catalogue", "show", "--home", path)
    assert words.partition(":")[0] in said.out + said.err
    unsure = allod("catalogue", "accept", "--home", path, "--json")
    assert unsure.code == ExitCode.USAGE
    accepted = allod("catalogue", "accept", "--home", path, "--json", "--yes")
    details = [each["detail"] for each in accepted.document["changes"]]
    assert any(each.startswith(words.partition(": profile@")[0]) for each in details)
    open_house(Settings(home=path)).close()


def test_where_no_objection_was_heard_none_is_said_to_be_passed_over(
    home: tuple[Path, WriteResult, WriteResult],
) -> None:
    claims = f"legal.claims: {INTERESTS}"
    rewrite(home[0], (claims, "legal.claims: contract"))
    shown = allod("catalogue", "show", "--home", home[0], "--json")
    (change,) = shown.document["changes"]
    assert change["opens"]
    detail = f"purpose legal.claims: lawful basis {INTERESTS} → contract"
    assert change["detail"] == detail


def test_what_opens_is_told_from_what_does_not(
    home: tuple[Path, WriteResult, WriteResult],
) -> None:
    rewrite(home[0], TOPICS, CITY, MARKETING)
    with open_house(Settings(home=home[0]), unaccepted=True) as house:
        opens = {each.detail: each.opens for each in house.vault.acceptance.changes()}
    assert sorted(opens.values()) == [False, True, True]


def test_a_field_of_another_class_is_masked_by_it_in_records_written_before(
    home: tuple[Path, WriteResult, WriteResult], clock: ManualClock
) -> None:
    path, profile, _ = home
    with opened(path, clock) as scenario:
        before = scenario.house.gate.read(CASE, "ada", profile.record)
    assert "city" in before.masks or "city" in before.omitted
    rewrite(
        path,
        ("city: {type: string, class: contact", "city: {type: string, class: identity"),
    )
    ran = allod("catalogue", "accept", "--home", path, "--json", "--yes")
    assert ran.document["resealed"] == 1
    with opened(path, clock) as scenario:
        after = scenario.house.gate.read(CASE, "ada", profile.record)
        assert after.values["city"] == "Bonn"
        assert after.version == before.version
        assert list(scenario.house.vault.rowcheck.findings()) == []


def test_what_is_no_longer_sealed_apart_is_sealed_with_the_rest(
    home: tuple[Path, WriteResult, WriteResult], clock: ManualClock
) -> None:
    path, _, ticket = home
    rewrite(path, APART)
    assert allod("catalogue", "accept", "--home", path, "--yes").code == ExitCode.OK
    with opened(path, clock) as scenario:
        rows = scenario.house.vault_db.reader().execute(
            "SELECT count(*) FROM vault_part WHERE record = ?", (ticket.record,)
        )
        assert rows.fetchone() == (0,)
        shown = scenario.house.gate.read(scenario.own("ada"), None, ticket.record)
        assert shown.values["health"] == "nickel"


def test_a_field_that_was_sealed_apart_stays_so_when_it_is_dropped_and_is_the_persons(
    home: tuple[Path, WriteResult, WriteResult], clock: ManualClock
) -> None:
    path, _, ticket = home
    rewrite(path, APART, SPECIAL_GONE)
    assert allod("catalogue", "accept", "--home", path, "--yes").code == ExitCode.OK
    with opened(path, clock) as scenario:
        shown = scenario.house.gate.read(scenario.own("ada"), None, ticket.record)
        assert shown.undeclared == {"health": "nickel"}
        helped = scenario.house.gate.read(CASE, "ada", ticket.record)
        assert "nickel" not in repr(helped)


def test_a_collection_that_has_records_is_not_dropped(
    home: tuple[Path, WriteResult, WriteResult],
) -> None:
    path = home[0]
    text = (path / PLACE).read_text("utf-8")
    start, end = text.index("  ticket:"), len(text)
    rewrite(path, (text[start:end], ""))
    ran = allod("catalogue", "accept", "--home", path, "--yes", "--json")
    assert ran.code == ExitCode.CONFLICT
    assert "ticket" in ran.out


def test_an_acceptance_that_breaks_off_is_none_and_is_begun_again(
    home: tuple[Path, WriteResult, WriteResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home[0]
    rewrite(path, CITY, HEALTH, APART)
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr("vault.acceptance.acceptance.stamp_accepted", _broken)
        with open_house(Settings(home=path), unaccepted=True) as house:
            house.vault.acceptance.accept()
    with pytest.raises(CannotStart):
        open_house(Settings(home=path))
    assert allod("catalogue", "accept", "--home", path, "--yes").code == ExitCode.OK
    with open_house(Settings(home=path)) as house:
        assert list(house.vault.rowcheck.findings()) == []


def _broken(*_: object, **__: object) -> int:
    raise RuntimeError


def test_a_process_that_goes_by_the_catalogue_before_writes_no_more(
    home: tuple[Path, WriteResult, WriteResult], clock: ManualClock
) -> None:
    path = home[0]
    with opened(path, clock) as scenario:
        rewrite(path, CITY)
        assert allod("catalogue", "accept", "--home", path, "--yes").code == 0
        with pytest.raises(Unavailable) as fault:
            scenario.profile("ada")
        assert fault.value.reason_code == "catalogue.changed"


def test_a_digest_put_into_the_database_alone_is_not_believed(
    home: tuple[Path, WriteResult, WriteResult], clock: ManualClock
) -> None:
    path = home[0]
    rewrite(path, CITY)
    with open_house(Settings(home=path), clock=clock, unaccepted=True) as house:
        wanted = house.vault.acceptance.digest
        with house.vault_db.write() as session:
            raw(session).execute("UPDATE vault_catalogue SET digest = ?", (wanted,))
    with pytest.raises(CannotStart):
        open_house(Settings(home=path), clock=clock)


# Retiring.


def test_a_dropped_field_is_retired_from_the_records_and_the_person_reads_of_it(
    home: tuple[Path, WriteResult, WriteResult], clock: ManualClock
) -> None:
    path, profile, _ = home
    rewrite(path, TOPICS)
    allod("catalogue", "accept", "--home", path, "--yes")
    ran = allod(
        *("catalogue", "retire", "profile.newsletter_topics"),
        *("--home", path, "--yes", "--json"),
    )
    assert (ran.code, ran.document["removed"]) == (ExitCode.OK, 1)
    with opened(path, clock) as scenario:
        shown = scenario.house.gate.read(scenario.own("ada"), None, profile.record)
        assert (shown.undeclared, shown.version) == ({}, profile.version + 1)
        assert shown.values["city"] == "Bonn"
        events = scenario.house.access_log.of_subject(scenario.subject("ada"))
        told = [e for _, e in events if e.outcome == "retired"]
        assert [(e.principal, e.fields, e.records) for e in told] == [
            ("operator", "newsletter_topics", profile.record)
        ]
        assert list(scenario.house.vault.rowcheck.findings()) == []
        ((_, facts),) = scenario.house.log.operators("catalogue.retired")
        assert facts["records"] == 1
    again = allod(
        *("catalogue", "retire", "profile.newsletter_topics"),
        *("--home", path, "--yes", "--json"),
    )
    assert again.document["removed"] == 0


def test_a_hold_and_an_author_keep_what_is_retired(
    home: tuple[Path, WriteResult, WriteResult], clock: ManualClock
) -> None:
    path, profile, _ = home
    with opened(path, clock) as scenario:
        holds = scenario.house.vault.reach.holds
        holds.set(caring("ann"), "ada", record=profile.record, reason="a lawsuit")
    rewrite(path, TOPICS, (field_line("product", "content"), ""))
    allod("catalogue", "accept", "--home", path, "--yes")
    for field, kept in (
        ("profile.newsletter_topics", "held"),
        ("idea.product", "contributed"),
    ):
        ran = allod("catalogue", "retire", field, "--home", path, "--yes", "--json")
        assert (ran.document["removed"], ran.document[kept]) == (0, 1)
    with opened(path, clock) as scenario:
        shown = scenario.house.gate.read(scenario.own("ada"), None, profile.record)
        assert shown.undeclared == {"newsletter_topics": "lamps"}


def test_a_retired_identifier_finds_nobody_and_is_free_again(
    home: tuple[Path, WriteResult, WriteResult], clock: ManualClock
) -> None:
    path = home[0]
    rewrite(
        path,
        ("      phone: phone\n", ""),
        (field_line("phone"), ""),
    )
    allod("catalogue", "accept", "--home", path, "--yes")
    allod("catalogue", "retire", "profile.phone", "--home", path, "--yes")
    with opened(path, clock) as scenario:
        rows = scenario.house.identity_db.reader().execute(
            "SELECT field FROM identity_index"
        )
        assert [row[0] for row in rows] == ["customer", "profile.email"]


def test_a_declared_field_is_not_retired(
    home: tuple[Path, WriteResult, WriteResult],
) -> None:
    with open_house(Settings(home=home[0])) as house, pytest.raises(Conflict):
        house.vault.retiring.retire("profile", "city")


def test_a_field_that_is_declared_retired_keeps_its_class_and_takes_no_values(
    home: tuple[Path, WriteResult, WriteResult], clock: ManualClock
) -> None:
    path, profile, _ = home
    rewrite(
        path, ("class: contact, max: 100,", "class: contact, max: 100, retired: true,")
    )
    allod("catalogue", "accept", "--home", path, "--yes")
    with opened(path, clock) as scenario:
        scenario.grant("ada")
        asked = Question(CASE.principal, CASE.purpose)
        shown = scenario.house.gate.read(scenario.own("ada"), None, profile.record)
        assert shown.values["city"] == "Bonn"
        assert "Bonn" not in repr(
            scenario.house.gate.read(asked, "ada", profile.record)
        )
        with pytest.raises(Exception, match="not what its collection allows"):
            scenario.profile(city="Oslo")


def test_an_upgraded_home_goes_by_the_catalogue_that_lay_in_it(tmp_path: Path) -> None:
    old = unpacked("0.1.0-v1", tmp_path / "home")
    done = upgrade_home(Settings(home=old.home), clock=old.clock())
    assert "catalogue" in done
    with open_house(Settings(home=old.home), clock=old.clock()) as house:
        ((_, facts),) = house.log.operators(ACCEPTED)
        assert facts["digest"] == house.vault.acceptance.digest


def test_a_copy_from_before_the_catalogue_was_accepted_is_sealed_by_it_once_more(
    home: tuple[Path, WriteResult, WriteResult], clock: ManualClock
) -> None:
    path, profile, _ = home
    shutil.copytree(path / "data", path.parent / "data")
    rewrite(path, CITY)
    wanted = (path / PLACE).read_text("utf-8")
    accept(path, clock)
    shutil.rmtree(path / "data")
    (path.parent / "data").rename(path / "data")
    assert allod("ledger", "restore", "--home", path).code == ExitCode.OK
    (path / PLACE).write_text(wanted, encoding="utf-8")
    with pytest.raises(CannotStart, match="a copy from before"):
        open_house(Settings(home=path))
    ran = allod("catalogue", "accept", "--home", path, "--yes", "--json")
    assert (ran.code, ran.document["resealed"]) == (ExitCode.OK, 1)
    with opened(path, clock) as scenario:
        read = scenario.house.gate.read(CASE, "ada", profile.record)
        assert read.values["city"] == "Bonn"
        assert scenario.profile(city="Ulm").created
        assert list(scenario.house.findings()) == []
