"""What would change an answer: one fact of the question at a time.

The question is asked again with each of its facts replaced by each other value that
the policies know. Where that turns a refusal into a permission, or the other way
round, the fact is named. Nothing is found where two facts would have to change at
once; then that is what the empty list says.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from pdp.bundle.bundle import Bundle
from pdp.decision.question import (
    Action,
    Basis,
    Condition,
    Consent,
    CustomerState,
    Kind,
    Minor,
    Reach,
    Retention,
    Ugc,
)
from pdp.engines.regorus import Workbench
from pdp.review.cases import answer

Fact = tuple[str, ...]

RESOURCE: Final[Mapping[str, tuple[object, ...]]] = {
    "reach": tuple(Reach),
    "state": tuple(CustomerState),
    "minor": tuple(Minor),
    "retention": tuple(Retention),
    "hold": (True, False),
    "basis": tuple(Basis),
    "condition": tuple(Condition),
    "consent": tuple(Consent),
    "ugc": tuple(Ugc),
}
ASSURANCES: Final = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A fact that alone turns the answer, and the values that do."""

    fact: str
    now: str
    instead: tuple[str, ...]


def turns(bundle: Bundle, question: Mapping[str, Any]) -> list[Counterfactual]:
    """Find the facts each of which alone would turn the answer to a question.

    Raises:
        PolicyFault: the bundle cannot be compiled.

    """
    found: list[Counterfactual] = []
    with Workbench(bundle, coverage=False) as bench:
        allowed = _allowed(bench, question)
        for fact, values in _facts(bundle.tables).items():
            now = _read(question, fact)
            if now is None:
                continue
            others = [value for value in values if value != now]
            instead = tuple(
                _said(value)
                for value in others
                if _allowed(bench, _with(question, fact, value)) != allowed
            )
            if instead:
                found.append(Counterfactual(".".join(fact), _said(now), instead))
    return found


def _allowed(bench: Workbench, question: Mapping[str, Any]) -> bool:
    decision = answer(bench, question)
    return not isinstance(decision, str) and decision.allow


def _facts(tables: Mapping[str, Any]) -> dict[Fact, tuple[object, ...]]:
    regions = tuple(tables["residency"])
    return {
        ("purpose",): tuple(tables["purposes"]),
        ("action",): tuple(Action),
        ("principal", "kind"): tuple(Kind),
        ("principal", "roles"): tuple([role] for role in tables["roles"]),
        ("principal", "region"): regions,
        ("principal", "assurance"): ASSURANCES,
        ("resource", "region"): regions,
        **{("resource", name): values for name, values in RESOURCE.items()},
    }


def _read(question: Mapping[str, Any], fact: Fact) -> object | None:
    value: object = question
    for name in fact:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _with(question: Mapping[str, Any], fact: Fact, value: object) -> Mapping[str, Any]:
    changed = deepcopy(dict(question))
    inside = changed
    for name in fact[:-1]:
        inside = inside[name]
    inside[fact[-1]] = value
    return changed


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
