"""The shipped policies: every case, every test, every file, every reason."""

import re
from functools import cache

import pytest
from bundles import POLICIES, shipped, unlisted, without

from pdp.decision.decision import parse_decision
from pdp.decision.question import (
    Basis,
    Caller,
    Kind,
    Minor,
    Reach,
    ResourceClass,
    document,
)
from pdp.engines.regorus import Workbench
from pdp.review.cases import Case, CaseReport, described, read_cases, run

QUESTION = document(
    "read",
    "support.case",
    Caller(Kind.SERVICE, ("support",), "us"),
    ResourceClass(
        *("profile", ("identity",), Reach.IN_SCOPE, "us"),
        minor=Minor.NO,
        basis=Basis.CONTRACT,
    ),
)
CASES = tuple(read_cases(shipped()))
LEGAL = sorted(path for path in shipped().modules if path.startswith("legal/"))


@cache
def report() -> CaseReport:
    return run(shipped())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.name}")
def test_every_case_comes_out_as_written(case: Case) -> None:
    (result,) = (
        it for it in report().results if (it.file, it.name) == (case.file, case.name)
    )
    assert result.got == case.expected


def test_every_rego_test_is_true() -> None:
    tests = [it for it in report().results if it.file.startswith("tests/")]

    assert len(tests) >= 15
    assert [it.name for it in tests if not it.passed] == []


def test_every_line_of_the_gate_is_tried() -> None:
    assert report().percent("gate") == 100


def test_nearly_every_line_of_the_legal_rules_is_tried() -> None:
    assert report().percent("legal") >= 95
    assert {it.file for it in report().coverage} == shipped().modules.keys()


@pytest.mark.parametrize("path", LEGAL)
def test_deleting_a_legal_file_refuses_what_was_allowed(path: str) -> None:
    bundle = unlisted(without(path), path)
    with Workbench(bundle) as bench:
        decision = parse_decision(bench.evaluate("data.allod.gate.decision", QUESTION))

    assert described(decision) == "refused: gate.not_intact"


def test_the_question_of_the_deletion_test_is_allowed_by_the_whole_bundle() -> None:
    with Workbench(shipped()) as bench:
        decision = parse_decision(bench.evaluate("data.allod.gate.decision", QUESTION))

    assert decision.allow


@pytest.mark.parametrize("path", LEGAL)
def test_every_legal_file_names_its_title_and_its_article_of_law(path: str) -> None:
    head = shipped().texts[path].partition("\npackage ")[0]

    assert re.search(r"^# title: \S", head, re.MULTILINE)
    assert re.search(r"^#   article: (GDPR|PIPL) \d", head, re.MULTILINE)


@pytest.mark.parametrize("path", sorted(shipped().modules))
def test_every_reason_in_the_rules_is_expected_by_some_case_or_test(path: str) -> None:
    codes = re.findall(r'"code": "([a-z_.]+)"', shipped().texts[path])
    tried = " ".join(case.expected for case in CASES)
    tried += " ".join(shipped().tests.values())

    assert [code for code in codes if code not in tried] == []


@pytest.mark.parametrize("purpose", sorted(shipped().tables["purposes"]))
def test_every_purpose_is_tried_by_some_case(purpose: str) -> None:
    assert purpose in {case.question["purpose"] for case in CASES}


def test_the_page_for_lawyers_names_every_reason() -> None:
    page = (POLICIES / "README.md").read_text()
    for path in LEGAL:
        for code in re.findall(r'"code": "([a-z_.]+)"', shipped().texts[path]):
            family, _, word = code.partition(".")
            assert code in page or (f"{family}." in page and f"`.{word}`" in page)


def test_no_rule_can_tell_the_time_or_who_the_customer_is() -> None:
    for text in shipped().modules.values():
        assert not re.search(r"\b(time|http|rand|opa|net)\.", text)
        assert "customer_id" not in text
