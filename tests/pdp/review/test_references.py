import pytest
from bundles import changed, shipped

from pdp.bundle.findings import Finding
from pdp.review.lint import lint

GATE = "gate/gate.rego"
CONSENT = "legal/consent.rego"


def only(path: str, old: str, new: str) -> Finding:
    (finding,) = lint(changed(path, old, new))
    return finding


@pytest.mark.parametrize(
    ("path", "old", "new", "lost", "instead"),
    [
        (
            GATE,
            "data.allod.legal.consent.installed",
            "data.allod.legal.consnet.installed",
            "consnet",
            "`consent`",
        ),
        (
            GATE,
            "data.allod.legal.masking.masks",
            "data.allod.legal.masking.mask",
            "mask",
            "`masks`",
        ),
        (
            CONSENT,
            'input.resource.consent == "unknown"',
            'input.resource.consnt == "unknown"',
            "consnt",
            "`consent`",
        ),
        (
            "legal/residency.rego",
            "data.tables.residency[",
            "data.tables.residence[",
            "residence",
            "`residency`",
        ),
        (
            CONSENT,
            "asked.purpose.direct_marketing",
            "asked.purpose.direct_marketign",
            "direct_marketign",
            "`direct_marketing`",
        ),
        (
            CONSENT,
            "import data.allod.asked",
            "import data.allod.asekd as asked",
            "asekd",
            "`asked`",
        ),
        (
            GATE,
            "not data.tables.classes[class]",
            'not data.tables.classes["contcat"]',
            "contcat",
            "`contact`",
        ),
    ],
)
def test_a_reference_that_leads_nowhere_is_found_with_what_looks_like_it(
    path: str, old: str, new: str, lost: str, instead: str
) -> None:
    bundle = changed(path, old, new)
    found = [it for it in lint(bundle) if it.rule == "undefined"]

    assert found
    assert all(it.file == path and f"`{lost}`" in it.message for it in found)
    assert f"did you mean {instead}?" in found[0].instead
    line = bundle.texts[path].splitlines()[found[0].line - 1]
    assert line[found[0].column - 1 :].startswith((lost, f'"{lost}"'))


def test_a_rule_that_others_refer_to_may_not_go() -> None:
    bundle = changed("legal/hold.rego", "installed := true\n", "")

    assert {it.file for it in lint(bundle)} == {GATE}


def test_a_local_name_and_a_whole_package_lead_somewhere() -> None:
    text = "\nall := {word | some word in data.allod.legal.hold.deny; word.anything}\n"

    found = lint(changed(CONSENT, "installed := true\n", "installed := true\n" + text))
    assert [each for each in found if each.rule == "undefined"] == []


def test_every_shipped_reference_leads_somewhere() -> None:
    assert lint(shipped()) == []


@pytest.mark.parametrize("again", ["7", '"true"', "false"])
def test_two_values_for_one_rule_are_found_where_the_second_stands(again: str) -> None:
    found = only(
        "legal/hold.rego",
        "installed := true",
        f"installed := true\n\ninstalled := {again}",
    )

    assert (found.rule, found.line, found.column) == ("conflict", 12, 1)
    assert "line 10" in found.message
    assert "condition" in found.instead


COMPUTED = (
    "count(data.tables.masks) - 1",
    "count(data.tables.masks)",
    "-1",
    "[1, 2]",
    '{"a": 1}',
    "{1, 2}",
    "{1} | {2}",
    "[role | some role, _ in data.tables.roles]",
    "{role | some role, _ in data.tables.roles}",
    "{role: 1 | some role, _ in data.tables.roles}",
    "data.tables.masks",
    "input.action",
    "1 in [1]",
    "1 < 2",
    "`raw`",
)


@pytest.mark.parametrize("value", COMPUTED)
def test_a_second_value_that_is_computed_is_found_too(value: str) -> None:
    first = f"installed := true\n\nlimit := {value}\n\nlimit := 3"
    found = [
        (it.line, it.column)
        for it in lint(changed("legal/hold.rego", "installed := true", first))
        if it.rule == "conflict"
    ]
    assert found == [(14, 1)]


def test_the_same_value_twice_is_one_value() -> None:
    twice = "installed := true\n\ninstalled := true"

    assert lint(changed("legal/hold.rego", "installed := true", twice)) == []
