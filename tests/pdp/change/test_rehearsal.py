"""Engines are compared on all that was observed, and on what was made up."""

import pytest
from bundles import shipped
from engines import FakeEngine, refusing
from few_policies import few

from pdp.change.rehearsal import observed_inputs, rehearse
from pdp.decision.decision import Undecided
from pdp.decision.port import ClassCount
from pdp.decision.question import Reach, ResourceClass

CELLS = [
    ClassCount(ResourceClass("profile", ("contact",), Reach.NONE, region), 1)
    for region in shipped().tables["residency"]
]


class Observed:
    """Four classes for every purpose."""

    def cells(self, _: str) -> list[ClassCount]:
        return CELLS


def test_every_class_is_asked_about_for_each_role_of_its_purpose() -> None:
    tables = shipped().tables
    asked = list(observed_inputs(tables, Observed()))
    roles = sum(len(row["roles"]) for row in tables["purposes"].values())

    assert len(asked) == roles * len(CELLS)
    assert {it.common["purpose"] for it in asked} == {*tables["purposes"]}
    assert {it.item["region"] for it in asked} == {*tables["residency"]}


def test_engines_that_agree_pass_and_all_of_it_was_compared() -> None:
    engines = [FakeEngine(revision=few().digest), FakeEngine(revision=few().digest)]
    found = rehearse(engines, few(), Observed(), 50)

    assert found.agreed
    assert found.compared == 2 * len(CELLS) + 50


def test_one_difference_is_enough_to_fail() -> None:
    other = FakeEngine(refusing(), revision=few().digest)
    found = rehearse([FakeEngine(revision=few().digest), other], few(), Observed(), 10)
    assert not found.agreed
    assert found.smallest is not None


def test_an_engine_with_other_policies_cannot_be_rehearsed() -> None:
    with pytest.raises(Undecided):
        rehearse([FakeEngine(revision="x")], few(), Observed(), 10)
