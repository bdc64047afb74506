"""The access log: durable before anybody is told, chained, and never silent."""

import asyncio
import time
from dataclasses import replace

import pytest
from clocks import ManualClock

from kit.db import Database, raw
from kit.errors import Unavailable
from vault._internal.data_store import access_store
from vault.audit.access import Access
from vault.audit.access_log import AccessLog

EVENT = Access(
    principal_kind="service",
    principal="helpdesk",
    purpose="support.case",
    action="read",
    revision="r1",
    decision=bytes(16),
    outcome="disclosed",
    subject=b"s" * 16,
)


@pytest.fixture
def log(audit_db: Database, clock: ManualClock) -> AccessLog:
    return AccessLog(access_store(audit_db), clock)


def _count(database: Database) -> int:
    return int(
        database.reader().execute("SELECT count(*) FROM audit_event").fetchone()[0]
    )


async def _one_turn(log: AccessLog, events: int) -> list[BaseException | None]:
    appended = (log.append_async(EVENT) for _ in range(events))
    return await asyncio.gather(*appended, return_exceptions=True)


def test_an_event_is_in_the_file_when_the_call_returns(
    log: AccessLog, audit_db: Database
) -> None:
    log.append(EVENT)
    assert _count(audit_db) == 1


def test_events_that_queue_during_one_commit_share_the_next(
    log: AccessLog, audit_db: Database
) -> None:
    with audit_db.write():
        waits = [log.submit(EVENT) for _ in range(50)]
        assert not any(wait.done() for wait in waits[1:])
    for wait in waits:
        wait.result(timeout=10)
    assert _count(audit_db) == 50


async def test_an_event_loop_waits_without_blocking(
    log: AccessLog, audit_db: Database
) -> None:
    await asyncio.gather(*(log.append_async(EVENT) for _ in range(20)))
    assert _count(audit_db) == 20


async def test_what_one_turn_of_a_loop_brings_is_queued_as_one(
    log: AccessLog, audit_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault.audit.access_log.MAX_QUEUED", 1)
    narrow = AccessLog(access_store(audit_db), log._clock)
    assert await _one_turn(narrow, 20) == [None] * 20
    assert _count(audit_db) == 20


def test_a_queue_that_is_full_refuses_all_that_a_turn_brings(
    log: AccessLog, audit_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vault.audit.access_log.MAX_QUEUED", 1)
    narrow = AccessLog(access_store(audit_db), log._clock)
    with audit_db.write():
        written = narrow.submit(EVENT)
        while not narrow._queue.empty():
            time.sleep(0.001)
        queued = narrow.submit(EVENT)
        refused = asyncio.run(_one_turn(narrow, 3))
    written.result(timeout=10)
    queued.result(timeout=10)
    assert [type(each) for each in refused] == [Unavailable] * 3
    assert _count(audit_db) == 2


def test_a_log_that_cannot_be_written_fails_every_call_that_waits(
    log: AccessLog, audit_db: Database
) -> None:
    log.append(EVENT)
    with audit_db.write() as session:
        raw(session).execute("ALTER TABLE audit_event RENAME TO gone")
    waits = [log.submit(EVENT) for _ in range(3)]
    for wait in waits:
        with pytest.raises(Unavailable):
            wait.result(timeout=10)
    with audit_db.write() as session:
        raw(session).execute("ALTER TABLE gone RENAME TO audit_event")
    log.append(EVENT)
    assert list(log.faults()) == []


async def test_an_event_loop_is_told_when_the_log_cannot_be_written(
    log: AccessLog, audit_db: Database
) -> None:
    with audit_db.write() as session:
        raw(session).execute("DROP TABLE audit_event")
    with pytest.raises(Unavailable):
        await log.append_async(EVENT)


def test_each_row_follows_from_the_one_before(log: AccessLog) -> None:
    for _ in range(5):
        log.append(EVENT)
    assert list(log.faults()) == []
    (head,) = log.heads()
    assert head.seq == 5


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE audit_event SET purpose = 'marketing.email' WHERE seq = 3",
        "DELETE FROM audit_event WHERE seq = 3",
        "UPDATE audit_event SET outcome = 'refused' WHERE seq = 3",
        "UPDATE audit_event SET subject = x'00' WHERE seq = 3",
    ],
)
def test_a_changed_or_missing_row_is_named(
    log: AccessLog, audit_db: Database, tamper: str
) -> None:
    for _ in range(5):
        log.append(EVENT)
    with audit_db.write() as session:
        raw(session).execute(tamper)
    (fault,) = log.faults()
    assert "row 3" in fault


def test_a_person_finds_their_accesses_in_single_rows_and_in_packed_pages(
    log: AccessLog,
) -> None:
    mine, other = b"m" * 16, b"o" * 16
    log.append(replace(EVENT, subject=mine))
    log.append(replace(EVENT, subject=None, subjects=other + mine + other))
    log.append(replace(EVENT, subject=None, subjects=other))
    assert len(list(log.of_subject(mine))) == 2


def test_a_subject_is_not_found_across_the_border_of_two_others(
    log: AccessLog,
) -> None:
    packed = b"a" * 8 + b"b" * 8 + b"c" * 8 + b"d" * 8
    log.append(replace(EVENT, subject=None, subjects=packed))
    assert list(log.of_subject(b"b" * 8 + b"c" * 8)) == []


def test_closing_writes_what_is_queued(log: AccessLog, audit_db: Database) -> None:
    waits = [log.submit(EVENT) for _ in range(10)]
    log.close()
    assert all(wait.done() for wait in waits)
    assert _count(audit_db) == 10
