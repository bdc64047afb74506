"""The ledger's ports: what it asks of its database, and what parts leave in it.

`ledger.stores` makes the adapters of the database. An entry gets its place either in
the caller's own transaction, and commits or falls with what it stamps (SQLite, which
has one writer anyway), or, where many writers must not wait for one head row
(PostgreSQL), it is queued there and one elected process integrates; of what is above
it, only what wants the index at once then has to ask later. On both, the primary keys
refuse a second entry at one index and a second checkpoint of one size.

An adapter refuses entries while too many wait to be published, before it has written
anything: an unsigned entry proves nothing, and nobody may be told otherwise for long.

The vault implements `Stamp` and `Ordering`, in the caller's own transaction, so that an
act stands or falls with its entry and with its order. A stamp is salts, commitment,
sealed opening and entry row; an order is number, chain, MAC and row. After the commit,
and before the unit of work returns, the order is durable in the mirror; nobody has to
remember it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, NamedTuple, Protocol

from kit.db import WriteSession
from kit.errors import AllodError, IntegrityFault
from ledger.formats.commitment import Entry
from ledger.formats.merkle import CompactRange
from ledger.formats.order import OrderRef
from ledger.formats.tiles import TileRef

BACKLOG: Final = "ledger.backlog"


@dataclass(frozen=True, slots=True)
class Pace:
    """How finely entries tell the time, and how many may wait for how long."""

    granularity: timedelta = timedelta(seconds=60)
    backlog: int = 50_000
    patience: timedelta = timedelta(minutes=2)

    @property
    def step(self) -> int:
        """The granularity in seconds, one at least."""
        return max(1, int(self.granularity.total_seconds()))


@dataclass(frozen=True, slots=True)
class Waiting:
    """The entries that are committed and not published: how many, the oldest's time."""

    count: int
    oldest: int  # unix seconds, as the entry has it: rounded down


class Sequencer(Protocol):
    """Gives entries their places in the log."""

    def append(self, session: WriteSession, entries: Sequence[Entry]) -> list[int]:
        """Append entries inside the caller's unit of work; gives their indexes.

        Raises:
            Unavailable: too many entries wait to be published; nothing was written.

        """

    def waiting(self) -> Waiting | None:
        """Tell what waits to be published, or None."""


class StampedCheckpoint(NamedTuple):
    """A checkpoint with its time stamp."""

    size: int
    note: bytes
    token: bytes
    chain: bytes


class OperatorRow(NamedTuple):
    """The public opening of an operator entry."""

    place: int
    salt: bytes
    payload: bytes


