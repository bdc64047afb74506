"""Orders that were lost, cut off or forged harm nobody, and nothing is answered."""

import shutil
from pathlib import Path

import pytest
from clocks import ManualClock
from commands import allod
from houses import CASE, lived_in, opened
from ordering import mirrored
from restoring import erase, people

from kit.db import raw
from kit.errors import AllodError, CannotStart
from server.cli.console import ExitCode
from vault.erasure.order_check import OrdersLost


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def _segment(home: Path) -> Path:
    (path,) = (home / "mirror" / "orders").glob("*.orders")
    return path


@pytest.mark.parametrize("parts", [(), ("data",), ("keys",), ("data", "keys")])
def test_a_segment_that_is_gone_brings_nobody_back_and_stops_the_start(
    home: Path, clock: ManualClock, parts: tuple[str, ...]
) -> None:
    with lived_in(home, clock) as scenario:
        people(scenario)
        scenario.house.gate.list_records(CASE, "bob", "profile")
    for part in parts:
        shutil.copytree(home / part, home.parent / part)
    with opened(home, clock) as scenario:
        erase(scenario)
        scenario.house.gate.list_records(CASE, "bob", "profile")
    for part in parts:
        shutil.rmtree(home / part)
        (home.parent / part).rename(home / part)
    if "data" in parts:
        assert allod("ledger", "restore", "--home", home).code == ExitCode.OK
    _segment(home).unlink()
    with pytest.raises(OrdersLost, match="order") as stopped, opened(home, clock):
        pass
    assert "--accept-lost-orders" in stopped.value.fix
    assert "orders" in allod("doctor", "--home", home).out


def test_orders_that_were_cut_off_are_missed_by_an_older_copy_of_everything(
    home: Path, clock: ManualClock
) -> None:
    """The ledger's newest lane head knows of an order that no store and no file has."""
    with lived_in(home, clock) as scenario:
        people(scenario)
    for part in ("data", "keys"):
        shutil.copytree(home / part, home.parent / part)
    with opened(home, clock) as scenario:
        scenario.withdraw("ada")
        scenario.house.gate.list_records(CASE, "bob", "profile")
    for part in ("data", "keys"):
        shutil.rmtree(home / part)
        (home.parent / part).rename(home / part)
    path = _segment(home)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert allod("ledger", "restore", "--home", home).code == ExitCode.OK
    with pytest.raises(OrdersLost, match="knows of orders"), opened(home, clock):
        pass


def test_what_opens_the_ledgers_own_entries_is_not_done_without(
    home: Path, clock: ManualClock
) -> None:
    with lived_in(home, clock) as scenario:
        people(scenario)
    shutil.copytree(home / "data", home.parent / "data")
    with opened(home, clock) as scenario:
        scenario.withdraw("ada")
        scenario.house.gate.list_records(CASE, "bob", "profile")
    shutil.rmtree(home / "data")
    (home.parent / "data").rename(home / "data")
    (path,) = (home / "mirror" / "policies" / "openings").iterdir()
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    ran = allod("ledger", "restore", "--home", home)
    assert ran.code == ExitCode.INTEGRITY
    assert "--accept-lost-orders" in ran.err


def test_a_forged_file_destroys_nobody_and_is_named(
    home: Path, clock: ManualClock
) -> None:
    with lived_in(home, clock) as scenario:
        people(scenario)
        subject = scenario.subject("ada")
    stray = home / "mirror" / "orders" / f"{'ab' * 16}.json"
    stray.write_text(f'{{"subject":"{subject.hex()}","v":1}}')
    with opened(home, clock) as scenario:
        assert scenario.house.gate.list_records(CASE, "ada", "profile").items
    for command in (("ledger", "fsck"), ("doctor",)):
        assert stray.name in allod(*command, "--home", home).out


def test_a_forged_line_destroys_nobody_and_stops_the_start(
    home: Path, clock: ManualClock
) -> None:
    with lived_in(home, clock) as scenario:
        people(scenario)
        subject = scenario.subject("ada")
        scenario.house.erasure.erase(scenario.subject("bob"))
    line = _segment(home).read_bytes().splitlines()[-1]
    bob = mirrored(home)[-1]["subject"].encode()
    with _segment(home).open("ab") as file:
        file.write(line.replace(bob, subject.hex().encode()) + b"\n")
    with pytest.raises(OrdersLost, match="false MAC"), opened(home, clock):
        pass


def test_rows_of_the_erased_that_are_put_back_by_hand_are_found(
    home: Path, clock: ManualClock
) -> None:
    with lived_in(home, clock) as scenario:
        people(scenario)
        subject = scenario.subject("ada")
        erase(scenario)
        with scenario.house.vault_db.write() as session:
            raw(session).execute(
                "INSERT INTO vault_subject VALUES (?, 1, NULL, NULL)", (subject,)
            )
        codes = {each.code for each in scenario.house.vault.rowcheck.findings()}
        assert codes == {"erased.rows"}
        with pytest.raises(AllodError):
            scenario.house.gate.list_records(CASE, "ada", "profile")


def test_keys_that_know_of_a_later_order_than_the_mirror_stop_the_start(
    home: Path, clock: ManualClock
) -> None:
    with lived_in(home, clock) as scenario:
        people(scenario)
    for part in ("data", "mirror"):
        shutil.copytree(home / part, home.parent / part)
    with opened(home, clock) as scenario:
        erase(scenario)
    for part in ("data", "mirror"):
        shutil.rmtree(home / part)
        (home.parent / part).rename(home / part)
    with pytest.raises(CannotStart, match="keys/"), opened(home, clock):
        pass
