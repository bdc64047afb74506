"""Each operation, each principal; own, another's, missing, erased, out of reach.

Nobody gets in who should not, and what is not theirs answers byte for byte like what
is not there. Creating is the one exception (SECURITY.md): it has its own table below.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import pytest
from callers import Callers, calling
from clocks import ManualClock
from houses import Scenario, caring, lived_in
from operations import CUSTOMERS, OTHERS, OWNS, Sent, operations
from reaching import care, post, soon, unit

from pdp.decision.question import Kind
from server.auth.principals import Bearer, Scope
from vault import Principal

KIM, LEE = "kim", "lee"
# Of an item that nobody put on hold.
_LIFTING = ("DELETE", "/v1/me/contributions/{record_id}/restriction")
NOWHERE = "0" * 32
numbers = count(1)

# Who gets anywhere with an operation about a customer in reach: all others are
# refused at its door, or do not find the customer.
READERS = frozenset({"service", "kim"})
OFFICERS = frozenset({"legal"})
# Registrations are open to whom the whole is in reach, and not by an assignment.
REGISTERS = "/v1/customers/{customer_id}"
OFFICES = ("/reach", "/assignments", "/grants", "/holds", "/restriction", "/v1/org")


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    with lived_in(
        tmp_path_factory.mktemp("matrix") / "home", ManualClock()
    ) as scenario:
        for name in ("ada", "ben", "eve"):
            scenario.customer(name)
            scenario.profile(name)
        scenario.put(
            "ada", "purchase", {"date": "2026-01-02", "quantity": 1, "amount": 9.5}
        )
        unit(scenario, "north")
        unit(scenario, "south")
        scenario.house.erasure.erase(scenario.subject("eve"))
        yield scenario


@pytest.fixture
async def callers(scenario: Scenario) -> AsyncIterator[Callers]:
    async with calling(scenario) as callers:
        yield callers


@pytest.fixture(scope="module")
def who(scenario: Scenario) -> dict[str, dict[str, str]]:
    callers = Callers(scenario, httpx.AsyncClient())
    useless = Bearer(Principal(Kind.SERVICE, "shop"), (), ())
    return {
        "nobody": {},
        "wrong": {"Authorization": f"Bearer al_service_{'A' * 43}"},
        "scopeless": callers.headers(useless),
        "service": callers.service(),
        "mailer": callers.service("marketing", name="mailer"),
        "kim": callers.staff("support", name=KIM),
        "lee": callers.staff("support", name=LEE),
        "legal": callers.staff("legal", name="lea"),
        "ada": callers.customer("ada"),
        "ben": callers.customer("ben"),
        "auditor": callers.auditor(),
    }


@dataclass(frozen=True)
class Place:
    """Whom and what an operation is about."""

    customer: str
    record: str
    grant: str = NOWHERE
    hold: str = NOWHERE

    def path(self, path: str) -> str:
        return path.format(
            customer_id=self.customer,
            record_id=self.record,
            grant_id=self.grant,
            hold_id=self.hold,
            staff="max",
            unit="north",
        )


def near(scenario: Scenario, *, contribution: bool = False) -> Place:
    """Make a customer whom kim looks after, with all that an operation may name."""
    name, parts = f"near-{next(numbers)}", care(scenario)
    scenario.customer(name)
    made = scenario.idea(name) if contribution else scenario.profile(name)
    assign = parts.assignments.assign
    assign(caring("ann"), name, staff=KIM, until=soon(scenario))
    assign(caring("ann"), name, staff="max", until=soon(scenario))
    grant = parts.grants.give(
        caring("ann"),
        name,
        staff="tom",
        purpose="support.case",
        until=soon(scenario),
        reason="a test",
    )
    hold = parts.holds.set(caring("ann"), name, reason="a test")
    parts.organisation.place(caring("ann"), name, "south")
    return Place(name, made.record.hex(), grant.grant_id.hex(), hold.hold_id.hex())


def far(scenario: Scenario, here: Place) -> list[Place]:
    """Give what looks, from outside, like what is there: missing, erased, another's."""
    theirs = scenario.profile("ben").record.hex()
    return [
        Place("nobody", here.record, here.grant, here.hold),
        Place("eve", here.record, here.grant, here.hold),
        Place(f"nobody-{next(numbers)}", NOWHERE),
        Place("ben", theirs, here.grant, here.hold),
    ]


