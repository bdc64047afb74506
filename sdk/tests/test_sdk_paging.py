"""Lists that go on by themselves: each page once, in order, to the end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allod import Allod, AsyncAllod, Disclosure, Retry, Unavailable, UnexpectedAnswer
from fake_vault import DECISION, DISCLOSURE, PAGE, FakeVault, problem, said

LISTS: dict[str, Callable[[Any], Iterator[Disclosure]]] = {
    "records": lambda a: a.records.each("c-1042", "profile", purpose="p", sort="-at"),
    "own": lambda a: a.me.each_record("profile", filters=[("n", "ge", 1)]),
    "contributions": lambda a: a.me.each_contribution(),
}


def paged(number: int, following: str | None, count: int = 2) -> dict[str, Any]:
    items = [DISCLOSURE | {"version": 10 * number + each} for each in range(count)]
    return PAGE | {"items": items, "next": following}


@pytest.mark.parametrize("name", LISTS)
def test_each_page_is_read_once_and_in_order(
    vault: FakeVault, allod: Allod, name: str
) -> None:
    # A filtered page may be empty, and yet not be the last.
    pages = paged(1, "aa"), paged(2, "bb", count=0), paged(3, None)
    vault.plan(*map(said, pages))
    assert [each.version for each in LISTS[name](allod)] == [10, 11, 30, 31]
    asked = [each.path for each in vault.asked]
    assert ["after=" in path for path in asked] == [False, True, True]
    assert asked[1].endswith("after=aa")
    assert asked[2].endswith("after=bb")
    assert (
        len({path.partition("&after=")[0].partition("?after=")[0] for path in asked})
        == 1
    )


@pytest.mark.parametrize("name", LISTS)
async def test_the_twin_goes_on_too(
    vault: FakeVault, async_allod: AsyncAllod, name: str
) -> None:
    vault.plan(said(paged(1, "aa")), said(paged(2, None)))
    found: Any = LISTS[name](async_allod)
    assert [each.version async for each in found] == [10, 11, 20, 21]


def test_customers_are_listed_page_after_page(vault: FakeVault, allod: Allod) -> None:
    one = {"customer_id": "c-1", "region": "eu", "minor": "no"}
    page = {"items": [one], "withheld": 0, "decision_id": DECISION, "next": "aa"}
    last = page | {"items": [one | {"customer_id": "c-2"}], "next": None}
    vault.plan(said(page), said(last))
    listed = allod.customers.list(purpose="support.case")
    assert [customer.customer_id for customer in listed] == ["c-1", "c-2"]
    assert vault.asked[1].path == "/v1/customers?purpose=support.case&after=aa"


def test_nothing_is_read_ahead(vault: FakeVault, allod: Allod) -> None:
    vault.plan(said(paged(1, "aa")), said(paged(2, None)))
    reading = LISTS["records"](allod)
    assert vault.asked == []
    assert next(reading).version == 10
    assert len(vault.asked) == 1


def test_a_page_that_fails_ends_the_list_with_its_error(vault: FakeVault) -> None:
    vault.plan(said(paged(1, "aa")), problem(503, "unavailable"))
    with Allod(vault.url, token="t", retry=Retry(attempts=1)) as allod:
        reading = LISTS["records"](allod)
        assert [next(reading).version, next(reading).version] == [10, 11]
        with pytest.raises(Unavailable):
            next(reading)


def test_a_list_that_stands_still_is_no_list(vault: FakeVault, allod: Allod) -> None:
    vault.plan(said(paged(1, "aa")), said(paged(2, "aa")))
    with pytest.raises(UnexpectedAnswer, match="go on"):
        list(LISTS["records"](allod))
