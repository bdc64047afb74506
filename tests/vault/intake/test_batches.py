"""Many records in one call: each answered in its place, and found when repeated."""

import math
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from bundles import shipped
from clocks import ManualClock
from engines import allowing
from houses import CAMPAIGN, CASE, HISTORY, PROFILE, Scenario, lived_in, opened, settle
from reaching import care, refusal, unit

from kit.errors import AllodError, Invalid, NotFound, Refused, TooMany, Unavailable
from pdp.decision.decision import Undecided
from pdp.decision.port import EngineAnswer
from vault import Item, NewCustomer, Question, Wanted, WriteResult
from vault.intake.lots import MOST_ITEMS, MOST_PERSONS, lots
from vault.writes.in_use import MAX_TIMES

WRITES = Question(CASE.principal, "support.case", action="write")
BOUGHT = {"date": "2026-01-02", "quantity": 1, "amount": 2.5}
Outcomes = Sequence[WriteResult | AllodError]


def names(count: int) -> list[str]:
    return [f"c-{number}" for number in range(count)]


def bought(name: str, key: str, **values: Any) -> Wanted:
    return Wanted(name, Item("purchase", BOUGHT | values, key))


def words(outcomes: Outcomes) -> list[str]:
    return [
        each.outcome if isinstance(each, WriteResult) else each.reason_code
        for each in outcomes
    ]


def put(scenario: Scenario, *wanted: Wanted) -> Outcomes:
    return scenario.house.intake.put_many(HISTORY, wanted)


def held(scenario: Scenario) -> int:
    reader = scenario.house.vault_db.reader()
    return int(reader.execute("SELECT count(*) FROM vault_record").fetchone()[0])


def test_each_is_answered_in_its_place(scenario: Scenario) -> None:
    scenario.register_many(["ada", "bob"])
    outcomes = put(
        scenario,
        bought("ada", "1"),
        bought("ada", "2", quantity="many"),
        bought("nobody", "3"),
        Wanted("bob", Item("diary", {}, "4")),
        bought("bob", "5"),
    )
    kinds = [type(each) for each in outcomes]
    assert kinds == [WriteResult, Invalid, NotFound, Invalid, WriteResult]
    assert held(scenario) == 2


def test_a_repetition_finds_what_is_there_and_writes_the_rest(
    scenario: Scenario,
) -> None:
    scenario.register_many(["ada", "bob"])
    first = [bought("ada", "1"), bought("bob", "2")]
    made = put(scenario, *first)
    again = put(scenario, *first, bought("ada", "3"))
    assert words(again) == ["there_already", "there_already", "created"]
    assert [each.record for each in made if isinstance(each, WriteResult)] == [
        each.record for each in again[:2] if isinstance(each, WriteResult)
    ]
    assert held(scenario) == 3


def test_a_key_that_came_before_with_other_content_keeps_out_that_item_alone(
    scenario: Scenario,
) -> None:
    scenario.customer()
    put(scenario, bought("ada", "1"))
    outcomes = put(scenario, bought("ada", "1", quantity=2), bought("ada", "2"))
    assert words(outcomes) == ["idempotency.reused", "created"]


def test_a_record_is_replaced_over_the_version_that_is_named(
    scenario: Scenario,
) -> None:
    scenario.customer()
    record = scenario.profile().record

    def change(version: int, **values: Any) -> Wanted:
        return Wanted("ada", Item("profile", PROFILE | values), record, version)

    assert words(put(scenario, change(1, city="Jena"), change(2, city="Ulm"))) == [
        "replaced",
        "replaced",
    ]
    assert words(put(scenario, change(2, city="Ulm"))) == ["there_already"]
    assert words(put(scenario, change(2, city="Köln"), change(1, city="Jena"))) == [
        "version.stale",
        "version.stale",
    ]
    own = scenario.house.gate.read(scenario.own("ada"), None, record)
    assert (own.version, own.values["city"]) == (3, "Ulm")


def test_who_stands_twice_over_one_version_is_found_by_what_was_written(
    scenario: Scenario,
) -> None:
    scenario.customer()
    record = scenario.profile().record
    addresses = ("first@example.org", "second@example.org")
    outcomes = put(
        scenario,
        *(
            Wanted("ada", Item("profile", PROFILE | {"email": each}), record, 1)
            for each in addresses
        ),
    )
    assert words(outcomes) == ["replaced", "version.stale"]
    scenario.grant("ada")
    find = scenario.house.gate.find
    (found,) = find(CAMPAIGN, "profile", "email", addresses[0]).items
    assert found.values["email"] == addresses[0]
    with pytest.raises(NotFound):
        find(CAMPAIGN, "profile", "email", addresses[1])


