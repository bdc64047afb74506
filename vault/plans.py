"""Plans: what a decision's masks mean for the fields of one collection.

Masks are per data class, and a collection says which class each field has. A plan is
that join, made once per decision and kept: for each field, show it, mask it, or leave
it out. A class that the decision does not name is left out. Where a class is sealed
apart and left out, its ciphertext is not opened at all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vault.catalog import Collection
from vault.masks import PLAIN, Mask, token

MAIN = "main"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with each field; `parts` are what must be opened for it."""

    clear: frozenset[str]
    masked: Mapping[str, Mask]
    masks: Mapping[str, str]
    left_out: frozenset[str]
    parts: tuple[str, ...]

    @property
    def fields(self) -> str:
        """Name the fields that may be disclosed, for the access log."""
        return ",".join(sorted(self.clear | self.masked.keys()))

    def apply(
        self, values: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str], tuple[str, ...]]:
        """Give the disclosed values, the masks that were used, the omitted fields."""
        if not self.masked and not self.left_out:
            return {f: v for f, v in values.items() if f in self.clear}, {}, ()
        shown: dict[str, Any] = {}
        used: dict[str, str] = {}
        omitted: list[str] = []
        for name, value in values.items():
            if name in self.clear:
                shown[name] = value
            elif name in self.masked:
                left = self.masked[name](value) if isinstance(value, str) else None
                if left is None:
                    omitted.append(name)
                else:
                    shown[name], used[name] = left, self.masks[name]
            elif name in self.left_out:
                omitted.append(name)
        return shown, used, tuple(omitted)


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
    chosen = {
        name: masks.get(collection.class_of(name), "drop")
        for name in collection.fields
        if wanted is None or name in wanted
    }
    masked: dict[str, Mask] = {}
    for name, mask in chosen.items():
        if mask == "token":
            masked[name] = token(token_key())
        elif mask in PLAIN:
            masked[name] = PLAIN[mask]
    clear = frozenset(name for name, mask in chosen.items() if mask == "clear")
    shown = clear | masked.keys()
    apart = {collection.class_of(name) for name in shown} & set(collection.sealed_apart)
    in_main = any(collection.class_of(name) not in apart for name in shown)
    return Plan(
        clear=clear,
        masked=masked,
        masks={name: chosen[name] for name in masked},
        left_out=frozenset(chosen) - shown,
        parts=((MAIN,) if in_main else ()) + tuple(sorted(apart)),
    )
