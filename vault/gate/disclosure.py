"""From permit to disclosure: open what was allowed, mask it, say whose it is.

A disclosure is cleartext that went through the gate, with what was done to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

from consent.facts import UGC_WORDS
from kit import telemetry
from kit.errors import AllodError, Damaged, IntegrityFault, NotFound, Reason
from vault._internal.customer_lookup import CustomerIds
from vault._internal.permit import Permit
from vault._internal.ports.records import SealedRow
from vault._internal.strongroom import Strongroom
from vault.audit.access_log import AccessLog
from vault.gate.evaluation import Evaluation
from vault.gate.masking import Plan
from vault.gate.verdict_plans import Verdict

_AUTHORIZATIONS = tuple(word.value for word in UGC_WORDS)
_ERASED = Verdict(None, (), visible=True)
_DAMAGED = Verdict(None, (Reason(Damaged.code),), visible=True)


class Disclosure(NamedTuple):
    """One record as this caller may see it for this purpose.

    `masks` names the mask of each field that is not clear; `omitted` the fields that
    are left out: by decision, because their type cannot be masked, or because the
    catalogue no longer declares them. To the person whom the record is about such a
    field is given, in `undeclared`, for it is still held.
    `schema` is the version of the declaration that the record was written by.
    """

    customer_id: str
    record: bytes
    version: int
    collection: str
    values: Mapping[str, Any]
    masks: Mapping[str, str]
    omitted: tuple[str, ...]
    decision_id: bytes
    authorization: str = "none"
    undeclared: Mapping[str, Any] = {}
    schema: str = ""


Answer = Disclosure | AllodError
Outcome: TypeAlias = Disclosure | Damaged | None


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers to a batch, in its order; one not disclosed is its error."""

    answers: tuple[Answer, ...]
    decision_id: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Some disclosures of one decision, and how many records were withheld.

    `damaged` counts those that were allowed and did not open as they were sealed;
    `undecided` those among the withheld whose words the policies do not know.
    """

    items: tuple[Disclosure, ...]
    withheld: int
    decision_id: bytes
    following: bytes | None = None
    reasons: tuple[str, ...] = field(default=())
    damaged: int = 0
    undecided: int = 0


class RecordOpener:
    """Opens what a reading was allowed to open."""

    def __init__(
        self, *, strongroom: Strongroom, ids: CustomerIds, log: AccessLog
    ) -> None:
        self._strongroom = strongroom
        self._ids = ids
        self._log = log

    def disclose(
        self, permit: Permit, reading: Evaluation, *, bulk: bool = False
    ) -> list[Outcome]:
        """Give the disclosure of each allowed record of a reading, in its order.

        None stands for what was erased between decision and opening, a fault for what
        does not open as it was sealed: it takes nothing else with it, is logged, and
        raises an alarm.
        """
        allowed, plans = reading.allowed, reading.plans
        opened = self._strongroom.open(permit, allowed, plans, bulk=bulk)
        owners, nameless = self._owners({row.subject for row in allowed})
        outcomes: list[Outcome] = [
            _disclosure(
                reading.decision_id, owners[row.subject], row, plans[row.k], values
            )
            if isinstance(values, dict) and row.subject in owners
            else _lack(values, nameless=row.subject in nameless)
            for row, values in zip(allowed, opened, strict=True)
        ]
        if {*map(type, outcomes)} != {Disclosure}:
            self._tell(reading, outcomes)
        if any(plan.whole for plan in plans.values()):
            self._tell_undeclared(reading, outcomes)
        return outcomes

    def values(
        self, permit: Permit, reading: Evaluation, *, bulk: bool = False
    ) -> list[Mapping[str, Any] | Damaged | None]:
        """Give what may be shown of each allowed record, without whose it is.

        None and a fault stand for what `disclose` gives them for.
        """
        plans = reading.plans
        opened = self._strongroom.open(permit, reading.allowed, plans, bulk=bulk)
        shown: list[Mapping[str, Any] | Damaged | None] = [
            plans[row.k].apply(values)[0]
            if isinstance(values, dict)
            else _lack(values, nameless=False)
            for row, values in zip(reading.allowed, opened, strict=True)
        ]
        self._tell(reading, shown)
        return shown

    def _owners(self, subjects: set[bytes]) -> tuple[dict[bytes, str], set[bytes]]:
        """Name the owners of a page, and those whose names do not open, apart."""
        names: dict[bytes, str] = {}
        nameless: set[bytes] = set()
        try:
            names |= self._ids.customer_ids_of(subjects)
        except IntegrityFault:
            if len(subjects) == 1:
                return names, subjects
            for subject in subjects:
                found, lost = self._owners({subject})
                names, nameless = names | found, nameless | lost
        return names, nameless

    def _tell(self, reading: Evaluation, outcomes: Sequence[object]) -> None:
        """Log what came of the intents of which nothing was disclosed."""
        rows = reading.allowed
        if None in outcomes:
            gone = [
                row for row, each in zip(rows, outcomes, strict=True) if each is None
            ]
            self._log_lost(reading, gone, _ERASED, "erased")
        damaged = [
            row
            for row, each in zip(rows, outcomes, strict=True)
            if isinstance(each, Damaged)
        ]
        if damaged:
            self._log_lost(reading, damaged, _DAMAGED, "damaged")
            telemetry.alarm(
                "records are not as they were sealed",
                code=Damaged.code,
                count=len(damaged),
            )

    def _log_lost(
        self, reading: Evaluation, rows: list[SealedRow], why: Verdict, outcome: str
    ) -> None:
        lost = replace(
            reading, allowed=[], denied=[(row, why) for row in rows], absent=0
        )
        for event in lost.events():
            self._log.append(replace(event, outcome=outcome))

    def _tell_undeclared(
        self, reading: Evaluation, outcomes: Sequence[Outcome]
    ) -> None:
        """Log by name what leaves beside the fields that the intent could name.

        Only who opens a record learns of a field that the catalogue does not declare.
        """
        found = [
            (row, each.undeclared)
            for row, each in zip(reading.allowed, outcomes, strict=True)
            if isinstance(each, Disclosure) and each.undeclared
        ]
        if found:
            names = ",".join(sorted({name for _, held in found for name in held}))
            also = replace(reading, allowed=[row for row, _ in found], denied=[])
            (event,) = replace(also, absent=0).events()
            self._log.append(replace(event, fields=names))


def _lack(opened: object, *, nameless: bool) -> Damaged | None:
    if isinstance(opened, Damaged):
        return opened
    return Damaged() if nameless and opened is not None else None


def _disclosure(
    decision_id: bytes, owner: str, row: SealedRow, plan: Plan, values: dict[str, Any]
) -> Disclosure:
    shown, masks, omitted, undeclared = plan.apply(values)
    return Disclosure(
        owner,
        row.record,
        row.version,
        plan.collection,
        shown,
        masks,
        omitted,
        decision_id,
        _AUTHORIZATIONS[row.status],
        undeclared,
        row.schema,
    )


def only_of(outcomes: Sequence[Outcome]) -> Disclosure:
    """Give the one disclosure that was asked for.

    Raises:
        NotFound: it was erased between decision and opening.
        Damaged: it does not open as it was sealed.

    """
    (outcome,) = outcomes
    if outcome is None:
        raise NotFound
    if isinstance(outcome, Damaged):
        raise outcome
    return outcome


def answers_of(
    reading: Evaluation, outcomes: Sequence[Outcome]
) -> dict[tuple[bytes, bytes], Answer]:
    """Give what each record of a reading is answered with; what was erased is not."""
    answers: dict[tuple[bytes, bytes], Answer] = {
        (row.subject, row.record): reading.error_for(verdict)
        for row, verdict in reading.denied
    }
    return answers | {
        (row.subject, row.record): outcome
        for row, outcome in zip(reading.allowed, outcomes, strict=True)
        if outcome is not None
    }


def page_of(
    reading: Evaluation, outcomes: Sequence[Outcome], following: bytes | None
) -> Page:
    """Put what came of a reading into a page."""
    items = tuple([each for each in outcomes if isinstance(each, Disclosure)])
    return Page(
        items=items,
        withheld=len(reading.denied) + reading.absent,
        decision_id=reading.decision_id,
        following=following,
        reasons=reading.reason_codes(),
        damaged=len(outcomes) - len(items) - outcomes.count(None),
        undecided=reading.undecided,
    )
