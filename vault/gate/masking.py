"""Masking: what a decision leaves of a record, and on what conditions it may leave.

A decision names a mask for a whole data class, and a collection says which class each
field has. A plan is that join, made once per packed class and kept: which fields come
out clear, and which masked. What leaves is built from these two, and from nothing else.
A class that the decision does not name does not come out, nor a field whose class the
record's row does not name, for the decision did not weigh it; nor a field that the
catalogue does not declare, for it has no class: it is omitted, and said to be. Where a
class is sealed apart and left out, its ciphertext is not opened at all.

How a mask is drawn goes by the field (`vault.gate.drawings`). The catalogue says it
(`mask: {last4: iban}`), or the field's type does. Where neither does, the field is left
out, as by `drop`: a mask that is unsure shows nothing. A mask works on text only; a
value of another type under any mask but `clear` is omitted and named as such.

To the person whom a record is about, a field that is no longer declared is given, and
marked as such: it is still held (GDPR 15). So that no mask is walked around, this holds
only where the decision leaves every class of the record clear to them.

An obligation that nobody here can carry out is a refusal: permission with a condition
that is ignored is no permission. The policy engine is told the names of those below,
and refuses any other before the gate sees it.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from pdp.decision.decision import Obligation
from vault._internal.ports.records import MAIN
from vault._internal.strongroom import Section
from vault.catalog.collection import Collection
from vault.catalog.fields import Field, FieldType
from vault.gate import drawings

Mask: TypeAlias = Callable[[str], str | None]

NONE: Final = "none"
TOKEN: Final = "token"  # noqa: S105 - the word of a decision
_LINE: Final = frozenset({FieldType.STRING})

# By mask and drawing: what fields it can be drawn of, and how.
DRAWINGS: Final[Mapping[str, Mapping[str, tuple[frozenset[FieldType], Mask]]]] = (
    MappingProxyType(
        {
            "last4": {
                "phone": (_LINE | {FieldType.PHONE}, drawings.phone),
                "iban": (_LINE, drawings.iban),
                "card": (_LINE, drawings.card),
                "code": (_LINE, drawings.code),
            },
            "initials": {"name": (_LINE, drawings.name)},
            "city": {
                "town": (_LINE, drawings.town),
                "address": (_LINE | {FieldType.TEXT}, drawings.address),
            },
            "bucket": {
                "year": (_LINE | {FieldType.DATE, FieldType.DATETIME}, drawings.year)
            },
            "handle": {"email": (_LINE | {FieldType.EMAIL}, drawings.mailbox)},
        }
    )
)

_BY_TYPE: Final[Mapping[tuple[str, FieldType], str]] = MappingProxyType(
    {
        ("last4", FieldType.PHONE): "phone",
        ("bucket", FieldType.DATE): "year",
        ("bucket", FieldType.DATETIME): "year",
        ("handle", FieldType.EMAIL): "email",
    }
)
_NO_TEXT: Final = frozenset({FieldType.INTEGER, FieldType.NUMBER, FieldType.BOOLEAN})
CLEAR: Final = "clear"
_NOTHING: Final[Mapping[str, Any]] = {}
# What may be disclosed of one record, and what was done to it: its values; the masks
# that were used; the fields that were asked for, are there and do not come out; and
# what the person themselves is given of fields that the catalogue no longer declares.
# A plain tuple, for a scan makes a million of them.
Applied: TypeAlias = tuple[
    Mapping[str, Any], Mapping[str, str], tuple[str, ...], Mapping[str, Any]
]
# Tells whether an answer over so many persons meets the obligation.
Executor: TypeAlias = Callable[[Obligation, int], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Section):
    """What to open of a record, and what to make of each field of it.

    `masks` names the mask of each masked field, and `fields` what may come out, for
    the access log. `asked` narrows: what is not in it goes without a word.
    """

    clear: frozenset[str]
    masked: Mapping[str, Mask]
    masks: Mapping[str, str]
    asked: frozenset[str] | None
    shown: frozenset[str]
    fields: str

    def apply(self, values: dict[str, Any]) -> Applied:
        """Make what may be disclosed out of opened values, which are used up."""
        if values.keys() <= self.shown:
            return self._all_shown(values)
        shown: dict[str, Any] = {}
        masks: dict[str, str] = {}
        others: list[str] = []
        for name, value in values.items():
            if name in self.clear:
                shown[name] = value
            elif (left := self._masked(name, value)) is not None:
                shown[name], masks[name] = left, self.masks[name]
            elif value is not None:
                others.append(name)
        return self._told(values, shown, masks, others)

    def _all_shown(self, values: dict[str, Any]) -> Applied:
        """Mask values of which each may come out, clear or masked; a scan's usual."""
        unused: tuple[str, ...] = ()
        omitted: tuple[str, ...] = ()
        for name, mask in self.masked.items():
            value = values.get(name)
            left = mask(value) if isinstance(value, str) else None
            if left is not None:
                values[name] = left
                continue
            unused += (name,)
            if value is not None:
                del values[name]
                omitted += (name,)
        masks = self.masks
        if unused:
            masks = {name: word for name, word in masks.items() if name not in unused}
        return values, masks, omitted, _NOTHING

    def _masked(self, name: str, value: object) -> str | None:
        mask = self.masked.get(name)
        return mask(value) if mask is not None and isinstance(value, str) else None

    def _told(
        self,
        values: Mapping[str, Any],
        shown: dict[str, Any],
        masks: dict[str, str],
        others: Sequence[str],
    ) -> Applied:
        """Say what became of the fields that are neither clear nor masked."""
        if self.asked is not None:
            others = [name for name in others if name in self.asked]
        if not others:
            return shown, masks, (), _NOTHING
        undeclared = {
            name: values[name]
            for name in others
            if self.whole and name not in self.declared
        }
        omitted = sorted(name for name in others if name not in undeclared)
        return shown, masks, tuple(omitted), undeclared


