"""Plans: what a decision's masks mean for the fields of one collection.

Masks are per data class, and a collection says which class each field has. A plan is
that join, made once per decision and kept: for each field, show it, mask it, or leave
it out. A class that the decision does not name is left out. Where a class is sealed
apart and left out, its ciphertext is not opened at all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vault._internal.strongroom import MAIN, Section
from vault.catalog import Collection
from vault.masks import PLAIN, Mask, token


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Section):
    """What to open of a record, and what to do with each field of it.

    `masks` names the mask of each masked field, and `left_out` and `unasked` what
    does not come out: a field of `unasked` goes without a word. `fields` names what
    may be disclosed, for the access log.
    """

    clear: frozenset[str]
    masked: tuple[tuple[str, Mask], ...]
    masks: Mapping[str, str]
    left_out: tuple[str, ...]
    unasked: tuple[str, ...]
    fields: str

    def apply(
        self, values: dict[str, Any]
    ) -> tuple[dict[str, Any], Mapping[str, str], tuple[str, ...]]:
        """Turn opened values, in place, into what may be disclosed.

        Gives those values, the masks that were used, and the omitted fields.
        """
        for name in self.unasked:
            values.pop(name, None)
        omitted: tuple[str, ...] = ()
        for name in self.left_out:
            if values.pop(name, None) is not None:
                omitted += (name,)
        unused: tuple[str, ...] = ()
        for name, mask in self.masked:
            value = values.get(name)
            left = mask(value) if isinstance(value, str) else None
            if left is not None:
                values[name] = left
                continue
            unused += (name,)
            if value is not None:
                del values[name]
                omitted += (name,)
        return values, self._used(unused) if unused else self.masks, omitted

    def _used(self, unused: tuple[str, ...]) -> Mapping[str, str]:
        return {name: mask for name, mask in self.masks.items() if name not in unused}


def make_plan(
    collection: Collection,
    masks: Mapping[str, str],
    *,
    wanted: frozenset[str] | None,
    token_key: Callable[[], bytes],
) -> Plan:
    """Join a decision's masks with a collection's fields.

    `wanted` narrows the fields; `token_key` gives the purpose's key for the `token`
    mask, and is called only when that mask is used.
    """
    names = frozenset(collection.fields)
    asked = names if wanted is None else names & wanted
    chosen = {name: masks.get(collection.class_of(name), "drop") for name in asked}
    masked = {
        name: token(token_key()) if mask == "token" else PLAIN[mask]
        for name, mask in chosen.items()
        if mask == "token" or mask in PLAIN
    }
    clear = frozenset(name for name, mask in chosen.items() if mask == "clear")
    shown = clear | masked.keys()
    return Plan(
        collection=collection.name,
        parts=_parts(collection, shown),
        clear=clear,
        masked=tuple(masked.items()),
        masks={name: chosen[name] for name in masked},
        left_out=tuple(sorted(asked - shown)),
        unasked=tuple(names - asked),
        fields=",".join(sorted(shown)),
    )


def _parts(collection: Collection, shown: frozenset[str]) -> tuple[str, ...]:
    classes = {collection.class_of(name) for name in shown}
    apart = classes & set(collection.sealed_apart)
    return ((MAIN,) if classes - apart else ()) + tuple(sorted(apart))
