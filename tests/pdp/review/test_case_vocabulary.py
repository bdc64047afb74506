import pytest
from bundles import changed

from pdp.bundle.findings import Finding
from pdp.review.lint import lint

SUPPORT = "cases/support.yaml"


def first(old: str, new: str) -> tuple[Finding, str]:
    bundle = changed(SUPPORT, old, new)
    found = lint(bundle)
    assert {it.file for it in found} == {SUPPORT}
    return found[0], bundle.texts[SUPPORT].splitlines()[found[0].line - 1]


@pytest.mark.parametrize(
    ("old", "new", "message", "instead"),
    [
        (
            "purpose: support.case",
            "purpose: suport.case",
            "no purpose `",
            "`support.case`",
        ),
        ("roles: [support]", "roles: [suport]", "no roles `suport`", "`support`"),
        ("classes: [support]", "classes: [suport]", "no classes `", "`support`"),
        ("{contact: last4", "{contcat: last4", "no data class `", "`contact`"),
        ("{contact: last4", "{contact: last5", "no mask `last5`", "`last4`"),
        (
            "refused: [reach.none]",
            "refused: [reach.nun]",
            "no reason `",
            "`reach.none`",
        ),
        ("consent: unknown", "consent: unkown", "no consent `", "`unknown`"),
        ("{action: write}", "{acton: write}", "no such word: acton", "`action`"),
        ("{action: write}", "{action: wirte}", "no action `wirte`", "`write`"),
    ],
)
def test_a_word_that_is_not_there_is_found_where_it_stands(
    old: str, new: str, message: str, instead: str
) -> None:
    finding, line = first(old, new)

    assert message in finding.message
    assert f"did you mean {instead}?" in finding.instead
    word = finding.message.rpartition(" ")[2].strip("`")
    assert line[finding.column - 1 :].startswith(word)


def test_a_case_file_that_is_no_yaml_is_a_finding_like_any_other() -> None:
    finding, _ = first("given:", "given: [")

    assert finding.rule == "case"
    assert finding.message.startswith("this is not YAML")
