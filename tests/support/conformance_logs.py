"""What every store of the access log does, tried on whatever makes one."""

from collections.abc import Callable
from typing import Final, TypeAlias

import pytest

from kit.errors import IntegrityFault
from kit.sqlite import ConstraintBroken
from vault._internal.ports.access_log import AccessRow, AccessStore

ADA, BOB = b"a" * 16, b"b" * 16

MakeLog: TypeAlias = Callable[[], AccessStore]


def _event(lane: bytes, seq: int, **more: object) -> AccessRow:
    row = AccessRow(
        lane=lane,
        seq=seq,
        at=seq,
        principal_kind="service",
        principal="helpdesk",
        purpose="support.case",
        action="read",
        revision="r1",
        decision=b"d" * 16,
        outcome="disclosed",
        reasons="",
        collection="",
        subject=ADA,
        subjects=b"",
        records=b"",
        versions=b"",
        fields="",
        disclosed=0,
        withheld=0,
        request="",
        previous=b"p" * 32,
        hash=bytes([seq] * 32),
    )
    return row._replace(**more)


def a_lane_is_read_as_it_was_written(make: MakeLog) -> None:
    log = make()
    rows = [_event(b"l" * 16, 1), _event(b"l" * 16, 2, reasons="\x00é")]
    log.insert(rows, {})
    log.insert([_event(b"m" * 16, 1)], {})
    assert list(log.lane(b"l" * 16)) == rows
    assert log.hash_at(b"l" * 16, 2) == rows[1].hash
    assert log.hash_at(b"l" * 16, 3) is None
    assert log.heads() == [
        (b"l" * 16, 2, rows[1].hash),
        (b"m" * 16, 1, bytes([1] * 32)),
    ]


def an_event_is_found_by_whom_it_names_singly_or_packed(make: MakeLog) -> None:
    log = make()
    single = _event(b"l" * 16, 1)
    packed = _event(b"l" * 16, 2, subject=None, subjects=BOB + ADA)
    other = _event(b"l" * 16, 3, subject=BOB, decision=b"e" * 16)
    log.insert([single, packed, other], {})
    assert list(log.of_subject(ADA)) == [single, packed]
    assert list(log.of_subject(BOB)) == [packed, other]
    assert log.of_decision(b"e" * 16) == [other]
    assert log.unfound() == 0


def _page(seq: int, *named: int) -> AccessRow:
    packed = b"".join(bytes([each]) * 16 for each in named)
    return _event(b"l" * 16, seq, subject=None, subjects=packed)


def _found(log: AccessStore, number: int) -> list[int]:
    return [row.seq for row in log.of_subject(bytes([number]) * 16)]


def a_page_of_a_scan_is_found_by_all_in_its_span_and_by_nobody_else(
    make: MakeLog,
) -> None:
    log, scan = make(), b"s" * 16
    pages = [(2, 4, 4), (4, 4), (4, 6, 8), (9, 9), (9, 12)]
    rows = [_page(seq, *each) for seq, each in enumerate(pages, 1)]
    log.insert(rows, {row.seq: scan for row in rows})
    spans = {1: [], 2: [1], 4: [1, 2, 3], 6: [3], 8: [3], 9: [4, 5], 12: [5], 13: []}
    assert {number: _found(log, number) for number in spans} == spans
    assert log.unfound() == 0


def each_scan_is_looked_through_however_many_lie_between(make: MakeLog) -> None:
    log = make()
    scans = {seq: bytes([seq % 3 + 1]) * 16 for seq in range(1, 31)}
    rows = [_page(seq, 4 * seq, 4 * seq + 2) for seq in scans]
    log.insert(rows[:10], scans)
    log.insert(rows[10:], scans)
    assert [_found(log, 4 * seq) for seq in scans] == [[seq] for seq in scans]
    assert _found(log, 3) == _found(log, 123) == []


def pages_out_of_order_are_found_by_each_whom_they_name(make: MakeLog) -> None:
    log, scan = make(), b"s" * 16
    pages = [(5, 6), (6, 6), (6, 9), (7, 8), (9, 8), (1, 2), (9, 9), (9,)]
    rows = [_page(seq, *each) for seq, each in enumerate(pages, 1)]
    log.insert(rows, {row.seq: scan for row in rows})
    for number in range(1, 10):
        wanted = [row.seq for row in rows if number in set(row.subjects)]
        assert set(wanted) <= set(_found(log, number))
    assert log.unfound() == 0


def a_batch_is_there_whole_or_not_at_all(make: MakeLog) -> None:
    log = make()
    first = _event(b"l" * 16, 1)
    log.insert([first], {})
    with pytest.raises(ConstraintBroken):
        log.insert([_event(b"l" * 16, 2), first], {})
    assert list(log.lane(b"l" * 16)) == [first]


def what_is_kept_otherwise_than_written_is_a_fault(make: MakeLog) -> None:
    log = make()
    with pytest.raises(IntegrityFault):
        log.insert([_event(b"l" * 16, 2), _event(b"l" * 16, 1)], {})


LOG_EXERCISES: Final[tuple[Callable[[MakeLog], None], ...]] = (
    a_lane_is_read_as_it_was_written,
    an_event_is_found_by_whom_it_names_singly_or_packed,
    a_page_of_a_scan_is_found_by_all_in_its_span_and_by_nobody_else,
    each_scan_is_looked_through_however_many_lie_between,
    pages_out_of_order_are_found_by_each_whom_they_name,
    a_batch_is_there_whole_or_not_at_all,
    what_is_kept_otherwise_than_written_is_a_fault,
)