def test_an_identifier_that_stands_twice_in_a_batch_is_the_first_ones(
    scenario: Scenario,
) -> None:
    scenario.register_many(["ada", "bob"])
    values = {"name": "A", "email": "one@example.org"}
    outcomes = put(
        scenario,
        Wanted("ada", Item("profile", values, "1")),
        Wanted("bob", Item("profile", values, "2")),
        bought("bob", "3"),
    )
    assert words(outcomes) == ["created", "identifier.taken", "created"]


def test_a_record_is_replaced_within_its_collection_and_its_customer(
    scenario: Scenario,
) -> None:
    scenario.customer("ada")
    scenario.customer("bob")
    record = scenario.profile().record
    outcomes = put(
        scenario,
        Wanted("ada", Item("purchase", BOUGHT), record, 1),
        Wanted("bob", Item("profile", PROFILE), record, 1),
        Wanted("ada", Item("profile", PROFILE), b"x" * 16, 1),
    )
    assert {type(each) for each in outcomes} == {NotFound}


def test_a_commit_is_about_two_hundred_customers_at_most(scenario: Scenario) -> None:
    some = names(MOST_PERSONS * 2 + 1)
    scenario.register_many(some)
    assert set(words(put(scenario, *(bought(name, "1") for name in some)))) == {
        "created"
    }
    decisions = {
        event.decision for name in some for event in scenario.writes(name)[-1:]
    }
    assert len(decisions) == 3


def test_lots_keep_the_order_and_lose_nothing() -> None:
    one = [("a", n) for n in range(MOST_ITEMS + 1)]
    assert [len(lot) for lot in lots(one, lambda each: each[0])] == [MOST_ITEMS, 1]
    many = [(n, 0) for n in range(MOST_PERSONS + 1)] * 2
    cut = list(lots(many, lambda each: each[0]))
    assert [each for lot in cut for each in lot] == many
    assert all(len({whose for whose, _ in lot}) <= MOST_PERSONS for lot in cut)
    assert list(lots([], lambda each: each)) == []


class Failing:
    """An engine that decides a few times, and then no more."""

    name = "failing/1"
    confirmed_for = math.inf

    def __init__(self) -> None:
        self.left = math.inf

    def decide(
        self, _: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
    ) -> EngineAnswer:
        self.left -= 1
        if self.left < 0:
            raise Undecided("the policy engine is busy", code="gate.timeout")
        said = [allowing(**dict.fromkeys(each["classes"], "clear")) for each in items]
        return EngineAnswer(shipped().digest, said)

    def revision(self) -> str:
        return shipped().digest

    def close(self) -> None:
        pass


def test_an_engine_that_fails_stops_the_rest_and_a_repetition_finishes(
    tmp_path: Path,
) -> None:
    engine, some = Failing(), names(MOST_PERSONS + 1)
    with lived_in(tmp_path / "home", ManualClock(), engine) as scenario:
        scenario.register_many(some)
        wanted = [bought(name, "1") for name in some[:-1]]
        # Another class, so that nothing that was decided before answers it.
        wanted.append(Wanted(some[-1], Item("profile", {"name": "Ada"}, "1")))
        engine.left = 1
        with pytest.raises(Unavailable):
            put(scenario, *wanted)
        assert held(scenario) == MOST_PERSONS
        engine.left = math.inf
        outcomes = words(put(scenario, *wanted))
    assert outcomes == ["there_already"] * MOST_PERSONS + ["created"]


def test_nobody_tries_more_identifiers_by_a_batch_than_one_by_one(
    scenario: Scenario,
) -> None:
    scenario.customer("gone")
    scenario.profile("gone", email="gone@example.org")
    scenario.house.erasure.erase(scenario.subject("gone"))
    some = names(MAX_TIMES + 5)
    scenario.register_many(some)
    contact = {"name": "Ada", "email": "gone@example.org"}
    wanted = [Wanted(name, Item("profile", contact, "1")) for name in some]
    outcomes = scenario.house.intake.put_many(WRITES, wanted)
    told = ["customer.unavailable"] * MAX_TIMES + ["limit.rate"] * 5
    assert words(outcomes) == told
    with pytest.raises(TooMany):
        scenario.house.intake.put_many(WRITES, wanted[:1])


