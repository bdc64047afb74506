"""A rule of law that is written as the page says refuses; any other is found."""

import json
import re
from typing import Any

import pytest
from bundles import POLICIES, changed, shipped
from few_policies import altered

from pdp.bundle.bundle import MANIFEST, TABLES, Bundle, from_texts
from pdp.engines.regorus import Workbench
from pdp.review.cases import answer, described
from pdp.review.checks import tried
from pdp.review.lint import lint

GATE = "gate/gate.rego"
OFFERS = "legal/offers.rego"
HOLD = "legal/hold.rego"
LAST = "\tdata.allod.legal.ugc.installed\n"
PAGE = (POLICIES / "README.md").read_text()
(RULE,) = (
    it for it in re.findall(r"```rego\n(.*?)```", PAGE, re.DOTALL) if "offers" in it
)
SWISS = """"cn": ["cn"],
    "ch": ["ch"]
  },
  "regions": {
    "ch": {
      "law": "GDPR",
      "bases": ["consent"],
      "separate_consent": [],
      "without_consent": [],
      "minority": 16
    },
"""
CASES = """about: No offers in the United Kingdom

given: {purpose: sales.offer, action: read, kind: service, roles: [sales], from: eu,
  assurance: 1, collection: profile, classes: [identity], reach: in_scope, region: uk,
  state: active, minor: no, retention: within, hold: false, basis: contract,
  consent: granted, ugc: none}

cases:
  - case: There are no offers in the United Kingdom
    then: {refused: [offers.closed]}
"""
TEXT = """  offers.closed:
    title: There are no offers in the United Kingdom
    customer: We make no offers in the United Kingdom.
reasons_end:
"""


def written(rule: str = RULE, **others: str) -> Bundle:
    """Do what the page says: a file, its line in the manifest, its line in the gate."""
    manifest = json.loads(shipped().texts[MANIFEST])
    manifest["metadata"]["packages"]["allod.legal.offers"] = OFFERS
    gate = shipped().texts[GATE]
    texts = {
        **shipped().texts,
        MANIFEST: json.dumps(manifest),
        OFFERS: rule,
        GATE: gate.replace(LAST, LAST + LAST.replace("ugc", "offers")),
        "cases/offers.yaml": CASES,
    }
    english = texts["texts/en.yaml"]
    said = TEXT.partition("reasons_end")[0]
    texts["texts/en.yaml"] = english.replace("\nreasons:\n", f"\nreasons:\n{said}", 1)
    return from_texts({**texts, **others})


def messages(bundle: Bundle) -> list[str]:
    return [it.message for it in lint(bundle)]


def test_a_rule_that_is_written_as_the_page_says_refuses() -> None:
    trial = tried(written())

    assert trial.findings == ()
    assert trial.passed
    with Workbench(written()) as bench:
        question = {
            "v": 1,
            "action": "read",
            "purpose": "sales.offer",
            "principal": {
                "kind": "service",
                "roles": ["sales"],
                "region": "eu",
                "assurance": 1,
            },
            "resource": {
                "collection": "profile",
                "classes": ["identity"],
                "reach": "in_scope",
                "region": "uk",
                "state": "active",
                "minor": "no",
                "retention": "within",
                "hold": False,
                "basis": "contract",
                "consent": "unknown",
                "ugc": "none",
            },
        }
        refused = described(answer(bench, question))
        elsewhere = {**question["resource"], "region": "eu"}
        given = described(answer(bench, {**question, "resource": elsewhere}))
    assert refused == "refused: offers.closed"
    assert given == "allowed: identity clear"


def test_a_permit_and_an_obligation_of_ones_own_are_heard() -> None:
    rule = (
        RULE
        + """
permit contains "offers.permit" if input.principal.kind == "auditor"

obligation contains {"type": "cohort", "min": 50} if input.principal.kind == "auditor"
"""
    )
    report = tried(written(rule)).report

    assert report is not None
    failed = [it.got for it in report.failed]
    assert any(
        it.endswith("groups of 20 or more; groups of 50 or more") for it in failed
    )


def test_a_package_that_the_gate_does_not_require_is_found() -> None:
    gate = shipped().texts[GATE]

    assert messages(written(**{GATE: gate})) == [
        "`intact` of the gate does not ask for `data.allod.legal.offers.installed`"
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("deny contains", "denied contains", "no rule asks for `denied`"),
        ("deny contains {", "deny := {", "`deny` is a set that the gate gathers"),
        ('\t"fix": "make', '\t"say": "make', "does not say its code, article"),
        (
            '\t"code": "offers.closed"',
            '\t"code": input.purpose',
            "does not say its code",
        ),
        ("installed := true", "installed := true\n\nlate if input.x", "leads nowhere"),
        (
            *("installed := true", "installed := true\n\nlate if asked.right"),
            "no rule asks for `late`",
        ),
    ],
)
def test_a_rule_without_an_effect_is_found(old: str, new: str, message: str) -> None:
    assert old in RULE
    found = messages(written(RULE.replace(old, new)))

    assert any(message in it for it in found)


