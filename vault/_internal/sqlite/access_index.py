"""By whom the events that name many are found, and whether all of them are.

What is kept for it follows from the events alone. The pages of one scan lie one after
the other in the order of subjects, so that a look-up seeks one of them; an event that
does not fit there has a row for each person. Both are written with their events.

No page is hidden behind another as long as the pages of a scan do not overlap: the last
one that begins before a subject, and those that begin with it, are all that can name
it. `unfound` looks for just that, and so finds any change that could hide an event.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from kit.ids import ID_BYTES
from vault._internal.ports.access_log import AccessRow

_SCANS: Final = (
    "WITH RECURSIVE scans(scan) AS (SELECT min(scan) FROM audit_page UNION ALL"
    " SELECT (SELECT min(n.scan) FROM audit_page n WHERE n.scan > scans.scan)"
    " FROM scans WHERE scans.scan IS NOT NULL)"
)
_BEFORE: Final = (
    "SELECT max(b.lowest) FROM audit_page b"
    " WHERE b.scan = scans.scan AND b.lowest < :subject"
)
PLACES_OF: Final = (
    f"{_SCANS}, named(lane, seq) AS ("
    "SELECT lane, seq FROM audit_event WHERE subject = :subject"
    " UNION SELECT lane, seq FROM audit_mention WHERE subject = :subject"
    " UNION SELECT p.lane, p.seq FROM scans CROSS JOIN audit_page p"
    f" ON p.scan = scans.scan AND p.lowest IN (:subject, ({_BEFORE}))"
    " AND p.highest >= :subject)"
    " SELECT e.lane, e.seq FROM named CROSS JOIN audit_event e"
    " ON e.lane = named.lane AND e.seq = named.seq ORDER BY e.at, e.lane, e.seq"
)
_INSERT_PAGE: Final = (
    "INSERT INTO audit_page (lane, seq, scan, lowest, highest) VALUES (?, ?, ?, ?, ?)"
)
_INSERT_MENTION: Final = (
    "INSERT INTO audit_mention (subject, lane, seq) VALUES (?, ?, ?)"
)
_PAGE: Final = (
    "SELECT lane, seq, scan, lowest, highest FROM audit_page WHERE lane = ? AND seq = ?"
)
_MENTIONED: Final = (
    "SELECT count(*) FROM audit_mention WHERE lane = ? AND seq = ? AND subject IN ({})"
)
# As many parameters as SQLite takes in any build.
_AT_ONCE: Final = 900
_REACHED: Final = (
    "SELECT highest FROM audit_page WHERE scan = ?"
    " ORDER BY lowest DESC, highest DESC LIMIT 1"
)
_PACKED: Final = (
    "SELECT e.lane, e.seq, e.subjects, p.lowest, p.highest FROM audit_event e"
    " LEFT JOIN audit_page p ON p.lane = e.lane AND p.seq = e.seq"
    " WHERE length(e.subjects) > 0"
)
_OVERLAPPING: Final = (
    "SELECT count(*) FROM (SELECT lowest, lag(highest) OVER"
    " (PARTITION BY scan ORDER BY lowest, highest) AS reached FROM audit_page)"
    " WHERE lowest < reached"
)
_ENTRIES: Final = (
    "SELECT (SELECT count(*) FROM audit_page) + (SELECT count(*) FROM audit_mention)"
)


class _Page(NamedTuple):
    lane: bytes
    seq: int
    scan: bytes
    lowest: bytes
    highest: bytes


class _Mention(NamedTuple):
    subject: bytes
    lane: bytes
    seq: int


class Entered(NamedTuple):
    """What was entered for some events."""

    pages: list[_Page]
    mentions: list[_Mention]


def enter(
    connection: sqlite3.Connection,
    rows: Iterable[AccessRow],
    scans: Mapping[int, bytes],
) -> Entered:
    """Enter events, inside their transaction, by the persons whom they name packed."""
    entered = Entered([], [])
    for row in rows:
        subjects = _split(row.subjects)
        scan = scans.get(row.seq)
        if scan and _goes_on(connection, scan, subjects):
            page = _Page(row.lane, row.seq, scan, subjects[0], subjects[-1])
            connection.execute(_INSERT_PAGE, page)
            entered.pages.append(page)
        else:
            # In order, so that neighbours in the table are written together.
            each = sorted(set(subjects))
            entered.mentions.extend(_Mention(it, row.lane, row.seq) for it in each)
    connection.executemany(_INSERT_MENTION, entered.mentions)
    return entered


def is_there(connection: sqlite3.Connection, entered: Entered) -> bool:
    """Tell whether what was entered lies there as it was written."""
    pages = (connection.execute(_PAGE, it[:2]).fetchone() == it for it in entered.pages)
    return all(pages) and all(
        _mentioned(connection, [it.subject for it in named], *place) == len(named)
        for place, named in _by_event(entered.mentions)
    )


def _by_event(
    mentions: list[_Mention],
) -> Iterator[tuple[tuple[bytes, int], list[_Mention]]]:
    for place, named in groupby(mentions, key=lambda it: it[1:]):
        yield place, list(named)


def unfound(connection: sqlite3.Connection) -> int:
    """Count the events that are not found by all whom they name, and what is too much.

    Pages that overlap count, too: behind one of them another could be missed.
    """
    wrong = matched = 0
    for lane, seq, packed, lowest, highest in connection.execute(_PACKED):
        subjects = _split(packed)
        if lowest is None:
            each = [*set(subjects)]
            there = _mentioned(connection, each, lane, seq)
            wrong += there < len(each)
            matched += there
        else:
            wrong += not _is_span(subjects, lowest, highest)
            matched += 1
    ((overlapping,),) = connection.execute(_OVERLAPPING).fetchall()
    ((entries,),) = connection.execute(_ENTRIES).fetchall()
    return wrong + int(overlapping) + int(entries) - matched


def _mentioned(
    connection: sqlite3.Connection, subjects: Sequence[bytes], lane: bytes, seq: int
) -> int:
    """Count the persons, all different, who have a row for an event."""
    found = 0
    for at in range(0, len(subjects), _AT_ONCE):
        some = subjects[at : at + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        rows = connection.execute(_MENTIONED.format(marks), (lane, seq, *some))
        ((there,),) = rows.fetchall()
        found += int(there)
    return found


def _is_span(subjects: list[bytes], lowest: bytes, highest: bytes) -> bool:
    ends = (subjects[0], subjects[-1])
    return ends == (lowest, highest) and subjects == sorted(subjects)


def _goes_on(
    connection: sqlite3.Connection, scan: bytes, subjects: list[bytes]
) -> bool:
    if not subjects or subjects != sorted(subjects):
        return False
    reached = connection.execute(_REACHED, (scan,)).fetchone()
    return reached is None or reached[0] <= subjects[0]


def _split(packed: bytes) -> list[bytes]:
    return [packed[at : at + ID_BYTES] for at in range(0, len(packed), ID_BYTES)]
