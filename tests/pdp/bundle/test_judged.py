"""What was judged once is given again, and no more of it is kept than has to be."""

import pytest
from bundles import shipped

from pdp.bundle.judged import KEPT, Judged
from pdp.review.checks import PolicyUnfit, require_fit


def test_a_judgement_is_made_once_for_what_it_depends_on() -> None:
    judged, made = Judged[str](), list[str]()
    for name in ("a", "b", "a", "a"):
        assert judged.get(name, lambda name=name: made.append(name) or name) == name
    assert made == ["a", "b"]


def test_one_that_fails_is_made_again() -> None:
    judged = Judged[str]()

    def unfit() -> str:
        raise PolicyUnfit([])

    for _ in range(2):
        with pytest.raises(PolicyUnfit):
            judged.get("a", unfit)
    assert judged.get("a", lambda: "fit") == "fit"


def test_the_oldest_is_forgotten_when_there_are_many() -> None:
    judged = Judged[int]()
    for number in range(KEPT + 1):
        judged.get(number, lambda: 1)
    assert judged.get(KEPT, lambda: 2) == 1
    assert judged.get(0, lambda: 2) == 2


def test_policies_that_were_found_fit_are_not_run_again() -> None:
    assert require_fit(shipped()) is require_fit(shipped())
