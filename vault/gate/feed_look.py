"""One look at the change feed: which records it is about, and where the look ended.

All of it comes from one snapshot, and is bounded: at most so many records, so many
bytes of them, so long a stretch of the feed, so many changes about the persons in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple, TypeAlias

from kit.errors import Resync
from kit.ids import ID_BYTES
from vault._internal.classes import MAX_RECORD_CLASSES, RECORD_SHIFT
from vault._internal.feed import CLASS, ERASED
from vault._internal.ports.changes import (
    ChangeRow,
    ChangeSnapshot,
    Lapse,
    PersonFacts,
)
from vault._internal.ports.records import ReadContext, SealedRow, sealed_bytes
from vault.gate.positions import NONE, FeedPlace

MAX_HISTORY: Final = 10_000
MAX_BYTES: Final = 4 << 20
LAST: Final = b"\xff" * ID_BYTES

Which: TypeAlias = tuple[bytes, bytes]
"""A record: whose, and its id."""


class FeedLook(NamedTuple):
    """What a stretch of the feed is about.

    `minutes` are those of the records that it is about, in its order; `rows` those of
    them that are there. `history` and `facts` are what has changed about their persons
    since, and what is so now.
    """

    place: FeedPlace
    more: bool
    minutes: Mapping[Which, int]
    rows: Mapping[Which, SealedRow]
    erased: Mapping[bytes, int]
    history: Mapping[bytes, Sequence[ChangeRow]] = {}
    facts: Mapping[bytes, PersonFacts] = {}


def ended(now: int) -> Lapse:
    """Say that all which lapsed until an instant is behind."""
    return Lapse(now, LAST, LAST)


def class_of(row: SealedRow) -> int:
    """Give the number of a record's class."""
    return row.k >> RECORD_SHIFT & (MAX_RECORD_CLASSES - 1)


@dataclass(slots=True)
class Looking:
    """A look under way; `room` is how many records may still be told of."""

    now: ChangeSnapshot
    asked: ReadContext
    numbers: Sequence[int]
    place: FeedPlace
    room: int
    minutes: dict[Which, int] = field(default_factory=dict)
    listed: dict[Which, SealedRow] = field(default_factory=dict)
    erased: dict[bytes, int] = field(default_factory=dict)
    _whole: set[bytes] = field(default_factory=set)

    def fill(self) -> FeedLook:
        """Look at the next records of all there are."""
        rows = _within(
            self.now.following(
                self.asked, self.numbers, after=self.place.amid, limit=self.room
            )
        )
        more = bool(rows)
        last = rows[-1] if rows else None
        place = replace(
            self.place,
            subject=last.subject if last else NONE,
            record=last.record if last else NONE,
            filling=more,
        )
        found = {(row.subject, row.record): row for row in rows}
        minute = self.asked.now // 60
        return FeedLook(place, True, dict.fromkeys(found, minute), found, {})

    def follow(self) -> FeedLook:
        """Look at what has changed since a place.

        Raises:
            Resync: too much has.

        """
        since = self.place
        ended = self._lapses() and self._changes()
        fetched = [each for each in self.minutes if each not in self.listed]
        rows = self.now.many(self.asked, fetched) | self.listed
        kept = {
            each: row for each, row in rows.items() if class_of(row) in self.numbers
        }
        others = rows.keys() - kept.keys()
        persons = {subject for subject, _ in self.minutes}
        history = self.now.history(since.number, persons, limit=MAX_HISTORY)
        if len(history) == MAX_HISTORY:
            raise Resync
        by_person = groupby(history, key=attrgetter("subject"))
        return FeedLook(
            place=self.place,
            more=not ended or self.place.number < self.now.head().number,
            minutes={w: at for w, at in self.minutes.items() if w not in others},
            rows=kept,
            erased=self.erased,
            history={subject: list(rows) for subject, rows in by_person},
            facts=self.now.facts(persons, self.asked.purpose),
        )

    def _lapses(self) -> bool:
        """Look at what has begun or ended of itself; False where that was not all."""
        some = self.now.lapsed(
            *(self.numbers, self.asked.purpose, self.place.lapse, self.asked.now),
            limit=self.room + 1,
        )
        for each in some:
            if not self.room or not self._lapse(each):
                return False
            whole = Lapse(each.until, each.subject, each.record or NONE)
            self.place = replace(self.place, lapse=whole, subject=NONE, record=NONE)
        self.place = replace(self.place, lapse=ended(self.asked.now))
        return True

    def _lapse(self, each: Lapse) -> bool:
        if not each.record:
            return self._person(each.subject, each.until // 60)
        self._record((each.subject, each.record), each.until // 60)
        return True

    def _changes(self) -> bool:
        rows, reached = self.now.rows(
            self.place.number, self.numbers, self.asked.purpose, limit=self.room + 1
        )
        for row in rows:
            if not self.room or not self._change(row):
                return False
            self.place = replace(
                self.place, number=row.number, subject=NONE, record=NONE
            )
        self.place = replace(self.place, number=reached)
        return True

    def _change(self, row: ChangeRow) -> bool:
        if row.kind == ERASED:
            self.erased[row.subject] = row.minute
            self.room -= 1
        elif row.record is not None:
            self._record((row.subject, row.record), row.minute)
        elif (
            row.kind != CLASS or row.was is not None
        ):  # of a new person, records follow
            return self._person(row.subject, row.minute)
        return True

    def _record(self, which: Which, minute: int) -> None:
        if which not in self.minutes:
            self.minutes[which] = minute
            self.room -= 1

    def _person(self, subject: bytes, minute: int) -> bool:
        """Look at all records of a person; False where that was not all of them."""
        if subject in self._whole:
            return True
        after = self.place.record if self.place.subject == subject else b""
        rows = self.now.page(
            self.asked, subject, self.numbers, after=after, limit=self.room
        )
        for row in rows:
            self.listed[subject, row.record] = row
            self.minutes.setdefault((subject, row.record), minute)
        full = len(rows) == self.room
        self.room -= len(rows)
        if full:
            self.place = replace(self.place, subject=subject, record=rows[-1].record)
            return False
        if not after:  # else the first of them were judged as they were before
            self._whole.add(subject)
        return True


def look_at(
    now: ChangeSnapshot,
    asked: ReadContext,
    numbers: Sequence[int],
    place: FeedPlace,
    limit: int,
) -> FeedLook:
    """Look at what follows a place in the feed.

    Raises:
        Resync: it is not known any more what does.

    """
    if not now.stands(place.mark, place.number):
        raise Resync
    place = replace(place, mark=now.head().mark)
    if place.filling:
        return Looking(now, asked, numbers, place, limit).fill()
    look = Looking(now, asked, numbers, place, limit).follow()
    if limit > 1 and sealed_bytes(look.rows.values()) > MAX_BYTES:
        return look_at(now, asked, numbers, place, limit // 2)
    return look


def _within(rows: Sequence[SealedRow]) -> Sequence[SealedRow]:
    """Give as many of some rows as are not too long together, and at least one."""
    size = 0
    for count, row in enumerate(rows):
        size += sealed_bytes([row])
        if count and size > MAX_BYTES:
            return rows[:count]
    return rows
