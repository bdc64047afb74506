import pytest
from bundles import changed, replaced, shipped

from pdp.bundle.bundle import Bundle
from pdp.bundle.findings import Finding
from pdp.review.lint import lint
from pdp.review.tables import check_tables

CONSENT = "legal/consent.rego"
NEEDED = '\tinput.resource.basis == "consent"\n\tnot asked.right\n'


def findings(line: str) -> list[Finding]:
    return lint(changed(CONSENT, NEEDED, f"\t{line}\n"))


def only(bundle: Bundle) -> Finding:
    (finding,) = lint(bundle)
    return finding


def test_the_shipped_policies_are_portable() -> None:
    assert lint(shipped()) == []


@pytest.mark.parametrize(
    "line",
    [
        "not input.purpose in input.resource.classes",
        'not data.tables.purposes[input.purpose] == "x"',
        "not data.tables.purposes[input.purpose]",
        "not count(input.resource.classes)",
        'not input.resource.basis == "consent"',
        "not input.resource.assurance > 1",
        "not needed_by[input.resource.basis].now",
        "not asked.purpose[needed]",
    ],
)
def test_a_negation_that_means_another_thing_elsewhere_is_found(line: str) -> None:
    negations = [it for it in findings(line) if it.rule == "negation"]

    assert len(negations) == 1
    assert negations[0].file == CONSENT
    assert negations[0].column == 2
    assert "rule of its own" in negations[0].instead


@pytest.mark.parametrize(
    "line",
    [
        "not asked.right",
        "not input.resource.hold",
        'some role in ["a"]; not asked.roles[role]',
        'not asked.roles["support"]',
    ],
)
def test_a_negation_of_a_name_or_a_named_element_is_portable(line: str) -> None:
    assert findings(line) == []


@pytest.mark.parametrize(
    "call",
    [
        'http.send({"url": "http://localhost"})',
        "time.now_ns() > 0",
        'rand.intn("x", 3) == 1',
        "opa.runtime().env",
        'regex.match("a", "b")',
        'io.jwt.decode("x")',
        'net.cidr_contains("10.0.0.0/8", "10.0.0.1")',
        'uuid.rfc4122("x") == ""',
    ],
)
def test_a_builtin_that_is_not_on_the_list_is_found(call: str) -> None:
    found = [it for it in findings(call) if it.rule == "builtin"]

    assert len(found) == 1
    assert call.partition("(")[0] in found[0].message


def test_a_builtin_on_the_list_and_a_function_of_ones_own_pass() -> None:
    text = (
        shipped().texts[CONSENT]
        + "\ndouble(x) := x * 2\n\nopen_to_objection if double(count([])) == 1\n"
    )

    assert lint(replaced(CONSENT, text)) == []


def test_a_dotted_rule_name_is_found() -> None:
    text = shipped().texts[CONSENT] + "\nneeded_by.law := true\n"

    assert only(replaced(CONSENT, text)).rule == "head"


def test_a_template_string_is_a_syntax_error_here() -> None:
    text = shipped().texts[CONSENT] + '\ntext := $"{input.purpose}"\n'

    assert only(replaced(CONSENT, text)).rule == "syntax"


def test_a_syntax_error_is_told_with_line_and_column() -> None:
    finding = only(changed(CONSENT, "installed := true", "installed := := true"))

    assert (finding.file, finding.rule, finding.line) == (CONSENT, "syntax", 14)
    assert finding.column > 1


def test_an_undefined_name_is_told_with_line_and_column() -> None:
    finding = only(
        changed(CONSENT, "\tnot asked.right\n}\n\nopen", "\tnowhere\n}\n\nopen")
    )

    assert (finding.file, finding.rule) == (CONSENT, "compile")
    assert finding.column == 2


def test_a_rule_file_without_its_title_and_article_is_found() -> None:
    finding = only(changed(CONSENT, "#   article: ", "#   paragraph: "))

    assert finding.rule == "metadata"


def test_a_fault_in_the_tables_is_a_finding_like_any_other() -> None:
    finding = only(changed("tables/data.json", '"cn": ["cn"]', '"cn": ["mars"]'))

    assert (finding.file, finding.rule) == ("tables/data.json", "table")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"contact": "last4"', '"contact": "blur"', "no mask `blur`"),
        ('"roles": ["finance"]', '"roles": ["fiance"]', "no role `fiance`"),
        ('"bases": ["consent"]', '"bases": ["hope"]', "no lawful basis `hope`"),
        ('"minors": "guardian"', '"minors": "maybe"', "no minors `maybe`"),
        ('"cn": ["cn"]', '"cn": ["mars"]', "no region `mars`"),
        ('"cohort": 20', '"cohort": "20"', "cohort is of another type"),
        ('"right": true', '"rihgt": true', "columns too many or too few"),
        ('"kinds": ["auditor"]', '"kinds": ["ghost"]', "no kind `ghost`"),
        ('"actions": ["aggregate"]', '"actions": "aggregate"', "a list of action"),
        ('"support": "clear", "special": "drop"', '"support": "clear"', "no mask for"),
    ],
)
def test_a_cell_that_names_what_is_not_there_is_found(
    old: str, new: str, message: str
) -> None:
    found = check_tables(changed("tables/data.json", old, new))

    assert any(message in finding.message for finding in found)
    assert all(finding.line > 1 and finding.instead for finding in found)
