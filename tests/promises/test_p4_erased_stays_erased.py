"""P4: erased stays erased: at once, after any crash, any restore, any repetition."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from asking import WAYS, ask, disclosed
from clocks import ManualClock
from houses import CASE, HISTORY, Scenario, lived_in, opened
from one_verifier import verify_certificate
from ordering import kinds_in
from source_rules import ROOT

from kit.errors import AllodError, CannotStart, Conflict, Gone, NotFound, Refused
from ledger.checks.audit import fsck
from server.auth.principals import Bearer
from server.cli import program
from vault import Item, WriteResult
from vault._internal.keyring import KeyDestroyed

WRITER = ROOT / "tests" / "support" / "house_writer.py"
LEFT = {"vault_erasure", "identity_fence", "vault_change"}
# Each of the steps, before it is begun, between its two stores, and after it is done.
POINTS = (
    "_book.send:1:after",
    "_register._identity.truncate_log:1:before",
    "_orders.advance:4:before",
    "_database.truncate_wal:1:before",
    "_log.publish:1:after",
)
MORE_POINTS = (
    "_book.send:1:before",
    "_orders.advance:1:after",
    "_register.unlink:1:before",
    "_register.unlink:1:after",
    "_orders.advance:2:after",
    "_register._identity.truncate_log:2:before",
    "_register.let_go:1:after",
    "_register.settle:1:before",
    "_register.settle:1:after",
    "_orders.advance:4:after",
    "_log.append:1:after",
    "_orders.advance:5:after",
    "_log.publish:1:before",
    "_orders.certify:1:after",
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def _live(scenario: Scenario, name: str = "ada") -> WriteResult:
    scenario.customer(name)
    profile = scenario.profile(name)
    scenario.idea(name)
    scenario.grant(name)
    scenario.read(CASE, name, profile)
    return profile


def _about(scenario: Scenario, subject: bytes) -> set[str]:
    """Name the tables that hold anything about a subject; the access log may."""
    found = set()
    for database in (scenario.house.vault_db, scenario.house.identity_db):
        reader = database.reader()
        tables = reader.execute(
            "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c"
            " WHERE m.type = 'table' AND c.name = 'subject'"
        ).fetchall()
        found |= {
            table
            for (table,) in tables
            if reader.execute(
                f"SELECT 1 FROM {table} WHERE subject = ?",  # noqa: S608 - a table's name
                (subject,),
            ).fetchone()
        }
    return found


def _nothing_is_left(scenario: Scenario, subject: bytes, profile: WriteResult) -> None:
    assert _about(scenario, subject) == LEFT
    assert not any(disclosed(ask(way, scenario, CASE, profile)) for way in WAYS)
    keyring = scenario.house.gate._discloser._strongroom._keyring
    with pytest.raises(KeyDestroyed):
        keyring.main(subject)
    with pytest.raises(Conflict) as refusal:
        scenario.register("ada")
    assert refusal.value.reason_code == "customer.unavailable"
    _certified(scenario)
    assert fsck(scenario.house.log).clean


def _certified(scenario: Scenario) -> None:
    reader = scenario.house.vault_db.reader()
    orders = reader.execute("SELECT order_id FROM vault_erasure").fetchall()
    assert orders
    for (order_id,) in orders:
        signed = scenario.house.erasure.certificate(order_id)
        verify_certificate(signed, scenario.house.log.policy)


@pytest.mark.parametrize("way", WAYS)
def test_the_erased_are_unreadable_at_once(scenario: Scenario, way: str) -> None:
    profile = _live(scenario)
    assert disclosed(ask(way, scenario, CASE, profile)) or way == "find"
    scenario.house.erasure.erase(scenario.subject("ada"))
    assert not disclosed(ask(way, scenario, CASE, profile))


def test_the_erased_customer_too_is_told_that_nothing_is_there(
    scenario: Scenario,
) -> None:
    profile, own = _live(scenario), scenario.own("ada")
    scenario.house.erasure.erase(scenario.subject("ada"))
    for record in (profile.record, bytes(16)):
        with pytest.raises(NotFound):
            scenario.house.gate.read(own, None, record)


def test_a_token_of_the_erased_opens_nothing_any_more(scenario: Scenario) -> None:
    subject = scenario.customer()
    with scenario.house.vault_db.write() as session:
        bearer = Bearer.customer(subject, region="eu")
        token = scenario.house.tokens.mint(session, bearer, life=timedelta(days=1))
    assert scenario.house.tokens.find(token)
    scenario.house.erasure.erase(subject)
    assert scenario.house.tokens.find(token) is None


def test_whatever_comes_late_for_the_erased_is_refused(scenario: Scenario) -> None:
    profile, subject, house = _live(scenario), scenario.subject("ada"), scenario.house
    own = scenario.own("ada")
    house.erasure.erase(subject)
    item = Item("idea", {"title": "late", "text": "late"})
    late: list[Callable[[], object]] = [
        lambda: house.intake.put(HISTORY, "ada", item),
        lambda: house.intake.put_own(own, item),
        lambda: house.intake.update(
            HISTORY, "ada", profile.record, {"name": "x"}, version=1
        ),
        lambda: house.intake.update_own(own, profile.record, {"name": "x"}, version=1),
        lambda: b"".join(house.exports.write(subject)),
        lambda: house.receipts.of_record(subject, profile.record),
        lambda: house.erasure.erase(subject),
        lambda: _late_consent(scenario, subject),
    ]
    for attempt in late:
        with pytest.raises((NotFound, Gone)):
            attempt()
    assert _about(scenario, subject) == LEFT


def _late_consent(scenario: Scenario, subject: bytes) -> None:
    with scenario.house.vault_db.write() as session:
        scenario.house.grants.grant(
            session, subject, "marketing.email", notice_version=1, language="en"
        )


def test_a_repeated_import_does_not_bring_the_erased_back(scenario: Scenario) -> None:
    profile, subject = _live(scenario), scenario.subject("ada")
    scenario.house.erasure.erase(subject)
    for _ in range(2):
        outcome = scenario.register_many(["ada", "bob"])
        assert isinstance(outcome["ada"], Refused)
        assert isinstance(outcome["bob"], bytes)
    _nothing_is_left(scenario, subject, profile)


def test_writes_that_race_an_erasure_leave_nothing_behind(scenario: Scenario) -> None:
    profile, subject = _live(scenario), scenario.subject("ada")
    start, done = threading.Barrier(4), threading.Event()

    def write(number: int) -> None:
        start.wait()
        while not done.is_set():
            try:
                scenario.profile("ada", phone=f"+49151777{number:04}")
                scenario.idea("ada")
            except AllodError:
                return

    writers = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for writer in writers:
        writer.start()
    start.wait()
    scenario.house.erasure.erase(subject)
    done.set()
    for writer in writers:
        writer.join()
    _nothing_is_left(scenario, subject, profile)


@pytest.mark.parametrize(
    "point",
    [*POINTS, *(pytest.param(each, marks=pytest.mark.slow) for each in MORE_POINTS)],
)
def test_an_erasure_killed_at_any_point_is_finished_at_the_next_start(
    home: Path, point: str
) -> None:
    with lived_in(home, ManualClock()) as scenario:
        profile, subject = _live(scenario), scenario.subject("ada")
    assert _killed("erase", home, point) == -signal.SIGKILL
    with opened(home, ManualClock()) as scenario:
        _nothing_is_left(scenario, subject, profile)


def test_an_erasure_killed_before_its_order_was_kept_has_not_begun(home: Path) -> None:
    with lived_in(home, ManualClock()) as scenario:
        profile = _live(scenario)
    assert _killed("erase", home, "_orders.add:1:before") == -signal.SIGKILL
    with opened(home, ManualClock()) as scenario:
        assert disclosed(ask("read", scenario, CASE, profile))
        assert "erasure" not in kinds_in(home)


def _killed(*arguments: object) -> int:
    command = [sys.executable, str(WRITER), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    return done.returncode


@pytest.fixture
def restored(home: Path) -> tuple[Path, bytes, WriteResult]:
    """A home whose data/ is from before the erasure; keys/ and mirror/ are newest."""
    with lived_in(home, ManualClock()) as scenario:
        profile, subject = _live(scenario), scenario.subject("ada")
        scenario.house.log.publish()
    shutil.copytree(home / "data", home.parent / "yesterday")
    with opened(home, ManualClock()) as scenario:
        scenario.house.erasure.erase(subject)
    shutil.rmtree(home / "data")
    shutil.copytree(home.parent / "yesterday", home / "data")
    return home, subject, profile


def test_data_from_before_the_erasure_is_not_opened(
    restored: tuple[Path, bytes, WriteResult],
) -> None:
    home, _, _ = restored
    with pytest.raises(CannotStart) as refusal, opened(home, ManualClock()):
        pass
    assert refusal.value.code == "rollback_detected"


def test_data_from_before_the_erasure_is_purged_when_it_is_forced_open(
    restored: tuple[Path, bytes, WriteResult],
) -> None:
    home, subject, profile = restored
    assert program.run(["ledger", "restore", "--home", str(home), "--json"]) == 0
    with opened(home, ManualClock()) as scenario:
        reader = scenario.house.vault_db.reader()
        assert reader.execute("SELECT count(*) FROM vault_record").fetchone() == (0,)
        for way in WAYS:
            assert not disclosed(ask(way, scenario, CASE, profile))
        with pytest.raises(KeyDestroyed):
            scenario.house.gate._discloser._strongroom._keyring.main(subject)
        assert scenario.house.vault.customers.subject_of("ada") is None
        with pytest.raises(Conflict):
            scenario.register("ada")


def test_a_home_that_is_from_before_the_erasure_as_a_whole_is_not_opened(
    home: Path,
) -> None:
    with lived_in(home, ManualClock()) as scenario:
        _live(scenario)
        scenario.house.log.publish()
    for part in ("data", "keys"):
        shutil.copytree(home / part, home.parent / part)
    with opened(home, ManualClock()) as scenario:
        scenario.house.erasure.erase(scenario.subject("ada"))
    for part in ("data", "keys"):
        shutil.rmtree(home / part)
        shutil.copytree(home.parent / part, home / part)
    with pytest.raises(CannotStart), opened(home, ManualClock()):
        pass


def test_the_wrapped_key_is_in_no_file_of_the_home(home: Path) -> None:
    with lived_in(home, ManualClock()) as scenario:
        _live(scenario)
        with closing(sqlite3.connect(scenario.house.identity_db.path)) as connection:
            ((wrapped,),) = connection.execute("SELECT wrapped FROM identity_key")
        scenario.house.erasure.erase(scenario.subject("ada"))
        there = [p for p in home.rglob("*") if p.is_file()]
        assert not [p.name for p in there if wrapped[-32:] in p.read_bytes()]
