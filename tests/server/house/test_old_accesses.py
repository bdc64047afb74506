"""Events from before they were found by an index are found by it after an upgrade."""

import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from clocks import ManualClock
from old_homes import RELEASES, OldHome, unpacked
from schemas import downgrade, migrated

from kit.db import Database
from kit.settings import Settings
from server.house.migrations import MigratedStore, upgrade
from server.house.resources import shipped
from server.house.upgrading import upgrade_home
from server.house.wiring import open_house
from vault._internal.data_store import access_store
from vault._internal.ports.access_log import AccessRow
from vault.audit.access import Access
from vault.audit.access_log import GENESIS, AccessLog, _link, _values

BIG, SMALL, SCANS = 120, 7, 4
EVENTS = "SELECT lane, seq, at, subject, subjects FROM audit_event"


@pytest.fixture
def persons() -> list[bytes]:
    return sorted(secrets.token_bytes(16) for _ in range(3 * BIG))


def _event(subjects: Iterable[bytes], **asked: str) -> Access:
    return Access(
        principal_kind="service",
        principal="reports",
        purpose=asked.get("purpose", "support.case"),
        action=asked.get("action", "read"),
        revision="r1",
        decision=secrets.token_bytes(16),
        outcome="disclosed",
        subjects=b"".join(subjects),
        request=asked.get("request", ""),
    )


def _life(persons: list[bytes]) -> Iterator[Access]:
    """Tell of scans page by page, two of them at once, and of what is between."""
    for number in range(SCANS):
        for at in range(0, len(persons), BIG):
            page = persons[at : at + BIG]
            yield _event(page, request="a")
            yield _event(page[: BIG - number], request="b")
            yield _event(reversed(page[:SMALL]))
            yield _event(persons[at : at + SMALL], action="write")
        yield _event(persons[-SMALL:], request="a")


def _older(path: Path, events: Iterable[Access]) -> None:
    """Put a lane into a log by hand, as a program wrote it that knew of no index."""
    lane, previous = secrets.token_bytes(16), GENESIS
    marks = ", ".join("?" * len(AccessRow._fields))
    names = ", ".join(AccessRow._fields)
    with closing(sqlite3.connect(path)) as connection:
        for seq, event in enumerate(events, 1):
            values = (lane, seq, seq, *_values(event))
            digest = _link(previous, values)
            connection.execute(
                f"INSERT INTO audit_event ({names}) VALUES ({marks})",  # noqa: S608 - the names stand above
                (*values, previous, digest),
            )
            previous = digest
        connection.commit()


def _walked(path: Path) -> dict[bytes, set[tuple[bytes, int]]]:
    found: dict[bytes, set[tuple[bytes, int]]] = {}
    with closing(sqlite3.connect(path)) as connection:
        for lane, seq, _, one, packed in connection.execute(EVENTS):
            many = {packed[at : at + 16] for at in range(0, len(packed), 16)}
            for subject in many | ({one} if one else set()):
                found.setdefault(subject, set()).add((lane, seq))
    return found


def _count(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        counted = connection.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - the tests' own names
        return int(counted.fetchone()[0])


@pytest.fixture
def store(tmp_path: Path, persons: list[bytes]) -> MigratedStore:
    _, _, audit = migrated(tmp_path / "home")
    downgrade(audit, shipped("migrations"), revision="0001")
    _older(audit.path, _life(persons))
    upgrade(audit, shipped("migrations"))
    return audit


@pytest.fixture
def log(store: MigratedStore) -> Iterator[AccessLog]:
    database = Database(store.path)
    yield AccessLog(access_store(database), ManualClock())
    database.close()


def test_the_events_of_an_older_log_are_found_by_whom_they_name(
    store: MigratedStore, log: AccessLog, persons: list[bytes]
) -> None:
    walked = _walked(store.path)
    for subject in persons:
        found = [
            row[:2]
            for row in log._store.of_subject(subject)
            if Access(*row[3:-2]).names(subject)
        ]
        assert len(found) == len(walked[subject])
        assert set(found) == walked[subject]
    assert log.unfound() == 0
    assert list(log.faults()) == []


def test_the_pages_of_older_scans_are_found_as_pages(
    store: MigratedStore, log: AccessLog, persons: list[bytes]
) -> None:
    assert _count(store.path, "audit_page") == SCANS * 3 * 2
    # What began no scan, and goes on from none, has a row for each whom it names.
    assert _count(store.path, "audit_mention") == SCANS * (3 * 2 * SMALL + SMALL)
    own = _walked(store.path)
    for subject in persons:
        looked_at = len(list(log._store.of_subject(subject)))
        assert looked_at - len(own[subject]) <= SCANS * 2


@pytest.fixture(params=RELEASES)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> OldHome:
    return unpacked(request.param, tmp_path / "home")


def test_the_people_of_an_older_home_find_all_that_names_them(
    old: OldHome, persons: list[bytes]
) -> None:
    path = old.home / "data" / "audit.db"
    everybody = sorted([*persons, *map(bytes.fromhex, old.said["subjects"].values())])
    _older(path, _life(everybody))
    upgrade_home(Settings(home=old.home), clock=old.clock())
    walked = _walked(path)
    with open_house(Settings(home=old.home), clock=old.clock()) as house:
        for name in old.said["subjects"]:
            subject = old.subject(name)
            events = [event for _, event in house.access_log.of_subject(subject)]
            assert len(events) == len(walked[subject]) > SCANS
            assert all(subject in each.about for each in events)
        assert list(house.vault.rowcheck.findings()) == []
