"""Policy engines that answer what a test tells them to."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pdp.decision.port import EngineAnswer

REVISION = "r" * 64


def allowing(**masks: str) -> dict[str, Any]:
    return {
        "v": 1,
        "allow": True,
        "masks": masks or {"identity": "clear"},
        "permits": ["purpose.role"],
        "obligations": [],
        "reasons": [],
    }


def refusing(code: str = "consent.missing") -> dict[str, Any]:
    return {
        "v": 1,
        "allow": False,
        "masks": {},
        "permits": [],
        "obligations": [],
        "reasons": [{"code": code, "article": "GDPR 6(1)(a)", "fix": "ask"}],
    }


class FakeEngine:
    """Answers each item with `result`, or whatever `results` or `error` says."""

    name = "fake/1"
    confirmed_for = math.inf

    def __init__(
        self,
        result: Any = None,
        *,
        results: Any = None,
        error: BaseException | None = None,
        revision: str = REVISION,
    ) -> None:
        self.result = allowing() if result is None else result
        self.results = results
        self.error = error
        self.loaded = revision
        self.asked: list[int] = []
        self.closed = False

    def decide(
        self, common: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
    ) -> EngineAnswer:
        self.asked.append(len(items))
        if self.error is not None:
            raise self.error
        results = self.results
        if results is None:
            results = [self.result for _ in items]
        return EngineAnswer(self.loaded, results)

    def revision(self) -> str:
        if self.error is not None:
            raise self.error
        return self.loaded

    def close(self) -> None:
        self.closed = True
