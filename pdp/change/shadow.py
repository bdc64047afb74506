"""The shadow: what approved policies would decide, counted while others decide.

It is asked about what the policies in force were asked about, after them, and nothing
that it answers, or fails to answer, changes what anybody gets. Where its effect would
differ, the records are counted by question: by class, that is, and by no person.
"""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import select

from kit.canonical import canonical
from kit.db import ReadSession, WriteSession
from pdp.change._rows import DivergenceRow
from pdp.change.differential import effect
from pdp.decision.decider import Pdp
from pdp.decision.decision import Decision
from pdp.decision.question import Caller, ResourceClass, document
from pdp.review.cases import described


@dataclass(frozen=True, slots=True)
class Divergence:
    """A question on which the two differ; `question` is its canonical JSON."""

    purpose: str
    action: str
    question: str
    enforced: str
    would_be: str


class Shadow:
    """One bundle in the shadow of the one in force, for any number of threads."""

    def __init__(self, pdp: Pdp, *, base: str) -> None:
        self.revision, self.base = pdp.revision, base
        self._pdp = pdp
        # Held to count, never while the engine is asked.
        self._lock = threading.Lock()
        self._counts: Counter[Divergence] = Counter()

    def compare(
        self,
        caller: Caller,
        purpose: str,
        action: str,
        enforced: Mapping[ResourceClass, Decision],
    ) -> dict[ResourceClass, Divergence]:
        """Tell where this bundle would decide otherwise."""
        classes = list(enforced)
        would_be = self._pdp.decide(caller, purpose, action, classes)
        return {
            klass: Divergence(
                purpose,
                action,
                canonical(document(action, purpose, caller, klass)).decode(),
                described(enforced[klass]),
                described(decision),
            )
            for klass, decision in zip(classes, would_be, strict=True)
            if effect(decision) != effect(enforced[klass])
        }

    def count(self, divergence: Divergence, records: int) -> None:
        """Count records that a reading came across."""
        with self._lock:
            self._counts[divergence] += records

    @property
    def counted(self) -> bool:
        """Whether anything waits to be written."""
        return bool(self._counts)

    def write(self, session: WriteSession) -> None:
        """Add what was counted to the table."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        for each, records in counts.items():
            self._add(session, each, records)
        session.flush()

    def close(self) -> None:
        """Close the engine."""
        self._pdp.close()

    def _add(self, session: WriteSession, each: Divergence, records: int) -> None:
        key = (self.revision, self.base, each.purpose, each.action, each.question)
        row = session.get(DivergenceRow, key)
        if row is None:
            row = DivergenceRow(
                digest=self.revision,
                base=self.base,
                purpose=each.purpose,
                action=each.action,
                klass=each.question,
                enforced=each.enforced,
                would_be=each.would_be,
                records=0,
            )
            session.add(row)
        row.records += records


def divergences(
    session: ReadSession | WriteSession, digest: str, base: str
) -> Sequence[tuple[Divergence, int]]:
    """List what a bundle in the shadow of another would have decided otherwise.

    Each with the number of records that were read while it was, the most first.
    """
    mine = select(DivergenceRow).where(
        DivergenceRow.digest == digest, DivergenceRow.base == base
    )
    rows = sorted(session.exec(mine), key=lambda row: -row.records)
    return [
        (
            Divergence(row.purpose, row.action, row.klass, row.enforced, row.would_be),
            row.records,
        )
        for row in rows
    ]
