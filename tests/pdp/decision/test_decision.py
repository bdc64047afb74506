from contextlib import suppress
from typing import Any

import pytest
from engines import allowing, refusing
from hypothesis import given
from hypothesis import strategies as st

from pdp.decision.decision import FIXES, Obligation, Undecided, denied, parse_decision

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def code_of(value: object) -> str:
    with pytest.raises(Undecided) as caught:
        parse_decision(value)
    return caught.value.reason_code


def test_a_permission_is_read_with_its_masks_and_obligations() -> None:
    value = allowing(contact="last4", identity="clear")
    value["obligations"] = [{"type": "cohort", "min": 20}]

    decision = parse_decision(value)

    assert decision.allow
    assert dict(decision.masks) == {"contact": "last4", "identity": "clear"}
    assert decision.obligations == (Obligation("cohort", 20),)


def test_a_denial_is_read_with_every_reason_in_order() -> None:
    value = refusing("ugc.unasked")
    value["reasons"] += refusing("consent.missing")["reasons"]

    decision = parse_decision(value)

    assert [reason.code for reason in decision.reasons] == [
        "consent.missing",
        "ugc.unasked",
    ]
    assert all(reason.article and reason.fix for reason in decision.reasons)


def test_masks_cannot_be_changed_afterwards() -> None:
    masks: Any = parse_decision(allowing()).masks

    with pytest.raises(TypeError):
        masks["contact"] = "clear"


@pytest.mark.parametrize("value", [None, {}, [], "true", True, 1, {"result": True}])
def test_anything_but_a_decision_document_is_undefined(value: object) -> None:
    assert code_of(value) == "gate.undefined"


@pytest.mark.parametrize("member", sorted(allowing()))
def test_a_decision_without_one_of_its_members_is_undefined(member: str) -> None:
    value = allowing()
    del value[member]

    assert code_of(value) == "gate.undefined"


def test_a_decision_with_a_member_too_many_is_undefined() -> None:
    assert code_of({**allowing(), "note": "trust me"}) == "gate.undefined"


@pytest.mark.parametrize("allow", ["true", 1, None, [True], {"value": True}])
def test_an_answer_that_is_not_true_or_false_is_not_a_permission(allow: object) -> None:
    assert code_of({**allowing(), "allow": allow}) == "gate.not_boolean"


@pytest.mark.parametrize("version", [0, 2, "1", True, None, 1.0])
def test_another_version_is_not_read(version: object) -> None:
    assert code_of({**allowing(), "v": version}) == "gate.unknown_version"


@pytest.mark.parametrize("mask", ["blur", "", None, 4, ["clear"]])
def test_an_unknown_mask_is_no_mask(mask: object) -> None:
    value = {**allowing(), "masks": {"identity": mask}}

    assert code_of(value) == "gate.unknown_mask"


@pytest.mark.parametrize(
    "obligation",
    [
        {"type": "four_eyes", "min": 2},
        {"type": "cohort"},
        {"type": "cohort", "min": 1},
        {"type": "cohort", "min": True},
        {"type": "cohort", "min": 20, "max": 30},
        {"type": ["cohort"], "min": 20},
        "cohort",
    ],
)
def test_an_obligation_that_nobody_can_carry_out_is_refused(obligation: object) -> None:
    value = {**allowing(), "obligations": [obligation]}

    assert code_of(value) == "gate.unknown_obligation"


@pytest.mark.parametrize(
    "value",
    [
        {**allowing(), "reasons": refusing()["reasons"]},
        {**allowing(), "permits": []},
        {**allowing(), "masks": {}},
        {**allowing(), "masks": {"identity": "drop"}},
        {**refusing(), "reasons": []},
        {**refusing(), "masks": {"identity": "clear"}},
    ],
    ids=[
        "allowed with a denial",
        "allowed by no rule",
        "allowed with no mask",
        "allowed with everything dropped",
        "denied without a reason",
        "denied with a mask",
    ],
)
def test_a_decision_that_contradicts_itself_is_refused(value: object) -> None:
    assert code_of(value) == "gate.inconsistent"


@pytest.mark.parametrize("code", ["", "consent", "consent.", "CONSENT.x", "a.b\nc", 7])
def test_a_reason_code_that_is_not_one_is_refused(code: object) -> None:
    value = refusing()
    value["reasons"][0]["code"] = code

    assert code_of(value) == "gate.undefined"


@given(JSON)
def test_whatever_json_comes_back_it_is_a_denial_or_an_error(value: object) -> None:
    assert code_of(value).startswith("gate.")


@given(member=st.sampled_from(sorted(allowing())), value=JSON)
def test_whatever_one_member_holds_nothing_but_a_whole_decision_is_read(
    member: str, value: object
) -> None:
    document = {**allowing(), member: value}
    with suppress(Undecided):
        decision = parse_decision(document)
        assert decision.allow
        assert decision.masks
        assert decision.permits


@pytest.mark.parametrize("code", sorted(FIXES))
def test_a_denial_by_the_machinery_names_article_and_remedy(
    code: str,
) -> None:
    (reason,) = denied(code).reasons

    assert reason.article
    assert reason.fix
    assert reason.code.startswith("gate.")
