"""The canary: three questions before a bundle decides anything for anybody.

One that the bundle's own cases say is allowed, one that they say is refused, and one
that is no question at all. An engine that does not tell the three apart, or has
another bundle loaded, is not put in force.
"""

from collections.abc import Mapping
from typing import Any

from kit.errors import CannotStart
from pdp.bundle import Bundle
from pdp.cases import Case, read_cases
from pdp.decision import Decision, Undecided, denied, parse_decision
from pdp.port import Engine


class CanaryDied(CannotStart):
    """The engine does not decide by this bundle as the bundle's cases say."""

    code = "policies_canary"

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"the canary of the policies: {detail}",
            fix="run `allod policy test` on the bundle, and look after the engine",
        )


def canary(engine: Engine, bundle: Bundle) -> None:
    """Ask the three questions.

    Raises:
        CanaryDied: an answer is not the one that it has to be.
        Undecided: the engine does not answer.

    """
    cases = list(read_cases(bundle))
    for allowed in (True, False):
        case = _first(cases, allowed=allowed)
        common = {k: v for k, v in case.question.items() if k != "resource"}
        decision = _decided(engine, bundle, common, case.question["resource"])
        if decision.allow is not allowed:
            raise CanaryDied(f"{case.file}:{case.line} came out the other way")
    if _decided(engine, bundle, {}, {}).allow:
        raise CanaryDied("an empty question was allowed")


def _first(cases: list[Case], *, allowed: bool) -> Case:
    for case in cases:
        if case.expected.startswith("allowed") is allowed:
            return case
    raise CanaryDied("the bundle needs a case that is allowed and one that is refused")


def _decided(
    engine: Engine, bundle: Bundle, common: Mapping[str, Any], item: Mapping[str, Any]
) -> Decision:
    answer = engine.decide(common, [item])
    if answer.revision != bundle.digest:
        raise CanaryDied("the engine has another bundle loaded")
    if not isinstance(answer.results, list) or len(answer.results) != 1:
        raise CanaryDied("one question did not get one answer")
    try:
        return parse_decision(answer.results[0])
    except Undecided as error:
        return denied(error.reason_code)
