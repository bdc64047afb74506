"""What a customer is told about a purpose is what everybody's next question shows.

Every purpose of the tables is bound to every basis, on collections of their own. The
customer says yes and no to each, and after each word each use is tried from outside:
what the answer calls stopped is refused, and what it says goes on goes on.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from bundles import shipped
from callers import Callers, calling
from clocks import ManualClock
from houses import IDEA, Scenario, lived_in, opened, settle
from ordering import kinds_in, unwritable
from reaching import care, soon
from recatalogued import PLACE, accept, recatalogued

from consent import LawfulBasis
from kit.errors import AllodError
from pdp.bundle.bundle import TABLES, from_texts
from pdp.decision.question import Kind
from server.auth.principals import SCOPES_OF, Bearer, operating
from vault import Principal, Question
from vault.gate.aggregates import AggregateQuery

ROWS: dict[str, Any] = json.loads(shipped().texts[TABLES])["purposes"]
SET_UP = {"import.history", "self.access", "self.export", "service.registration"}
ASKED = sorted(ROWS.keys() - SET_UP)
NEVER_CLEAR = {"audit.inspect"}  # numbers are of clear values; it sees none
VALUES = {"name": "Ada", "topics": "pens", "product": "pen"}
numbers = count(1)


def catalogue() -> str:
    """Write a collection, and one of contributions, for each basis."""
    collections = {
        f"{kind}_{basis}": {
            "title": f"Kept by {basis}",
            "schema": 1,
            "ugc": kind == "said",
            "retention": "none",
            "purposes": dict.fromkeys(ASKED, basis.value)
            | {"import.history": "contract", "self.access": "legal_obligation"}
            | {"self.export": "legal_obligation"},
            "fields": FIELDS[kind],
        }
        for kind in FIELDS
        for basis in LawfulBasis
    }
    registration = {
        "service.registration": "contract",
        "import.history": "contract",
        "account.care": "legal_obligation",
    }
    customer = {"purposes": registration}
    return json.dumps({"version": 1, "customer": customer, "collections": collections})


FIELDS = {
    "kept": {
        "name": {"type": "string", "class": "identity", "max": 99},
        "topics": {"type": "string", "class": "preference", "max": 99},
        "product": {"type": "string", "class": "transaction", "max": 99},
    },
    "said": {
        "title": {"type": "string", "class": "content", "max": 99},
        "text": {"type": "text", "class": "content"},
        "language": {"type": "string", "class": "content", "max": 35},
    },
}


def on_every_ground(*, marketing: bool) -> dict[str, str]:
    """Let every purpose rest on every basis, and count groups of one."""
    tables = json.loads(shipped().texts[TABLES])
    for row in tables["purposes"].values():
        row["bases"] = row["bases"] if row["right"] else [*map(str, LawfulBasis)]
        row |= {"cohort": 0, "direct_marketing": marketing}
    return {**shipped().texts, TABLES: json.dumps(tables)}


@dataclass(frozen=True)
class Asking:
    """Whoever may use a purpose, and how one record of a collection is used for it."""

    callers: Callers
    purpose: str

    @property
    def bearer(self) -> Bearer:
        tables = json.loads(shipped().texts[TABLES])
        roles = ROWS[self.purpose]["roles"]
        kinds = {role: tables["roles"][role]["kinds"] for role in roles}
        role = next((r for r in roles if "service" in kinds[r]), roles[0])
        kind = Kind.SERVICE if "service" in kinds[role] else Kind(kinds[role][0])
        scenario = self.callers.scenario
        region = scenario.house.customers.standing(scenario.subject("ada")).region
        named = () if kind is Kind.AUDITOR else (role,)
        principal = Principal(kind, "kim", roles=named, region=region, assurance=2)
        return Bearer(principal, (self.purpose,), tuple(SCOPES_OF[kind]))

    async def uses(self, collection: str) -> bool:
        actions = ROWS[self.purpose]["actions"]
        if "read" in actions:
            return await self._reads(collection)
        if "aggregate" in actions:
            return self._counts(collection)
        return await self._writes(collection)

    async def _reads(self, collection: str) -> bool:
        path = "/v1/customers/ada/records"
        named = {"purpose": self.purpose, "collection": collection}
        answer = await self.callers.get(
            path, self.callers.headers(self.bearer), **named
        )
        return answer.status_code == 200 and bool(answer.json()["items"])

    async def _writes(self, collection: str) -> bool:
        values = {"name": "A"} if collection.startswith("kept") else {"title": "A"}
        body = {"collection": collection, "values": values, "purpose": self.purpose}
        path, key = "/v1/customers/ada/records", f"k-{next(numbers)}"
        who = self.callers.headers(self.bearer)
        answer = await self.callers.send("POST", path, who, body, key)
        return answer.status_code == 201

    def _counts(self, collection: str) -> bool:
        # A scan's own process would open the home for each of hundreds of questions.
        question = Question(self.bearer.principal, self.purpose, action="aggregate")
        gate = self.callers.scenario.house.gate
        try:
            found = gate.aggregate(question, collection, AggregateQuery(("product",)))
        except AllodError:
            return False
        return bool(found.groups)


@pytest.fixture(params=["shipped", "any", "marketing", "cn"])
def scenario(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock
) -> Iterator[Scenario]:
    home = tmp_path / "home"
    settle(home, clock)
    (home / PLACE).write_text(catalogue(), encoding="utf-8")
    accept(home, clock)
    if request.param != "shipped":
        with opened(home, clock) as scenario:
            marketing = request.param == "marketing"
            bundle = from_texts(on_every_ground(marketing=marketing))
            scenario.put_in_force(bundle)
    with opened(home, clock) as scenario:
        _fill(scenario, "cn" if request.param == "cn" else "eu")
        yield scenario


def _fill(scenario: Scenario, region: str) -> None:
    scenario.customer("ada", region=region)
    care(scenario).assignments.assign(
        operating("account.care", region=region),
        "ada",
        staff="kim",
        until=soon(scenario),
    )
    for basis in LawfulBasis:
        scenario.put("ada", f"kept_{basis}", VALUES)
        idea = scenario.put("ada", f"said_{basis}", IDEA)
        for use in ("display", "advertise", "product_development"):
            scenario.license("ada", idea, f"ugc.{use}")
    with scenario.house.vault_db.write() as session:
        for purpose in scenario.house.purposes:
            if LawfulBasis.CONSENT in purpose.bases:
                scenario.house.notices.publish(session, purpose.name, {"en": "May we?"})


@dataclass(frozen=True)
class Look:
    """Each use of a purpose after a word: what the customer is told, and what is so."""

    stopped: dict[str, bool]
    used: dict[str, bool]


async def _look(asking: Asking, ada: dict[str, str]) -> Look:
    items = (await asking.callers.get("/v1/me/purposes", ada)).json()["items"]
    (stands,) = [each for each in items if each["purpose"] == asking.purpose]
    assert all(use["code"] and use["article"] and use["text"] for use in stands["uses"])
    stopped = {use["collection"]: use["stopped"] for use in stands["uses"]}
    return Look(stopped, {name: await asking.uses(name) for name in stopped})


@pytest.mark.timeout(400)  # hundreds of questions, after each of many words
async def test_what_the_answer_says_is_what_a_read_shows(scenario: Scenario) -> None:
    async with calling(scenario) as callers:
        ada = callers.customer("ada")
        for purpose in ASKED:
            looks = await _says_everything(Asking(callers, purpose), ada)
            # One use is not for contributions, another is for nothing else.
            usable = {name for look in looks for name, yes in look.used.items() if yes}
            counted_alone = scenario.house.bundle.tables["purposes"][purpose]["cohort"]
            assert usable or counted_alone or purpose in NEVER_CLEAR, purpose
            for look in looks:
                for name in look.stopped:
                    goes_on = name in usable and not look.stopped[name]
                    assert look.used[name] == goes_on, (purpose, name, looks)


WORDS = (
    ("PUT", "consents"),
    ("DELETE", "consents"),
    ("DELETE", "objections"),
    ("PUT", "consents"),
    ("POST", "objections"),
    ("DELETE", "consents"),
    ("DELETE", "objections"),
)


async def _says_everything(asking: Asking, ada: dict[str, str]) -> list[Look]:
    looks = [await _look(asking, ada)]
    for method, what in WORDS:
        length = await _history(asking.callers, ada)
        answer = await _say(asking, ada, method, what)
        looks.append(await _look(asking, ada))
        if answer.is_success:
            told = {
                each["collection"]: each["stopped"] for each in answer.json()["uses"]
            }
            assert told == looks[-1].stopped
        else:
            _is_explained(answer)
            assert looks[-1] == looks[-2], (asking.purpose, method, what)
            assert await _history(asking.callers, ada) == length
    return looks


async def _say(
    asking: Asking, ada: dict[str, str], method: str, what: str
) -> httpx.Response:
    body = await _notice(asking, ada) if method == "PUT" else None
    if method == "POST":
        named = {"purpose": asking.purpose}
        return await asking.callers.send(method, f"/v1/me/{what}", ada, named)
    path = f"/v1/me/{what}/{asking.purpose}"
    return await asking.callers.send(method, path, ada, body)


async def _notice(asking: Asking, ada: dict[str, str]) -> dict[str, Any]:
    shown = (await asking.callers.get("/v1/me/notices", ada)).json()["items"]
    newest = [e["version"] for e in shown if e["purpose"] == asking.purpose]
    return {"notice_version": max(newest, default=1), "language": "en"}


def _is_explained(answer: httpx.Response) -> None:
    """Hold a word that changes nothing to its reasons: each ground and its article."""
    assert answer.status_code in {409, 422}, answer.text
    if answer.json()["code"] in {"consent.other_basis", "consent.no_objection"}:
        reasons = answer.json()["reasons"]
        assert reasons
        assert all(each["article"] and each["fix"] for each in reasons)


async def _history(callers: Callers, ada: dict[str, str]) -> int:
    return len((await callers.get("/v1/me/consents/history", ada)).json()["items"])


async def test_consent_to_what_rests_on_another_ground_now_is_taken_back_for_good(
    tmp_path: Path, clock: ManualClock
) -> None:
    home, path = tmp_path / "home", "/v1/me/consents/sales.offer"
    contract, consent = "sales.offer: contract", "sales.offer: consent"
    with lived_in(home, clock) as scenario:
        scenario.customer()
    with recatalogued(home, clock, *[(contract, consent)] * 2) as scenario:
        with scenario.house.vault_db.write() as session:
            scenario.house.notices.publish(session, "sales.offer", {"en": "May we?"})
        scenario.grant("ada", "sales.offer")
    with recatalogued(home, clock, *[(consent, contract)] * 2) as scenario:
        async with calling(scenario) as callers:
            ada = callers.customer("ada")
            with unwritable(home):
                for _ in range(2):
                    answer = await callers.send("DELETE", path, ada)
                    assert answer.json()["code"] == "mirror.unavailable"
            answer = await callers.send("DELETE", path, ada)
            assert kinds_in(home)[-1] == "consent.withdrawn"
            assert answer.json()["state"] == "withdrawn"
            assert {each["code"] for each in answer.json()["uses"]} == {
                "basis.contract"
            }
            acts = (await callers.get("/v1/me/consents/history", ada)).json()["items"]
            assert [each["act"] for each in acts] == ["granted", "withdrawn"]
