"""Verdicts: a decision made ready for use, one per packed class.

A context is one caller, purpose and action under one policy revision. Within it a
record's packed class decides everything, so its verdict is looked up by one integer.
What the engine could not decide is never kept: the next question asks again.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from kit.errors import AllodError, Reason
from pdp.change.shadow import Divergence, Shadow
from pdp.decision.decider import Pdp
from pdp.decision.decision import Decision, Obligation
from pdp.decision.question import Action, Caller, ResourceClass
from vault._internal.classes import REACH_BITS, Classes, Unpacked
from vault.catalog.catalog import Catalog
from vault.catalog.catalog import Collection as Declared
from vault.gate.masking import Plan, make_plan, unmet
from vault.gate.policy_input import resource_of, undecidable
from vault.gate.question import Question
from vault.gate.verifying import masks_to_verify

MAX_CLASSES: Final = 20_000
MAX_CONTEXTS: Final = 512

Deciding: TypeAlias = tuple[Pdp, Shadow | None]
"""What decides, and what would decide otherwise, beside it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be done with records of one class: a plan, or why not.

    `bound` is the plan that only the `obligations` keep from single answers: for
    numbers about groups, each of which has to meet them.
    """

    plan: Plan | None
    reasons: tuple[Reason, ...]
    visible: bool
    obligations: tuple[Obligation, ...] = ()
    bound: Plan | None = None

    @property
    def allowed(self) -> bool:
        """Whether anything may be disclosed."""
        return self.plan is not None

    @property
    def broken(self) -> bool:
        """Whether the engine failed, rather than the law said no."""
        return any(reason.code.startswith("gate.") for reason in self.reasons)

    @property
    def undecidable(self) -> bool:
        """Whether nothing but the record's own words keeps it from being decided."""
        return undecidable(self.reasons)


class Verdicts:
    """The verdicts of one context."""

    def __init__(
        self,
        question: Question,
        *,
        deciding: Deciding,
        classes: Classes,
        catalog: Catalog,
        token_key: Callable[[], bytes],
    ) -> None:
        self._question = question
        self._caller: Caller = question.principal.caller()
        self._pdp, self._shadow = deciding
        self._classes = classes
        self._catalog = catalog
        self._token_key = token_key
        self.revision = self._pdp.revision
        # Filled by whoever decides, on any thread, and never emptied: a switch of the
        # policies makes another context. Two that decide a class at once write the
        # same.
        self.known: dict[int, Verdict] = {}
        self.divergent: dict[int, Divergence] = {}

    def missing(self, ks: Iterable[int]) -> set[int]:
        """Name the classes to ask about: those that are new, or all.

        All where the engine has to stand by what it decided before that is repeated.
        """
        if not self._pdp.stands:
            return set(ks)
        return {k for k in ks if k not in self.known}

    def decide(self, ks: Collection[int]) -> dict[int, Verdict]:
        """Ask the policy about classes; may wait for the engine. Never raises.

        More than 20,000 classes in one context are refused: a sample would be a
        guess, and a guess is not a decision.
        """
        if len(self.known.keys() | ks) > MAX_CLASSES:
            return {k: _broken(k, "gate.too_many_classes") for k in ks}
        asked = {k: made for k in sorted(ks) if (made := self._resource(k)) is not None}
        decisions = self._pdp.decide(
            self._caller,
            self._question.purpose,
            self._question.action,
            [resource for _, resource in asked.values()],
        )
        fresh = {
            k: self._verdict(each, decision)
            for (k, (each, _)), decision in zip(asked.items(), decisions, strict=True)
        }
        self.known.update({k: v for k, v in fresh.items() if not v.broken})
        if self._shadow is not None:
            classes = {k: resource for k, (_, resource) in asked.items()}
            enforced = dict(zip(classes.values(), decisions, strict=True))
            self._compare(self._shadow, classes, enforced)
        return {k: _broken(k, "gate.unknown_word") for k in ks} | fresh

    def tally(self, ks: Iterable[int]) -> None:
        """Count records of the classes on which the shadow would decide otherwise."""
        if self._shadow is not None:
            for k, records in Counter(ks).items():
                if k in self.divergent:
                    self._shadow.count(self.divergent[k], records)

    def _compare(
        self,
        shadow: Shadow,
        classes: Mapping[int, ResourceClass],
        enforced: Mapping[ResourceClass, Decision],
    ) -> None:
        question = self._question
        found = shadow.compare(
            self._caller, question.purpose, question.action, enforced
        )
        self.divergent |= {k: found[r] for k, r in classes.items() if r in found}

    def _resource(self, k: int) -> tuple[Unpacked, ResourceClass] | None:
        """Put a class into the policy's words; None if a word is not one of them."""
        try:
            each = self._classes.unpack(k)
            return each, resource_of(each, self._catalog, self._question.purpose)
        except (AllodError, ValueError, IndexError):
            return None

    def _verdict(self, each: Unpacked, decision: Decision) -> Verdict:
        visible = each.reach != "none" and each.customer.state != "erased"
        if not decision.allow:
            return Verdict(None, decision.reasons, visible)
        collection = self._catalog.collection(each.record.collection)
        masks = self._masks(collection, each.record.classes, decision.masks)
        if isinstance(masks, Reason):
            return Verdict(None, (masks,), visible)
        plan = make_plan(
            collection,
            masks,
            held=each.record.classes,
            wanted=self._question.fields,
            own=each.reach == "self",
            token_key=self._token_key,
        )
        # A read names single persons, whatever else it may be.
        if duty := unmet(decision.obligations, persons=1):
            reasons = (Reason("obligation." + duty),)
            return Verdict(None, reasons, visible, decision.obligations, bound=plan)
        return Verdict(plan, (), visible, decision.obligations)

    def _masks(
        self, collection: Declared, held: tuple[str, ...], masks: Mapping[str, str]
    ) -> Mapping[str, str] | Reason:
        if self._question.action != Action.VERIFY:
            return masks
        (field,) = self._question.fields or ("",)
        return masks_to_verify(collection, field, held, masks)


