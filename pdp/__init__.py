"""Policies become decisions.

`Pdp` (in `pdp.decision.decider`) is what the vault asks. Under it an `Engine`
(`pdp.decision.port`) evaluates a `Bundle` (`pdp.bundle.bundle`); the embedded one is
`pdp.engines.regorus`. Beside it, for those who write policies: `pdp.review.cases`,
`pdp.review.lint` and `pdp.review.explain`.

This package knows no record and no customer. Its rooms use those below them alone:
`change`, `review`, `engines`, `bundle`, `decision`. Only `change` has tables: of what
was proposed, approved and put in force.
"""

from pdp.bundle.bundle import Bundle, BundleError, install, installed, load
from pdp.decision.decider import Pdp
from pdp.decision.decision import Decision, Obligation
from pdp.decision.question import Caller, ResourceClass
from pdp.engines.regorus import RegorusEngine

__all__ = [
    "Bundle",
    "BundleError",
    "Caller",
    "Decision",
    "Obligation",
    "Pdp",
    "RegorusEngine",
    "ResourceClass",
    "install",
    "installed",
    "load",
]
