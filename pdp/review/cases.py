"""The cases that lawyers write, and the Rego tests that engineers write, run as one.

A case is given / when / then: what every row of a file starts from, what this row
changes, and what must come out, exactly: every mask, or every reason. Both kinds run
on the embedded engine with coverage, so a rule that no row has ever made true, or
false, shows. No other program is needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pdp.bundle.bundle import Bundle, is_rule
from pdp.bundle.findings import Finding, use_one_of
from pdp.decision.decision import Decision, Undecided, parse_decision
from pdp.decision.question import VERSION, ResourceClass
from pdp.engines.regorus import PolicyFault, Workbench
from pdp.review.case_yaml import CaseRow, CasesError, read_rows
from pdp.review.untried import silent, untouched

DECISION = "data.allod.gate.decision"
PRINCIPAL_WORDS = {
    "kind": "kind",
    "roles": "roles",
    "from": "region",
    "assurance": "assurance",
}
QUESTION_WORDS = ("action", "purpose")
RESOURCE_WORDS = tuple(field.name for field in fields(ResourceClass))
WORDS = ("v", *QUESTION_WORDS, *PRINCIPAL_WORDS, *RESOURCE_WORDS)
THRESHOLDS: Mapping[str, float] = {"gate": 100.0, "legal": 95.0}


@dataclass(frozen=True, slots=True)
class Case:
    """One row: where it stands, what it is called, the question, what must come out."""

    file: str
    line: int
    name: str
    question: Mapping[str, Any]
    expected: str


@dataclass(frozen=True, slots=True)
class Result:
    """How a case or a Rego test came out."""

    file: str
    line: int
    name: str
    passed: bool
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """Which lines of a rule file ran under all cases and tests together."""

    file: str
    ran: int
    idle: tuple[int, ...]

    @property
    def percent(self) -> float:
        """The share of lines that ran."""
        return 100.0 * self.ran / max(1, self.ran + len(self.idle))


@dataclass(frozen=True, slots=True)
class CaseReport:
    """What running everything showed."""

    digest: str
    results: tuple[Result, ...]
    coverage: tuple[FileCoverage, ...]
    untried: tuple[Finding, ...] = ()
    """Rules that no case makes come true, and rows that no case asks about."""

    @property
    def failed(self) -> tuple[Result, ...]:
        """The rows and tests that did not come out as they should."""
        return tuple(result for result in self.results if not result.passed)

    @property
    def thin(self) -> tuple[str, ...]:
        """The folders whose coverage is below their threshold."""
        return tuple(
            folder
            for folder, least in THRESHOLDS.items()
            if self.percent(folder) < least
        )

    @property
    def passed(self) -> bool:
        """Whether a bundle with this report may be activated."""
        return bool(self.results) and not self.failed and not self.thin

    def percent(self, folder: str) -> float:
        """The share of lines that ran in one folder of rules."""
        files = [it for it in self.coverage if it.file.startswith(folder + "/")]
        ran = sum(it.ran for it in files)
        return 100.0 * ran / max(1, ran + sum(len(it.idle) for it in files))


def run(bundle: Bundle) -> CaseReport:
    """Run every case and every Rego test of a bundle.

    Raises:
        CasesError: a case file cannot be read; the error says where.
        PolicyFault: the rules cannot be compiled, or may not be evaluated; the fault
            says where.

    """
    cases = list(read_cases(bundle))
    with Workbench(bundle) as bench:
        bench.load()
        answers = [answer(bench, case.question) for case in cases]
        untried = tuple(_untried(bundle, bench, cases, answers))
        results = [*map(_judged, cases, answers)]
        results += [_tested(bench, *test) for test in rego_tests(bundle, bench)]
        coverage = tuple(
            FileCoverage(path, len(ran), tuple(sorted(idle)))
            for path, (ran, idle) in sorted(bench.coverage().items())
            if is_rule(path)
        )
    return CaseReport(bundle.digest, tuple(results), coverage, untried)


def _untried(
    bundle: Bundle,
    bench: Workbench,
    cases: Sequence[Case],
    answers: Sequence[Decision | str],
) -> Iterator[Finding]:
    trees = {path: bench.parse(path, text) for path, text in bundle.modules.items()}
    ran = {path: lines for path, (lines, _) in bench.coverage().items()}
    decisions = [each for each in answers if isinstance(each, Decision)]
    yield from silent(trees, decisions, ran)
    yield from untouched(bundle, [case.question for case in cases])


def read_cases(bundle: Bundle) -> Iterator[Case]:
    """Read every case of a bundle.

    Raises:
        CasesError: a file cannot be read, or a row uses a word that is not known.

    """
    for path, text in sorted(bundle.cases.items()):
        for row in read_rows(path, text):
            yield Case(path, row.line, row.name, _question(row), _expected(row))


def sound_rows(path: str, text: str) -> Iterator[CaseRow]:
    """Read the rows of one case file, each of which makes a case.

    Raises:
        CasesError: it cannot be read, or a row uses a word that no question has.

    """
    for row in read_rows(path, text):
        _question(row)
        _expected(row)
        yield row


def answer(bench: Workbench, question: Mapping[str, Any]) -> Decision | str:
    """Ask the gate one question; text says why there was no decision."""
    try:
        return parse_decision(bench.evaluate(DECISION, question))
    except PolicyFault as fault:
        return f"{fault.detail} ({fault.file}:{fault.line}:{fault.column})"
    except Undecided as error:
        return error.reason_code


def described(decision: Decision | str) -> str:
    """Put a decision into the words of a case's `then`."""
    if isinstance(decision, str):
        return f"undecided: {decision}"
    if not decision.allow:
        codes = sorted(reason.code for reason in decision.reasons)
        return "refused: " + ", ".join(codes)
    masks = ", ".join(f"{name} {mask}" for name, mask in decision.masks.items())
    groups = "".join(f"; groups of {it.min} or more" for it in decision.obligations)
    return f"allowed: {masks}{groups}"


