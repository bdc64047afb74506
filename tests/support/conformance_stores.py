"""What every data store does, tried on whatever makes one."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, TypeAlias

import pytest

from kit.db import WriteSession
from vault._internal.classes import CustomerClass, RecordClass
from vault._internal.data_store import DataStore
from vault._internal.ports.records import MAIN, ReadContext, RecordInsert, SealedRow

ANYBODY: Final = ReadContext("support.case", 0, "in_scope")
NOBODY: Final = ReadContext("support.case", 0, "none", staff="somebody")
ADA, BOB = b"a" * 16, b"b" * 16
FIRST: Final = (b"", b"")


@dataclass(frozen=True, slots=True)
class Opened:
    """A data store that is empty, and its unit of work."""

    data: DataStore
    write: Callable[[], AbstractContextManager[WriteSession]]

    def known(self, *subjects: bytes) -> int:
        """Make subjects known; gives the number of the class that records get."""
        with self.write() as session:
            for subject in subjects:
                self.data.subjects.add(
                    session, subject, CustomerClass("eu", "active", "no")
                )
            return self.data.classes.number_of(session, RecordClass("profile", ()))

    def put(self, subject: bytes, *records: bytes) -> int:
        """Keep records of a subject, each with its own id as ciphertext."""
        number = self.known(subject)
        with self.write() as session:
            rows = [new_record(subject, each, number) for each in records]
            self.data.records.insert(session, rows)
        return number


MakeData: TypeAlias = Callable[[], Opened]


class Undone(Exception):
    """Undoes a unit of work."""


def new_record(subject: bytes, record: bytes, number: int) -> RecordInsert:
    """Make a record of a class, of which only the id is its own."""
    return RecordInsert(
        subject=subject,
        record=record,
        class_number=number,
        version=1,
        schema="1",
        retain_until=None,
        hold=0,
        contributed=0,
        hour=7,
        fingerprint=b"f" * 32,
        sealed=record,
    )


def _ids(count: int) -> list[bytes]:
    return [bytes([number] * 16) for number in range(1, count + 1)]


def _said(rows: Sequence[SealedRow]) -> list[tuple[bytes, bytes]]:
    return [(row.subject, row.record) for row in rows]


def a_record_comes_back_as_it_was_put(make: MakeData) -> None:
    opened, (record,) = make(), _ids(1)
    number = opened.put(ADA, record)
    row = opened.data.records.point(ANYBODY, ADA, record)
    assert row is not None
    assert row[:4] == (ADA, record, 1, "1")
    assert row[5:] == (record, 0, None, 0, None, None)
    assert opened.data.classes.unpack(row.k).record == RecordClass("profile", ())
    assert opened.data.records.collection_of(ADA, record) == "profile"
    assert opened.data.classes.numbers_of("profile") == [number]


def many_give_only_those_that_there_are(make: MakeData) -> None:
    opened, (here, other, gone) = make(), _ids(3)
    opened.put(ADA, here)
    opened.put(BOB, other)
    wanted = [(ADA, here), (BOB, other), (ADA, other), (BOB, gone)]
    found = opened.data.records.many(ANYBODY, wanted)
    assert sorted(found) == [(ADA, here), (BOB, other)]
    assert all((row.subject, row.record) == where for where, row in found.items())


def a_page_and_a_scan_go_by_subject_and_id(make: MakeData) -> None:
    opened, ids = make(), _ids(5)
    number = opened.put(BOB, *reversed(ids))
    opened.put(ADA, *ids[:2])
    records = opened.data.records
    page = records.page(ANYBODY, BOB, [number], after=ids[1], limit=2)
    assert _said(page) == [(BOB, ids[2]), (BOB, ids[3])]
    whole = bytes(16), b"\xff" * 16
    pages = records.scan(lambda: ANYBODY, [number], span=whole, ugc=True)
    seen = [where for each in pages for where in _said(each)]
    assert seen == [(ADA, each) for each in ids[:2]] + [(BOB, each) for each in ids]
    assert records.page(ANYBODY, BOB, [number + 1], after=b"", limit=9) == []


def nobody_out_of_reach_is_reached(make: MakeData) -> None:
    opened, (record,) = make(), _ids(1)
    opened.put(ADA, record)
    row = opened.data.records.point(NOBODY, ADA, record)
    assert row is not None
    assert opened.data.classes.unpack(row.k).reach == "none"
    assert not opened.data.records.reaches(NOBODY, ADA)
    assert opened.data.records.reaches(ANYBODY, ADA)


def a_unit_of_work_is_seen_inside_and_undone_as_a_whole(make: MakeData) -> None:
    opened, (record,) = make(), _ids(1)
    number, records = opened.known(ADA), opened.data.records
    with pytest.raises(Undone), opened.write() as session:
        parts = [(ADA, record, "contact", b"sealed")]
        records.insert(session, [new_record(ADA, record, number)], parts)
        assert records.known(session, ADA, record) == (1, b"f" * 32)
        assert [row.apart for row in records.lot(session, FIRST, 9)] == [b"sealed"]
        raise Undone
    assert records.point(ANYBODY, ADA, record) is None
    assert records.lot(None, FIRST, 9) == []


def a_replaced_record_has_the_new_parts_and_no_old_one(make: MakeData) -> None:
    opened, (record,) = make(), _ids(1)
    number, records = opened.put(ADA, record), opened.data.records
    for version, names in ((2, ("contact",)), (3, ("contact", "health")), (4, ())):
        with opened.write() as session:
            new = new_record(ADA, record, number)._replace(
                version=version, sealed=b"new"
            )
            parts = [(ADA, record, name, name.encode()) for name in names]
            records.replace(session, new, parts)
        row = records.point(ANYBODY, ADA, record)
        assert row is not None
        assert (row.version, row.sealed) == (version, b"new")
        several = len(names) > 1
        assert isinstance(row.apart, str if several else bytes if names else type(None))


def a_resealed_record_keeps_its_place(make: MakeData) -> None:
    opened, (record,) = make(), _ids(1)
    number = opened.put(ADA, record)
    with opened.write() as session:
        sealed = {MAIN: b"main", "contact": b"part"}
        opened.data.records.reseal(session, (ADA, record), number, 2, sealed)
    (row,) = opened.data.records.lot(None, FIRST, 9)
    assert (row.version, row.sealed, row.part) == (2, b"main", "contact")


def another_hand_is_not_believed(make: MakeData) -> None:
    opened, (record,) = make(), _ids(1)
    opened.put(ADA, record)
    with opened.write() as session:
        session.connection().exec_driver_sql("UPDATE vault_subject SET version = 9")
    assert opened.data.records.point(ANYBODY, ADA, record) is None
    assert opened.data.people.persons(ANYBODY, [ADA]) == {}
    assert opened.data.subjects.class_of(ADA) is None
    assert opened.data.subjects.said_of(ADA) == CustomerClass("eu", "active", "no")


def a_subject_is_made_known_once(make: MakeData) -> None:
    opened = make()
    opened.known(ADA, ADA)
    assert opened.data.subjects.count() == 1
    assert opened.data.subjects.known([ADA, BOB]) == {ADA}


DATA_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    a_record_comes_back_as_it_was_put,
    many_give_only_those_that_there_are,
    a_page_and_a_scan_go_by_subject_and_id,
    nobody_out_of_reach_is_reached,
    a_unit_of_work_is_seen_inside_and_undone_as_a_whole,
    a_replaced_record_has_the_new_parts_and_no_old_one,
    a_resealed_record_keeps_its_place,
    another_hand_is_not_believed,
    a_subject_is_made_known_once,
)
