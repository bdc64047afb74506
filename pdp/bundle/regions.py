"""What the law of each region says, as the table of regions puts it.

Which lawful bases there are, what a customer has to agree to separately and from which
age somebody agrees for themselves: facts of law that rules look up, and programs that
decide nothing (the word for a child, the article that a customer is shown).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pdp.decision.question import Basis, Condition

REGIONS: Final = "regions"
BASES: Final = frozenset(Basis) - {Basis.NONE}
CONDITIONS: Final = frozenset(Condition) - {Condition.NONE}
OLDEST: Final = 21
"""Nowhere does anybody come of age later."""


class Separate(StrEnum):
    """What a region may want a consent of its own for (PIPL Art. 25, 29, 31)."""

    SPECIAL = "special"
    PUBLIC = "public"
    MINOR = "minor"


LISTS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "bases": ("lawful basis", BASES),
    "separate_consent": ("use with a separate consent", frozenset(Separate)),
    "without_consent": ("lawful basis", BASES),
}
"""The columns that are lists, and of what words."""
COLUMNS: Final = frozenset({"law", "minority", *LISTS})


@dataclass(frozen=True, slots=True)
class RegionLaw:
    """What the law of one region says; `law` is how its articles are cited."""

    law: str
    bases: frozenset[str]
    separate_consent: frozenset[str]
    without_consent: frozenset[str]
    minority: int
    """Who is younger than this, in years, is a child to this law."""


def regions_of(tables: Mapping[str, Any]) -> dict[str, RegionLaw]:
    """Read the table of regions; empty for a bundle that is older than it."""
    return {
        name: RegionLaw(
            law=row["law"],
            minority=row["minority"],
            **{column: frozenset(row[column]) for column in LISTS},
        )
        for name, row in tables.get(REGIONS, {}).items()
    }


def bases_in(
    region: str, bases: Sequence[str], tables: Mapping[str, Any]
) -> Sequence[str]:
    """Leave out the lawful bases that the law of a region does not know, if it may."""
    law = regions_of(tables).get(region)
    return [each for each in bases if law is None or each in law.bases] or bases


def basis_in(region: str, bases: Sequence[str], tables: Mapping[str, Any]) -> Basis:
    """Give the first of a purpose's lawful bases that the law of a region knows."""
    return Basis(next(iter(bases_in(region, bases, tables)), Basis.NONE))


def condition_in(purpose: Mapping[str, Any]) -> Condition:
    """Give the first condition under which a purpose shows special categories.

    A bundle that is older than conditions lists lawful bases there.
    """
    listed = [each for each in purpose["special"] if each in CONDITIONS]
    return Condition(next(iter(listed), Condition.NONE))
