"""The embedded engine: regorus in a child process, one for each adapter.

In the child because the engine is bound to its thread, has no timeout, holds the
interpreter's lock, and raises what is no Exception when shared. It is started on the
first question and again after any failure: the failed question is denied, the next
one is asked of a fresh child.

This module does not import the engine. Nothing above it does either (an import
contract): `pdp.engines.engine_child`, run by its path, is the only one.
"""

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version
from typing import Any, Final, Self

from pdp.bundle.bundle import Bundle
from pdp.decision.decision import Undecided
from pdp.decision.port import EngineAnswer
from pdp.engines.admission import refused
from pdp.engines.process import EngineProcess

DEADLINE = timedelta(milliseconds=500)
# Starting is not deciding: an interpreter has to come up and the bundle be compiled.
START_DEADLINE = 10.0
WORKBENCH_DEADLINE = 10.0


class PolicyFault(Undecided):
    """A rule cannot be compiled or evaluated, and this is where."""

    code, title = "gate.engine_error", "Policy cannot be evaluated"

    def __init__(
        self, detail: str, *, file: str = "", line: int = 0, column: int = 0
    ) -> None:
        super().__init__(detail)
        self.file, self.line, self.column = file, line, column


class RegorusEngine:
    """The adapter; safe to call from several threads, which take turns."""

    def __init__(self, bundle: Bundle, *, deadline: timedelta = DEADLINE) -> None:
        self._bundle = bundle
        self._deadline = deadline.total_seconds()
        # Owns the child: whoever holds it asks, starts or ends it, and nobody else
        # does.
        self._lock = threading.Lock()
        self._child: EngineProcess | None = None
        self._closed = False

    # Our own child, with a bundle out of our own memory.
    confirmed_for = math.inf

    @property
    def name(self) -> str:
        """The engine and its version."""
        return f"regorus/{version('gordon-to-regorus')}"

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return self._child.pid if self._child else None

    def decide(
        self, common: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
    ) -> EngineAnswer:
        """Ask about a batch.

        Raises:
            Undecided: no answer within the deadline, or none at all.

        """
        message = {"op": "decide", "common": common, "items": list(items)}
        with self._running() as child:
            reply = _checked(child.ask(message, self._deadline))
        return EngineAnswer(str(reply.get("revision", "")), reply.get("results"))

    def revision(self) -> str:
        """Tell which bundle the child has actually loaded.

        Raises:
            Undecided: it does not answer.

        """
        with self._running() as child:
            reply = _checked(child.ask({"op": "revision"}, self._deadline))
        return str(reply.get("revision", ""))

    def close(self) -> None:
        """End the child, if there is one; there will be no other."""
        with self._lock:
            self._closed = True
            if self._child is not None:
                self._child.close()
                self._child = None

    @contextmanager
    def _running(self) -> Iterator[EngineProcess]:
        # A queue behind a hanging rule is a late answer like any other.
        if not self._lock.acquire(timeout=START_DEADLINE):
            raise Undecided("the policy engine is busy", code="gate.timeout")
        try:
            if self._closed:
                raise Undecided("the policy engine is closed", code="gate.closed")
            # Dead, or of another process (after a fork): a fresh one, with the same
            # bundle.
            if self._child is None or not self._child.usable:
                self._child = self._restarted()
            yield self._child
        finally:
            self._lock.release()

    def _restarted(self) -> EngineProcess:
        if self._child is not None:
            self._child.close()
            self._child = None
        child = EngineProcess()
        try:
            _load(child, self._bundle, tests=False, coverage=False)
        except BaseException:
            child.close()
            raise
        return child


class Workbench:
    """An engine to try policies on: any rule, coverage, syntax trees. One thread."""

    def __init__(self, bundle: Bundle, *, coverage: bool = True) -> None:
        self._bundle, self._coverage = bundle, coverage
        self._loaded = False
        self._child = EngineProcess()

    def load(self) -> None:
        """Load and compile the bundle with its tests, once; the rest does it at need.

        Raises:
            PolicyFault: it cannot be compiled, or its rules may not be evaluated.

        """
        if not self._loaded:
            _load(self._child, self._bundle, tests=True, coverage=self._coverage)
            self._loaded = True

    def reload(self, bundle: Bundle) -> None:
        """Try another bundle on the same engine; what ran before is forgotten.

        Raises:
            PolicyFault: it cannot be compiled.

        """
        self._bundle, self._loaded = bundle, False
        self.load()

    def evaluate(self, rule: str, question: object) -> Any:  # noqa: ANN401 - JSON
        """Evaluate a rule; None if it is undefined.

        Raises:
            PolicyFault: it cannot be evaluated.

        """
        self.load()
        return self._ask(op="evaluate", rule=rule, input=question).get("value")

    def coverage(self, *, clear: bool = False) -> dict[str, tuple[set[int], set[int]]]:
        """Give, for each file, the lines that ran and those that did not."""
        self.load()
        lines = self._ask(op="coverage", clear=clear)["lines"]
        return {path: (set(ran), set(idle)) for path, (ran, idle) in lines.items()}

    def parse(self, path: str, text: str) -> dict[str, Any]:
        """Give the syntax tree of a file; the bundle need not compile for it.

        Raises:
            PolicyFault: it is not Rego; the fault says where.

        """
        return _parsed(self._child, path, text)

    def close(self) -> None:
        """End the child."""
        self._child.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, **message: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        return _checked(self._child.ask(message, WORKBENCH_DEADLINE))


def admitted(bundle: Bundle) -> Bundle:
    """Give a bundle back once its rules are known to be fit for an engine.

    For what another engine is to evaluate; the embedded one checks before it loads.

    Raises:
        PolicyFault: they are not, or a file is not Rego; the fault says where.

    """
    if bundle.digest not in _ADMITTED:
        child = EngineProcess()
        try:
            _admit(child, bundle)
        finally:
            child.close()
    return bundle


# What was checked needs no second look: a digest stands for every byte of a bundle.
_ADMITTED: Final[set[str]] = set()
_REMEMBERED: Final = 1_000


def _admit(child: EngineProcess, bundle: Bundle) -> None:
    if bundle.digest in _ADMITTED:
        return
    trees = {
        path: _parsed(child, path, text)
        for path, text in {**bundle.modules, **bundle.tests}.items()
    }
    for each in refused(bundle, trees):
        raise PolicyFault(
            f"{each.message}; {each.instead}",
            file=each.file,
            line=each.line,
            column=each.column,
        )
    if len(_ADMITTED) >= _REMEMBERED:
        _ADMITTED.clear()
    _ADMITTED.add(bundle.digest)


def _parsed(child: EngineProcess, path: str, text: str) -> dict[str, Any]:
    message = {"op": "parse", "path": path, "text": text}
    return dict(_checked(child.ask(message, WORKBENCH_DEADLINE))["tree"])


def _load(child: EngineProcess, bundle: Bundle, *, tests: bool, coverage: bool) -> None:
    _admit(child, bundle)
    files = dict(bundle.texts)
    message = {"op": "load", "files": files, "tests": tests, "coverage": coverage}
    _checked(child.ask(message, START_DEADLINE))


def _checked(reply: dict[str, Any]) -> dict[str, Any]:
    if "error" in reply:
        raise PolicyFault(
            str(reply.get("message", "the engine failed")),
            file=str(reply.get("file", "")),
            line=int(reply.get("line", 0)),
            column=int(reply.get("column", 0)),
        )
    return reply