def test_many_are_registered_each_as_they_are(scenario: Scenario) -> None:
    scenario.register("there")
    registered = scenario.house.registration.register_each(
        HISTORY,
        [
            NewCustomer("ada", "eu", "no"),
            NewCustomer("bob", "us", "yes"),
            NewCustomer("there", "us"),
            NewCustomer("mars", "mars"),
            NewCustomer("", "eu"),
            NewCustomer("far", "cn"),
            NewCustomer("ada", "eu", "no"),
        ],
    )
    assert registered[:3] == [True, True, False]
    assert [type(each) for each in registered[3:6]] == [Invalid, Invalid, Refused]
    assert registered[6] is False
    standing = scenario.house.customers.standing(scenario.subject("bob"))
    assert (standing.region, standing.minor) == ("us", "yes")
    assert scenario.house.customers.standing(scenario.subject("there")).region == "eu"


def test_an_id_that_stands_twice_is_registered_once_however_it_is_written(
    scenario: Scenario,
) -> None:
    unit(scenario, "north")
    composed, apart = "Jos\u00e9", "Jose\u0301"
    registered = scenario.house.registration.register_each(
        HISTORY,
        [
            NewCustomer(composed, "eu", "no", unit="north"),
            NewCustomer(apart, "us", "no", unit="north"),
        ],
    )
    assert registered == [True, False]
    assert scenario.house.customers.standing(scenario.subject(apart)).region == "eu"
    assert len(care(scenario).acts.of(scenario.subject(apart))) == 1


@pytest.mark.parametrize("name", [".", "..", "-x", " ", "#1", "x" * 129])
def test_an_id_that_no_path_can_hold_is_nobodys(scenario: Scenario, name: str) -> None:
    (outcome,) = scenario.house.registration.register_each(
        HISTORY, [NewCustomer(name, "eu")]
    )
    assert isinstance(outcome, Invalid)
    assert outcome.reason_code == "identifier.invalid"
    with refusal("identifier.invalid"):
        scenario.house.registration.register(HISTORY, NewCustomer(name, "eu"))


def test_who_cannot_be_placed_is_not_registered_and_can_be_later(
    scenario: Scenario,
) -> None:
    registration = scenario.house.registration
    new = [NewCustomer(name, "eu", unit="north") for name in ("ada", "bob")]
    outcomes = registration.register_each(HISTORY, new)
    assert [type(each) for each in outcomes] == [NotFound] * 2
    with pytest.raises(NotFound):
        registration.register(HISTORY, new[0])
    unit(scenario, "north")
    assert registration.register(HISTORY, new[0])
    assert registration.register_each(HISTORY, new) == [False, True]
    for each in new:
        assert care(scenario).organisation.units_of(each.customer_id) == ["north"]


def test_nobody_tries_more_ids_by_a_batch_than_one_by_one(scenario: Scenario) -> None:
    some = names(MAX_TIMES + 2)
    for name in some:
        scenario.register(name)
        scenario.house.erasure.erase(scenario.subject(name))
    wanted = [NewCustomer(name, "eu") for name in [*some, "new"]]
    outcomes = scenario.house.registration.register_each(HISTORY, wanted)
    codes = [each.reason_code for each in outcomes if isinstance(each, AllodError)]
    assert codes == ["customer.unavailable"] * MAX_TIMES + ["limit.rate"] * 3
    assert scenario.house.customers.subject_of("new") is None


def _killed(home: str, some: list[str], sys_path: list[str]) -> None:
    """Write a batch, and die where the second of its lots is asked about."""
    sys.path[:] = sys_path
    with opened(Path(home), ManualClock()) as scenario:
        tickets, asked = scenario.house.intake._tickets, 0
        ask = tickets.ask

        def deadly(*given: Any) -> Any:
            nonlocal asked
            asked += 1
            if asked == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return ask(*given)

        tickets.ask = deadly
        put(scenario, *(bought(name, "1") for name in some))


def test_a_batch_that_is_killed_between_its_commits_is_finished_by_repeating(
    tmp_path: Path,
) -> None:
    home, some = tmp_path / "home", names(MOST_PERSONS + 50)
    settle(home, ManualClock())
    with opened(home, ManualClock()) as scenario:
        scenario.register_many(some)
    child = get_context("spawn").Process(
        target=_killed, args=(str(home), some, sys.path)
    )
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    with opened(home, ManualClock()) as scenario:
        assert held(scenario) == MOST_PERSONS
        outcomes = words(put(scenario, *(bought(name, "1") for name in some)))
        assert outcomes == ["there_already"] * MOST_PERSONS + ["created"] * 50
        assert held(scenario) == len(some)
