"""The engines, rehearsed: before a bundle decides, they must agree about all of it.

Asked about every class that was observed, by each role that its purpose is open to,
and about generated questions, malformed ones and closed doors among them. What they
disagree on stops it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, cycle, product
from typing import Any, Final

from pdp.bundle.bundle import Bundle
from pdp.change.callers import ASSURANCES, REACHES, View, caller, written
from pdp.change.differential import Comparison, Input, compare
from pdp.change.generated import Drawn
from pdp.decision.port import Engine, ObservedClasses
from pdp.decision.question import Action, Kind

GENERATED: Final = 5_000
SEED: Final = 3


def rehearse(
    engines: Sequence[Engine],
    bundle: Bundle,
    observed: ObservedClasses,
    generated: int = GENERATED,
) -> Comparison:
    """Compare engines on all observed classes and on generated inputs.

    Raises:
        Undecided: an engine does not answer, or has not loaded this bundle.

    """
    drawn = Drawn(bundle.tables).inputs(generated, seed=SEED)
    inputs = chain(observed_inputs(bundle.tables, observed), drawn)
    return compare(engines, bundle.digest, inputs)


def observed_inputs(
    tables: Mapping[str, Any], observed: ObservedClasses
) -> Iterator[Input]:
    """Ask about every observed class once for each role that may use its purpose.

    From one class to the next the kind of caller, the action, the reach, the region
    and the assurance go on, so that each is met by many classes.
    """
    for purpose, row in tables["purposes"].items():
        cells = list(observed.cells(purpose))
        for role in row["roles"]:
            views = cycle(_views(purpose, role, tables))
            for cell, view in zip(cells, views, strict=False):
                yield written(view.on(cell.resource))


def _views(purpose: str, role: str, tables: Mapping[str, Any]) -> list[View]:
    ways = [
        (kind, reach)
        for kind in map(Kind, tables["roles"][role]["kinds"])
        for reach in REACHES[kind]
    ]
    return [
        View(purpose, role, caller(role, kind, tables), action, reach).by(region, level)
        for region, level, action, (kind, reach) in product(
            tables["residency"], ASSURANCES, Action, ways
        )
    ]
