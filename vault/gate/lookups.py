"""What a caller asks with a value in hand: whose it is, and whether it is theirs.

To ask with a value is to learn it. So a look-up goes by a field that is clear for the
caller. By one that is masked it goes only where the policies let the purpose `verify`:
it says then what a yes would say, and counts as one. Under such a purpose a look-up
that finds nobody in clear counts too, or trying values would be free.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kit.errors import NotFound, Reason, TooMany
from pdp.decision.question import Action
from vault._internal.blind_index import BlindIndex, Found
from vault._internal.ports.records import ReadContext, RecordStore, SealedRow
from vault.audit.access_log import AccessLog
from vault.catalog.catalog import Catalog
from vault.gate.allowance import Allowance, too_many
from vault.gate.evaluation import Evaluation
from vault.gate.policies import Policies
from vault.gate.question import Naming, Question
from vault.gate.verifying import (
    LIMIT,
    UNDECIDED,
    Claim,
    ComparedClaim,
    Opened,
    VerifiedValue,
)

MAX_FOUND: Final = 50
MAX_LOOKED_AT: Final = 100
TOO_MANY: Final = Reason(
    "find.too_many", "GDPR 5(1)(c); PIPL 6(2)", "look up by something else"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookups:
    """Finds and verifies; the gate begins each question, and opens what was judged."""

    records: RecordStore
    index: BlindIndex
    catalog: Catalog
    naming: Naming
    policies: Policies
    allowance: Allowance
    log: AccessLog
    begin: Callable[[Question], tuple[ReadContext, Evaluation]]
    numbers: Callable[[str], list[int]]
    values: Callable[[Evaluation], Sequence[Opened]]

    def find(
        self, question: Question, collection: str, field: str, value: str
    ) -> tuple[Evaluation, int]:
        """Judge the records in which an identifier stands; see `Gate.find`.

        Gives them with the number of those that are left out for being too many.
        """
        question = replace(question, action=Action.SEARCH)
        asked, reading = self.begin(question)
        wanted = self.catalog.collection(collection).identifier(field, value)
        found = self.index.find(wanted)
        reading.judge(self._located(asked, found))
        verified: Sequence[SealedRow] = ()
        masked = reading.masked_by(field)
        covered = self.policies.covers(question.purpose, Action.VERIFY)
        if covered and (masked or not reading.allowed):
            verified = self._verified(reading, field, masked)
        reading.withhold_unless_clear(field, but=verified)
        beyond = reading.keep_first(MAX_FOUND, TOO_MANY)
        self._log_now(reading, collection)
        if reading.refusal is not None:
            raise reading.refusal
        if not reading.allowed:
            raise NotFound
        return reading, beyond

    def verify(
        self, question: Question, customer: str | None, claim: Claim
    ) -> VerifiedValue:
        """Tell whether a value is the one held; see `Gate.verify`."""
        told = ComparedClaim.of(self.catalog.collection(claim.collection), claim)
        asked, reading = self.begin(_verifying(question, claim.field))
        self._require_decided(reading, claim.collection)
        subject = self.naming.subject(question.principal, customer)
        reading.judge(self._held(asked, subject, claim.collection))
        self._charge(reading, subject)
        self._log_now(reading, claim.collection, one=subject)
        reading.require_any()
        if not reading.allowed:
            raise NotFound
        return VerifiedValue(told.matches(self.values(reading)), reading.decision_id)

    def _held(
        self, asked: ReadContext, subject: bytes | None, collection: str
    ) -> list[SealedRow]:
        numbers = self.numbers(collection)
        if subject is None:
            return []
        return self.records.page(
            asked, subject, numbers, after=b"", limit=MAX_LOOKED_AT
        )

    def _located(self, asked: ReadContext, found: Sequence[Found]) -> list[SealedRow]:
        wanted = [(each.subject, each.record) for each in found]
        rows = self.records.many(asked, wanted) if wanted else {}
        return [rows[each] for each in wanted if each in rows]

    def _log_now(
        self, reading: Evaluation, collection: str, *, one: bytes | None = None
    ) -> None:
        for event in reading.events(collection=collection, one=one):
            self.log.append(event)

    def _require_decided(self, reading: Evaluation, collection: str) -> None:
        if not self.policies.decides(Action.VERIFY):
            reading.refuse(UNDECIDED)
            self.log.append(reading.refused(collection))
            reading.require_decided()

    def _verified(
        self, reading: Evaluation, field: str, masked: Sequence[SealedRow]
    ) -> list[SealedRow]:
        """Give the records of a look-up of which the field may be verified now."""
        _, second = self.begin(_verifying(reading.question, field))
        second.judge(masked)
        try:
            waits = self._counted(second, [row.subject for row in second.allowed])
        except TooMany as error:
            # What was found in clear was no question of `verify`, and is no less found.
            if len(masked) == len(reading.allowed):
                reading.refuse(LIMIT, error)
            return []
        return [row for row in second.allowed if not waits[row.subject]]

    def _charge(self, reading: Evaluation, subject: bytes | None) -> None:
        """Count a question, unless the policy refuses it; over the limit, refuse it."""
        if reading.denied and not reading.allowed:
            return
        about = [subject] if subject and reading.allowed else []
        try:
            wait = max(self._counted(reading, about).values(), default=0)
        except TooMany as error:
            reading.refuse(LIMIT, error)
        else:
            if wait:
                reading.refuse(LIMIT, too_many(wait))

    def _counted(self, reading: Evaluation, about: Sequence[bytes]) -> dict[bytes, int]:
        return self.allowance.charge(reading.question.principal, about)


def _verifying(question: Question, field: str) -> Question:
    return replace(question, action=Action.VERIFY, fields=frozenset({field}))
