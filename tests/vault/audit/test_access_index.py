"""A person's look-up finds what a walk through everything does, or `fsck` says so."""

import random
import secrets
from dataclasses import replace

import pytest
from clocks import ManualClock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.db import Database, raw
from vault._internal.data_store import access_store
from vault.audit.access import Access
from vault.audit.access_log import AccessLog

PERSONS = [bytes([number]) * 16 for number in range(1, 13)]
MANY = Access(
    principal_kind="service",
    principal="reports",
    purpose="analytics.aggregate",
    action="read",
    revision="r1",
    decision=bytes(16),
    outcome="disclosed",
)
PAGE = "INSERT OR REPLACE INTO audit_page (lane, seq, scan, lowest, highest)"
MENTION = "INSERT OR IGNORE INTO audit_mention (subject, lane, seq)"
HANDS = (
    "DELETE FROM audit_page WHERE {page}",
    "DELETE FROM audit_mention WHERE {mention}",
    "UPDATE audit_page SET scan = {scan} WHERE {page}",
    "UPDATE audit_page SET scan = randomblob(16) WHERE {page}",
    "UPDATE audit_page SET lowest = {person} WHERE {page}",
    "UPDATE audit_page SET highest = {person} WHERE {page}",
    "UPDATE audit_page SET lowest = {person}, highest = {person}",
    "UPDATE OR REPLACE audit_page SET seq = {seq} WHERE {page}",
    "UPDATE OR REPLACE audit_mention SET seq = {seq} WHERE {mention}",
    "UPDATE OR REPLACE audit_mention SET subject = {person} WHERE {mention}",
    "{into_page} VALUES (x'00', {seq}, {scan}, {person}, {person})",
    "{into_page} SELECT lane, {seq}, {scan}, {person}, {person} FROM audit_event",
    "{into_mention} SELECT {person}, lane, {seq} FROM audit_event",
)

events = st.builds(
    lambda many, single, scan, ordered: replace(
        MANY,
        subject=None if many else single,
        subjects=b"".join(sorted(many) if ordered else many),
        scan=scan,
    ),
    many=st.lists(st.sampled_from(PERSONS), max_size=6),
    single=st.none() | st.sampled_from(PERSONS),
    scan=st.just(b"") | st.sampled_from([b"s" * 16, b"t" * 16]),
    ordered=st.booleans(),
)


@pytest.fixture
def log(audit_db: Database, clock: ManualClock) -> AccessLog:
    return AccessLog(access_store(audit_db), clock)


def _walked(database: Database, subject: bytes) -> list[tuple[bytes, int]]:
    """Find whom each row names by looking at every one; no index is asked."""
    rows = database.reader().execute(
        "SELECT lane, seq, subject, subjects FROM audit_event ORDER BY at, lane, seq"
    )
    return [
        (lane, seq)
        for lane, seq, one, packed in rows
        if subject == one
        or subject in {packed[at : at + 16] for at in range(0, len(packed), 16)}
    ]


def _sought(log: AccessLog, subject: bytes) -> list[tuple[bytes, int]]:
    found = log._store.of_subject(subject)
    return [row[:2] for row in found if Access(*row[3:-2]).names(subject)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(events, min_size=1, max_size=8), max_size=6))
def test_whatever_was_written_a_look_up_finds_what_a_walk_does(
    audit_db: Database, clock: ManualClock, batches: list[list[Access]]
) -> None:
    # A lane of its own each time, and the scans go on from those of the one before.
    log = AccessLog(access_store(audit_db), clock)
    for batch in batches:
        log.append_all(batch)
        clock.advance(seconds=1)
    log.close()
    for subject in PERSONS:
        assert _sought(log, subject) == _walked(audit_db, subject)
    assert log.unfound() == 0


def _filled(log: AccessLog, random_: random.Random) -> None:
    """Write two scans that interleave, and a few events that name some."""
    scans = [secrets.token_bytes(16) for _ in range(2)]
    for at in range(0, 12, 3):
        for scan in scans:
            some = PERSONS[at : at + random_.randint(1, 4)]
            log.append(replace(MANY, subjects=b"".join(some), scan=scan))
        few = random_.sample(PERSONS, 3)
        log.append(replace(MANY, subjects=b"".join(few)))


def _drawn(database: Database, random_: random.Random) -> str:
    reader = database.reader()
    scans = reader.execute("SELECT DISTINCT scan FROM audit_page").fetchall()
    named = reader.execute("SELECT subject, seq FROM audit_mention").fetchall()
    pages = reader.execute("SELECT seq FROM audit_page").fetchall()
    subject, seq = random_.choice(named)
    return random_.choice(HANDS).format(
        into_page=PAGE,
        into_mention=MENTION,
        page=f"seq = {random_.choice(pages)[0]}",
        mention=f"seq = {seq} AND subject = x'{subject.hex()}'",
        scan=f"x'{random_.choice(scans)[0].hex()}'",
        person=f"x'{random_.choice(PERSONS).hex()}'",
        seq=random_.randint(1, 14),
    )


@pytest.mark.parametrize("seed", range(40))
def test_a_hand_that_hides_an_event_from_somebody_is_found(
    log: AccessLog, audit_db: Database, seed: int
) -> None:
    random_ = random.Random(seed)  # noqa: S311 - nothing secret
    _filled(log, random_)
    assert log.unfound() == 0
    for _ in range(random_.randint(1, 3)):
        with audit_db.write() as session:
            raw(session).execute(_drawn(audit_db, random_))
    hidden = [it for it in PERSONS if _sought(log, it) != _walked(audit_db, it)]
    assert not hidden or log.unfound() > 0
    assert list(log.faults()) == []


@pytest.mark.parametrize(
    "hand",
    [
        "DELETE FROM audit_page WHERE seq = 2",
        "DELETE FROM audit_mention WHERE seq = 3",
        "UPDATE audit_page SET lowest = x'00' WHERE seq = 2",
        "UPDATE audit_page SET lowest = 'text' WHERE seq = 2",
        "UPDATE audit_page SET highest = lowest WHERE seq = 2",
        "UPDATE audit_page SET lane = x'00' WHERE seq = 2",
        "UPDATE audit_page SET scan = (SELECT scan FROM audit_page WHERE seq = 2)",
        "UPDATE audit_mention SET subject = randomblob(16) WHERE seq = 3",
    ],
)
def test_an_entry_that_is_gone_or_other_is_counted(
    log: AccessLog, audit_db: Database, hand: str
) -> None:
    scans = b"s" * 16, b"t" * 16
    log.append(replace(MANY, subjects=b"".join(PERSONS[:4]), scan=scans[0]))
    log.append(replace(MANY, subjects=b"".join(PERSONS[2:6]), scan=scans[1]))
    log.append(replace(MANY, subjects=b"".join(PERSONS[:2])))
    assert log.unfound() == 0
    with audit_db.write() as session:
        raw(session).execute(hand)
    assert log.unfound() > 0


def test_one_look_up_reads_one_page_of_each_scan(
    log: AccessLog, audit_db: Database
) -> None:
    subjects = sorted(secrets.token_bytes(16) for _ in range(400))
    for _ in range(5):
        scan = secrets.token_bytes(16)
        pages = [subjects[at : at + 20] for at in range(0, 400, 20)]
        log.append_all(
            [replace(MANY, subjects=b"".join(it), scan=scan) for it in pages]
        )
    assert all(len(list(log._store.of_subject(it))) == 5 for it in subjects)
    (mentions,) = audit_db.reader().execute("SELECT count(*) FROM audit_mention")
    assert mentions == (0,)
