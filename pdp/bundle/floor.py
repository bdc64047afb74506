"""What every bundle has to hold, however its own manifest and tables put it.

A bundle is judged by its list of packages, by what its gate requires to be intact and
by the order of its masks. Were these the bundle's own to choose, it would be judged by
itself: so each has a floor here. A bundle may add a package of law; it cannot leave one
of these out, call one otherwise, or reach beyond them in the engine's data.

A program that is newer may have a mask or a package more. A bundle that was judged
before goes on without them: it is held to what it names being known, in its order.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pdp.bundle.builtins import ALLOWED, why_not
from pdp.decision.decision import MASK_ORDER

GATE: Final = "allod.gate"
GATE_FILE: Final = "gate/gate.rego"
ROOTS: Final = frozenset({"allod", "tables"})
"""What is the bundle's in an engine's data: no rule reads, or gives, anything else."""

REGO_VERSION: Final = 1
_LAW: Final = (
    *("consent", "hold", "masking", "minors", "purpose", "reach", "residency"),
    *("restriction", "retention", "self_access", "special", "ugc"),
)
PACKAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        GATE: GATE_FILE,
        "allod.asked": "gate/asked.rego",
        **{f"allod.legal.{name}": f"legal/{name}.rego" for name in _LAW},
    }
)
"""Each package that has to be there, with its file: the parts of the law that this
program promises to ask about."""

_OWN_LAW: Final = re.compile(r"allod\.legal\.([a-z0-9_]+)")


def missing(packages: Mapping[str, str]) -> list[str]:
    """Name the packages that have to be there and are not listed under their file."""
    return [each for each, path in PACKAGES.items() if packages.get(each) != path]


def misplaced(packages: Mapping[str, str]) -> list[str]:
    """Name the listed packages that are neither the program's nor law in its file."""
    return [
        package
        for package, path in packages.items()
        if PACKAGES.get(package) != path and not _is_law(package, path)
    ]


def _is_law(package: str, path: str) -> bool:
    named = _OWN_LAW.fullmatch(package)
    return named is not None and path == f"legal/{named[1]}.rego"


def forbidden(builtins: list[Any]) -> list[tuple[int, str]]:
    """Give the places in a bundle's list that are not on the program's, and why."""
    return [
        (place, why_not(name) if isinstance(name, str) else "it is no name")
        for place, name in enumerate(builtins)
        if not isinstance(name, str) or name not in ALLOWED
    ]


def is_in_order(masks: object, *, former: bool = False) -> bool:
    """Tell whether a table names the masks in their order, from clear to drop.

    A former bundle may lack those that are newer.
    """
    if not former:
        return masks == [*MASK_ORDER]
    ends = MASK_ORDER[0], MASK_ORDER[-1]
    named = masks if isinstance(masks, list) else []
    known = [each for each in MASK_ORDER if each in named]
    return named == known and (*known[:1], *known[-1:]) == ends
