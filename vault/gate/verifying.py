"""Whether a value is the one held: what may be asked, and how it is compared.

A help desk asks a caller for what it cannot see itself. So the field is one that the
decision masks: what is clear is read, and what is dropped is not asked about either. A
field of a few values is refused, for a few questions would be an answer. Both sides are
brought to one spelling, as at intake, and compared as hashes, in constant time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as data_field
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final, TypeAlias

from kit.errors import Damaged, Invalid, NotFound, Reason
from vault._internal.identifiers import Identifier, IdentifierKind, spelled
from vault.catalog.catalog import Collection
from vault.catalog.fields import FieldType
from vault.gate.masking import CLEAR

MINIMAL: Final = "GDPR 5(1)(c); PIPL 6(2)"
UNDECIDED: Final = Reason(
    "verify.undecided",
    "GDPR 25(2); PIPL 51",
    "the policies in force do not decide `verify`; have a bundle activated that does",
)
IN_CLEAR: Final = Reason("verify.clear", MINIMAL, "the field is clear for you: read it")
DROPPED: Final = Reason(
    "verify.dropped", MINIMAL, "nothing of this field is open to your role"
)
LIMIT: Final = Reason("limit.verify", MINIMAL, "wait as long as Retry-After says")

# One line of text with many values; what else there is has few, or no one spelling.
_KINDS: Final[Mapping[FieldType, IdentifierKind]] = {
    FieldType.EMAIL: IdentifierKind.EMAIL,
    FieldType.PHONE: IdentifierKind.PHONE,
    FieldType.STRING: IdentifierKind.EXTERNAL,
    FieldType.DATE: IdentifierKind.EXTERNAL,
    FieldType.DATETIME: IdentifierKind.EXTERNAL,
    FieldType.URL: IdentifierKind.EXTERNAL,
}


Opened: TypeAlias = Mapping[str, Any] | Damaged | None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a caller says that a field of a customer holds; its repr leaves it out."""

    collection: str
    field: str
    value: str = data_field(repr=False)


@dataclass(frozen=True, slots=True)
class VerifiedValue:
    """Whether a value is the one held."""

    matches: bool
    decision_id: bytes


def masks_to_verify(
    collection: Collection, field: str, held: Iterable[str], masks: Mapping[str, str]
) -> Mapping[str, str] | Reason:
    """Say what is opened of a record to compare a field, or why nothing is.

    Nothing of it leaves: what a decision masks is opened whole, and only compared.
    """
    each = collection.class_of(field)
    if each not in held:
        return {}
    if each not in masks:
        return DROPPED
    return IN_CLEAR if masks[each] == CLEAR else {each: CLEAR}


@dataclass(frozen=True, slots=True)
class ComparedClaim:
    """A claim in its one spelling, to be compared with what is held."""

    field: str
    kind: IdentifierKind
    region: str | None
    digest: bytes = data_field(repr=False)

    @classmethod
    def of(cls, collection: Collection, claim: Claim) -> "ComparedClaim":
        """Take a claim as it was made.

        Raises:
            Invalid: there is no such field, it has few values, or the value has no
                spelling.

        """
        collection.class_of(claim.field)
        declared = collection.fields[claim.field]
        kind = _KINDS.get(declared.type)
        if kind is None or declared.enum:
            raise Invalid(
                "a field of this type is not verified: its values could be tried",
                code="field.not_verifiable",
                fix="ask for a field that holds one line of text, or a date",
            )
        claimed = Identifier(
            claim.field, kind, claim.value, region=declared.phone_region
        )
        return cls(claim.field, kind, declared.phone_region, _digest(claimed))

    def matches(self, opened: Iterable[Opened]) -> bool:
        """Tell whether a record holds it; each of them is compared, to the last.

        Raises:
            NotFound: all of them are of somebody who was erased meanwhile.
            Damaged: none holds it, and one does not open as it was sealed.

        """
        found, damaged, gone = False, None, True
        for each in opened:
            gone = gone and each is None
            if isinstance(each, Damaged):
                damaged = each
            elif each is not None:
                found |= compare_digest(self._held(each), self.digest)
        if gone:
            raise NotFound
        if damaged is not None and not found:
            raise damaged
        return found

    def _held(self, values: Mapping[str, Any]) -> bytes:
        value = values.get(self.field)
        text = value if type(value) is str else ""
        try:
            return _digest(Identifier(self.field, self.kind, text, region=self.region))
        except Invalid:  # nothing that anybody could say is spelled so
            return b""


def _digest(identifier: Identifier) -> bytes:
    return sha256(spelled(identifier).encode()).digest()
