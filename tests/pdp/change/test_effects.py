"""Two decisions taken apart: what is a gain one way is a loss the other way."""

from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from pdp.change.effects import Delta, deltas, widens
from pdp.decision.decision import MASK_ORDER, Decision, Obligation, denied

CLASSES = ("contact", "identity", "special")


def allowing(masks: dict[str, str], least: int = 1) -> Decision:
    duties = (Obligation("cohort", least),) if least > 1 else ()
    return Decision(True, MappingProxyType(masks), ("purpose.role",), duties, ())


REFUSED = denied("purpose.role")
ALLOWING = st.builds(
    allowing,
    st.dictionaries(st.sampled_from(CLASSES), st.sampled_from(MASK_ORDER), min_size=1),
    st.integers(min_value=1, max_value=30),
)
DECISIONS = st.one_of(st.just(REFUSED), ALLOWING)


def mirrored(delta: Delta) -> Delta:
    return Delta(delta.what, delta.after, delta.before, gain=not delta.gain)


@given(old=DECISIONS, new=DECISIONS)
def test_a_gain_one_way_is_a_loss_the_other(old: Decision, new: Decision) -> None:
    there, back = deltas(old, new), deltas(new, old)
    assert sorted(there) == sorted(map(mirrored, back))


@given(decision=DECISIONS)
def test_a_decision_does_not_differ_from_itself(decision: Decision) -> None:
    assert list(deltas(decision, decision)) == []


@given(old=DECISIONS, new=DECISIONS)
def test_whatever_differs_is_a_gain_or_a_loss(old: Decision, new: Decision) -> None:
    opens, closes = widens(old, new), widens(new, old)
    effect = [
        (it.allow, {c: it.masks.get(c, "drop") for c in CLASSES}, it.obligations)
        for it in (old, new)
    ]
    assert (opens or closes) == (effect[0] != effect[1])


def test_a_smaller_group_is_a_gain() -> None:
    masks = {"contact": "clear"}
    found = list(deltas(allowing(masks, 20), allowing(masks, 5)))
    assert found == [Delta("groups", "20", "5", gain=True)]
    assert widens(allowing(masks, 20), allowing(masks))


def test_a_class_newly_shown_is_a_gain_and_one_hidden_a_loss() -> None:
    old, new = allowing({"contact": "last4"}), allowing({"identity": "token"})
    assert list(deltas(old, new)) == [
        Delta("contact", "last4", "drop", gain=False),
        Delta("identity", "drop", "token", gain=True),
    ]


def test_each_mask_shows_more_than_those_after_it() -> None:
    for place, mask in enumerate(MASK_ORDER[:-1]):
        for closer in MASK_ORDER[place + 1 :]:
            open_, closed = allowing({"contact": mask}), allowing({"contact": closer})
            assert widens(closed, open_)
            assert not widens(open_, closed)