async def call(
    callers: Callers, headers: dict[str, str], method: str, path: str, sent: Sent
) -> httpx.Response:
    key = {"Idempotency-Key": f"k-{next(numbers)}"}
    return await callers.client.request(
        method, path, headers=headers | key, params=sent.query, json=sent.body
    )


def _readers(path: str) -> frozenset[str]:
    return READERS - {"kim"} if path == REGISTERS else READERS


def _contributed(path: str) -> bool:
    return "/contributions/" in path


def test_every_operation_about_a_person_has_its_row() -> None:
    rows = CUSTOMERS | OWNS | OTHERS
    for method, path in operations():
        named = "{customer_id}" in path or ("/me/" in path and "{record_id}" in path)
        assert not named or (method, path) in rows, f"{method} {path}"
    assert rows.keys() <= set(operations())


@pytest.mark.parametrize(("method", "path"), CUSTOMERS)
async def test_nobody_gets_in_who_should_not_and_the_rest_is_not_there(
    callers: Callers,
    who: dict[str, dict[str, str]],
    scenario: Scenario,
    method: str,
    path: str,
) -> None:
    sent, office = CUSTOMERS[method, path], any(each in path for each in OFFICES)
    here = near(scenario, contribution=_contributed(path))
    let_in = OFFICERS if office else READERS | {"mailer", "lee", "legal"}
    entitled = OFFICERS if office else _readers(path)
    told_why = {"mailer"} | (READERS - entitled)
    missing: set[bytes] = set()
    for name, headers in who.items():
        places = far(scenario, here)[: 3 if name in entitled else None]
        if name not in entitled:
            places.append(here)
        for place in places:
            answer = await call(callers, headers, method, place.path(path), sent)
            assert not answer.is_success, (name, place, answer.text)
            if name not in let_in:
                assert answer.status_code in {401, 403}
            elif not (name in told_why and place.customer in {"ben", here.customer}):
                assert answer.status_code == 404, (name, place, answer.text)
                missing.add(answer.content)
    assert len(missing) == 1


@pytest.mark.parametrize(("method", "path"), CUSTOMERS)
async def test_whoever_reaches_a_customer_gets_what_the_policies_allow(
    callers: Callers,
    who: dict[str, dict[str, str]],
    scenario: Scenario,
    method: str,
    path: str,
) -> None:
    office = any(each in path for each in OFFICES)
    for name in OFFICERS if office else _readers(path):
        here = near(scenario, contribution=_contributed(path))
        if (method, path) == ("PUT", "/v1/customers/{customer_id}/records/{record_id}"):
            hold = bytes.fromhex(here.hold)
            care(scenario).holds.lift(caring("ann"), here.customer, hold, reason="done")
        where = here.path(path)
        if method == "DELETE" and "/org/" in path:
            where = where.replace("north", "south")
        answer = await call(callers, who[name], method, where, CUSTOMERS[method, path])
        assert answer.is_success, (name, answer.text)


@pytest.mark.parametrize(("method", "path"), OWNS)
async def test_anothers_record_answers_the_author_like_one_that_is_not_there(
    callers: Callers,
    who: dict[str, dict[str, str]],
    scenario: Scenario,
    method: str,
    path: str,
) -> None:
    sent, mine = OWNS[method, path], scenario.idea("ada").record.hex()
    theirs, record = (
        scenario.idea("ben").record.hex(),
        scenario.profile("ben").record.hex(),
    )
    bodies = set()
    for place in (theirs, record, NOWHERE, "not-an-id"):
        where = path.format(record_id=place)
        answer = await call(callers, who["ada"], method, where, sent)
        assert answer.status_code == 404, (place, answer.text)
        bodies.add(answer.content)
    assert len(bodies) == 1
    for name, headers in who.items():
        if name not in {"ada", "ben"}:
            where = path.format(record_id=mine)
            answer = await call(callers, headers, method, where, sent)
            assert answer.status_code in {401, 403}, (name, answer.text)
    own = await call(callers, who["ada"], method, path.format(record_id=mine), sent)
    waits = path.endswith("/evidence") or (method, path) == _LIFTING
    assert own.is_success or (waits and own.status_code == 409), own.text