def _broken(k: int, code: str) -> Verdict:
    """Say that a class was not decided about; who does not reach it is not told."""
    return Verdict(None, (Reason(code),), visible=bool(k & REACH_BITS))


class VerdictCache:
    """The contexts in use, newest last; a switch of the policies makes new ones.

    A reading keeps the context that it began with, and so the revision.
    """

    def __init__(
        self,
        make: Callable[[Question, Deciding], Verdicts],
        current: Callable[[], Deciding],
    ) -> None:
        self._make = make
        self._current = current
        self._lock = threading.Lock()
        self._deciding = current()
        self._contexts: OrderedDict[object, Verdicts] = OrderedDict()

    def of(self, question: Question) -> Verdicts:
        """Give the verdicts of a question's context."""
        # Not whose call it is: what two callers alike in these differ by is whom they
        # reach, and that is in `k`.
        principal = question.principal
        key = (
            *(principal.kind, principal.roles, principal.region, principal.assurance),
            *(question.purpose, question.action, question.fields),
        )
        deciding = self._current()
        with self._lock:
            # One object until policies or shadow change; what was decided before that
            # is forgotten as a whole.
            if deciding is not self._deciding:
                self._contexts.clear()
                self._deciding = deciding
            context = self._contexts.pop(key, None) or self._make(question, deciding)
            self._contexts[key] = context
            if len(self._contexts) > MAX_CONTEXTS:
                self._contexts.popitem(last=False)
        return context


def verdicts_of(
    current: Callable[[], Deciding],
    classes: Classes,
    catalog: Catalog,
    secret: Callable[[str], bytes],
) -> VerdictCache:
    """Make the contexts of an installation; `secret` gives its secrets by name."""

    def made(question: Question, deciding: Deciding) -> Verdicts:
        return Verdicts(
            question,
            deciding=deciding,
            classes=classes,
            catalog=catalog,
            token_key=lambda: secret(f"token/{question.purpose}"),
        )

    return VerdictCache(made, current)
