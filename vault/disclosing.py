"""From permit to disclosure: open what was allowed, mask it, say whose it is."""

from dataclasses import replace
from typing import Any

from consent.facts import UGC_WORDS
from kit.errors import IntegrityFault
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
        wanted = [(row, _plan(verdict).section) for row, verdict in reading.allowed]
        opened = self._strongroom.open(permit, wanted)
        owners = self._register.customer_ids_of({row[0] for row, _ in wanted})
        disclosures = [
            None
            if values is None or (owner := owners.get(row[0])) is None
            else _disclosure(reading.decision_id, owner, row, _plan(verdict), values)
            for (row, verdict), values in zip(reading.allowed, opened, strict=True)
        ]
        if None in disclosures:
            self._tell(reading, disclosures)
        return disclosures

    def _tell(self, reading: Reading, disclosures: list[Disclosure | None]) -> None:
        """Log what came of the intents whose keys were destroyed meanwhile."""
        pairs = zip(reading.allowed, disclosures, strict=True)
        gone = [judged for judged, disclosure in pairs if disclosure is None]
        lost = replace(reading, allowed=[], denied=gone, absent=0)
        for event in lost.events():
            self._log.append(replace(event, outcome="erased"))


def _disclosure(
    decision_id: bytes, owner: str, row: Located, plan: Plan, values: dict[str, Any]
) -> Disclosure:
    _, record, version, _, _, _, status = row
    shown, masks, omitted = plan.apply(values)
    return Disclosure(
        owner,
        record,
        version,
        plan.section.collection,
        shown,
        masks,
        omitted,
        decision_id,
        _AUTHORIZATIONS[status],
    )


def _plan(verdict: Verdict) -> Plan:
    if verdict.plan is None:
        raise IntegrityFault("a record without a plan was about to be opened")
    return verdict.plan
