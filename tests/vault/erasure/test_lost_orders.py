"""Going on where orders are lost: two principals, and everything given before ends."""

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from clocks import ManualClock
from commands import allod
from houses import CAMPAIGN, CASE, Scenario, lived_in, opened
from ordering import kinds_in
from reaching import refusal

from kit.clock import iso
from kit.errors import NotFound
from ledger.checks.audit import fsck
from pdp.decision.question import Kind
from server.auth.principals import Bearer
from server.cli.console import ExitCode
from vault import Principal


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def _token(scenario: Scenario, kind: Kind, name: str) -> Path:
    bearer = Bearer(Principal(kind, name), (), ())
    with scenario.house.vault_db.write() as session:
        text = scenario.house.tokens.mint(session, bearer, life=timedelta(days=300))
    path = scenario.home.parent / name
    path.write_text(text)
    return path


@pytest.fixture
def lost(home: Path) -> str:
    """A home with an older data/ and a mirror that lost an order; gives since when."""
    clock = ManualClock()
    with lived_in(home, clock) as scenario:
        for name in ("kim", "lee"):
            _token(scenario, Kind.STAFF, name)
        _token(scenario, Kind.SERVICE, "desk")
        for name in ("ada", "bob"):
            scenario.customer(name)
            scenario.profile(name)
            scenario.grant(name)
        scenario.license("bob", scenario.idea("bob"), "ugc.advertise")
    since = iso(clock.now())
    shutil.copytree(home / "data", home.parent / "data")
    clock.advance(hours=1)
    with opened(home, clock) as scenario:
        scenario.house.erasure.erase(scenario.subject("ada"))
        scenario.withdraw("bob")
        scenario.house.gate.list_records(CASE, "bob", "profile")
    put_back(home, "data")
    lose(home, 1)
    return since


def put_back(home: Path, *parts: str) -> None:
    for part in parts:
        shutil.rmtree(home / part)
        (home.parent / part).rename(home / part)


def lose(home: Path, count: int) -> None:
    (segment,) = (home / "mirror" / "orders").glob("*.orders")
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join(lines[:-count]))


def accept(home: Path, since: str, *names: str) -> ExitCode:
    files = [each for n in names for each in ("--token-file", home.parent / n)]
    arguments = ("restore", "--accept-lost-orders", "--since", since, *files)
    return ExitCode(allod(*arguments, "--home", home).code)


def test_one_principal_does_not_go_on_alone(home: Path, lost: str) -> None:
    assert accept(home, lost, "kim") == ExitCode.NO
    assert accept(home, lost, "kim", "kim") == ExitCode.NO
    assert accept(home, "2026-11-22T00:00:00Z", "lee") == ExitCode.NO
    assert accept(home, lost, "desk") == ExitCode.REFUSED
    assert "orders.accepted" not in kinds_in(home)


def test_a_yes_that_was_written_by_hand_is_nobodys(home: Path, lost: str) -> None:
    at = int(datetime.fromisoformat(lost).timestamp())
    with closing(sqlite3.connect(home / "data" / "vault.db")) as database:
        statement = "INSERT INTO vault_lost_orders VALUES (?, 'lee', 0, zeroblob(32))"
        database.execute(statement, (at,))
        database.commit()
    assert accept(home, lost, "kim") == ExitCode.NO
    assert "orders.accepted" not in kinds_in(home)


def test_a_token_that_was_revoked_since_the_copy_says_no_yes(home: Path) -> None:
    clock = ManualClock()
    with lived_in(home, clock) as scenario:
        for name in ("kim", "lee"):
            _token(scenario, Kind.STAFF, name)
        scenario.customer("ada")
        scenario.grant("ada")
    since = iso(clock.now())
    shutil.copytree(home / "data", home.parent / "data")
    clock.advance(hours=1)
    with opened(home, clock) as scenario:
        with scenario.house.vault_db.write() as session:
            scenario.house.tokens.revoke(session, "lee")
        scenario.withdraw("ada")
    put_back(home, "data")
    lose(home, 1)
    assert accept(home, since, "kim", "lee") == ExitCode.REFUSED
    assert "orders.accepted" not in kinds_in(home)


