"""From permit to disclosure: open what was allowed, mask it, say whose it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from consent.facts import UGC_WORDS
from vault._internal.permit import Permit
from vault._internal.register import Register
from vault._internal.store import Located
from vault._internal.strongroom import Strongroom
from vault.access_log import AccessLog
from vault.disclosure import Disclosure
from vault.plans import Plan
from vault.reading import Reading
from vault.verdicts import Verdict

_AUTHORIZATIONS = tuple(word.value for word in UGC_WORDS)
_ERASED = Verdict(None, (), visible=True)


class Discloser:
    """Opens what a reading was allowed to open."""

    def __init__(
        self, *, strongroom: Strongroom, register: Register, log: AccessLog
    ) -> None:
        self._strongroom = strongroom
        self._register = register
        self._log = log

    def disclose(self, permit: Permit, reading: Reading) -> list[Disclosure | None]:
        """Give the disclosure of each allowed record of a reading, in its order.

        None stands for what was erased between decision and opening.
        """
        allowed, plans = reading.allowed, reading.plans
        opened = self._strongroom.open(permit, allowed, plans)
        owners = self._register.customer_ids_of({row[0] for row in allowed})
        disclosures = [
            None
            if values is None or row[0] not in owners
            else _disclosure(
                reading.decision_id, owners[row[0]], row, plans[row[4]], values
            )
            for row, values in zip(allowed, opened, strict=True)
        ]
        if None in disclosures:
            self._tell(reading, disclosures)
        self._tell_undeclared(reading, disclosures)
        return disclosures

    def values(
        self, permit: Permit, reading: Reading
    ) -> list[Mapping[str, Any] | None]:
        """Give what may be shown of each allowed record, without whose it is.

        None stands for what was erased between decision and opening.
        """
        plans = reading.plans
        opened = self._strongroom.open(permit, reading.allowed, plans)
        shown = [
            None if values is None else plans[row[4]].apply(values).values
            for row, values in zip(reading.allowed, opened, strict=True)
        ]
        if None in shown:
            self._tell(reading, shown)
        return shown

    def _tell(self, reading: Reading, shown: Sequence[object]) -> None:
        """Log what came of the intents whose keys were destroyed meanwhile."""
        pairs = zip(reading.allowed, shown, strict=True)
        gone = [(row, _ERASED) for row, each in pairs if each is None]
        lost = replace(reading, allowed=[], denied=gone, absent=0)
        for event in lost.events():
            self._log.append(replace(event, outcome="erased"))

    def _tell_undeclared(
        self, reading: Reading, disclosures: Sequence[Disclosure | None]
    ) -> None:
        """Log by name what leaves beside the fields that the intent could name.

        Only who opens a record learns of a field that the catalogue does not declare.
        """
        found = [
            (row, each.undeclared)
            for row, each in zip(reading.allowed, disclosures, strict=True)
            if each is not None and each.undeclared
        ]
        if found:
            names = ",".join(sorted({name for _, held in found for name in held}))
            also = replace(reading, allowed=[row for row, _ in found], denied=[])
            (event,) = replace(also, absent=0).events()
            self._log.append(replace(event, fields=names))


def _disclosure(
    decision_id: bytes, owner: str, row: Located, plan: Plan, values: dict[str, Any]
) -> Disclosure:
    _, record, version, schema, _, _, status = row
    shown, masks, omitted, undeclared = plan.apply(values)
    return Disclosure(
        owner,
        record,
        version,
        plan.collection,
        shown,
        masks,
        omitted,
        decision_id,
        _AUTHORIZATIONS[status],
        undeclared,
        schema,
    )
