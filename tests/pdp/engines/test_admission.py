"""No engine evaluates rules that reach beyond the question, whoever approved them."""

import json
from dataclasses import replace

import pytest
from bundles import GATE, changed, replaced, shipped
from smuggled import clockwork, shadowing, unchecked

from pdp.bundle.bundle import MANIFEST, Bundle, from_texts
from pdp.engines.regorus import PolicyFault, RegorusEngine, Workbench, admitted
from pdp.review.lint import lint

HOLD = "legal/hold.rego"
TEST = "tests/gate_test.rego"
CLOCK = "time.now_ns() > 0"


def with_rule(text: str, path: str = HOLD) -> Bundle:
    return replaced(path, f"{shipped().texts[path]}\n{text}\n")


BEYOND = {
    "a clock": with_rule(f"late if {CLOCK}"),
    "a clock by the name of a rule": unchecked(shadowing()),
    "a clock that is listed": unchecked(clockwork()),
    "a clock by the name of an import": changed(
        HOLD,
        "package allod.legal.hold\n",
        "package allod.legal.hold\n\nimport data.allod.asked as time\n\n"
        f"late if {CLOCK}\n",
    ),
    "a clock in brackets": with_rule('late if time["now_ns"]() > 0'),
    "a clock in a test": with_rule(f"test_late if {CLOCK}", TEST),
    "a built-in in the place of another": with_rule(
        'chance := x if { x := count("a") with count as uuid.rfc4122 }'
    ),
    "a built-in in the place of a function": with_rule(
        'own(a) := a\n\nchance := x if { x := own("a") with'
        " data.allod.legal.hold.own as uuid.rfc4122 }"
    ),
    "other rules in the place of the law's": with_rule(
        "open if data.allod.gate.allow with data.allod.legal.consent.deny as set()"
    ),
    "data that is not the bundle's": with_rule("open if data.pushed.later"),
    "data under a name that a run gives": with_rule("open if data[input.purpose].x"),
    "all data there is": with_rule("open if count(data) > 3"),
    "a test that adds to the law": replaced(
        TEST, "package allod.legal.consent\n\ndeny contains 1 if input.never\n"
    ),
    "another package than the manifest's": changed(
        HOLD,
        "package allod.legal.hold\n",
        "package allod.gate # x\n\ndecoy := `\npackage allod.legal.hold\n`\n",
    ),
    "a rule with a built-in's name": with_rule("count(x) := 1"),
    "something else under the question's name": changed(
        GATE,
        "package allod.gate\n",
        "package allod.gate\n\nimport data.tables as input\n",
    ),
    "something else under the name of all data": changed(
        GATE,
        "package allod.gate\n",
        "package allod.gate\n\nimport data.tables as data\n",
    ),
}
UNGUARDED = {
    "a package is not asked for": changed(
        GATE, "\tdata.allod.legal.ugc.installed\n", ""
    ),
    "the list of packages is another rule": changed(
        GATE, "intact if {\n", "intact if input.v\n\nintact if {\n"
    ),
    "the list of packages has a default": changed(
        GATE, "intact if {\n", "default intact := true\n\nintact if {\n"
    ),
    "the list of packages has an else": changed(
        GATE, "\tdata.tables.regions[_]\n}", "\tdata.tables.regions[_]\n} else := 1"
    ),
    "the list of packages is replaced": changed(GATE, "intact if {\n", "whole if {\n"),
    "what is allowed need not be intact": changed(GATE, "\tintact\n\tvalid", "\tvalid"),
    "something else is allowed": changed(
        GATE, "allow if {\n", "allow if input.v == 7\n\nallow if {\n"
    ),
    "what is not refused is allowed": changed(
        GATE, "default allow := false", "default allow := true"
    ),
    "a denial is not heard": changed(
        GATE,
        "legal_denials contains reason if some reason in data.allod.legal[_].deny",
        "",
    ),
}
REFUSED = {**BEYOND, **UNGUARDED}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_found_by_lint_and_by_whatever_loads_it(name: str) -> None:
    bundle = REFUSED[name]

    assert [each.instead for each in lint(bundle)]
    with pytest.raises(PolicyFault) as caught:
        admitted(bundle)
    assert caught.value.file in bundle.texts
    assert caught.value.line >= 1
    with Workbench(bundle) as bench, pytest.raises(PolicyFault):
        bench.load()
    engine = RegorusEngine(bundle)
    with pytest.raises(PolicyFault):
        engine.revision()
    engine.close()


def test_the_shipped_rules_are_admitted() -> None:
    assert admitted(shipped()) is shipped()


def test_functions_of_the_bundle_are_called_by_any_of_their_names() -> None:
    bundle = with_rule(
        "twice(x) := x * 2\n\na := twice(2)\n\nb := data.allod.legal.hold.twice(2)\n\n"
        'deny contains {"code": "hold.frozen", "article": "GDPR 18(2)", "fix": "wait"}'
        " if a != b"
    )

    assert admitted(bundle) is bundle
    assert lint(bundle) == []


def test_a_package_that_is_added_has_to_be_asked_and_heard() -> None:
    manifest = json.loads(shipped().texts[MANIFEST])
    manifest["metadata"]["packages"]["allod.legal.more"] = "legal/more.rego"
    more = shipped().texts[HOLD].replace("legal.hold", "legal.more")
    texts = {**shipped().texts, MANIFEST: json.dumps(manifest), "legal/more.rego": more}
    found = {each.message for each in lint(from_texts(texts))}
    assert {each for each in found if "more" in each} == {
        "`intact` of the gate does not ask for `data.allod.legal.more.installed`",
    }
    asked = shipped().texts[GATE]
    line = "\tdata.allod.legal.hold.installed\n"
    asked = asked.replace(line, line + line.replace("hold", "more"))
    assert lint(from_texts({**texts, GATE: asked})) == []
    assert {
        each.message for each in lint(from_texts({**texts, GATE: by_hand(asked)}))
    } == {"`legal_denials` of the gate does not ask for `data.allod.legal.more.deny`"}


def by_hand(gate: str) -> str:
    """Write a line for each package that denies, as bundles did before."""
    packages = ("consent", "hold", "masking", "minors", "purpose", "reach", "residency")
    more = ("restriction", "retention", "self_access", "special", "ugc")
    gathering = "legal_denials contains reason if some reason in data.allod.legal"
    lines = (f"{gathering}.{name}.deny\n" for name in (*packages, *more))
    return gate.replace(f"{gathering}[_].deny\n", "".join(lines))


def test_what_was_admitted_under_one_digest_admits_no_other() -> None:
    admitted(shipped())
    other = replace(BEYOND["a clock"])
    with pytest.raises(PolicyFault):
        admitted(other)
