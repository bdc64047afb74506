"""Orders after a restore: no store that is older brings anything forbidden back."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from clocks import ManualClock
from commands import allod
from houses import CAMPAIGN, CASE, Scenario, caring, lived_in, opened
from ordering import kinds_in, mirrored, unwritable
from reaching import WHY, care, post, refusal, unit
from restoring import by_hand, erase, is_gone, people, restored

from kit.errors import NotFound
from pdp.decision.question import Kind
from server.auth.principals import Bearer
from server.cli.console import ExitCode
from vault import Principal
from vault.erasure.erasure_ticket import Ticket
from vault.orders.order_book import MirrorUnavailable


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.mark.parametrize("parts", [("keys",), ("data",), ("data", "keys")])
def test_no_older_store_brings_the_erased_back(
    home: Path, clock: ManualClock, parts: tuple[str, ...]
) -> None:
    with restored(home, clock, erase, parts=parts) as scenario:
        is_gone(scenario)
        for table in ("identity_key", "identity_customer"):
            rows = scenario.house.identity_db.reader().execute(
                f"SELECT count(*) FROM {table}"  # noqa: S608 - ours
            )
            assert rows.fetchall() == [(1,)]


def test_a_hold_from_before_the_erasure_does_not_keep_it(
    home: Path, clock: ManualClock
) -> None:
    def held(scenario: Scenario) -> None:
        people(scenario)
        care(scenario).holds.set(caring("ann"), "ada", reason=WHY)

    def freed(scenario: Scenario) -> None:
        (hold,) = care(scenario).holds.of("ada")
        care(scenario).holds.lift(caring("ann"), "ada", hold.hold_id, reason=WHY)
        erase(scenario)

    with restored(home, clock, freed, before=held) as scenario:
        is_gone(scenario)


def test_one_who_was_erased_again_has_a_certificate_for_the_secret_of_then(
    home: Path, clock: ManualClock
) -> None:
    given = []

    def erase(scenario: Scenario) -> None:
        given.append(scenario.house.erasure.erase(scenario.subject("ada")))

    with restored(home, clock, erase) as scenario:
        state = scenario.house.erasure.state(given[0].order_id, given[0].secret)
        assert state.certificate is not None


def test_a_withdrawal_holds_and_a_consent_given_in_the_copy_stands(
    home: Path, clock: ManualClock
) -> None:
    def before(scenario: Scenario) -> None:
        people(scenario)
        scenario.withdraw("bob")
        scenario.grant("bob")

    with restored(home, clock, lambda s: s.withdraw("ada"), before=before) as scenario:
        gate = scenario.house.gate
        with refusal("consent.withdrawn"):
            gate.list_records(CAMPAIGN, "ada", "profile")
        assert gate.list_records(CAMPAIGN, "bob", "profile").items
        with scenario.house.vault_db.read() as session:
            said = scenario.house.grants.history(session, scenario.subject("ada"))
        assert [each.act.value for each in said] == ["granted", "withdrawn"]


def test_a_withdrawal_after_an_objection_was_taken_back_holds(
    home: Path, clock: ManualClock
) -> None:
    def before(scenario: Scenario) -> None:
        people(scenario)
        for word in ("object_", "end_objection"):
            scenario.say_no("ada", word)

    again = restored(home, clock, lambda s: s.withdraw("ada"), before=before)
    with again as scenario, refusal("consent.withdrawn"):
        scenario.house.gate.list_records(CAMPAIGN, "ada", "profile")


def test_an_objection_and_a_restriction_hold_for_one_whom_the_copy_does_not_know(
    home: Path, clock: ManualClock
) -> None:
    def join(scenario: Scenario) -> None:
        scenario.customer("cleo")
        with scenario.house.vault_db.write() as session:
            scenario.house.grants.object_(
                session, scenario.subject("cleo"), "analytics.aggregate"
            )
        care(scenario).restrictions.restrict(caring("ann"), "cleo", reason=WHY)

    with restored(home, clock, join) as scenario:
        scenario.register("cleo", minor="unknown")
        with refusal("state.restricted"):
            scenario.profile("cleo")
        with scenario.house.vault_db.read() as session:
            (standing,) = scenario.house.grants.standings(
                session, scenario.subject("cleo")
            )
        assert standing.state.value == "objected"


def test_an_order_of_one_whose_key_an_older_copy_lacks_waits_for_it(
    home: Path, clock: ManualClock
) -> None:
    def join(scenario: Scenario) -> None:
        scenario.customer("cleo")
        scenario.profile("cleo")
        scenario.grant("cleo")

    with lived_in(home, clock) as scenario:
        people(scenario)
    old_keys = shutil.copytree(home / "keys", home.parent / "old-keys")
    with opened(home, clock) as scenario:
        join(scenario)
        old_data = shutil.copytree(home / "data", home.parent / "old-data")
        scenario.withdraw("cleo")
    new_keys = (home / "keys").rename(home.parent / "new-keys")
    old_keys.rename(home / "keys")
    shutil.rmtree(home / "data")
    old_data.rename(home / "data")
    assert allod("ledger", "restore", "--home", home).code == ExitCode.OK
    with opened(home, clock) as scenario:
        assert scenario.house.customers.subject_of("cleo") is None
    shutil.rmtree(home / "keys")
    new_keys.rename(home / "keys")
    with opened(home, clock) as scenario, refusal("consent.withdrawn"):
        scenario.house.gate.list_records(CAMPAIGN, "cleo", "profile")


def test_a_start_without_a_restore_brings_nothing_back(
    home: Path, clock: ManualClock
) -> None:
    with lived_in(home, clock) as scenario:
        people(scenario)
        scenario.withdraw("bob")
        erase(scenario)
    with opened(home, clock) as scenario:
        assert scenario.house.vault.replay.run({}) == 0


def test_what_a_restore_lost_stands_in_an_entry_that_fsck_knows(
    home: Path, clock: ManualClock
) -> None:
    def live(scenario: Scenario) -> None:
        scenario.idea("bob")
        scenario.withdraw("ada")

    with restored(home, clock, live) as scenario:
        ((_, facts),) = scenario.house.log.operators("restore.done")
        assert facts["subjects"] == 2
        assert facts["end"] - facts["first"] >= 2


def test_nothing_is_ordered_for_what_opens(home: Path, clock: ManualClock) -> None:
    with lived_in(home, clock) as scenario:
        people(scenario)
        scenario.idea("ada")
    assert kinds_in(home) == ["policy.activated"]


def test_what_a_person_ordered_is_noise_without_their_key(
    home: Path, clock: ManualClock
) -> None:
    with lived_in(home, clock) as scenario:
        people(scenario)
        scenario.withdraw("ada")
    text = str(mirrored(home))
    assert "marketing" not in text


def test_where_the_mirror_cannot_be_written_a_no_is_in_force_and_to_be_repeated(
    home: Path, clock: ManualClock
) -> None:
    with lived_in(home, clock) as scenario:
        people(scenario)
        with unwritable(home):
            for _ in range(2):
                with pytest.raises(MirrorUnavailable):
                    scenario.withdraw("ada")
            with refusal("consent.withdrawn"):
                scenario.house.gate.list_records(CAMPAIGN, "ada", "profile")
            scenario.grant("bob")
        scenario.withdraw("ada")
        assert kinds_in(home) == ["policy.activated", "consent.withdrawn"]


def test_a_conflict_is_no_confirmation_while_the_mirror_cannot_be_written(
    home: Path, clock: ManualClock
) -> None:
    restrictions = "ada", WHY, "ann"

    def restrict(scenario: Scenario) -> None:
        name, reason, by = restrictions
        care(scenario).restrictions.restrict(caring(by), name, reason=reason)

    with lived_in(home, clock) as scenario:
        people(scenario)
        with unwritable(home):
            for _ in range(2):
                with pytest.raises(MirrorUnavailable):
                    restrict(scenario)
        with refusal("state.unchanged"):
            restrict(scenario)
        assert kinds_in(home)[-1] == "restriction.set"


def test_an_erasure_waits_for_the_mirror_before_it_destroys_anything(
    home: Path, clock: ManualClock
) -> None:
    with lived_in(home, clock) as scenario:
        people(scenario)
        given, erasure = Ticket.draw(), scenario.house.erasure
        with unwritable(home):
            for _ in range(2):
                with pytest.raises(MirrorUnavailable, match="until then nothing"):
                    erasure.erase(scenario.subject("ada"), given)
            assert scenario.house.gate.list_records(CASE, "ada", "profile").items
            assert erasure.state(given.order_id, given.secret).step == "ordered"
        scenario.house.vault.heartbeat.run_once()
        assert erasure.state(given.order_id, given.secret).step == "certified"
        is_gone(scenario)


def test_what_neither_older_store_knows_waits_until_the_newer_keys_are_there(
    home: Path, clock: ManualClock
) -> None:
    newer = home.parent / "newer"

    def live(scenario: Scenario) -> None:
        scenario.customer("eve")
        shutil.copytree(home / "keys", newer)
        care(scenario).restrictions.restrict(caring("ann"), "eve", reason=WHY)

    with restored(home, clock, live, parts=("data", "keys")) as scenario:
        assert scenario.house.customers.subject_of("eve") is None
    shutil.rmtree(home / "keys")
    newer.rename(home / "keys")
    with opened(home, clock) as scenario:
        assert not scenario.register("eve")
        standing = scenario.house.customers.standing(scenario.subject("eve"))
        assert standing.state == "restricted"


def test_an_order_about_a_row_that_was_written_by_hand_waits_until_it_is_believed(
    home: Path, clock: ManualClock
) -> None:
    with lived_in(home, clock) as scenario:
        people(scenario)
    shutil.copytree(home / "data", home.parent / "data")
    with opened(home, clock) as scenario:
        scenario.withdraw("bob")
    shutil.rmtree(home / "data")
    (home.parent / "data").rename(home / "data")
    with by_hand(home) as file:
        kept = file.execute("SELECT mac, subject FROM vault_subject").fetchall()
        file.execute("UPDATE vault_subject SET mac = zeroblob(32)")
    assert allod("ledger", "restore", "--home", home).code == ExitCode.OK
    with opened(home, clock) as scenario, pytest.raises(NotFound):
        scenario.house.gate.list_records(CAMPAIGN, "bob", "profile")
    with by_hand(home) as file:
        file.executemany("UPDATE vault_subject SET mac = ? WHERE subject = ?", kept)
    with opened(home, clock) as scenario, refusal("consent.withdrawn"):
        scenario.house.gate.list_records(CAMPAIGN, "bob", "profile")


@pytest.mark.parametrize("lost", ["post", "unit", "ended", "token"])
def test_what_was_given_since_the_copy_is_lost_and_no_finding(
    home: Path, clock: ManualClock, lost: str
) -> None:
    def before(scenario: Scenario) -> None:
        people(scenario)
        unit(scenario, "north")
        post(scenario, "north", staff="lee")

    def live(scenario: Scenario) -> None:
        match lost:
            case "post":
                post(scenario, "north")
            case "unit":
                unit(scenario, "south")
            case "ended":
                care(scenario).organisation.unpost("lee", "north", by="ann")
            case _:
                bearer = Bearer(Principal(Kind.SERVICE, "desk"), (), ())
                with scenario.house.vault_db.write() as session:
                    life = timedelta(days=300)
                    scenario.house.tokens.mint(session, bearer, life=life)

    with restored(home, clock, live, before=before) as scenario:
        assert list(scenario.house.findings()) == []
        unit(scenario, "west")
        assert list(scenario.house.findings()) == []
