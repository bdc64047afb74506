"""Cohorts: small groups stay inside, and cannot be worked out from the others."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.gate.aggregates import withheld

Persons = dict[tuple[Any, ...], set[bytes]]
PEOPLE = [bytes([number]) for number in range(12)]
WHO = st.sets(st.sampled_from(PEOPLE), min_size=1)


def _groups(places: int) -> st.SearchStrategy[Persons]:
    keys = st.tuples(*[st.sampled_from(["a", "b", "c", None])] * places)
    return st.dictionaries(keys, WHO, max_size=12)


GROUPS = st.integers(0, 3).flatmap(_groups)
LEAST = st.integers(2, 8)


def _wholes(persons: Persons) -> Iterator[list[tuple[Any, ...]]]:
    """Give each set of groups that are equal in some places, but not in all."""
    places = range(max(map(len, persons), default=0))
    for size in places:
        for kept in combinations(places, size):
            for one in persons:
                yield [k for k in persons if all(k[p] == one[p] for p in kept)]


@given(persons=GROUPS, least=LEAST)
def test_no_group_with_fewer_persons_is_shown(persons: Persons, least: int) -> None:
    hidden = withheld(persons, lambda count: count >= least)
    assert {key for key, who in persons.items() if len(who) < least} <= hidden


@given(persons=GROUPS, least=LEAST)
def test_what_is_withheld_of_a_whole_is_enough_persons_or_all_of_it(
    persons: Persons, least: int
) -> None:
    hidden = withheld(persons, lambda count: count >= least)
    for whole in _wholes(persons):
        inside = [persons[key] for key in whole if key in hidden]
        together = set[bytes]().union(*inside)
        assert len(inside) in {0, len(whole)} or len(together) >= least


@given(persons=GROUPS, least=LEAST)
def test_where_every_group_is_large_enough_all_are_shown(
    persons: Persons, least: int
) -> None:
    large = {key: who for key, who in persons.items() if len(who) >= least}
    assert withheld(large, lambda count: count >= least) == set()
    assert withheld(persons, lambda _: True) == set()


def test_one_small_group_takes_the_smallest_of_the_others_with_it() -> None:
    persons: Persons = {
        ("a",): {*PEOPLE[:1]},
        ("b",): {*PEOPLE[1:9]},
        ("c",): {*PEOPLE[4:9]},
    }
    assert withheld(persons, lambda count: count >= 3) == {("a",), ("c",)}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_number_about_all_is_withheld_like_any_other(count: int) -> None:
    persons: Persons = {(): {*PEOPLE[:count]}}
    assert withheld(persons, lambda persons: persons >= 3) == {()}
