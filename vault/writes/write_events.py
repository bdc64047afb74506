"""What the access log is told of a write: the intent, the refusal, what came of it.

An event names whose and which fields; never values, and no record: the number of one
that was written would outlive its erasure here. It speaks of at most 1,000 items.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, TypeVar

from vault._internal.classes import RecordClass
from vault._internal.ticket import WriteTicket
from vault.audit.access import Access
from vault.gate.question import Question
from vault.writes.write_verdicts import WriteVerdict

MAX_LOGGED: Final = 1_000

Each = TypeVar("Each")
Outcome: TypeAlias = Literal["written", "failed", "unavailable"]


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be written: about whom, of which class, in place of which record."""

    subject: bytes | None
    known: RecordClass
    fields: frozenset[str] = frozenset()
    contributed: bool = False
    record: bytes | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """One decision about a write: which question, under which revision."""

    question: Question
    revision: str
    decision_id: bytes

    def events(
        self, targets: Sequence[Target], verdicts: Sequence[WriteVerdict], outcome: str
    ) -> Iterator[Access]:
        """Say what is about to happen (`outcome`), what is refused, what is absent."""
        pairs = list(zip(targets, verdicts, strict=True))
        allowed = [target for target, verdict in pairs if verdict.allowed]
        refused = [pair for pair in pairs if pair[1].visible and pair[1].reasons]
        absent = sum(not verdict.visible for _, verdict in pairs)
        for part in _parts(allowed):
            yield self._event(outcome, part)
        for some in _parts(refused):
            codes = {r.code: None for _, verdict in some for r in verdict.reasons}
            yield self._event("refused", [t for t, _ in some], ",".join(codes))
        if absent:
            yield self._event("not_found", targets[:1] if len(pairs) == 1 else ())

    def _event(
        self, outcome: str, targets: Sequence[Target], reasons: str = ""
    ) -> Access:
        denied = outcome in {"refused", "not_found"}
        names = {name for target in targets for name in target.fields}
        return _access(
            self.question,
            decision=self.decision_id,
            revision=self.revision,
            outcome=outcome,
            reasons=reasons,
            collection=collections_of(targets),
            fields="" if denied else ",".join(sorted(names)),
            subjects=[each.subject for each in targets if each.subject],
        )


def came_of(
    ticket: WriteTicket, outcome: Outcome, subjects: Sequence[bytes]
) -> Iterator[Access]:
    """Say what came of the intent that a ticket was given for, and for whom."""
    for part in [*_parts(subjects)] or [()]:
        yield _access(
            ticket.question,
            decision=ticket.decision_id,
            revision=ticket.revision,
            outcome=outcome,
            collection=ticket.collection,
            subjects=part,
        )


def _parts(whole: Sequence[Each]) -> Iterator[Sequence[Each]]:
    for at in range(0, len(whole), MAX_LOGGED):
        yield whole[at : at + MAX_LOGGED]


def collections_of(targets: Sequence[Target]) -> str:
    """Name the collections of what is to be written."""
    return ",".join(sorted({each.known.collection for each in targets}))


def _access(
    question: Question,
    *,
    decision: bytes,
    revision: str,
    outcome: str,
    collection: str,
    subjects: Sequence[bytes],
    reasons: str = "",
    fields: str = "",
) -> Access:
    principal, whose = question.principal, list(dict.fromkeys(subjects))
    one = whose[0] if len(whose) == 1 else None
    return Access(
        principal_kind=principal.kind.value,
        principal=principal.name,
        purpose=question.purpose,
        action=question.action,
        revision=revision,
        decision=decision,
        outcome=outcome,
        reasons=reasons,
        collection=collection,
        subject=one,
        subjects=b"" if one else b"".join(whose),
        fields=fields,
        withheld=1 if outcome in {"refused", "not_found"} else 0,
        request=question.request,
    )
