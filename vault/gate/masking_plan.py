"""Plans: what a decision's masks mean for the fields of one collection.

Masks are per data class, and a collection says which class each field has. A plan is
that join, made once per packed class and kept: which fields come out clear, and which
masked. What leaves is built from these two, and from nothing else. A class that the
decision does not name does not come out, nor a field whose class the record's row does
not name, for the decision did not weigh it; nor a field that the catalogue does not
declare, for it has no class: it is omitted, and said to be; so is a field of which the
mask cannot be drawn (`vault.gate.masks`). Where a class is sealed apart and left out,
its ciphertext is not opened at all.

To the person whom a record is about, a field that is no longer declared is given, and
marked as such: it is still held (GDPR 15). So that no mask is walked around, this holds
only where the decision leaves every class of the record clear to them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from vault._internal.records_store import MAIN
from vault._internal.strongroom import Section
from vault.catalog.catalog import Collection
from vault.gate.masks import TOKEN, Mask, is_text, mask_of, token

CLEAR: Final = "clear"
_NONE: Final[Mapping[str, Any]] = {}


# What may be disclosed of one record, and what was done to it: its values; the masks
# that were used; the fields that were asked for, are there and do not come out; and
# what the person themselves is given of fields that the catalogue no longer declares.
# A plain tuple, for a scan makes a million of them.
Applied: TypeAlias = tuple[
    Mapping[str, Any], Mapping[str, str], tuple[str, ...], Mapping[str, Any]
]


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
        return values, masks, omitted, _NONE

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
            return shown, masks, (), _NONE
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