@pytest.mark.parametrize("what", ["permit", "legal_denial", "obligation"])
def test_a_gate_that_does_not_gather_is_found(what: str) -> None:
    (line,) = (
        it
        for it in shipped().texts[GATE].splitlines()
        if it.startswith(f"{what}s contains")
    )
    head, _, body = line.partition(" if ")
    for worse in (
        line.replace("[_]", "[input.purpose]"),
        f"{head} if {{\n\tinput.v == 1\n\t{body}\n}}",
        line.replace("[_]", ".hold"),
        line.replace("if some ", "if some 0, "),
        re.sub(r"(contains|some) \w+ ", r"\1 _ ", line),
        line.replace(f"{what}s contains", f"{what}s_too contains"),
    ):
        assert worse != line
        assert any(
            "of the gate does not ask" in it or "does not ask for" in it
            for it in messages(changed(GATE, line, worse))
        )


def test_a_rule_that_no_case_makes_come_true_is_found() -> None:
    trial = tried(
        written(
            **{
                "cases/offers.yaml": CASES.replace("region: uk", "region: eu").replace(
                    "refused: [offers.closed]", "allowed: {identity: clear}"
                )
            }
        )
    )

    (finding,) = trial.findings
    assert (finding.file, finding.rule) == (OFFERS, "untried")
    assert "offers.closed" in finding.message
    assert not trial.passed


def test_a_second_rule_with_the_code_of_another_is_tried_by_itself() -> None:
    again = RULE[RULE.index("deny contains") :].replace('"uk"', '"mars"')
    (finding,) = tried(written(RULE + "\n" + again)).findings

    assert finding.file == OFFERS
    assert finding.line > RULE.count("\n")


def test_a_rule_on_one_line_has_to_say_a_code_of_its_own() -> None:
    flat = (
        '\ndeny contains {"code": "offers.closed", "article": "GDPR 5(1)(a); PIPL 5",'
        ' "fix": "make no offer there"} if input.resource.region == "mars"\n'
    )
    (finding,) = tried(written(RULE + flat)).findings

    assert "another rule says the same: offers.closed" in finding.message
    assert (finding.file, finding.line) == (OFFERS, RULE.count("\n") + 2)


def test_a_permit_is_not_tried_by_a_denial_of_its_name() -> None:
    rule = (
        RULE + '\npermit contains "offers.closed" if input.resource.region == "mars"\n'
    )
    (finding,) = tried(written(rule)).findings

    assert finding.message == "no case makes this permit come true: offers.closed"


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        ('"sales.offer": {', '"sales.offers": {', "purposes / sales.offers"),
        (
            *('"cn": ["cn"]\n  },\n  "regions": {\n', SWISS),
            "residency / ch",
        ),
    ],
)
def test_a_row_that_no_case_asks_about_is_found(old: str, new: str, row: str) -> None:
    found = tried(changed(TABLES, old, new)).findings

    assert any(it.message == f"no case asks about {row}" for it in found)
    assert all(it.line > 1 for it in found if it.rule == "untried")


def test_a_mask_that_no_case_asks_about_is_found() -> None:
    def change(tables: dict[str, Any]) -> None:
        tables["roles"]["intern"] = {"kinds": ["staff"]}
        tables["masks"]["intern"] = dict.fromkeys(tables["classes"], "drop")
        tables["purposes"]["billing.invoice"]["roles"].append("intern")

    assert {it.message for it in tried(altered(change, shipped())).findings} == {
        f"no case asks about masks / intern / {name}"
        for name in ("identity", "contact", "transaction")
    }


def test_a_helper_that_another_file_asks_for_is_no_rule_without_effect() -> None:
    rule = shipped().texts[HOLD] + "\nlate if input.resource.hold\n"
    texts = {**shipped().texts, HOLD: rule}
    assert "no rule asks for `late`, so it decides nothing" in messages(
        from_texts(texts)
    )
    for name, asks in (
        ("legal/reach.rego", "none if data.allod.legal.hold.late"),
        (GATE, 'known contains "x" if data.allod.legal.hold.late'),
    ):
        more = {**texts, name: f"{shipped().texts[name]}\n{asks}\n"}
        assert messages(from_texts(more)) == []