def make_plan(
    collection: Collection,
    masks: Mapping[str, str],
    *,
    held: tuple[str, ...],
    wanted: frozenset[str] | None,
    own: bool,
    token_key: Callable[[], bytes],
) -> Plan:
    """Join a decision's masks with a collection's fields.

    `held` are the data classes that the record's row names, and that were decided
    about; `wanted` narrows the fields; `own` says that the person whom the record is
    about asks. `token_key` gives the purpose's key for the `token` mask, and is called
    only when that mask is used.
    """
    chosen = {
        name: masks[field.data_class]
        for name, field in collection.fields.items()
        if field.data_class in masks
        and field.data_class in held
        and (wanted is None or name in wanted)
    }
    clear = frozenset(name for name, mask in chosen.items() if mask == CLEAR)
    masked = _masked(collection, chosen, token_key)
    shown = clear | masked.keys()
    whole = own and wanted is None and all(masks.get(each) == CLEAR for each in held)
    return Plan(
        collection=collection.name,
        classes=held,
        parts=_parts(collection, shown),
        whole=whole,
        declared={n: str(each.data_class) for n, each in collection.fields.items()},
        clear=clear,
        masked=masked,
        masks={name: chosen[name] for name in masked},
        asked=wanted,
        shown=shown,
        fields=",".join(sorted(shown)),
    )


def _masked(
    collection: Collection, chosen: Mapping[str, str], token_key: Callable[[], bytes]
) -> dict[str, Mask]:
    """Give how each masked field is drawn; one that cannot be is not in it."""
    masked: dict[str, Mask] = {}
    for name, word in chosen.items():
        field = collection.fields[name]
        if not is_text(field):
            continue
        mask = token(token_key()) if word == TOKEN else mask_of(field, word)
        if mask is not None:
            masked[name] = mask
    return masked


def _parts(collection: Collection, shown: frozenset[str]) -> tuple[str, ...]:
    classes = {collection.class_of(name) for name in shown}
    apart = classes & set(collection.sealed_apart)
    return ((MAIN,) if classes - apart else ()) + tuple(sorted(apart))


def is_text(field: Field) -> bool:
    """Tell whether a field holds text, on which alone a mask works."""
    return field.type not in _NO_TEXT


def mask_of(field: Field, mask: str) -> Mask | None:
    """Give how a mask is drawn of a field; None where there is no drawing for it."""
    drawing = field.mask.get(mask) or _BY_TYPE.get((mask, field.type), NONE)
    found = DRAWINGS.get(mask, {}).get(drawing)
    return found and found[1]


def token(key: bytes) -> Mask:
    """Make the mask that turns equal texts into equal tokens, for one purpose only."""

    def _token(text: str) -> str:
        return "tok_" + hmac.digest(key, text.encode(), hashlib.sha256).hex()[:32]

    return _token


def _cohort(obligation: Obligation, persons: int) -> bool:
    return persons >= obligation.min


EXECUTORS: Final[Mapping[str, Executor]] = {"cohort": _cohort}


def unmet(obligations: Sequence[Obligation], *, persons: int) -> str | None:
    """Name the first obligation that an answer over `persons` does not meet."""
    for obligation in obligations:
        executor = EXECUTORS.get(obligation.type)
        if executor is None or not executor(obligation, persons):
            return obligation.type
    return None
