"""A change that opens something is found, on records, on questions or in the tables."""

from typing import Any

import pytest
from bundles import changed
from few_policies import altered, few

from pdp.bundle.bundle import Bundle
from pdp.change.differential import Input
from pdp.change.impact import NO_RECORDS, impact
from pdp.change.widening import Widening, Widenings, opened_by, opened_now
from pdp.decision.port import ClassCount

FEW = 800


class Nothing:
    """A vault without a record."""

    def cells(self, _: str) -> list[ClassCount]:
        return []


def widened(old: Bundle, new: Bundle) -> Widenings:
    return opened_by(old, new, impact(old, new, Nothing()), FEW)


def nearer(tables: dict[str, Any]) -> None:
    tables["masks"]["support"]["contact"] = "clear"


RULE = changed(
    "legal/restriction.rego",
    'input.resource.state == "restricted"',
    'input.resource.state == "never"',
    bundle=few(),
)


def test_a_bundle_opens_nothing_in_itself() -> None:
    found = widened(few(), few())
    assert not found.widens
    assert found.lines() == []


def test_a_cell_that_opens_is_found_in_the_tables_and_on_questions() -> None:
    found = widened(few(), altered(nearer))
    assert found.widens
    assert not found.observed
    assert found.words == ("support: contact is shown clear instead of last4",)
    assert found.generated
    assert found.lines() == [f"opens: {found.words[0]}"]
    assert not widened(altered(nearer), few()).widens


def test_a_rule_that_opens_is_found_on_questions_and_its_text_says_nothing() -> None:
    found = widened(few(), RULE)
    assert found.words == ()
    assert all(each.before.startswith("refused") for each in found.generated)
    assert found.lines()[0].startswith("opens: [")
    assert not widened(RULE, few()).widens


def test_what_judges_a_bundle_is_named_by_its_file() -> None:
    new = changed(
        "gate/gate.rego", "versions := {1}", "versions := {1, 2}", bundle=few()
    )
    found = widened(few(), new)
    assert found.words == ("gate/gate.rego: the rule versions is changed",)


@pytest.mark.parametrize(
    "found",
    [
        Widenings(True, (), ()),
        Widenings(False, (Widening(Input({}, {}), "refused", "allowed"),), ()),
        Widenings(False, (), ("a cell",)),
    ],
)
def test_one_way_of_finding_it_is_enough(found: Widenings) -> None:
    assert found.widens
    assert len(found.lines()) == 1


def test_the_impact_on_an_empty_vault_waits_for_no_generated_question() -> None:
    """A proposal asks them all the same: a rule that opens is found there."""
    found = impact(few(), RULE, Nothing())
    assert found.lines() == [NO_RECORDS]
    assert opened_now(few(), RULE, found).asked == 0
    assert opened_by(few(), RULE, found, FEW).widens
    assert opened_now(few(), altered(nearer), found).widens
