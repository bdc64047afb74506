"""Long lists: in how many calls they are sent, under which numbers, and what if not."""

from typing import Any

import pytest
from allod import (
    Allod,
    AsyncAllod,
    NewCustomer,
    NewRecord,
    Outcome,
    RateLimited,
    TooLarge,
    UnexpectedAnswer,
)
from allod._many import MOST_BYTES, MOST_ITEMS
from fake_vault import RECORD, Answer, FakeVault, problem, said

MADE = {"outcome": "created", "record_id": RECORD, "version": 1, "index": None}
FULL = problem(413, "too_large")


def made(count: int) -> Answer:
    return said({"items": [MADE] * count})


def records(count: int, text: str = "") -> list[NewRecord]:
    return [NewRecord(f"c-{n}", "ticket", {"n": n, "text": text}) for n in range(count)]


def sent(vault: FakeVault) -> list[tuple[int, list[int]]]:
    """Say of each call under which number it begins, and which items it carries."""
    bodies = [asked.json for asked in vault.asked]
    return [
        (body["first"], [item["values"]["n"] for item in body["items"]])
        for body in bodies
    ]


def add(allod: Allod, some: list[NewRecord], first: int = 0) -> tuple[Outcome, ...]:
    return allod.records.add_many(some, purpose="p", idempotency_key="k", first=first)


def test_a_long_list_is_sent_a_thousand_to_a_call_under_one_key(
    vault: FakeVault, allod: Allod
) -> None:
    vault.plan(made(MOST_ITEMS), made(MOST_ITEMS), made(1))
    assert len(add(allod, records(2 * MOST_ITEMS + 1))) == 2 * MOST_ITEMS + 1
    calls = sent(vault)
    assert [first for first, _ in calls] == [0, MOST_ITEMS, 2 * MOST_ITEMS]
    assert [n for _, items in calls for n in items] == list(range(2 * MOST_ITEMS + 1))
    assert {asked.headers["Idempotency-Key"] for asked in vault.asked} == {"k"}


def test_no_call_is_longer_than_a_server_takes(vault: FakeVault, allod: Allod) -> None:
    # Three bytes for each character, as they are sent.
    some = records(7, "张" * 100_000)
    vault.plan(made(2), made(2), made(2), made(1))
    assert len(add(allod, some)) == 7
    assert [first for first, _ in sent(vault)] == [0, 2, 4, 6]
    assert max(len(asked.body) for asked in vault.asked) < MOST_BYTES


def test_what_a_server_does_not_take_is_sent_in_halves_each_item_by_its_number(
    vault: FakeVault, allod: Allod
) -> None:
    vault.plan(FULL, FULL, made(1), made(1), FULL, made(1), made(2))
    outcomes = add(allod, records(5), first=40)
    assert [each.outcome for each in outcomes] == ["created"] * 5
    assert sent(vault) == [
        (40, [0, 1, 2, 3, 4]),
        (40, [0, 1]),
        (40, [0]),
        (41, [1]),
        (42, [2, 3, 4]),
        (42, [2]),
        (43, [3, 4]),
    ]


def test_one_that_is_too_large_is_refused_in_its_place_and_keeps_no_other_out(
    vault: FakeVault, allod: Allod
) -> None:
    vault.plan(FULL, made(1), FULL, FULL, made(1))
    outcomes = add(allod, records(3))
    assert [each.outcome for each in outcomes] == ["created", "refused", "created"]
    assert isinstance(outcomes[1].error, TooLarge)
    assert sent(vault)[-1] == (2, [2])


async def test_the_twin_sends_halves_too(
    vault: FakeVault, async_allod: AsyncAllod
) -> None:
    done = said({"items": [{"outcome": "created"}]})
    vault.plan(FULL, done, done)
    some = [NewCustomer("ada", region="eu"), NewCustomer("bob", region="eu")]
    outcomes = await async_allod.customers.add_many(some, purpose="p")
    assert [each.outcome for each in outcomes] == ["created"] * 2
    assert [len(asked.json["items"]) for asked in vault.asked] == [2, 1, 1]


def test_a_turn_that_is_taken_is_waited_for_and_the_call_repeated(
    vault: FakeVault, allod: Allod
) -> None:
    vault.plan(problem(429, "limit.busy", {"Retry-After": "0"}), made(2))
    assert len(add(allod, records(2))) == 2
    assert vault.asked[0].body == vault.asked[1].body


def test_a_limit_that_outlasts_patience_ends_the_list(
    vault: FakeVault, allod: Allod
) -> None:
    vault.plan(made(MOST_ITEMS), problem(429, "limit.rate", {"Retry-After": "3600"}))
    with pytest.raises(RateLimited) as caught:
        add(allod, records(MOST_ITEMS + 1))
    assert caught.value.retry_after == 3600
    assert len(vault.asked) == 2


def test_an_empty_list_is_no_call(vault: FakeVault, allod: Allod) -> None:
    assert add(allod, []) == ()
    assert vault.asked == []


@pytest.mark.parametrize(
    "items",
    [[MADE], [MADE] * 3, [MADE, {"outcome": "refused"}], [MADE, {"outcome": "no"}]],
)
def test_an_answer_that_is_not_one_for_each_is_believed_in_nothing(
    vault: FakeVault, allod: Allod, items: list[dict[str, Any]]
) -> None:
    vault.plan(said({"items": items}))
    with pytest.raises(UnexpectedAnswer):
        add(allod, records(2))