async def test_what_is_wrong_with_the_values_is_told_to_who_reaches_the_record_alone(
    callers: Callers, who: dict[str, dict[str, str]], scenario: Scenario
) -> None:
    here = near(scenario)
    wrong = Sent(body={"values": {"nmae": 1}, "version": 1, "purpose": "support.case"})
    path = "/v1/customers/{customer_id}/records/{record_id}"
    answers = [
        await call(callers, who["lee"], "PUT", place.path(path), wrong)
        for place in (here, *far(scenario, here))
    ]
    assert {each.status_code for each in answers} == {404}
    assert len({each.content for each in answers}) == 1
    for bad in ({"collection": "none"}, {"values": {"nmae": 1}}, {"purpose": "x.y"}):
        sent = Sent(
            body={"collection": "profile", "values": {"name": "A"}}
            | {"purpose": "support.case"}
            | bad
        )
        bodies = [
            await call(
                callers, who["lee"], "POST", f"/v1/customers/{name}/records", sent
            )
            for name in (here.customer, "ben", "nobody", "eve")
        ]
        assert len({(each.status_code, _told(each)) for each in bodies}) == 1


def _told(answer: httpx.Response) -> str:
    said: dict[str, Any] = answer.json()
    said.pop("request_id", None)
    said.pop("decision_id", None)
    return str(sorted(said.items()))


def _opening(name: str, **more: Any) -> Sent:
    body = {"customer_id": name, "region": "eu", "purpose": "service.registration"}
    return Sent(body=body | more)


async def test_whoever_may_not_register_learns_of_nobody_whether_they_are_a_customer(
    callers: Callers, who: dict[str, dict[str, str]]
) -> None:
    for name in ("lee", "legal"):
        answers = set()
        for customer in ("ada", "eve", f"new-{next(numbers)}"):
            for more in ({}, {"unit": "north"}, {"unit": "none"}):
                sent = _opening(customer, **more)
                answer = await call(callers, who[name], "POST", "/v1/customers", sent)
                assert answer.status_code == (404 if more else 422)
                answers.add((bool(more), _told(answer)))
        assert len(answers) == 2
    for name in ("nobody", "wrong", "scopeless", "ada", "auditor"):
        sent = _opening(f"new-{next(numbers)}")
        answer = await call(callers, who[name], "POST", "/v1/customers", sent)
        assert answer.status_code in {401, 403}
    refused = await call(
        callers, who["mailer"], "POST", "/v1/customers", _opening("new-one")
    )
    assert refused.status_code == 403


async def test_the_exception_an_id_in_use_beyond_reach_answers_like_an_erased_one(
    callers: Callers, who: dict[str, dict[str, str]], scenario: Scenario
) -> None:
    post(scenario, "north", staff=KIM)
    here = near(scenario)
    said = {}
    for customer in (here.customer, "ben", "eve", f"new-{next(numbers)}"):
        sent = _opening(customer, unit="north")
        answer = await call(callers, who["kim"], "POST", "/v1/customers", sent)
        said[customer] = (answer.status_code, _told(answer))
    mine, bens, eves, new = said.values()
    assert (mine[0], new[0]) == (200, 201)
    assert bens == eves
    assert bens[0] == 409
    assert "customer.unavailable" in bens[1]
    shown = await callers.get("/v1/me/accesses", who["ben"])
    tried = [each for each in shown.json()["items"] if each["outcome"] == "unavailable"]
    assert [each["principal"] for each in tried] == [KIM]


async def test_a_new_customer_is_within_reach_of_who_registered_them(
    callers: Callers, who: dict[str, dict[str, str]], scenario: Scenario
) -> None:
    post(scenario, "north", staff=KIM)
    name = f"new-{next(numbers)}"
    sent = _opening(name, unit="north")
    made = await call(callers, who["kim"], "POST", "/v1/customers", sent)
    assert made.status_code == 201
    new = CUSTOMERS["POST", "/v1/customers/{customer_id}/records"]
    path = f"/v1/customers/{name}/records"
    assert (await call(callers, who["kim"], "POST", path, new)).status_code == 201
    assert (await call(callers, who["lee"], "POST", path, new)).status_code == 404


