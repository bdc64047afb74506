from dataclasses import replace

from engines import allowing
from hypothesis import given
from hypothesis import strategies as st

from pdp.decision.decision import parse_decision
from pdp.decision.decision_cache import DecisionCache
from pdp.decision.question import Caller, Kind, Reach, ResourceClass

ASKED = ("r", "fake/1", Caller(Kind.SERVICE), "support.case", "read")
CLASS = ResourceClass("profile", ("identity",), Reach.IN_SCOPE, "us")
DECISION = parse_decision(allowing())


def klass(number: int) -> ResourceClass:
    return replace(CLASS, collection=f"c{number}")


def test_what_was_put_is_given_back_and_says_that_it_was_remembered() -> None:
    memo = DecisionCache()
    memo.put(ASKED, CLASS, DECISION)

    assert memo.get(ASKED, [CLASS]) == [replace(DECISION, cached=True)]


def test_what_was_not_put_is_not_there() -> None:
    assert DecisionCache().get(ASKED, [CLASS, CLASS]) == [None, None]


@given(st.integers(2, 40), st.lists(st.integers(0, 99), max_size=200))
def test_it_never_holds_more_than_its_limit(limit: int, numbers: list[int]) -> None:
    memo = DecisionCache(limit)
    for number in numbers:
        memo.put(ASKED, klass(number), DECISION)
        assert len(memo) <= limit


def test_what_is_used_stays_when_the_unused_goes() -> None:
    memo = DecisionCache(10)
    memo.put(ASKED, CLASS, DECISION)
    for number in range(30):
        memo.put(ASKED, klass(number), DECISION)
        assert memo.get(ASKED, [CLASS]) != [None]

    assert memo.get(ASKED, [klass(0)]) == [None]


def test_clearing_forgets_everything() -> None:
    memo = DecisionCache()
    memo.put(ASKED, CLASS, DECISION)
    memo.clear()

    assert len(memo) == 0
    assert memo.get(ASKED, [CLASS]) == [None]