def _judged(case: Case, decision: Decision | str) -> Result:
    got = described(decision)
    return Result(
        case.file, case.line, case.name, got == case.expected, case.expected, got
    )


def _question(row: CaseRow) -> dict[str, Any]:
    facts = dict(row.facts)
    question: dict[str, Any] = {
        "v": facts.pop("v", VERSION),
        "principal": {
            name: facts.pop(word)
            for word, name in PRINCIPAL_WORDS.items()
            if word in facts
        },
        "resource": {word: facts.pop(word) for word in RESOURCE_WORDS if word in facts},
    }
    question |= {word: facts.pop(word) for word in QUESTION_WORDS if word in facts}
    if facts:
        strange = min(facts)
        raise CasesError(
            *(row.file, row.place(strange), f"no such word: {strange}"),
            use_one_of(strange, WORDS),
        )
    return question


def _expected(row: CaseRow) -> str:
    then = dict(row.then)
    if then.keys() == {"refused"} and isinstance(then["refused"], list):
        return "refused: " + ", ".join(sorted(map(str, then["refused"])))
    if then.keys() <= {"allowed", "groups"} and isinstance(then.get("allowed"), dict):
        masks = sorted(then["allowed"].items())
        groups = f"; groups of {then['groups']} or more" if "groups" in then else ""
        return (
            "allowed: " + ", ".join(f"{name} {mask}" for name, mask in masks) + groups
        )
    raise CasesError(
        row.file,
        row.place("then", *list(row.then)[:1]),
        "`then` says neither that it is allowed nor that it is refused",
        "write `refused: [code, …]` or `allowed: {class: mask, …}`",
    )


def rego_tests(bundle: Bundle, bench: Workbench) -> Iterator[tuple[str, str, int, str]]:
    """Find every Rego test: its file, package, line and name."""
    for path, text in sorted(bundle.tests.items()):
        tree = bench.parse(path, text)
        package = next(
            line.removeprefix("package ").strip()
            for line in text.splitlines()
            if line.startswith("package ")
        )
        for rule in tree["rules"]:
            head = rule.get("Spec", {}).get("head", {}).get("Compr")
            name = head["refr"].get("Var", {}).get("value", "") if head else ""
            if name.startswith("test_"):
                yield path, package, int(head["span"]["line"]), name


def _tested(bench: Workbench, path: str, package: str, line: int, name: str) -> Result:
    try:
        value = bench.evaluate(f"data.{package}.{name}", {})
        got = "true" if value is True else "not true"
    except PolicyFault as fault:
        got = f"{fault.detail} ({fault.file}:{fault.line}:{fault.column})"
    return Result(path, line, name, got == "true", "true", got)