class LedgerStore(Protocol):
    """The ledger's rows, inside a unit of work or of what is committed.

    What is read of the latter is committed, and neither entries nor full tiles ever
    change. A second entry at one index, and a second checkpoint of one size, raise.
    """

    def head(self) -> CompactRange:
        """Give the tree as it is; the empty one if nothing was ever appended."""

    def put_head(self, tree: CompactRange) -> None:
        """Set the tree as it is now."""

    def add_entries(self, first: int, bodies: Sequence[bytes]) -> None:
        """Add entries from index `first` on; an index that is taken raises."""

    def entries(self, start: int, end: int) -> list[bytes]:
        """Give the entries from `start` up to `end`.

        Raises:
            IntegrityFault: one of them is not there.

        """

    def numbered(self, start: int, end: int) -> list[tuple[int, bytes]]:
        """Give what entries there are from `start` up to `end`, each with its index."""

    def end(self) -> int:
        """Tell the index after the last entry."""

    def tile(self, level: int, n: int) -> bytes:
        """Give a tile as wide as it has grown; no bytes if it is not there."""

    def tile_widths(self) -> list[tuple[int, int, int]]:
        """List the tiles that there are: level, number, bytes."""

    def put_tiles(self, tiles: Iterable[tuple[TileRef, bytes]]) -> None:
        """Store tiles that have grown."""

    def published(self) -> int:
        """Tell the size of the newest checkpoint that was published; 0 if none was."""

    def newest_note(self) -> tuple[int, str] | None:
        """Give size and note of the newest checkpoint that was published."""

    def notes_from(self, size: int, most: int, *, newest: bool) -> list[str]:
        """List notes of checkpoints of a size or more, from one end or the other."""

    def notes(self) -> list[tuple[int, str]]:
        """List size and note of every published checkpoint, by size."""

    def note(self, size: int) -> str | None:
        """Give the note of the checkpoint of a size."""

    def put_note(self, size: int, note: str) -> None:
        """Replace a checkpoint's note by the same with more signatures."""

    def add_note(self, size: int, note: str, signed_at: int) -> None:
        """Record a checkpoint; a second one of the same size raises."""

    def operator(self, index: int) -> tuple[bytes, bytes] | None:
        """Give salt and payload of an operator entry."""

    def operators(self, kind: str) -> list[OperatorRow]:
        """List the operator entries of a kind.

        By an index: there are thousands of lane heads for each entry of another kind.
        """

    def operators_between(self, start: int, end: int) -> list[OperatorRow]:
        """List the operator entries in a range."""

    def operators_with(self, member: str) -> list[OperatorRow]:
        """List the operator entries that may have a member among their facts."""

    def newest_operator(self, member: str) -> OperatorRow | None:
        """Give the newest operator entry that may have a member among its facts."""

    def count(self, prefix: bytes) -> int:
        """Count the entries whose bytes begin so: those of one type."""

    def add_operator(self, index: int, salt: bytes, payload: bytes) -> None:
        """Keep the public opening of an operator entry."""


class TimeStore(Protocol):
    """The time stamps of checkpoints: they are added and read."""

    def add(self, size: int, token: bytes, chain: bytes, at: int) -> None:
        """Keep a checkpoint's token; the first of two processes wins."""

    def all(self) -> list[StampedCheckpoint]:
        """List every token, by size; a checkpoint that is gone has an empty note."""

    def newest(self) -> tuple[int, int] | None:
        """Tell size and time of the newest token."""

    def covering(self, index: int) -> StampedCheckpoint | None:
        """Give the first stamped checkpoint whose tree holds an entry."""


Replayer = Callable[[WriteSession, bytes | None, Mapping[str, Any]], None]
"""Takes the narrower of an order's result and what is there, of a subject or of none.

Doing it twice is doing it once; it leaves an act, and no order.
"""


class OrderWaiting(AllodError):
    """Not all of an order could be done yet; what could be done is to be kept.

    Raised by a `Replayer`, whose order is then brought back again at each start.
    """


class Ordering(Protocol):
    """Leaves orders, for parts that change what an order can say."""

    def add(
        self,
        session: WriteSession,
        kind: str,
        result: Mapping[str, Any],
        *,
        subject: bytes | None = None,
    ) -> OrderRef:
        """Leave an order of a declared kind (formats.order_kinds); gives its place.

        `result` is a ceiling, not a step: what may be so at most, from now on.
        Where the mirror cannot be written the unit of work ends with `Unavailable`
        (`mirror.unavailable`) although it has committed: the act is in force, and is to
        be repeated.
        """

    def confirm(self, session: WriteSession) -> None:
        """Wait for what was ordered before, where the same is said again."""


def required(subject: bytes | None) -> bytes:
    """Give the subject of an order that has to be about one.

    Raises:
        IntegrityFault: it is about nobody.

    """
    if subject is None:
        raise IntegrityFault("an order about a person names nobody")
    return subject


class Stamp(Protocol):
    """Stamps one event of one customer into the ledger."""

    def __call__(
        self,
        session: WriteSession,
        *,
        subject: bytes,
        kind: str,
        content: bytes,
        record: bytes | None,
    ) -> int:
        """Stamp `content` as a declared kind (formats.entry_kinds); gives its index.

        The entry says nothing of subject, record or content; it commits or falls
        with the session.
        """
