"""Lint, cases, tests and coverage together: whether policies are fit, and why not."""

from dataclasses import dataclass

from pdp.bundle import Bundle
from pdp.cases import Report, run
from pdp.findings import Finding
from pdp.lint import lint
from pdp.regorus import PolicyFault
from pdp.rows import CasesError


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it; there is no report where the cases could not be run."""

    digest: str
    findings: tuple[Finding, ...]
    report: Report | None

    @property
    def passed(self) -> bool:
        """Whether such policies may be activated."""
        return not self.findings and self.report is not None and self.report.passed


def tried(bundle: Bundle) -> Trial:
    """Lint policies, and run their cases and tests as far as they can be run.

    Raises:
        PolicyFault: nothing was found, and the rules cannot be compiled all the same.

    """
    findings = tuple(lint(bundle))
    try:
        report = run(bundle)
    except (PolicyFault, CasesError):
        if not findings:
            raise
        report = None
    return Trial(bundle.digest, findings, report)
