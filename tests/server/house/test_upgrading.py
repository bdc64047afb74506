"""Homes that earlier programs made are upgraded, and answer as they did.

Each release left a home in `tests/homes/`; it is upgraded by this program, killed at
each step on the way, and asked.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from commands import allod
from houses import MARKETING, Scenario
from import_files import PURCHASES, lines, put, run
from old_homes import FIRST_RELEASE, RELEASES, OldHome, unpacked

from kit.errors import CannotStart, Damaged, IntegrityFault, NotFound, Refused
from kit.settings import Settings
from ledger.checks.audit import fsck
from server.cli.console import ExitCode
from server.house.upgrading import upgrade_home
from server.house.wiring import open_house
from vault import Question
from vault._internal.sqlite import row_macs
from vault._internal.sqlite.records import SqliteRecords
from vault.imports.input_files import fingerprint
from vault.open import RowMacs

KILLED_AT = """
import os, signal, sys
from kit.settings import Settings
from pathlib import Path
from server.house.upgrading import upgrade_home

heard = 0
def told(name):
    global heard
    heard += 1
    if heard == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

upgrade_home(Settings(home=Path(sys.argv[1])), told=told)
"""

OLDER = "UPDATE identity_installation SET schema_version = 1"
VERSIONED = (
    *("vault_subject", "vault_assignment", "vault_unit", "vault_post"),
    "server_token",
)
UNVERSIONED = (
    *("vault_customer_class", "vault_record_class", "vault_unit_closure"),
    *("vault_placement", "vault_access_grant"),
)


@pytest.fixture
def old(tmp_path: Path) -> OldHome:
    return unpacked(FIRST_RELEASE, tmp_path / "home")


@pytest.fixture(scope="module", params=RELEASES)
def upgraded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[OldHome, Scenario]]:
    old = unpacked(request.param, tmp_path_factory.mktemp("old") / "home")
    settings, clock = Settings(home=old.home), old.clock()
    upgrade_home(settings, clock=clock)
    with open_house(settings, clock=clock) as house:
        yield old, Scenario(house, clock, old.home)


def test_a_home_that_is_not_upgraded_is_not_served_and_the_command_is_named(
    old: OldHome,
) -> None:
    for command in ("serve", "doctor"):
        ran = allod(command, "--home", old.home, "--json")
        assert ran.code in {ExitCode.CANNOT_START, ExitCode.NO}
        assert "allod upgrade" in ran.out
    with pytest.raises(CannotStart, match="older version"):
        open_house(Settings(home=old.home), clock=old.clock())


@pytest.mark.parametrize("command", [("upgrade",), ("init", "--upgrade")])
def test_the_command_upgrades_a_home_once(
    old: OldHome, command: tuple[str, ...]
) -> None:
    assert allod(*command, "--home", old.home, "--json").code == ExitCode.OK
    again = allod("upgrade", "--home", old.home, "--json")
    assert (again.code, again.document["steps"]) == (ExitCode.OK, [])
    assert allod("ledger", "fsck", "--home", old.home).code == ExitCode.OK


def test_an_upgrade_killed_at_each_step_is_finished_by_the_next(old: OldHome) -> None:
    killed = 0
    while _upgraded_until(old.home, killed + 1) != 0:
        killed += 1
        assert killed < 100
    assert killed > 1
    with open_house(Settings(home=old.home), clock=old.clock()) as house:
        assert fsck(house.log).clean
        assert list(house.vault.rowcheck.findings()) == []


def _upgraded_until(home: Path, step: int) -> int:
    return subprocess.run(
        [sys.executable, "-c", KILLED_AT, str(home), str(step)],
        capture_output=True,
        check=False,
        timeout=60,
    ).returncode


def test_what_the_ledger_does_not_bear_out_is_not_upgraded(old: OldHome) -> None:
    with sqlite3.connect(old.home / "data" / "vault.db") as database:
        database.execute("UPDATE consent_event SET at = at + 1")
    database.close()
    with pytest.raises(IntegrityFault, match="not upgraded"):
        upgrade_home(Settings(home=old.home), clock=old.clock())
    with pytest.raises(CannotStart, match="older version"):
        open_house(Settings(home=old.home), clock=old.clock())


def test_a_file_that_was_imported_is_known(old: OldHome, tmp_path: Path) -> None:
    settings, clock = Settings(home=old.home), old.clock()
    upgrade_home(settings, clock=clock)
    with open_house(settings, clock=clock) as house:
        report = run(house.imports, tmp_path, lines(20))
        assert (report.written, report.already, report.skipped) == (0, 20, 1)
        longer = run(house.imports, tmp_path, lines(20) + "c0,2026-02-01,1,2.50\n")
    assert longer.refused == 0


def test_an_import_that_was_interrupted_goes_on(old: OldHome, tmp_path: Path) -> None:
    content = lines(30)
    path, map_ = put(tmp_path / "file", content), PURCHASES.encode()
    with closing(sqlite3.connect(old.home / "data" / "vault.db")) as store, store:
        store.execute("INSERT INTO vault_import VALUES (x'00', 11, 9, 1)")
    settings, clock = Settings(home=old.home), old.clock()
    upgrade_home(settings, clock=clock)
    with open_house(settings, clock=clock) as house:
        source = house.imports.source(fingerprint(path), map_)
        with house.vault_db.write_plain() as connection:
            connection.execute("UPDATE vault_import_run SET source = ?", (source,))
        report = run(house.imports, tmp_path, content)
    assert report.resumed_at == 11
    assert (report.written, report.already, report.refused) == (9 + 20, 1, 1)
    assert report.done.lines == report.lines == 31


def test_a_service_reads_what_it_read(upgraded: tuple[OldHome, Scenario]) -> None:
    old, scenario = upgraded
    bearer = scenario.house.tokens.find(old.said["tokens"]["service"])
    assert bearer is not None
    asked = bearer.asks("support.case", request="r-1")
    shown = scenario.house.gate.read(asked, "ada", old.record("ada/profile"))
    assert shown.values["name"] == "Ada Example"


def test_a_customer_reads_their_own_even_what_is_sealed_apart(
    upgraded: tuple[OldHome, Scenario],
) -> None:
    old, scenario = upgraded
    bearer = scenario.house.tokens.find(old.said["tokens"]["ada"])
    assert bearer is not None
    assert bearer.own() == old.subject("ada")
    asked = bearer.asks("self.access", request="r-1")
    shown = scenario.house.gate.read(asked, None, old.record("ada/ticket"))
    assert shown.values["health"] == old.said["health"]


def test_a_revoked_token_stays_revoked(upgraded: tuple[OldHome, Scenario]) -> None:
    old, scenario = upgraded
    assert scenario.house.tokens.find(old.said["tokens"]["revoked"]) is None


def test_what_was_withdrawn_or_restricted_stays_so_and_what_was_granted_too(
    upgraded: tuple[OldHome, Scenario],
) -> None:
    old, scenario = upgraded
    mailer = Question(MARKETING, "marketing.email")
    gate = scenario.house.gate
    with pytest.raises(Refused):
        gate.read(mailer, "ada", old.record("ada/profile"))
    assert gate.read(mailer, "ben", old.record("ben/profile")).values["email"]
    with pytest.raises(Refused):
        gate.list_records(mailer, "dora", "profile")


def test_staff_reach_whom_they_reached(upgraded: tuple[OldHome, Scenario]) -> None:
    old, scenario = upgraded
    kim = scenario.house.tokens.find(old.said["tokens"]["staff"])
    assert kim is not None
    asked, gate = kim.asks("support.case", request="r-1"), scenario.house.gate
    assert gate.read(asked, "ben", old.record("ben/profile")).values["name"]
    with pytest.raises(NotFound):
        gate.read(asked, "ada", old.record("ada/profile"))


def test_a_contribution_stays_licensed_and_another_unasked(
    upgraded: tuple[OldHome, Scenario],
) -> None:
    old, scenario = upgraded
    mailer, gate = Question(MARKETING, "ugc.advertise"), scenario.house.gate
    shown = gate.read(mailer, "ada", old.record("ada/idea"))
    assert shown.authorization == "granted"
    with pytest.raises(Refused):
        gate.read(mailer, "ada", old.record("ada/unlicensed"))


def test_the_erased_stay_erased_and_the_held_is_held(
    upgraded: tuple[OldHome, Scenario],
) -> None:
    old, scenario = upgraded
    assert scenario.house.customers.subject_of("cleo") is None
    order = bytes.fromhex(old.said["erasure"]["id"])
    state = scenario.house.erasure.state(order, old.said["erasure"]["secret"])
    assert state.step == "certified"
    with pytest.raises(Refused):
        scenario.house.erasure.erase(old.subject("ben"))


def test_every_record_says_afterwards_what_its_row_says(
    upgraded: tuple[OldHome, Scenario],
) -> None:
    _, scenario = upgraded
    assert list(scenario.house.vault.rowcheck.findings()) == []


def test_what_was_sealed_before_the_upgrade_is_not_believed_after_it(
    old: OldHome,
) -> None:
    path, record = old.home / "data" / "vault.db", old.record("ada/profile")
    (before,) = _asked(path, "SELECT sealed FROM vault_record WHERE record = ?", record)
    upgrade_home(Settings(home=old.home), clock=old.clock())
    _asked(path, "UPDATE vault_record SET sealed = ? WHERE record = ?", before, record)
    with open_house(Settings(home=old.home), clock=old.clock()) as house:
        bearer = house.tokens.find(old.said["tokens"]["service"])
        assert bearer is not None
        asked = bearer.asks("support.case", request="r-1")
        with pytest.raises(Damaged):
            house.gate.read(asked, "ada", record)
        (finding,) = house.vault.rowcheck.findings()
        assert finding.code == "record"


def test_a_record_that_does_not_open_is_left_as_it_lies_and_the_others_are_upgraded(
    old: OldHome,
) -> None:
    path, record = old.home / "data" / "vault.db", old.record("ada/profile")
    _asked(path, "UPDATE vault_record SET sealed = x'00' WHERE record = ?", record)
    upgrade_home(Settings(home=old.home), clock=old.clock())
    with open_house(Settings(home=old.home), clock=old.clock()) as house:
        scenario = Scenario(house, old.clock(), old.home)
        own = scenario.own("ada")
        assert house.gate.list_records(own, None, "profile").damaged == 1
        shown = house.gate.read(own, None, old.record("ada/ticket"))
        assert shown.values["health"] == old.said["health"]


def test_sealing_anew_that_breaks_off_anywhere_is_finished_by_the_next_run(
    old: OldHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault.acceptance.resealing.LOT", 2)
    real, left = SqliteRecords.reseal, [0]

    def breaking(*given: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        real(*given)

    for records in (0, 1, 3, 7, 12):
        left[0] = records
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(SqliteRecords, "reseal", breaking)
            upgrade_home(Settings(home=old.home), clock=old.clock())
        with pytest.raises(CannotStart, match="older version"):
            open_house(Settings(home=old.home), clock=old.clock())
    upgrade_home(Settings(home=old.home), clock=old.clock())
    with open_house(Settings(home=old.home), clock=old.clock()) as house:
        assert list(house.vault.rowcheck.findings()) == []


def _asked(path: Path, statement: str, *values: bytes) -> tuple[bytes, ...]:
    with closing(sqlite3.connect(path)) as database:
        row = database.execute(statement, values).fetchone()
        database.commit()
    return row or ()


# Rows that grant are vouched for once.


@pytest.mark.parametrize("rows", [1, 4, 9])
def test_an_upgrade_cut_off_within_a_lot_is_finished_by_the_next(
    old: OldHome, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    settings, clock, left = Settings(home=old.home), old.clock(), iter(range(rows))
    made = RowMacs.of

    def cut(self: RowMacs, table: str, *fields: Any) -> bytes:
        if next(left, None) is None:
            raise RuntimeError
        return made(self, table, *fields)

    with monkeypatch.context() as patched:
        patched.setattr(row_macs, "LOT", 2)
        patched.setattr(RowMacs, "of", cut)
        with pytest.raises(RuntimeError):
            upgrade_home(settings, clock=clock)
    with pytest.raises(CannotStart, match="older version"):
        open_house(settings, clock=clock)
    upgrade_home(settings, clock=clock)
    with open_house(settings, clock=clock) as house:
        assert list(house.findings()) == []


def _hand(home: Path, store: str, *statements: str) -> None:
    with sqlite3.connect(home / store) as database:
        for statement in statements:
            database.execute(statement)
    database.close()


def test_what_is_vouched_for_is_said_in_the_ledger_tokens_one_by_one(
    old: OldHome,
) -> None:
    settings, clock = Settings(home=old.home), old.clock()
    upgrade_home(settings, clock=clock)
    with open_house(settings, clock=clock) as house:
        (_, said), *more = house.log.operators("rows.sealed")
        assert (said.keys(), more) == ({"units"}, [])
        with house.vault_db.read() as session:
            tokens = house.tokens.list(session)
        lasting = [each for each in tokens if each.bearer.principal.kind != "customer"]
        assert lasting
        assert all(each.entry is not None for each in lasting)
        assert list(house.findings()) == []


def test_a_home_made_to_look_older_is_not_vouched_for_again(
    old: OldHome,
) -> None:
    settings, clock = Settings(home=old.home), old.clock()
    upgrade_home(settings, clock=clock)
    _hand(old.home, "data/vault.db", "UPDATE server_token SET mac = NULL")
    _hand(old.home, "keys/identity.db", OLDER)
    with pytest.raises(IntegrityFault, match="vouched"):
        upgrade_home(settings, clock=clock)


def test_a_row_put_in_after_the_upgrade_is_not_believed_by_the_next_one(
    old: OldHome,
) -> None:
    settings, clock = Settings(home=old.home), old.clock()
    upgrade_home(settings, clock=clock)
    _hand(old.home, "data/vault.db", "UPDATE server_token SET mac = NULL")
    assert upgrade_home(settings, clock=clock) == []
    with open_house(settings, clock=clock) as house:
        assert house.tokens.find(old.said["tokens"]["service"]) is None
        assert "token" in {each.code for each in house.findings()}


def test_a_copy_from_before_the_upgrade_answers_again_on_its_operators_word(
    old: OldHome,
) -> None:
    settings, clock = Settings(home=old.home), old.clock()
    upgrade_home(settings, clock=clock)
    _hand(
        old.home,
        "data/vault.db",
        *(f"UPDATE {table} SET mac = NULL, version = NULL" for table in VERSIONED),  # noqa: S608 - the names stand above
        *(f"UPDATE {table} SET mac = NULL" for table in UNVERSIONED),  # noqa: S608 - likewise
    )
    _hand(old.home, "keys/identity.db", "UPDATE identity_customer SET row_mac = NULL")
    ran = allod("upgrade", "--vouch-again", "--home", old.home, "--json")
    assert (ran.code, "rows" in ran.document["steps"]) == (ExitCode.OK, True)
    with open_house(settings, clock=clock) as house:
        assert list(house.findings()) == []
        assert house.tokens.find(old.said["tokens"]["service"]) is not None
        assert len(list(house.log.operators("rows.sealed"))) == 2


def test_customers_whose_rows_were_swapped_are_not_vouched_for(old: OldHome) -> None:
    of = "(SELECT handle FROM kept WHERE subject <> identity_customer.subject LIMIT 1)"
    _hand(
        old.home,
        "keys/identity.db",
        "CREATE TABLE kept AS SELECT * FROM identity_customer LIMIT 2",
        "DELETE FROM identity_customer WHERE handle NOT IN (SELECT handle FROM kept)",
        "UPDATE identity_customer SET handle = randomblob(32)",
        f"UPDATE identity_customer SET handle = {of}",  # noqa: S608 - stands above
        "DROP TABLE kept",
    )
    with pytest.raises(IntegrityFault, match="another's account"):
        upgrade_home(Settings(home=old.home), clock=old.clock())
