"""From permit to disclosure: open what was allowed, mask it, say whose it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from consent.facts import UGC_WORDS
from kit import telemetry
from kit.errors import Damaged, IntegrityFault, Reason
from vault._internal.customer_registry import Register
from vault._internal.permit import Permit
from vault._internal.records_store import Located
from vault._internal.strongroom import Strongroom
from vault.audit.access_log import AccessLog
from vault.gate.disclosure import Disclosure
from vault.gate.evaluation import Reading
from vault.gate.masking_plan import Plan
from vault.gate.verdict_plans import Verdict

_AUTHORIZATIONS = tuple(word.value for word in UGC_WORDS)
_ERASED = Verdict(None, (), visible=True)
_DAMAGED = Verdict(None, (Reason(Damaged.code),), visible=True)

Outcome: TypeAlias = Disclosure | Damaged | None


class Discloser:
    """Opens what a reading was allowed to open."""

    def __init__(
        self, *, strongroom: Strongroom, register: Register, log: AccessLog
    ) -> None:
        self._strongroom = strongroom
        self._register = register
        self._log = log

    def disclose(self, permit: Permit, reading: Reading) -> list[Outcome]:
        """Give the disclosure of each allowed record of a reading, in its order.

        None stands for what was erased between decision and opening, a fault for what
        does not open as it was sealed: it takes nothing else with it, is logged, and
        raises an alarm.
        """
        allowed, plans = reading.allowed, reading.plans
        opened = self._strongroom.open(permit, allowed, plans)
        owners, nameless = self._owners({row[0] for row in allowed})
        outcomes: list[Outcome] = [
            _disclosure(reading.decision_id, owners[row[0]], row, plans[row[4]], values)
            if isinstance(values, dict) and row[0] in owners
            else _lack(values, nameless=row[0] in nameless)
            for row, values in zip(allowed, opened, strict=True)
        ]
        if {*map(type, outcomes)} != {Disclosure}:
            self._tell(reading, outcomes)
        if any(plan.whole for plan in plans.values()):
            self._tell_undeclared(reading, outcomes)
        return outcomes

    def values(
        self, permit: Permit, reading: Reading
    ) -> list[Mapping[str, Any] | Damaged | None]:
        """Give what may be shown of each allowed record, without whose it is.

        None and a fault stand for what `disclose` gives them for.
        """
        plans = reading.plans
        opened = self._strongroom.open(permit, reading.allowed, plans)
        shown: list[Mapping[str, Any] | Damaged | None] = [
            plans[row[4]].apply(values)[0]
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
            names |= self._register.customer_ids_of(subjects)
        except IntegrityFault:
            if len(subjects) == 1:
                return names, subjects
            for subject in subjects:
                found, lost = self._owners({subject})
                names, nameless = names | found, nameless | lost
        return names, nameless

    def _tell(self, reading: Reading, outcomes: Sequence[object]) -> None:
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
        self, reading: Reading, rows: list[Located], why: Verdict, outcome: str
    ) -> None:
        lost = replace(
            reading, allowed=[], denied=[(row, why) for row in rows], absent=0
        )
        for event in lost.events():
            self._log.append(replace(event, outcome=outcome))

    def _tell_undeclared(self, reading: Reading, outcomes: Sequence[Outcome]) -> None:
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
    decision_id: bytes, owner: str, row: Located, plan: Plan, values: dict[str, Any]
) -> Disclosure:
    shown, masks, omitted, undeclared = plan.apply(values)
    return Disclosure(
        owner,
        row[1],
        row[2],
        plan.collection,
        shown,
        masks,
        omitted,
        decision_id,
        _AUTHORIZATIONS[row[6]],
        undeclared,
        row[3],
    )
