"""P6: no read passes whose row in the access log is not really there.

Rows that a trigger deletes or changes, and a log whose file was deleted, renamed or
replaced while it is being served: the log is dead, reads are refused with 503, and it
stays so until somebody has looked. The other stores' files are held to their place too.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from asking import WAYS, alarms, ask, disclosed
from callers import Callers, calling
from clocks import ManualClock
from houses import CASE, Scenario, lived_in

from kit.errors import Unavailable

DELETED = "DELETE FROM audit_event WHERE lane = NEW.lane AND seq = NEW.seq"
PLANTED = {
    "the row is deleted": f"AFTER INSERT ON audit_event BEGIN {DELETED}; END",
    "the row is ignored": "BEFORE INSERT ON audit_event"
    " BEGIN SELECT RAISE(IGNORE); END",
    "the row says another purpose": "AFTER INSERT ON audit_event BEGIN"
    " UPDATE audit_event SET purpose = 'billing.invoice'"
    " WHERE lane = NEW.lane AND seq = NEW.seq; END",
}


def _renamed(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))


def _replaced(path: Path) -> None:
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    copy.rename(path)


def _linked(path: Path) -> None:
    _renamed(path)
    path.symlink_to(path.with_name("elsewhere"))


ASTRAY: dict[str, Callable[[Path], None]] = {
    "deleted": Path.unlink,
    "renamed": _renamed,
    "replaced by a copy": _replaced,
    "renamed, with a link in its place": _linked,
}


@pytest.fixture
def unguarded(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scenario]:
    """A house whose connections run the triggers that there are."""
    monkeypatch.setattr("kit.db.refuse_triggers", lambda _: None)
    with lived_in(tmp_path / "unguarded", clock) as scenario:
        yield scenario


def _run(scenario: Scenario, statement: str) -> None:
    with closing(sqlite3.connect(scenario.house.audit_db.path)) as connection:
        connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize(
    ("planted", "way"),
    [("the row is deleted", way) for way in WAYS]
    + [(planted, "read") for planted in PLANTED],
)
def test_nothing_is_disclosed_once_the_log_does_not_keep_its_rows_when(
    unguarded: Scenario, planted: str, way: str
) -> None:
    unguarded.customer()
    profile = unguarded.profile()
    _run(unguarded, f"CREATE TRIGGER planted {PLANTED[planted]}")
    with alarms() as codes:
        outcome = ask(way, unguarded, CASE, profile)
    assert not disclosed(outcome)
    assert "integrity_fault" in codes
    # It is dead, not ill: that the trigger is gone again brings nothing back.
    _run(unguarded, "DROP TRIGGER planted")
    with pytest.raises(Unavailable) as refusal:
        unguarded.read(CASE, "ada", profile)
    assert refusal.value.reason_code == "access_log.dead"


async def test_over_http_a_dead_log_is_a_503(unguarded: Scenario) -> None:
    unguarded.customer()
    profile = unguarded.profile()
    _run(unguarded, f"CREATE TRIGGER planted {PLANTED['the row is deleted']}")
    async with calling(unguarded) as callers:
        answer = await _read(callers, profile.record)
        ready = await callers.get("/health/ready")
    assert (answer.status, answer.code) == (503, "access_log.dead")
    assert ready.status_code == 503


async def test_a_trigger_planted_while_the_server_runs_is_not_run(
    scenario: Scenario,
) -> None:
    scenario.customer()
    profile = scenario.profile()
    scenario.read(CASE, "ada", profile)
    _run(scenario, f"CREATE TRIGGER planted {PLANTED['the row is deleted']}")
    with pytest.raises(Unavailable) as refusal:
        scenario.read(CASE, "ada", profile)
    assert refusal.value.reason_code == "access_log.dead"


@pytest.mark.parametrize(
    ("astray", "suffix"),
    [*((each, "") for each in ASTRAY), ("deleted", "-wal"), ("renamed", "-shm")],
)
async def test_a_log_whose_file_is_not_at_its_path_refuses_every_read_when_it_was(
    scenario: Scenario, astray: str, suffix: str
) -> None:
    scenario.customer()
    profile = scenario.profile()
    scenario.read(CASE, "ada", profile)
    path = scenario.house.audit_db.path
    ASTRAY[astray](path.with_name(path.name + suffix))
    async with calling(scenario) as callers:
        with alarms() as codes:
            answers = [await _read(callers, profile.record) for _ in range(2)]
        ready = await callers.get("/health/ready")
    assert ready.status_code == 503
    assert [(each.status, each.code) for each in answers] == [(503, "store.moved")] * 2
    assert codes.count("a store's file is not at its path any more") == 1


@pytest.mark.parametrize(
    ("name", "astray"), [("vault", "deleted"), ("identity", "replaced by a copy")]
)
async def test_no_store_takes_a_write_that_would_go_nowhere(
    scenario: Scenario, astray: str, name: str
) -> None:
    scenario.customer()
    database = getattr(scenario.house.stores, name)
    ASTRAY[astray](database.path)
    with pytest.raises(Unavailable) as refusal:
        scenario.customer("bob")
    assert refusal.value.reason_code == "store.moved"


@pytest.mark.parametrize("name", ["vault", "identity", "audit"])
async def test_within_a_beat_nothing_is_answered_from_a_file_that_was_replaced(
    scenario: Scenario, name: str
) -> None:
    scenario.customer()
    profile = scenario.profile()
    _replaced(getattr(scenario.house.stores, name).path)
    scenario.house.vault.heartbeat._look()
    with pytest.raises(Unavailable) as refusal:
        scenario.read(CASE, "ada", profile)
    assert refusal.value.reason_code == "store.moved"


class _Answer:
    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code


async def _read(callers: Callers, record: bytes) -> _Answer:
    found = await callers.get(
        f"/v1/customers/ada/records/{record.hex()}",
        callers.service(),
        purpose="support.case",
    )
    return _Answer(found.status_code, found.json().get("code", ""))
