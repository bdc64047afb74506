"""From a bundle that somebody wrote to the bundle that decides, with every check.

    lint → cases and tests, with coverage → what it would change → proposal
    → approval → shadow → the checks again, on every engine → canary → swap

A bundle that fails a check is not installed, not proposed and not activated; what is
in force stays as it was. Checks that depend on the vault's content are made again on
activation, because records come and go between a proposal and its activation.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from kit.db import Database
from kit.errors import Conflict, Fault, NotFound
from pdp.bundle.bundle import Bundle, install, installed, is_installed
from pdp.change.active import active
from pdp.change.canary import canary
from pdp.change.differential import Comparison
from pdp.change.history import Activation
from pdp.change.impact import Impact, impact
from pdp.change.proposal import Proposal
from pdp.change.proposals import Proposals
from pdp.change.rehearsal import GENERATED, rehearse
from pdp.change.shadow import divergences
from pdp.change.widening import Widenings, opened_by
from pdp.decision.port import Engine, ObservedClasses
from pdp.review.cases import CaseReport
from pdp.review.checks import PolicyUnfit, require_fit, require_former

Engines = Callable[[Bundle], AbstractContextManager[Sequence[Engine]]]
"""Opens every configured engine on a bundle, for the length of a block."""

Fits = Callable[[Bundle], Sequence[Fault]]
"""Says what in the rest of the installation a bundle does not fit with."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What the checks of a bundle showed, against the one in force."""

    report: CaseReport
    impact: Impact
    widenings: Widenings

    def lines(self) -> list[str]:
        """Put into words what would change, and what of it opens."""
        return [*self.impact.lines(), *self.widenings.lines()]


class Activator:
    """Takes policies from hand to hand until they decide.

    `generated` is how many questions are made up for each check, beside those about
    every class that was observed.
    """

    def __init__(
        self,
        *,
        database: Database,
        proposals: Proposals,
        folder: Path,
        observed: ObservedClasses,
        engines: Engines,
        fits: Fits,
        publish: Callable[[], object],
        generated: int = GENERATED,
    ) -> None:
        self._database = database
        self._proposals = proposals
        self._folder = folder
        self._observed = observed
        self._engines = engines
        self._fits = fits
        self._publish = publish
        self._generated = generated

    def examine(self, bundle: Bundle, *, former: bool = False) -> Examined:
        """Check a bundle and say what it would change; nothing is kept.

        `former` is one that was in force: findings that are newer than it are left.

        Raises:
            PolicyUnfit: lint, a case, a test or the coverage is not as it has to be.

        """
        if faults := self._fits(bundle):
            raise PolicyUnfit(faults)
        report = require_former(bundle) if former else require_fit(bundle)
        old = self._in_force()
        found = impact(old, bundle, self._observed)
        return Examined(report, found, opened_by(old, bundle, found, self._generated))

    def _in_force(self) -> Bundle:
        with self._database.read() as session:
            return installed(self._folder, active(session).digest)

    def propose(self, bundle: Bundle, *, by: str) -> tuple[Proposal, Examined]:
        """Check a bundle, keep it, and propose it.

        Raises:
            PolicyUnfit: as for `examine`.
            Conflict: it is in force already.

        """
        examined = self.examine(bundle)
        return self._proposed(bundle, examined, by=by), examined

    def activate(self, number: int, *, by: str) -> Activation:
        """Check a proposal again, on every engine, and put it in force.

        Raises:
            NotFound: there is no such proposal.
            PolicyUnfit: as for `examine`.
            Conflict: it is not open, lacks an approval, would by now widen what it
                did not, or two engines do not agree on it.
            Unavailable: an engine does not answer.

        """
        proposal = self._ready(number)
        bundle = installed(self._folder, proposal.digest)
        examined = self.examine(bundle, former=proposal.rollback)
        if examined.widenings.widens and not proposal.widens:
            raise Conflict(
                "the proposal would by now open what it did not when it was made",
                code="policy.widens",
                fix="propose it anew, so that the widening can be approved",
            )
        comparison = self._rehearsed(bundle)
        with self._database.write() as session:
            shadowed = divergences(session, proposal.digest, proposal.base)
            showed = {
                "compared": comparison.compared,
                "differing": comparison.differing,
                "diverged": sum(records for _, records in shadowed),
            }
            done = self._proposals.activate(session, number, by=by, showed=showed)
        self._publish()
        return done

    def roll_back(self, digest: str, *, by: str, reason: str) -> Proposal:
        """Go back to a bundle that was in force; at once, where that opens nothing.

        Where it does, it is a proposal that another principal has to approve.

        Raises:
            NotFound: no bundle of this digest is installed.
            PolicyUnfit: as for `examine`.
            Invalid: it was never in force, or there is no reason.
            Conflict: it is in force already, or two engines do not agree on it.

        """
        if not is_installed(self._folder, digest):
            raise NotFound("no policies of this digest are installed")
        bundle = installed(self._folder, digest)
        examined = self.examine(bundle, former=True)
        proposal = self._proposed(bundle, examined, by=by, way_back=reason)
        if not proposal.lacking:
            self.activate(proposal.number, by=by)
        with self._database.read() as session:
            return self._proposals.get(session, proposal.number)

    def _proposed(
        self,
        bundle: Bundle,
        examined: Examined,
        *,
        by: str,
        way_back: str | None = None,
    ) -> Proposal:
        digest = install(bundle, self._folder)
        with self._database.write() as session:
            return self._proposals.propose(
                session,
                digest,
                by=by,
                widens=examined.widenings.widens,
                rollback=way_back is not None,
                reason=way_back or "",
            )

    def _ready(self, number: int) -> Proposal:
        """Give a proposal that may be activated, before any work is put into it."""
        with self._database.read() as session:
            return self._proposals.ready(session, number)

    def _rehearsed(self, bundle: Bundle) -> Comparison:
        with self._engines(bundle) as engines:
            comparison = rehearse(engines, bundle, self._observed, self._generated)
            if not comparison.agreed:
                raise Conflict(
                    _difference(comparison),
                    code="policy.engines_differ",
                    fix="write the rule otherwise; `allod policy lint` names the traps",
                )
            for engine in engines:
                canary(engine, bundle)
        return comparison


def _difference(comparison: Comparison) -> str:
    said = f"the engines differ on {comparison.differing} of {comparison.compared}"
    if comparison.smallest is None:
        return said
    return f"{said}; the smallest: {comparison.smallest.input.text}"
