import pytest
from bundles import shipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pdp.change.generated import Drawn
from pdp.decision.question import document
from pdp.engines.regorus import Workbench
from pdp.review.cases import answer
from pdp.review.counterfactuals import Counterfactual, turns
from pdp.review.explain import find_case


def turned(wanted: str) -> list[Counterfactual]:
    return turns(shipped(), find_case(shipped(), wanted).question)


def test_the_one_fact_that_stands_in_the_way_is_named() -> None:
    assert turned("cases/marketing_email.yaml:30") == [
        Counterfactual("resource.consent", "withdrawn", ("granted",))
    ]


def test_each_fact_on_which_a_permission_rests_is_named() -> None:
    found = {it.fact: it.instead for it in turned("cases/support.yaml:23")}

    assert found["resource.retention"] == ("expired",)
    assert set(found["resource.state"]) == {"restricted", "erased"}
    assert "resource.hold" not in found


def test_where_two_facts_stand_in_the_way_none_is_named() -> None:
    assert turned("cases/marketing_email.yaml:70") == []


@pytest.mark.parametrize("question", [{}, {"principal": []}, {"resource": None}])
def test_a_question_without_facts_has_none_to_change(
    question: dict[str, object],
) -> None:
    assert turns(shipped(), question) == []


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_every_turn_turns_the_answer(data: st.DataObject) -> None:
    drawn = Drawn(shipped().tables).asked(lambda of: data.draw(st.sampled_from(of)))
    question = document(drawn.action, drawn.purpose, drawn.caller, drawn.resource)
    with Workbench(shipped(), coverage=False) as bench:
        before = answer(bench, question)
        assert not isinstance(before, str)
        for turn in turns(shipped(), question):
            if turn.fact.startswith("resource.") and turn.fact != "resource.hold":
                name = turn.fact.partition(".")[2]
                resource = {**question["resource"], name: turn.instead[0]}
                after = answer(bench, {**question, "resource": resource})
                assert not isinstance(after, str)
                assert after.allow != before.allow
