"""Why a decision came out as it did, long after: from the access log and the policies.

The log keeps who asked by kind, for which purpose, what came out and by which
policies; not the facts about the person, which have changed since. So the rules that
refused are named, and for what was allowed the cells that could have had a say. What
cannot be known any more is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pdp.bundle.bundle import TABLES, Bundle
from pdp.review.explain import RuleMatch, grounds

UNKNOWN: Final = (
    "which facts held then, such as consent and reach: a decision does not keep them",
    "which of the roles was acting: the log keeps the kind of caller",
)


@dataclass(frozen=True, slots=True)
class RoleCells:
    """How a role that the purpose is open to sees its classes of data."""

    role: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recalled:
    """What can still be said of a decision."""

    denials: tuple[RuleMatch, ...]
    roles: tuple[RoleCells, ...]
    unknown: tuple[str, ...]


def recall(
    bundle: Bundle, *, kind: str, purpose: str, codes: Sequence[str]
) -> Recalled:
    """Say what the policies of then had to do with a decision.

    Raises:
        PolicyFault: a file of the bundle is not Rego.

    """
    if codes:
        return Recalled(tuple(grounds(bundle, codes)), (), UNKNOWN[:1])
    return Recalled((), tuple(_roles(bundle, kind, purpose)), UNKNOWN)


def _roles(bundle: Bundle, kind: str, purpose: str) -> list[RoleCells]:
    tables = bundle.tables
    row = tables["purposes"].get(purpose)
    if row is None:
        return []
    return [
        RoleCells(role, tuple(_cells(bundle, purpose, role)))
        for role in row["roles"]
        if kind in tables["roles"][role]["kinds"]
    ]


def _cells(bundle: Bundle, purpose: str, role: str) -> list[str]:
    tables = bundle.tables
    row = tables["purposes"][purpose]
    cells = [
        f"{TABLES}: masks.{role}.{name} = {tables['masks'][role].get(name, 'drop')}"
        for name in row["classes"]
    ]
    return cells + [
        f"{TABLES}: purposes.{purpose}.masks.{name} = {mask}"
        for name, mask in row["masks"].items()
    ]
