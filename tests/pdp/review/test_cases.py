import pytest
from bundles import changed, replaced, shipped

from pdp.review.case_yaml import CasesError, read_rows
from pdp.review.cases import CaseReport, run

SUPPORT = "cases/support.yaml"
HEAD = "about: x\ngiven: {consent: granted}\ncases:\n"


@pytest.fixture(scope="module")
def report() -> CaseReport:
    return run(shipped())


def test_the_report_names_the_bundle_that_was_run(report: CaseReport) -> None:
    assert report.digest == shipped().digest
    assert report.passed


def test_rego_tests_are_run_beside_the_cases(report: CaseReport) -> None:
    names = {result.name for result in report.results}

    assert "test_a_batch_keeps_length_and_order" in names
    assert "The customer withdrew" in names


def test_a_changed_mask_fails_the_rows_that_say_otherwise() -> None:
    report = run(
        changed("tables/data.json", '"contact": "last4"', '"contact": "clear"')
    )

    assert not report.passed
    first = next(it for it in report.failed if it.file == SUPPORT)
    assert first.line == 23
    assert first.expected.startswith("allowed: contact last4")
    assert first.got.startswith("allowed: contact clear")


def test_a_rule_that_no_longer_denies_fails_its_row() -> None:
    bundle = changed("legal/consent.rego", '"withdrawn"\n', '"never"\n')

    failed = {result.name for result in run(bundle).failed}

    assert "The customer withdrew" in failed


def test_lines_that_no_row_has_tried_are_listed() -> None:
    hold = shipped().texts["legal/hold.rego"]
    held = hold.replace('"write"\n}', '"write"\n\tlate\n}')
    late = "\nlate if input.resource.hold\n\nlate if {\n\tinput.v == 7\n\t1 == 1\n}\n"
    report = run(replaced("legal/hold.rego", held + late))

    (found,) = (each for each in report.coverage if each.idle)
    assert found.file == "legal/hold.rego"
    assert found.idle == (1 + (held + late).split("\n").index("\t1 == 1"),)
    assert 95 < report.percent("legal") < 100
    assert report.passed


def test_a_folder_below_its_threshold_does_not_pass() -> None:
    texts = shipped().texts["gate/gate.rego"]
    bundle = replaced(
        "gate/gate.rego",
        texts
        + '\nlost if {\n\tinput.v == 7\n\t1 == 1\n}\n\npermits contains "x" if lost\n',
    )

    report = run(bundle)

    assert report.thin == ("gate",)
    assert not report.passed


def test_a_bundle_without_cases_and_tests_does_not_pass() -> None:
    assert not CaseReport("x", (), ()).passed


def test_a_rule_that_cannot_be_evaluated_fails_each_row_with_its_place() -> None:
    bundle = changed(
        "legal/hold.rego",
        "installed := true",
        "installed := true\n\ninstalled := 7 if input.v",
    )

    report = run(bundle)

    assert any("legal/hold.rego:12:1" in result.got for result in report.failed)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "write a mapping"),
        ("about: [", 1, "not YAML"),
        ("about: x\n", 1, "cases is missing"),
        (HEAD + "  - case: y\n", 4, "then is missing"),
        (
            HEAD + "  - case: y\n    then: {}\n    else: {}\n",
            6,
            "else means nothing here",
        ),
        (HEAD + "  - case: y\n    each: {}\n    then: {}\n", 5, "names one word"),
        (HEAD + "  - case: y\n    each: {v: 1}\n    then: {}\n", 5, "a list of its"),
        (HEAD + "  - case: y\n    each: {v: []}\n    then: {}\n", 5, "a list of its"),
        (HEAD + "  - case: y\n    then: {}\n    then: {}\n", 6, "stands here twice"),
        ("about: x\ngiven: {}\ncases: 7\n", 3, "cases: write a list"),
        ("about: x\ngiven: []\ncases: []\n", 2, "given: write a mapping"),
        ("about: &a x\ngiven: {}\ncases: [*a]\n", 3, "no aliases"),
    ],
)
def test_a_case_file_that_cannot_be_understood_says_where(
    text: str, line: int, message: str
) -> None:
    with pytest.raises(CasesError, match=message) as caught:
        list(read_rows(SUPPORT, text))

    assert caught.value.line == line
    assert caught.value.detail.startswith(f"{SUPPORT}:{line}:{caught.value.column}: ")
    assert caught.value.column >= 1
    assert caught.value.fix


def test_a_row_with_each_is_a_case_for_each_value() -> None:
    each = "{roles: [[], [support, legal]]}"
    text = f"{HEAD}  - case: y\n    each: {each}\n    then: {{}}\n"

    first, second = read_rows(SUPPORT, text)

    assert (first.name, first.facts["roles"]) == ("y (roles: )", [])
    assert second.name == "y (roles: support, legal)"
    assert second.facts == {"consent": "granted", "roles": ["support", "legal"]}
    assert (first.line, first.then) == (second.line, second.then) == (4, {})


def test_no_is_the_word_no_and_not_falsehood() -> None:
    when = "{minor: no, hold: false, assurance: 2}"
    text = f"{HEAD}  - case: y\n    when: {when}\n    then: {{}}\n"

    (row,) = read_rows(SUPPORT, text)

    assert row.facts == {
        "consent": "granted",
        "minor": "no",
        "hold": False,
        "assurance": 2,
    }


def test_a_word_that_no_question_has_is_refused() -> None:
    with pytest.raises(CasesError, match="no such word: mood"):
        run(changed(SUPPORT, "when: {action: write}", "when: {mood: write}"))


@pytest.mark.parametrize(
    "then", ["{permitted: {}}", "{refused: consent.missing}", "{}"]
)
def test_an_outcome_that_says_neither_is_refused(then: str) -> None:
    with pytest.raises(CasesError, match="`then` says"):
        run(changed(SUPPORT, "{refused: [reach.none]}", then))
