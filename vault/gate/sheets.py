"""A page of a scan on its way out, checked once more right before each piece leaves.

A page is opened as a whole and handed out as its reader takes it, which may be minutes
later. So a piece is compared with the store again: a record that is gone, was changed,
belongs to somebody erased, or would be judged as another class by now is withheld. As
long as nobody has written to either store, that takes two look-ups for a whole piece.

What waits too long is forgotten; the rest of the page is then read anew through the
gate, with a decision, an event and a permit of its own.
"""

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kit.errors import Damaged
from vault._internal.customer_lookup import CustomerIds
from vault._internal.ports.records import ReadContext, RecordStore, SealedRow
from vault.audit.access_log import AccessLog
from vault.gate.bulk import logged
from vault.gate.disclosure import Disclosure, Outcome, Page
from vault.gate.evaluation import Evaluation

PIECE_BYTES: Final = 48 << 10
PIECE_RECORDS: Final = 200

Encode = Callable[[Disclosure], bytes]


class Moment(NamedTuple):
    """What must not have changed for a page to stand: the thread's view, the time."""

    thread: int
    vault: int
    identity: int
    now: int


class JudgedKey(NamedTuple):
    """A record as it was judged, without its content."""

    subject: bytes
    record: bytes
    version: int
    k: int


class Opened(NamedTuple):
    """Rows and the disclosure of each; and how many others did not open as sealed.

    `undecided` counts those that the policies could not decide about.
    """

    rows: list[SealedRow]
    disclosures: list[Disclosure]
    damaged: int
    undecided: int


def key_of(row: SealedRow) -> JudgedKey:
    """Name a row."""
    return JudgedKey(row.subject, row.record, row.version, row.k)


class SheetRecheck:
    """Tells whether records still stand as they did when they were judged."""

    def __init__(
        self, records: RecordStore, ids: CustomerIds, asked: Callable[[], ReadContext]
    ) -> None:
        self._records = records
        self._ids = ids
        self.asked = asked

    def moment(self) -> Moment:
        """Take note of how the stores are, before a page is looked up."""
        return Moment(
            threading.get_ident(),
            self._records.version(),
            self._ids.version(),
            self.asked().now,
        )

    def of(self, keys: Sequence[JudgedKey], since: Moment) -> Collection[JudgedKey]:
        """Give those of some records that stand as they did at a moment."""
        if self.moment() == since:
            return keys
        living = self._ids.living({key.subject for key in keys})
        found = self._records.many(self.asked(), [key[:2] for key in keys])
        now = {key_of(row) for row in found.values()}
        return {key for key in keys if key in now and key.subject in living}


class Sheet:
    """One page of a scan, handed out piece by piece, or forgotten and read anew."""

    def __init__(
        self,
        *,
        page: Page,
        rows: Sequence[SealedRow],
        since: Moment,
        standing: SheetRecheck,
        reopen: Callable[[Sequence[JudgedKey]], Opened],
    ) -> None:
        self.page: Page | None = page
        self.withheld = page.withheld
        self.damaged = page.damaged
        self.undecided = page.undecided
        self.shown = 0
        self._rows = rows
        self._rest: list[JudgedKey] = []
        self._open: list[Disclosure] = []
        self._since = since
        self._standing = standing
        self._reopen = reopen

    def pieces(self, encode: Encode) -> Iterator[bytes]:
        """Give what still stands, encoded, in pieces of a few records.

        Each is made when it is asked for, and checked after that.
        """
        self._begin()
        while self._rest:
            if not self._open:
                self._read_anew()
            else:
                yield self._piece(encode)

    def forget(self) -> None:
        """Let go of all cleartext; what was not handed out is read anew when asked."""
        self._begin()
        self._open.clear()

    def _begin(self) -> None:
        if self.page is not None:
            self._lay_out(self._rows, self.page.items)
        self.page, self._rows = None, ()

    def _lay_out(
        self, rows: Sequence[SealedRow], disclosures: Sequence[Disclosure]
    ) -> None:
        # The last first: what is handed out is taken from the end.
        self._rest = [key_of(row) for row in reversed(rows)]
        self._open = list(reversed(disclosures))

    def _read_anew(self) -> None:
        self._since = self._standing.moment()
        found = self._reopen(self._rest[::-1])
        self.withheld += len(self._rest) - len(found.rows) - found.damaged
        self.damaged += found.damaged
        self.undecided += found.undecided
        self._lay_out(found.rows, found.disclosures)

    def _piece(self, encode: Encode) -> bytes:
        lines: list[tuple[JudgedKey, bytes]] = []
        size = 0
        while self._open and size < PIECE_BYTES and len(lines) < PIECE_RECORDS:
            line = encode(self._open.pop())
            lines.append((self._rest.pop(), line))
            size += len(line)
        standing = self._standing.of([key for key, _ in lines], self._since)
        kept = [line for key, line in lines if key in standing]
        self.shown += len(kept)
        self.withheld += len(lines) - len(kept)
        return b"".join(kept)


@dataclass(slots=True)
class Sheets:
    """All pages of one scan, each judged, on record, and opened when it is asked for.

    `judged` decides, under the scan's one revision; `opened` is the gate's own way to
    cleartext.
    """

    records: RecordStore
    standing: SheetRecheck
    log: AccessLog
    collection: str
    numbers: Sequence[int]
    span: tuple[bytes, bytes]
    ugc: bool
    judged: Callable[[Sequence[SealedRow]], Evaluation]
    opened: Callable[[Evaluation], list[Outcome]]
    _moments: deque[Moment] = field(default_factory=deque, init=False)

    def __iter__(self) -> Iterator[Sheet]:
        """Give the pages in order of subject and record.

        Raises:
            Unavailable: engine or access log cannot answer.

        """
        pages = self.records.scan(
            self._asked, self.numbers, span=self.span, ugc=self.ugc
        )
        for reading in logged(self.log, pages, self.judged, self.collection):
            found = self._opened(reading)
            page = Page(
                items=tuple(found.disclosures),
                withheld=len(reading.denied) + reading.absent,
                decision_id=reading.decision_id,
                reasons=reading.reason_codes(),
                damaged=found.damaged,
                undecided=found.undecided,
            )
            yield Sheet(
                page=page,
                rows=found.rows,
                since=self._moments.popleft(),
                standing=self.standing,
                reopen=self._reopened,
            )

    def _asked(self) -> ReadContext:
        # Before the page is looked up: what changes after that is seen as a change.
        self._moments.append(self.standing.moment())
        return self.standing.asked()

    def _reopened(self, keys: Sequence[JudgedKey]) -> Opened:
        found = self.records.many(self.standing.asked(), [key[:2] for key in keys])
        reading = self.judged([found[key[:2]] for key in keys if key[:2] in found])
        self.log.append_all(reading.events(collection=self.collection))
        reading.require_decided()
        return self._opened(reading)

    def _opened(self, reading: Evaluation) -> Opened:
        opened, rows = self.opened(reading), reading.allowed
        disclosures = [each for each in opened if isinstance(each, Disclosure)]
        if len(disclosures) == len(rows):
            return Opened(rows, disclosures, 0, reading.undecided)
        each_with_row = zip(rows, opened, strict=True)
        rows = [row for row, each in each_with_row if isinstance(each, Disclosure)]
        damaged = sum(isinstance(each, Damaged) for each in opened)
        return Opened(rows, disclosures, damaged, reading.undecided)
