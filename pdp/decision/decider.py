"""The decision point as the vault sees it: classes in, decisions out, never an error.

Everything that can go wrong with an engine comes out as a denial with a `gate.*`
code: no answer, a late one, one of another length, type, version or revision, and any
exception at all. Only complete valid decisions are remembered, and repeated while the
engine stands by them (`pdp.decision.decision_cache`). There is no flag that lets a
question past.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from kit.canonical import canonical
from pdp.decision.decision import (
    OBLIGATIONS,
    Decision,
    Undecided,
    denied,
    parse_decision,
)
from pdp.decision.decision_cache import Asked, Confirmation, DecisionCache
from pdp.decision.port import Engine, EngineAnswer
from pdp.decision.question import Caller, ResourceClass, batch, item

MAX_CLASSES = 20_000
BATCH = 32


class Pdp:
    """Answers questions under one revision, for any number of threads.

    `trial` is what an engine that was away, or is asked for the first time, has to pass
    before it decides; it raises `CannotStart`.
    """

    def __init__(
        self,
        engine: Engine,
        revision: str,
        memo: DecisionCache | None = None,
        *,
        obligations: frozenset[str] = OBLIGATIONS,
        trial: Callable[[], object] | None = None,
    ) -> None:
        self.revision = revision
        self._engine = engine
        self._name = engine.name
        self._memo = DecisionCache() if memo is None else memo
        self._obligations = obligations
        self._trial = trial
        self._confirmation = Confirmation(engine.confirmed_for, self._confirmed)

    @property
    def stands(self) -> bool:
        """Whether what it decided may be repeated now; never waits."""
        return self._confirmation.stands

    def known(
        self,
        caller: Caller,
        purpose: str,
        action: str,
        classes: Sequence[ResourceClass],
    ) -> list[Decision | None]:
        """Give the decisions that are remembered; asks no engine and never waits."""
        if not self.stands:
            return [None] * len(classes)
        return self._memo.get(self._asked(caller, purpose, action), classes)

    def decide(
        self,
        caller: Caller,
        purpose: str,
        action: str,
        classes: Sequence[ResourceClass],
    ) -> list[Decision]:
        """Decide each class, in order; a failure is a denial, never an exception.

        When the engine fails, what it has not decided yet is denied without asking on,
        so that a hanging engine costs one deadline and not one for each batch.
        """
        distinct = list(dict.fromkeys(classes))
        if len(distinct) > MAX_CLASSES:
            return [self._denied("gate.too_many_classes")] * len(classes)
        try:
            self._confirmation.require()
        except Undecided as error:
            return [self._denied(error.reason_code)] * len(classes)
        asked = self._asked(caller, purpose, action)
        remembered = self._memo.get(asked, distinct)
        made = {
            klass: decision
            for klass, decision in zip(distinct, remembered, strict=True)
            if decision is not None
        }
        missing = [klass for klass in distinct if klass not in made]
        made |= self._decide_new(asked, missing)
        return [made[klass] for klass in classes]

    def healthy(self) -> bool:
        """Tell whether the engine answers and has loaded this revision."""
        try:
            return self._engine.revision() == self.revision
        except Undecided:
            return False

    def close(self) -> None:
        """Close the engine."""
        self._engine.close()

    def _confirmed(self, away: bool) -> None:  # noqa: FBT001 - the port of one caller
        try:
            revision = self._engine.revision()
            if revision == self.revision and away and self._trial is not None:
                self._trial()
        except (Undecided, KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # noqa: BLE001 - an engine may raise anything at all
            raise Undecided(
                "the engine does not decide as it has to", code="gate.engine_error"
            ) from None
        if revision != self.revision:
            raise Undecided("another bundle is loaded", code="gate.revision_mismatch")

    def _asked(self, caller: Caller, purpose: str, action: str) -> Asked:
        return (self.revision, self._name, caller, purpose, str(action))

    def _decide_new(
        self, asked: Asked, missing: Sequence[ResourceClass]
    ) -> dict[ResourceClass, Decision]:
        made: dict[ResourceClass, Decision] = {}
        for start in range(0, len(missing), BATCH):
            part = missing[start : start + BATCH]
            try:
                made |= zip(part, self._ask(asked, part), strict=True)
            except Undecided as error:
                self._confirmation.end()
                rest = self._denied(error.reason_code)
                return made | dict.fromkeys(missing[start:], rest)
        return made

    def _ask(self, asked: Asked, part: Sequence[ResourceClass]) -> list[Decision]:
        _, _, caller, purpose, action = asked
        try:
            answer = self._engine.decide(*batch(action, purpose, caller, part))
            results = self._checked(answer, len(part))
            self._confirmation.renew()
            return [
                self._read(asked, klass, result)
                for klass, result in zip(part, results, strict=True)
            ]
        except (Undecided, KeyboardInterrupt, SystemExit):
            raise
        # An engine bound to another language may raise what is no Exception at all.
        except BaseException as error:
            raise Undecided(
                "the policy engine failed", code="gate.engine_error"
            ) from error

    def _checked(self, answer: EngineAnswer, expected: int) -> list[Any]:
        if answer.revision != self.revision:
            raise Undecided("another bundle is loaded", code="gate.revision_mismatch")
        if not isinstance(answer.results, list):
            raise Undecided("the engine gave no decisions")
        if len(answer.results) != expected:
            raise Undecided("the batch came back changed", code="gate.batch_length")
        return answer.results

    def _read(self, asked: Asked, klass: ResourceClass, result: object) -> Decision:
        label = _label(klass)
        try:
            decision = parse_decision(result, obligations=self._obligations)
            if not decision.masks.keys() <= set(klass.classes):
                raise Undecided(
                    "a mask for what was not asked", code="gate.inconsistent"
                )
        except Undecided as error:
            return self._denied(error.reason_code, klass=label)
        decision = replace(
            decision, revision=self.revision, engine=self._name, klass=label
        )
        self._memo.put(asked, klass, decision)
        return decision

    def _denied(self, code: str, *, klass: str = "") -> Decision:
        return denied(code, revision=self.revision, engine=self._name, klass=klass)


def _label(klass: ResourceClass) -> str:
    """Name a class by 64 bits of its document's hash, for logs and explanations."""
    return hashlib.sha256(canonical(item(klass))).hexdigest()[:16]
