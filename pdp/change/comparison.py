"""Two bundles side by side: each on an engine of its own, asked the same questions.

No engine that decides for the house is touched. An engine that does not answer stops
the comparison; it is no denial, for then a change would seem to close what it opens.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final, Self

from pdp.bundle.bundle import Bundle
from pdp.change.callers import PurposeQuestion, written
from pdp.change.differential import Input, decided
from pdp.decision.decision import Decision
from pdp.engines.regorus import RegorusEngine

# Nobody waits for these answers but the one who asked for the comparison.
PATIENCE: Final = timedelta(seconds=20)


class Pair:
    """Two bundles, each on an engine of its own, asked the same questions at once."""

    def __init__(self, old: Bundle, new: Bundle) -> None:
        self.bundles = (old, new)
        self.known: dict[PurposeQuestion, tuple[Decision, ...]] = {}
        self._engines = [RegorusEngine(each, deadline=PATIENCE) for each in (old, new)]
        self._threads = ThreadPoolExecutor(len(self.bundles))

    @property
    def tables(self) -> list[Mapping[str, Any]]:
        """The tables of both."""
        return [bundle.tables for bundle in self.bundles]

    def decide(self, asked: Sequence[PurposeQuestion]) -> list[tuple[Decision, ...]]:
        """Answer questions, in order, each by both; none is asked twice.

        Raises:
            Undecided: an engine does not answer.

        """
        missing = [each for each in dict.fromkeys(asked) if each not in self.known]
        rows = self.compare([written(each) for each in missing])
        self.known |= zip(missing, rows, strict=True)
        return [self.known[each] for each in asked]

    def compare(self, inputs: Sequence[Input]) -> list[tuple[Decision, ...]]:
        """Answer inputs of any form, in order, each by both."""
        columns = self._threads.map(
            lambda engine, bundle: decided(engine, bundle.digest, inputs),
            self._engines,
            self.bundles,
        )
        return list(zip(*columns, strict=True))

    def close(self) -> None:
        """End both engines."""
        self._threads.shutdown()
        for engine in self._engines:
            engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
