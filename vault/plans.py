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


@dataclass(frozen=True, slots=True)
class Plan:
    """What to open of a record, and what to do with each field.

    `fields` names what may be disclosed, for the access log. A field of no set is one
    that the question did not ask for: it goes without a word.
    """

    section: Section
    clear: frozenset[str]
    masked: Mapping[str, Mask]
    masks: Mapping[str, str]
    left_out: frozenset[str]
    unasked: frozenset[str]
    fields: str

    def apply(
        self, values: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str], tuple[str, ...]]:
        """Turn opened values, in place, into what may be disclosed.

        Gives those values, the masks that were used, and the omitted fields.
        """
        for name in self.unasked:
            values.pop(name, None)
        omitted = [name for name in self.left_out if values.pop(name, None) is not None]
        used: dict[str, str] = {}
        for name, mask in self.masked.items():
            value = values.get(name)
            if value is None:
                continue
            left = mask(value) if isinstance(value, str) else None
            if left is None:
                del values[name]
                omitted.append(name)
            else:
                values[name], used[name] = left, self.masks[name]
        return values, used, tuple(omitted)


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
        section=Section(collection.name, _parts(collection, shown)),
        clear=clear,
        masked=masked,
        masks={name: chosen[name] for name in masked},
        left_out=asked - shown,
        unasked=names - asked,
        fields=",".join(sorted(shown)),
    )


def _parts(collection: Collection, shown: frozenset[str]) -> tuple[str, ...]:
    classes = {collection.class_of(name) for name in shown}
    apart = classes & set(collection.sealed_apart)
    return ((MAIN,) if classes - apart else ()) + tuple(sorted(apart))
