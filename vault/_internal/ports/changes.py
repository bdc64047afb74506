"""The change feed as a store keeps it."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from kit.db import WriteSession
from vault._internal.ports.records import ReadContext, SealedRow


class ChangeRow(NamedTuple):
    """One change, in the order of its columns (`vault._internal.feed`)."""

    number: int
    kind: str
    subject: bytes
    record: bytes | None
    class_number: int | None
    purpose: str | None
    was: int | None
    until: int | None
    minute: int


class FeedHead(NamedTuple):
    """The newest number, and the mark of the newest start before it."""

    number: int
    mark: bytes


class PersonFacts(NamedTuple):
    """What reads know of a person: their class, and a purpose's state and end."""

    class_number: int
    state: int | None
    until: int | None


class Lapse(NamedTuple):
    """Something that began or ended of itself: a consent, a licence, a retention.

    `record` is the one whose retention it is, and empty of what is a person's.
    """

    until: int
    subject: bytes
    record: bytes


class ChangeSnapshot(Protocol):
    """The feed, the facts and the records as they are at one moment."""

    def head(self) -> FeedHead:
        """Give where the feed is now."""

    def stands(self, mark: bytes, number: int) -> bool:
        """Tell whether all that came after a place in the feed is known here.

        It is not where rows were dropped since, or where the place is one of a future
        that a restored copy never had.
        """

    def rows(
        self, after: int, numbers: Sequence[int], purpose: str, *, limit: int
    ) -> tuple[list[ChangeRow], int]:
        """Give what concerns some record classes and a purpose, and up to which number.

        At most `limit` rows, and of a bounded stretch of the feed: where it is full of
        others, there may be none, and yet more to come.
        """

    def history(
        self, after: int, subjects: Collection[bytes], *, limit: int
    ) -> list[ChangeRow]:
        """Give all that changed about some persons since, in order; `limit` at most."""

    def lapsed(
        self,
        numbers: Sequence[int],
        purpose: str,
        since: Lapse,
        now: int,
        *,
        limit: int,
    ) -> list[Lapse]:
        """Give what lapsed after one that is known, until an instant, in order.

        Of the consents and licences of a purpose, and the records of some classes.
        """

    def facts(
        self, subjects: Iterable[bytes], purpose: str
    ) -> dict[bytes, PersonFacts]:
        """Give what is known of some persons; who is not there is not in the answer."""

    def many(
        self, asked: ReadContext, wanted: Sequence[tuple[bytes, bytes]]
    ) -> dict[tuple[bytes, bytes], SealedRow]:
        """Find records; as `RecordStore.many`."""

    def page(
        self,
        asked: ReadContext,
        subject: bytes,
        numbers: Sequence[int],
        *,
        after: bytes,
        limit: int,
    ) -> list[SealedRow]:
        """List a person's records; as `RecordStore.page`."""

    def following(
        self,
        asked: ReadContext,
        numbers: Sequence[int],
        *,
        after: tuple[bytes, bytes],
        limit: int,
    ) -> list[SealedRow]:
        """List everybody's records behind one, in order of subject and record."""


class ChangeStore(Protocol):
    """The change feed. Its rows are written by the store itself."""

    def start(self, session: WriteSession, mark: bytes) -> None:
        """Note a start of the program: what a place in the feed is held against."""

    def snapshot(self) -> AbstractContextManager[ChangeSnapshot]:
        """Look at feed and records as they are at one moment."""

    def drop(self, session: WriteSession, *, minute: int, most: int, limit: int) -> int:
        """Drop rows older than a minute, or beyond `most`; tells how many.

        The oldest first, `limit` at once, and never the newest.
        """
