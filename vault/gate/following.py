"""Following a collection: what changed since a position, judged as it is now.

The feed says which records to look at, and nothing about what may be shown: each is
decided anew, in one snapshot with the feed. What may be shown is shown whole, and what
may not be shown any more is gone. To be told that, the caller has to have been able to
see it: so the facts as they stood since the position are put to the policies as well,
and where none of them would have shown the record, nothing is said of it. A record that
is withheld and one that never was are the same to a follower.

That a consent, a licence or a retention ended of itself stands in no row: what lapsed
is looked for beside the feed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from kit.errors import Refused, Resync
from kit.framing import framed
from pdp.decision.question import Kind
from vault._internal.classes import Classes
from vault._internal.ports.changes import ChangeSnapshot, ChangeStore
from vault._internal.ports.records import ReadContext, SealedRow
from vault.audit.access_log import AccessLog
from vault.catalog.catalog import Catalog
from vault.catalog.document import digest
from vault.gate.disclosure import Disclosure, Outcome
from vault.gate.evaluation import Evaluation
from vault.gate.feed_look import FeedLook, Which, ended, look_at
from vault.gate.held_before import Before, best
from vault.gate.positions import FeedPlace, FeedPositions, Handles
from vault.gate.question import Question

MAX_CHANGES: Final = 100


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one record, or of a person, for one consumer.

    `disclosure` is what may be shown of the record now; without one it is gone. Without
    a `record` the person was erased, and all that is held about them is to go. Both
    names are the consumer's own; `minute` counts from the epoch.
    """

    person: str
    record: str | None
    minute: int
    disclosure: Disclosure | None = None

    @property
    def what(self) -> str:
        """What became of it, in a word."""
        if self.record is None:
            return "erased"
        return "gone" if self.disclosure is None else "shown"


@dataclass(frozen=True, slots=True)
class Changes:
    """Some changes of one decision, and the position behind them."""

    items: tuple[Change, ...]
    position: str
    more: bool
    decision_id: bytes


@dataclass(frozen=True, kw_only=True)
class Follows:
    """Follows collections; the gate begins each question, and opens what was judged."""

    store: ChangeStore
    positions: FeedPositions
    catalog: Catalog
    classes: Classes
    log: AccessLog
    begin: Callable[[Question], tuple[ReadContext, Evaluation]]
    numbers: Callable[[str], list[int]]
    opened: Callable[[Evaluation], list[Outcome]]

    def changes(
        self,
        question: Question,
        collection: str,
        position: str | None,
        *,
        whole: bool,
        limit: int,
    ) -> Changes:
        """Give one page; see `Gate.follow`."""
        if question.principal.kind is not Kind.SERVICE:
            raise Refused("only services follow what changes")
        asked, reading = self.begin(question)
        numbers = self.numbers(collection)
        self._require_some(asked, reading, collection, numbers)
        bound = self._bound(reading, collection)
        with self.store.snapshot() as now:
            start = _start(now, asked, whole=position is not None or whole)
            if position is None:
                self.log.append_all(reading.events(collection=collection))
                at = self.positions.seal(question, bound, start)
                return Changes((), at, whole, reading.decision_id)
            try:
                place = self.positions.open(question, bound, position)
                look = look_at(now, asked, numbers, place, limit)
            except Resync:
                raise Resync(self.positions.seal(question, bound, start)) from None
        before = Before(
            look,
            purpose=question.purpose,
            since=place.lapse.until,
            reach=asked.reach,
            numbers=numbers,
        )
        told = tuple(self._told(look, reading, before, collection))
        at = self.positions.seal(question, bound, look.place)
        return Changes(told, at, look.more, reading.decision_id)

    def _told(
        self, look: FeedLook, reading: Evaluation, before: Before, collection: str
    ) -> Iterator[Change]:
        reading.judge(look.rows.values())
        allowed = {(row.subject, row.record) for row in reading.allowed}
        ugc = self.catalog.collection(collection).ugc
        gone = {
            each
            for each in look.minutes
            if each not in allowed and reading.would_show(before.ks(each, ugc=ugc))
        }
        reading.absent += len(gone - look.rows.keys())
        if look.rows or gone:
            self.log.append_all(reading.events(collection=collection))
        reading.require_decided()
        handles = self.positions.handles(reading.question.principal)
        opened = dict(
            zip(map(_which, reading.allowed), self._open(reading), strict=True)
        )
        for which, minute in look.minutes.items():
            if which in gone or which in opened:
                yield _change(handles, which, minute, opened.get(which))
        for subject, minute in look.erased.items():
            yield Change(handles.person(subject), None, minute)

    def _open(self, reading: Evaluation) -> list[Outcome]:
        return self.opened(reading) if reading.allowed else []

    def _require_some(
        self,
        asked: ReadContext,
        reading: Evaluation,
        collection: str,
        numbers: Sequence[int],
    ) -> None:
        """Check that the caller may be shown a record of somebody who said yes.

        Who may not learns nothing from the feed: not that anything changes.

        Raises:
            Refused: the policy says no whoever it would be about.

        """
        ugc = self.catalog.collection(collection).ugc
        ks = best(self.classes.people(), numbers, asked.reach, ugc=ugc)
        if not ks or reading.would_show(ks):
            return
        verdicts = [
            reading.verdicts.known[k] for k in ks if k in reading.verdicts.known
        ]
        self.log.append(reading.refused(collection))
        reasons = next((each.reasons for each in verdicts if each.reasons), ())
        raise Refused(
            "the policy refuses to have this collection followed for this purpose",
            reasons=reasons,
            decision_id=reading.decision_id.hex(),
        )

    def _bound(self, reading: Evaluation, collection: str) -> bytes:
        return framed(collection, reading.verdicts.revision, self._catalogue)

    @cached_property
    def _catalogue(self) -> str:
        return digest(self.catalog)


def _start(now: ChangeSnapshot, asked: ReadContext, *, whole: bool) -> FeedPlace:
    head = now.head()
    return FeedPlace(head.number, head.mark, ended(asked.now), filling=whole)


def _which(row: SealedRow) -> Which:
    return row.subject, row.record


def _change(handles: Handles, which: Which, minute: int, outcome: Outcome) -> Change:
    # What does not open as it was sealed is shown to nobody: to a follower it is gone.
    shown = outcome if isinstance(outcome, Disclosure) else None
    return Change(handles.person(which[0]), handles.record(*which), minute, shown)
