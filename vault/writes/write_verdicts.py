"""Whether something may be written: what the policies say, and what stands in code.

In code stands what no table opens. Out of reach and erased is as good as absent. A
restricted account takes no write but its own customer's (GDPR 18(2)). A contribution
is changed by its author alone: it is stamped in their name. Under a bundle that does
not decide writes (its manifest says so), these, and a legal hold, are all there is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kit.errors import AllodError, NotFound, Reason, Refused, Unavailable
from pdp.decision.decision import Decision
from pdp.decision.question import Action, ResourceClass
from vault._internal.classes import Unpacked
from vault.catalog.catalog import Catalog
from vault.gate.masking import unmet
from vault.gate.policies import InForce, Policies
from vault.gate.policy_input import resource_of, undecidable
from vault.gate.question import Question

FROZEN: Final = Reason(
    "hold.frozen",
    "GDPR 18(1)(c), 18(2); PIPL 47(2)",
    "wait until the hold is lifted",
)
RESTRICTED: Final = Reason(
    "state.restricted",
    "GDPR 18(2); PIPL 44",
    "the customer restricted processing; wait until the restriction is lifted",
)
AUTHOR: Final = Reason(
    "contribution.author",
    "GDPR 5(1)(d); PIPL 8",
    "only its author changes a contribution; write what you have to say elsewhere",
)
BEYOND: Final = Reason(
    "purpose.write",
    "GDPR 5(1)(c); PIPL 6(2)",
    "leave out the data that this purpose or your role does not cover",
)


@dataclass(frozen=True, slots=True)
class WriteVerdict:
    """Whether one class of things may be written, or why not."""

    reasons: tuple[Reason, ...]
    visible: bool

    @property
    def allowed(self) -> bool:
        """Whether it may be written."""
        return self.visible and not self.reasons

    @property
    def broken(self) -> bool:
        """Whether the engine failed, rather than the law said no."""
        return any(reason.code.startswith("gate.") for reason in self.reasons)

    @property
    def undecidable(self) -> bool:
        """Whether nothing but the words of what is there keeps from a decision."""
        return undecidable(self.reasons)

    def error(self, decision_id: bytes) -> AllodError | None:
        """Say why it may not be written; None if it may."""
        if not self.visible:
            return NotFound()
        if self.broken:
            code = self.reasons[0].code
            return Unavailable("the policy engine gave no decision", code=code)
        if self.reasons:
            return Refused(
                "the policy refuses to have this written for this purpose",
                reasons=self.reasons,
                decision_id=decision_id.hex(),
            )
        return None


@dataclass(frozen=True, slots=True)
class Weighed:
    """One class that is asked about; `changes` a record that is there already."""

    facts: Unpacked
    changes: bool = False


class WriteVerdicts:
    """Gives the verdicts of one question, under the revision that it began with."""

    def __init__(
        self, question: Question, policies: Policies, catalog: Catalog, *, office: bool
    ) -> None:
        self._question = question
        self._policies = policies
        self._in_force: InForce = policies.current
        self._catalog = catalog
        self._office = office
        bundle = self._in_force.bundle
        self.revision = self._in_force.pdp.revision
        if bundle.decides(Action.WRITE):
            self._in_force.purposes.get(question.purpose)
        # A process that could not load what is in force now still holds what was in
        # force before. It asks, whatever that says of writes, and is told nothing.
        held = bundle.digest
        self.decided = bundle.decides(Action.WRITE) or self.revision != held

    def of(self, asked: Sequence[Weighed]) -> list[WriteVerdict]:
        """Judge each; what the engine cannot decide is refused with a `gate.*` code."""
        resources = [self._resource(each.facts) for each in asked]
        known = [each for each in resources if each is not None]
        said = self.of_resources(known)
        return [
            self._with_code(each, self._said(said, resource))
            for each, resource in zip(asked, resources, strict=True)
        ]

    def of_resources(
        self, resources: Sequence[ResourceClass]
    ) -> Mapping[ResourceClass, tuple[Reason, ...]]:
        """Say what the policies hold against each class, if they decide writes."""
        distinct = list(dict.fromkeys(resources))
        if not self.decided:
            return dict.fromkeys(distinct, ())
        question = self._question
        caller = question.principal.caller()
        decisions = self._in_force.pdp.decide(
            caller, question.purpose, question.action, distinct
        )
        by_class = dict(zip(distinct, decisions, strict=True))
        self._compare(by_class)
        return {each: _reasons(each, found) for each, found in by_class.items()}

    def _compare(self, enforced: Mapping[ResourceClass, Decision]) -> None:
        pdp, shadow = self._policies.deciding()
        if shadow is None or pdp is not self._in_force.pdp:
            return
        question = self._question
        caller = question.principal.caller()
        found = shadow.compare(caller, question.purpose, question.action, enforced)
        for divergence in found.values():
            shadow.count(divergence, 1)

    def _resource(self, each: Unpacked) -> ResourceClass | None:
        """Put a class into the policy's words; None if a word is not one of them."""
        try:
            return resource_of(each, self._catalog, self._question.purpose)
        except (AllodError, ValueError):
            return None

    def _said(
        self,
        said: Mapping[ResourceClass, tuple[Reason, ...]],
        resource: ResourceClass | None,
    ) -> tuple[Reason, ...]:
        if resource is not None:
            return said[resource]
        return (Reason("gate.unknown_word"),) if self.decided else ()

    def _with_code(self, each: Weighed, said: tuple[Reason, ...]) -> WriteVerdict:
        facts = each.facts
        visible = facts.reach != "none" and facts.customer.state != "erased"
        codes = {reason.code for reason in said}
        also = tuple(
            reason for reason in self._in_code(each) if reason.code not in codes
        )
        return WriteVerdict(said + also, visible)

    def _in_code(self, each: Weighed) -> list[Reason]:
        facts, own = each.facts, each.facts.reach == "self"
        reasons = []
        if facts.customer.state == "restricted" and not own and not self._office:
            reasons.append(RESTRICTED)
        if each.changes and facts.ugc != "none" and not own:
            reasons.append(AUTHOR)
        if each.changes and facts.hold:
            reasons.append(FROZEN)
        return reasons


def require_decided(verdicts: Sequence[WriteVerdict], decision_id: bytes) -> None:
    """Raise where the engine failed; a word of one item's own keeps out that alone.

    Raises:
        Unavailable: nothing was decided, whatever is to be written.

    """
    for verdict in verdicts:
        error = verdict.error(decision_id)
        if isinstance(error, Unavailable) and not verdict.undecidable:
            raise error


def _reasons(resource: ResourceClass, decision: Decision) -> tuple[Reason, ...]:
    if not decision.allow:
        return decision.reasons or (Reason("gate.no_reason"),)
    if not set(resource.classes) <= decision.masks.keys():
        return (BEYOND,)
    # A write is about single persons, whatever else it may be.
    duty = unmet(decision.obligations, persons=1)
    return (Reason("obligation." + duty),) if duty else ()
