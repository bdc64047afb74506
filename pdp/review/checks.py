"""Lint, cases, tests and coverage together: whether policies are fit, and why not.

What no case tries is a finding as well: a rule that never fires, a row of the tables
that nobody asks about.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kit.errors import Fault, Invalid
from pdp.bundle.bundle import Bundle, BundleError, from_texts
from pdp.bundle.findings import Finding
from pdp.bundle.judged import Judged
from pdp.engines.regorus import PolicyFault
from pdp.review.case_yaml import CasesError
from pdp.review.cases import CaseReport, run
from pdp.review.lint import lint
from pdp.review.tables import check_known

MAX_FAULTS: Final = 20

_FIT: Final[Judged[CaseReport]] = Judged()


class PolicyUnfit(Invalid):
    """A bundle failed a check; each fault names file, line and remedy."""

    code, title = "policy.unfit", "Policies are not fit"

    def __init__(self, faults: Sequence[Fault]) -> None:
        more = len(faults) - MAX_FAULTS
        rest = [Fault("/", f"and {more} more")] if more > 0 else []
        super().__init__(
            "the policies failed their checks; nothing was changed",
            faults=(*faults[:MAX_FAULTS], *rest),
            fix="mend what is listed, then run `allod policy test`",
        )


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it; there is no report where the cases could not be run."""

    digest: str
    findings: tuple[Finding, ...]
    report: CaseReport | None

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
    if report is not None:
        findings = (*findings, *report.untried)
    return Trial(bundle.digest, findings, report)


def require_fit(bundle: Bundle) -> CaseReport:
    """Check that policies may be activated; gives what running their cases showed.

    Raises:
        PolicyUnfit: a finding, a case or test that fails, or too little coverage.

    """
    return _FIT.get(bundle.digest, lambda: _fit(bundle))


def require_former(bundle: Bundle) -> CaseReport:
    """Check that policies which were in force once still say what they said.

    They were fit by the checks of their time; a finding that is newer than they are
    does not close the way back. What every engine asks of a bundle is asked (its words,
    built-ins and gate), and each of its own cases has to come out.

    Raises:
        PolicyUnfit: an engine would not load them, or a case or test fails.

    """
    return _FIT.get(("former", bundle.digest), lambda: _former(bundle))


def _former(bundle: Bundle) -> CaseReport:
    if found := check_known(bundle):
        raise PolicyUnfit([*_found(found)])
    try:
        report = run(bundle)
    except PolicyFault as fault:
        raise _unloaded(fault) from None
    except CasesError as error:
        raise PolicyUnfit(
            [Fault(f"/{error.file}:{error.line}", error.detail)]
        ) from None
    if report.failed or not report.results:
        raise PolicyUnfit([*_failures(report)])
    return report


def _unloaded(fault: PolicyFault) -> PolicyUnfit:
    where = f"/{fault.file}:{fault.line}:{fault.column}"
    return PolicyUnfit([Fault(where, fault.detail)])


def _fit(bundle: Bundle) -> CaseReport:
    _require_whole(bundle)
    try:
        trial = tried(bundle)
    except PolicyFault as fault:
        raise _unloaded(fault) from None
    if trial.report is None or not trial.passed:
        raise PolicyUnfit([*_faults(trial)])
    return trial.report


def _require_whole(bundle: Bundle) -> None:
    """Check that a bundle has all that this program needs in one that is new."""
    try:
        from_texts(bundle.texts)
    except BundleError as error:
        where = f"/{error.file}:{error.line}:{error.column}"
        raise PolicyUnfit([Fault(where, f"{error.message}; {error.fix}")]) from None


def _faults(trial: Trial) -> Iterator[Fault]:
    yield from _found(trial.findings)
    if trial.report is not None:
        yield from _failures(trial.report)


def _found(findings: Sequence[Finding]) -> Iterator[Fault]:
    for each in findings:
        where = f"/{each.file}:{each.line}:{each.column}"
        yield Fault(where, f"{each.message}; {each.instead}")


def _failures(report: CaseReport) -> Iterator[Fault]:
    for each in report.failed:
        said = f"{each.name}: expected {each.expected}, got {each.got}"
        yield Fault(f"/{each.file}:{each.line}", said)
    for folder in report.thin:
        said = f"only {report.percent(folder):.1f} % of its lines ran"
        yield Fault(f"/{folder}", said)