# What touches a person and asks no policy, each with its reason.
UNASKED = {
    ("GET", "/v1/me"): "how one is registered: no record, no field, one's own",
    ("GET", "/v1/me/accesses"): "the log itself; reading it is not logged in it",
    ("GET", "/v1/me/notices"): "texts in force, the same for everybody",
    ("GET", "/v1/me/consents"): "what one said oneself",
    ("GET", "/v1/me/consents/history"): "what one said oneself",
    ("GET", "/v1/me/consents/{purpose}/record"): "what one said oneself, signed",
    ("GET", "/v1/me/purposes"): "where each stands by what one said oneself",
    ("GET", "/v1/me/restriction"): "what one restricted oneself",
    ("POST", "/v1/me/restriction"): "a right that waits for no engine (GDPR 18)",
    ("DELETE", "/v1/me/restriction"): "one's own restriction, never an engine's",
    ("GET", "/v1/me/objections"): "what one said oneself",
    ("POST", "/v1/me/objections"): "an objection waits for no engine",
    ("DELETE", "/v1/me/objections/{purpose}"): "what is decided by, never by an engine",
    ("PUT", "/v1/me/consents/{purpose}"): "what is decided by, never by an engine",
    ("DELETE", "/v1/me/consents/{purpose}"): "a withdrawal waits for no engine",
    ("POST", "/v1/me/erasure"): "a right that no policy stands before (GDPR 17)",
    ("GET", "/v1/me/contributions/{record_id}/receipt"): "a proof; no content",
    ("GET", "/v1/me/contributions/{record_id}/receipt/cose"): "a proof; no content",
    ("GET", "/v1/me/contributions/{record_id}/evidence"): "a proof; no content",
    ("GET", "/v1/erasures/{erasure_id}"): "about nobody any more; has its own secret",
    ("GET", "/v1/erasures/{erasure_id}/evidence"): "likewise",
}


def _touches_a_person(method: str, path: str) -> bool:
    about = "{customer_id}" in path or path.startswith(("/v1/me", "/v1/erasures"))
    bodies = {"/v1/customers", "/v1/read", "/v1/find", "/v1/scan", "/v1/aggregate"}
    return about or path in bodies | {"/v1/records", "/v1/registrations"}


TOUCHING = [each for each in operations() if _touches_a_person(*each)]


def test_what_asks_no_policy_is_listed_with_a_reason() -> None:
    assert UNASKED.keys() <= set(TOUCHING)
    assert all(len(reason) > 7 for reason in UNASKED.values())


@pytest.mark.parametrize(
    ("method", "path"), [each for each in TOUCHING if each not in UNASKED]
)
async def test_an_operation_that_touches_a_person_reaches_the_gate(
    callers: Callers,
    who: dict[str, dict[str, str]],
    scenario: Scenario,
    method: str,
    path: str,
) -> None:
    sent = (CUSTOMERS | OWNS | OTHERS)[method, path]
    here = near(scenario, contribution=_contributed(path))
    office = any(each in path for each in OFFICES)
    name = "legal" if office else "service"
    headers = who[name]
    if path.startswith("/v1/me"):
        here = Place("ada", scenario.idea("ada").record.hex())
        headers = who["ada"]
    before = _decisions(scenario)
    await call(callers, headers, method, here.path(path), sent)
    assert len(_decisions(scenario) - before) >= 1


def _decisions(scenario: Scenario) -> set[bytes]:
    reader = scenario.house.audit_db.reader()
    rows = reader.execute("SELECT decision FROM audit_event").fetchall()
    return {row[0] for row in rows}


async def test_a_token_without_the_scope_takes_nobody_back(
    callers: Callers, scenario: Scenario
) -> None:
    registrar = Bearer(
        Principal(Kind.SERVICE, "desk", roles=("support",)),
        ("service.registration",),
        (Scope.CUSTOMERS_REGISTER,),
    )
    headers = callers.headers(registrar)
    sent = _opening("eve", again=True, reason="she asked")
    answer = await call(callers, headers, "POST", "/v1/customers", sent)
    assert (answer.status_code, answer.json()["code"]) == (403, "token.scope")
