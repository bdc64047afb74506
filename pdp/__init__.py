"""Policies become decisions.

`Pdp` (in `pdp.decider`) is what the vault asks. Under it an `Engine` (`pdp.port`)
evaluates a `Bundle` (`pdp.bundle`); the embedded one is `pdp.regorus`. Beside it, for
those who write policies: `pdp.cases`, `pdp.lint` and `pdp.explain`.

This package knows no record, no customer and no database.
"""

from pdp.bundle import Bundle, BundleError, install, installed, load
from pdp.decider import Pdp
from pdp.decision import Decision, Obligation
from pdp.question import Caller, ResourceClass
from pdp.regorus import RegorusEngine

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
