"""Rectification: a person puts right what is held about them (GDPR 16, PIPL 46).

The catalogue says which fields they put right themselves (`corrected: true`). The
others the controller has to keep as they are, an invoice for one, or answers for alone:
those are refused with the article, and what to do instead. What is corrected is a new
version like any other, decided by the gate, which refuses it under a legal hold.

It stands in the person's own chain, which fields and never what they say. Whoever was
given the data before is named in the answer: they are to be told (GDPR 19).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from kit.db import WriteSession
from kit.errors import Conflict, Fault, Invalid, Reason, Refused
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import neither
from ledger.ports import required
from vault.catalog.catalog import Catalog, Collection
from vault.erasure.certificate_facts import CertificateFacts
from vault.gate.disclosure import Disclosure
from vault.gate.gate import Gate
from vault.gate.question import Question
from vault.intake.intake import Intake
from vault.intake.storing import WriteResult
from vault.organisation.staff_actions import Acts

CORRECTED: Final = "record.corrected"
SELF: Final = "customer"
KEPT: Final = Reason(
    "correction.kept",
    "GDPR 16, 17(3)(b); PIPL 46",
    "this field is not yours to change; write to whoever answers for your data, who"
    " checks it and adds your statement",
)

entry_kinds.declare(CORRECTED, entry_kinds.EntryType.SUBJECT)
# What a record says may be lost with a copy, as every write may.
neither(CORRECTED)


@dataclass(frozen=True, slots=True)
class Corrected:
    """A record's new version, and who was given earlier ones."""

    written: WriteResult
    recipients: tuple[Mapping[str, str], ...]


class Rectification:
    """Corrects records at the word of the person whom they are about."""

    def __init__(
        self,
        *,
        gate: Gate,
        intake: Intake,
        catalog: Catalog,
        acts: Acts,
        gathering: CertificateFacts,
    ) -> None:
        self._gate = gate
        self._intake = intake
        self._catalog = catalog
        self._acts = acts
        self._gathering = gathering

    def correct_own(
        self,
        question: Question,
        record: bytes,
        changes: Mapping[str, Any],
        *,
        version: int | None = None,
        by: str = SELF,
    ) -> Corrected:
        """Change some fields of a record of the customer that is asking.

        A field whose value is None is taken out; one that is not named stays. Without
        a `version` the newest is changed. `by` is who did it, if not they themselves.

        Raises:
            NotFound: they have no such record.
            Refused: a field is not theirs to correct, a hold stands, or policy says no.
            Invalid: nothing is changed, or values that the collection does not allow.
            Conflict: `version` is not the newest, or not all of the record is shown.
            Unavailable: engine or access log cannot answer.

        """
        subject = required(question.principal.subject)
        shown = self._gate.read(replace(question, action="read"), None, record)
        collection = self._catalog.collection(shown.collection)
        _require_theirs(collection, changes)
        values = _merged(shown, changes)
        facts = {"collection": collection.name, "fields": sorted(changes)}

        def told(session: WriteSession, owner: bytes, written: WriteResult) -> None:
            said = {**facts, "version": written.version}
            self._acts.note(session, owner, CORRECTED, said, by=by, record=record)

        written = self._intake.update_own(
            question, record, values, version=version or shown.version, told=told
        )
        recipients = self._gathering.without_key(subject)["recipients"]
        return Corrected(written, tuple(recipients))


def _require_theirs(collection: Collection, changes: Mapping[str, Any]) -> None:
    """Check that each field is the person's to put right.

    A contribution is its author's as a whole.
    """
    if not changes:
        raise Invalid(
            "nothing is to be corrected",
            faults=(Fault("/values", "name a field and what it is to say"),),
        )
    for name in changes:
        collection.class_of(name)
        if not (collection.fields[name].corrected or collection.ugc):
            raise Refused(
                "this is not changed at your word alone",
                reasons=(KEPT,),
            )


def _merged(shown: Disclosure, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Put changes into what is held; what is not shown in clear would be lost."""
    if shown.masks or shown.omitted or shown.undeclared:
        raise Conflict(
            "the record holds more than can be written back",
            code="record.not_whole",
            fix="ask whoever runs the installation to correct it",
        )
    merged = {**shown.values, **changes}
    return {name: value for name, value in merged.items() if value is not None}
