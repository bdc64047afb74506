"""The orders of an older home: adopted once, each against what bears it out."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from commands import allod
from houses import CASE, Scenario
from old_homes import FIRST_RELEASE, OldHome, unpacked
from ordering import kinds_in, mirrored

from kit.errors import CannotStart, IntegrityFault, NotFound
from kit.settings import Settings
from server.cli.console import ExitCode
from server.house.upgrading import upgrade_home
from server.house.wiring import open_house
from vault.erasure.order_check import OrdersLost


@pytest.fixture
def old(tmp_path: Path) -> OldHome:
    return unpacked(FIRST_RELEASE, tmp_path / "home")


def upgraded(old: OldHome) -> None:
    upgrade_home(Settings(home=old.home), clock=old.clock())


def orders(old: OldHome) -> Path:
    return old.home / "mirror" / "orders"


def erased(old: OldHome) -> str:
    """Read who was erased out of the one file that the release wrote of it."""
    (path,) = orders(old).glob("*.json")
    subject: str = json.loads(path.read_bytes())["subject"]
    return subject


def test_an_erasure_and_the_policies_in_force_become_orders(old: OldHome) -> None:
    subject = erased(old)
    upgraded(old)
    assert kinds_in(old.home) == ["erasure", "policy.activated"]
    assert mirrored(old.home)[0]["subject"] == subject
    assert not list(orders(old).glob("*.json"))
    assert (old.home / "mirror" / "policies").stat().st_mode & 0o777 == 0o700


def test_an_adopted_erasure_holds_against_older_keys(old: OldHome) -> None:
    subject = erased(old)
    upgraded(old)
    with closing(sqlite3.connect(old.home / "keys" / "identity.db")) as database:
        database.execute("DELETE FROM identity_fence")
        database.execute("DELETE FROM identity_suppressed")
        database.execute("DELETE FROM identity_order")
        database.commit()
    with open_house(Settings(home=old.home), clock=old.clock()) as house:
        rows = house.identity_db.reader().execute("SELECT subject FROM identity_fence")
        assert rows.fetchall() == [(bytes.fromhex(subject),)]
        assert list(house.vault.rowcheck.findings()) == []


def test_an_erasure_whose_file_was_taken_away_is_adopted_all_the_same(
    old: OldHome,
) -> None:
    subject = erased(old)
    for path in orders(old).glob("*.json"):
        path.unlink()
    upgraded(old)
    assert mirrored(old.home)[0]["subject"] == subject


def test_a_file_that_nothing_bears_out_is_not_adopted(old: OldHome) -> None:
    path = orders(old) / f"{'ab' * 16}.json"
    path.write_text(json.dumps({"subject": old.subject("ada").hex(), "v": 1}))
    with pytest.raises(IntegrityFault, match=path.name):
        upgraded(old)
    path.unlink()
    upgraded(old)
    with open_house(Settings(home=old.home), clock=old.clock()) as house:
        scenario = Scenario(house, old.clock(), old.home)
        assert scenario.house.gate.list_records(CASE, "ada", "profile").items


@pytest.mark.parametrize("subject", ["ada", None])
def test_a_file_of_an_order_that_names_another_is_not_adopted(
    old: OldHome, subject: str | None
) -> None:
    (path,) = orders(old).glob("*.json")
    named = "nobody" if subject is None else old.subject(subject).hex()
    path.write_text(json.dumps({"subject": named, "v": 1}))
    with pytest.raises(IntegrityFault, match="bears out"):
        upgraded(old)


def test_an_order_of_which_only_the_fence_knows_is_adopted(old: OldHome) -> None:
    with closing(sqlite3.connect(old.home / "keys" / "identity.db")) as database:
        row = (bytes(16), bytes(range(16)), 0)
        database.execute("INSERT INTO identity_fence VALUES (?, ?, ?)", row)
        database.commit()
    path = orders(old) / f"{bytes(range(16)).hex()}.json"
    path.write_text(json.dumps({"subject": bytes(16).hex(), "v": 1}))
    upgraded(old)
    assert kinds_in(old.home) == ["erasure", "erasure", "policy.activated"]


def test_a_copy_from_before_the_upgrade_does_not_begin_a_second_chain(
    old: OldHome,
) -> None:
    before = shutil.copytree(old.home / "data", old.home.parent / "before")
    upgraded(old)
    shutil.rmtree(old.home / "data")
    before.rename(old.home / "data")
    upgraded(old)
    with pytest.raises(CannotStart):
        open_house(Settings(home=old.home), clock=old.clock())


def test_a_data_store_without_any_order_is_not_taken_for_a_new_one(
    old: OldHome,
) -> None:
    upgraded(old)
    with closing(sqlite3.connect(old.home / "data" / "vault.db")) as database:
        database.execute("DELETE FROM vault_order")
        database.commit()
    with pytest.raises(OrdersLost, match="from before it"):
        open_house(Settings(home=old.home), clock=old.clock())


def test_a_restore_after_the_upgrade_keeps_the_erased_away(old: OldHome) -> None:
    upgraded(old)
    copy = shutil.copytree(old.home / "data", old.home.parent / "copy")
    with open_house(Settings(home=old.home), clock=old.clock()) as house:
        house.erasure.erase(old.subject("ada"))
    shutil.rmtree(old.home / "data")
    copy.rename(old.home / "data")
    ran = allod("ledger", "restore", "--home", old.home)
    assert ran.code == ExitCode.OK
    with (
        open_house(Settings(home=old.home), clock=old.clock()) as house,
        pytest.raises(NotFound),
    ):
        house.gate.list_records(CASE, "ada", "profile")
