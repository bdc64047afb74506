"""What every store of imports does, tried on whatever makes one."""

from collections.abc import Callable
from typing import Final

import pytest
from conformance_stores import ADA, BOB, MakeData, Opened, Undone, new_record

from kit.errors import Conflict
from vault._internal.classes import CustomerClass
from vault._internal.ports.imports import (
    COUNTS,
    DONE,
    OPEN,
    TAKEN,
    TAKING,
    MadeRow,
    RunRow,
)
from vault._internal.ports.organisation import HoldRow

SOURCE, DIGEST = b"s" * 32, b"d" * 32
NOTHING: Final = (0,) * len(COUNTS)
SOME: Final = tuple(range(1, len(COUNTS) + 1))
ONE, TWO, THREE = b"1" * 16, b"2" * 16, b"3" * 16


def _begun(opened: Opened, source: bytes = SOURCE) -> RunRow:
    with opened.write() as session:
        return opened.data.imports.begin(session, source, DIGEST, 7)


def _made(make: MakeData, *records: bytes) -> tuple[Opened, int]:
    """Give a store in which an import made records of one subject, and ended."""
    opened = make()
    run = _begun(opened)
    number = opened.put(ADA, *records)
    with opened.write() as session:
        wrote = [(ADA, record, True) for record in records]
        opened.data.imports.wrote(session, run.number, wrote)
        opened.data.imports.move(session, run.number, 9, SOME)
        opened.data.imports.end(session, run.number, at=8)
    return opened, number


def an_import_of_a_file_is_begun_once_until_it_ends(make: MakeData) -> None:
    opened = make()
    imports, run = opened.data.imports, _begun(opened)
    assert run == RunRow(1, SOURCE, DIGEST, 7, OPEN, 0, None, 0, "", NOTHING)
    assert _begun(opened) == run
    assert _begun(opened, b"o" * 32).number == 2
    with opened.write() as session:
        imports.move(session, 1, 9, SOME)
        imports.end(session, 1, at=8)
    assert _begun(opened).number == 3
    ended = run._replace(state=DONE, line=9, ended=8, counts=SOME)
    assert [each.number for each in imports.runs()] == [1, 2, 3]
    assert (imports.find(1), imports.find(4)) == (ended, None)


def an_import_that_changed_nothing_was_never_there(make: MakeData) -> None:
    opened = make()
    imports, run = opened.data.imports, _begun(opened)
    with opened.write() as session:
        imports.move(session, run.number, 9, NOTHING)
        imports.end(session, run.number, at=8)
    assert imports.runs() == []
    with opened.write() as session:
        imports.move(session, run.number, 10, NOTHING)
        imports.end(session, run.number, at=9)
    assert imports.runs() == []


def how_far_it_is_falls_with_its_batch(make: MakeData) -> None:
    opened = make()
    imports, run = opened.data.imports, _begun(opened)
    with pytest.raises(Undone), opened.write() as session:
        imports.move(session, run.number, 9, SOME)
        moved = imports.find(run.number, session)
        assert moved is not None
        assert (moved.line, moved.counts) == (9, SOME)
        raise Undone
    assert imports.find(run.number) == run


def one_that_is_taken_back_goes_no_further(make: MakeData) -> None:
    opened = make()
    data, run = opened.data, _begun(opened)
    for reason in ("first", "second"):
        with opened.write() as session:
            data.made.begin(session, run.number, reason)
    taking = run._replace(state=TAKING, reason="first")
    assert data.imports.find(run.number) == taking
    with pytest.raises(Conflict), opened.write() as session:
        data.imports.move(session, run.number, 9, SOME)
    with opened.write() as session:
        ended = [data.made.end(session, run.number, at=at) for at in (8, 9)]
        data.made.begin(session, run.number, "third")
    assert ended == [True, False]
    assert data.imports.find(run.number) == taking._replace(state=TAKEN, ended=8)


def a_record_stands_as_it_is_and_as_an_import_wrote_it(make: MakeData) -> None:
    opened, number = _made(make, ONE)
    opened.put(ADA, TWO)
    with opened.write() as session:
        changed = new_record(ADA, ONE, number)._replace(
            version=2, fingerprint=b"n" * 32
        )
        opened.data.records.replace(session, changed, [])
    assert opened.data.imports.standing(ADA, (ONE, TWO)) == {
        ONE: (2, b"n" * 32, 1, b"f" * 32),
        TWO: (1, b"f" * 32, None, None),
    }
    assert opened.data.imports.standing(BOB, (ONE, TWO)) == {}


IMPORT_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    an_import_of_a_file_is_begun_once_until_it_ends,
    an_import_that_changed_nothing_was_never_there,
    how_far_it_is_falls_with_its_batch,
    one_that_is_taken_back_goes_no_further,
    a_record_stands_as_it_is_and_as_an_import_wrote_it,
)


def what_an_import_made_may_go_unless_somebody_has_it_by_now(make: MakeData) -> None:
    opened, number = _made(make, ONE, TWO, THREE)
    data = opened.data
    with opened.write() as session:
        changed = new_record(ADA, ONE, number)._replace(version=2)
        data.records.replace(session, changed, [])
        data.care.hold(session, ADA, HoldRow(b"h" * 16, TWO))
        data.care.mark(session, ADA)
    assert data.made.tally(1) == {"changed": 1, "held": 1, "": 1}
    assert list(data.made.made(1)) == [[MadeRow(ADA, THREE, "profile", "eu")]]
    with opened.write() as session:
        assert list(data.made.made(1, session)) == list(data.made.made(1))
        restricted = CustomerClass("eu", "restricted", "no")
        data.subjects.set_class(session, ADA, restricted)
    assert data.made.tally(1) == {"changed": 1, "held": 1, "restricted": 1}
    assert (data.made.tally(2), list(data.made.made(2))) == ({}, [])


def what_became_anothers_meanwhile_is_not_removed(make: MakeData) -> None:
    opened, number = _made(make, ONE, TWO)
    data = opened.data
    with opened.write() as session:
        parts = [(ADA, ONE, "contact", b"part")]
        data.records.replace(session, new_record(ADA, ONE, number), parts)
        data.imports.wrote(session, 1, [(ADA, ONE, False)])
        changed = new_record(ADA, TWO, number)._replace(version=2)
        data.records.replace(session, changed, [])
        asked = [(ADA, ONE), (ADA, TWO), (BOB, ONE)]
        assert data.made.remove(session, 1, asked) == 1
        assert data.made.gone(session, asked) == [(ADA, ONE), (BOB, ONE)]
    assert [row.record for row in data.records.lot(None, (b"", b""), 9)] == [TWO]
    assert list(data.made.left(1)) == [[(ADA, ONE)]]
    run = data.imports.find(1)
    assert run is not None
    assert run.removed == 1
    with opened.write() as session:
        data.made.forget(session, [(ADA, ONE)])
    assert list(data.made.left(1)) == []


def a_removal_that_is_undone_took_nothing(make: MakeData) -> None:
    opened, _ = _made(make, ONE)
    made = opened.data.made
    with pytest.raises(Undone), opened.write() as session:
        assert made.remove(session, 1, [(ADA, ONE)]) == 1
        raise Undone
    run = opened.data.imports.find(1)
    assert run is not None
    assert (run.removed, made.tally(1)) == (0, {"": 1})


MADE_EXERCISES: Final[tuple[Callable[[MakeData], None], ...]] = (
    what_an_import_made_may_go_unless_somebody_has_it_by_now,
    what_became_anothers_meanwhile_is_not_removed,
    a_removal_that_is_undone_took_nothing,
)