@pytest.mark.parametrize("at_once", [True, False])
def test_two_go_on_and_what_was_given_before_ends(
    home: Path, lost: str, *, at_once: bool
) -> None:
    if at_once:
        assert accept(home, lost, "kim", "lee") == ExitCode.OK
    else:
        assert accept(home, lost, "kim") == ExitCode.NO
        assert accept(home, lost, "lee") == ExitCode.OK
    clock = ManualClock()
    clock.advance(hours=2)
    with opened(home, clock) as scenario:
        gate = scenario.house.gate
        with pytest.raises(NotFound):  # what is left of the chain was brought back
            gate.list_records(CASE, "ada", "profile")
        with refusal("consent.withdrawn"):
            gate.list_records(CAMPAIGN, "bob", "profile")
        assert gate.list_records(CASE, "bob", "profile").items
        (item,) = _authorizations(scenario)
        assert (item.status.value, item.licences) == ("withdrawn", ())
        text = (home.parent / "desk").read_text()
        assert scenario.house.tokens.find(text) is None
        scenario.grant("bob")
        assert gate.list_records(CAMPAIGN, "bob", "profile").items
        assert fsck(scenario.house.log).clean
        assert list(scenario.house.vault.rowcheck.findings()) == []


def _authorizations(scenario: Scenario) -> tuple[object, ...]:
    with scenario.house.vault_db.read() as session:
        return scenario.house.authorizations.all_of(session, scenario.subject("bob"))


def test_the_chain_goes_on_and_a_later_restore_finds_it_whole(
    home: Path, lost: str
) -> None:
    assert accept(home, lost, "kim", "lee") == ExitCode.OK
    clock = ManualClock()
    clock.advance(hours=2)
    with opened(home, clock) as scenario:
        scenario.grant("bob")
        assert [k for _, k, _ in scenario.house.log.operators_with("orders")][-1:] == [
            "orders.accepted"
        ]
    shutil.copytree(home / "data", home.parent / "data")
    with opened(home, clock) as scenario:
        scenario.withdraw("bob")
    shutil.rmtree(home / "data")
    (home.parent / "data").rename(home / "data")
    assert allod("ledger", "restore", "--home", home).code == ExitCode.OK
    with opened(home, clock) as scenario, refusal("consent.withdrawn"):
        scenario.house.gate.list_records(CAMPAIGN, "bob", "profile")


def test_the_files_that_were_found_are_kept(home: Path, lost: str) -> None:
    before = {p.name: p.read_bytes() for p in (home / "mirror/orders").iterdir()}
    assert accept(home, lost, "kim", "lee") == ExitCode.OK
    (aside,) = (home / "mirror").glob("orders.lost-*")
    assert {p.name: p.read_bytes() for p in aside.iterdir()} == before


def test_a_copy_of_the_future_is_none(home: Path, lost: str) -> None:
    assert lost
    assert accept(home, "2999-01-01T00:00:00Z", "kim", "lee") == ExitCode.USAGE


def test_who_was_erased_by_an_order_that_is_lost_is_erased_once_more(
    home: Path, lost: str
) -> None:
    lose(home, 1)
    assert accept(home, lost, "kim", "lee") == ExitCode.OK
    assert kinds_in(home)[-2:] == ["orders.accepted", "erasure"]
    clock = ManualClock()
    clock.advance(hours=2)
    with opened(home, clock) as scenario:
        assert scenario.house.vault.customers.subject_of("ada") is None
        assert scenario.house.gate.list_records(CASE, "bob", "profile").items
        (state,) = scenario.house.erasure.all()
        assert state.certificate is not None
        assert fsck(scenario.house.log).clean
        assert list(scenario.house.findings()) == []


def test_what_cannot_be_ended_without_a_key_is_ended_once_it_is_there(
    home: Path,
) -> None:
    clock = ManualClock()
    with lived_in(home, clock) as scenario:
        for name in ("kim", "lee"):
            _token(scenario, Kind.STAFF, name)
        scenario.customer("bob")
        idea = scenario.idea("bob")
        scenario.license("bob", idea, "ugc.advertise")
        shutil.copytree(home / "keys", home.parent / "keys")
        scenario.customer("ada")
        scenario.profile("ada")
        scenario.grant("ada")
    since = iso(clock.now())
    shutil.copytree(home / "data", home.parent / "data")
    clock.advance(hours=1)
    with opened(home, clock) as scenario:
        scenario.withdraw("ada")
    shutil.copytree(home / "keys", home.parent / "newer")
    put_back(home, "data", "keys")
    lose(home, 1)
    assert accept(home, since, "kim", "lee") == ExitCode.OK
    with opened(home, clock) as scenario:
        clock.advance(hours=1)
        scenario.license("bob", idea, "ugc.advertise")
    shutil.rmtree(home / "keys")
    (home.parent / "newer").rename(home / "keys")
    for _ in range(2):
        with opened(home, clock) as scenario:
            with refusal("consent.withdrawn"):
                scenario.house.gate.list_records(CAMPAIGN, "ada", "profile")
            (item,) = _authorizations(scenario)
            assert item.status.value == "granted"
            assert scenario.house.vault.replay.run({}) == 0
