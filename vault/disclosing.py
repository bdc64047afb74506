"""From permit to disclosure: open what was allowed, mask it, say whose it is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from consent.facts import UGC_WORDS
from kit.errors import IntegrityFault
from vault._internal.classes import Classes
from vault._internal.permit import Permit
from vault._internal.register import Register
from vault._internal.strongroom import Strongroom, Wanted
from vault.access_log import AccessLog
from vault.disclosure import Disclosure
from vault.plans import Plan
from vault.reading import Judged, Reading
from vault.verdicts import Verdict


class Discloser:
    """Opens what a reading was allowed to open."""

    def __init__(
        self,
        *,
        strongroom: Strongroom,
        register: Register,
        classes: Classes,
        log: AccessLog,
    ) -> None:
        self._strongroom = strongroom
        self._register = register
        self._classes = classes
        self._log = log

    def disclose(
        self, permit: Permit, reading: Reading
    ) -> dict[tuple[bytes, bytes], Disclosure]:
        """Give a reading's disclosures by subject and record, in its order.

        What was erased between decision and opening is not among them.
        """
        wanted = [
            Wanted(
                row, self._classes.record_of(row[4]).collection, _plan(verdict).parts
            )
            for row, verdict in reading.allowed
        ]
        opened = self._strongroom.open(permit, wanted)
        owners = self._register.customer_ids_of({each.row[0] for each in wanted})
        disclosures, gone = {}, []
        for judged, each, values in zip(reading.allowed, wanted, opened, strict=True):
            subject, record = each.row[:2]
            owner = owners.get(subject)
            if values is None or owner is None:
                gone.append(judged)
            else:
                disclosures[subject, record] = _disclosure(
                    reading, judged, each.collection, owner, values
                )
        if gone:
            self._tell(reading, gone)
        return disclosures

    def _tell(self, reading: Reading, gone: list[Judged]) -> None:
        """Log what came of the intents whose keys were destroyed meanwhile."""
        lost = replace(reading, allowed=[], denied=gone, absent=0)
        for event in lost.events():
            self._log.append(replace(event, outcome="erased"))


def _plan(verdict: Verdict) -> Plan:
    if verdict.plan is None:
        raise IntegrityFault("a record without a plan was about to be opened")
    return verdict.plan


def _disclosure(
    reading: Reading,
    judged: Judged,
    collection: str,
    owner: str,
    values: Mapping[str, Any],
) -> Disclosure:
    row, verdict = judged
    shown, masks, omitted = _plan(verdict).apply(values)
    return Disclosure(
        customer_id=owner,
        record=row[1],
        version=row[2],
        collection=collection,
        values=shown,
        masks=masks,
        omitted=omitted,
        decision_id=reading.decision_id,
        authorization=UGC_WORDS[row[6]].value,
    )
