"""A house that is asked over the API, and hears what comes to its policy engine.

The engine is the real one; the words that it was asked and the codes that it answered
are kept, so that a test can say that a word came to the policies at all.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
from callers import Callers
from houses import Scenario

from kit.clock import iso
from pdp.decision.port import Engine, EngineAnswer
from pdp.decision.question import Kind
from server.auth.principals import SCOPES_OF, Bearer
from vault import Principal

Told = frozenset[str]

SHOWN: Told = frozenset({"shown"})
BOUGHT = {"date": "2026-01-02", "quantity": 1, "amount": 9.5}
IDEA = {"title": "A lid that stays on", "text": "Make it blue."}
TICKET = {"subject": "It leaks", "text": "All over the desk."}
WHY = "a test"
HOLDER = {"profile": "intake.order", "purchase": "intake.order"}
_numbers = count(1)


@dataclass
class Heard:
    """An engine that keeps the words it was asked, and the codes it answered."""

    engine: Engine
    words: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.engine.name

    @property
    def confirmed_for(self) -> float:
        return self.engine.confirmed_for

    def decide(
        self, common: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
    ) -> EngineAnswer:
        answer = self.engine.decide(common, items)
        for item in items:
            self._hear("", {key: common[key] for key in ("action", "purpose")})
            self._hear("principal.", common["principal"])
            self._hear("", item)
        for result in answer.results:
            self.codes |= {each["code"] for each in result.get("reasons", ())}
            self.codes |= set(result.get("permits", ()))
            self.codes |= {each["type"] for each in result.get("obligations", ())}
        return answer

    def revision(self) -> str:
        return self.engine.revision()

    def close(self) -> None:
        self.engine.close()

    def _hear(self, prefix: str, part: Mapping[str, Any]) -> None:
        for key, value in part.items():
            each = value if isinstance(value, list) else [value]
            self.words |= {f"{prefix}{key}={_spelt(one)}" for one in each}


def _spelt(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class World:
    """A house with its callers, and the short cuts that the ways are made of."""

    callers: Callers
    heard: Heard

    @property
    def scenario(self) -> Scenario:
        return self.callers.scenario

    def who(
        self,
        kind: Kind,
        *roles: str,
        name: str = "max",
        region: str = "eu",
        assurance: int = 2,
    ) -> dict[str, str]:
        principal = Principal(
            kind, name, roles=roles, region=region, assurance=assurance
        )
        purposes = tuple(self.scenario.house.purposes.names)
        return self.callers.headers(Bearer(principal, purposes, tuple(SCOPES_OF[kind])))

    def service(self, *roles: str, **more: Any) -> dict[str, str]:
        return self.who(Kind.SERVICE, *roles, **more)

    def staff(self, *roles: str, **more: Any) -> dict[str, str]:
        return self.who(Kind.STAFF, *roles, **more)

    async def send(
        self, method: str, path: str, who: dict[str, str], body: Any = None
    ) -> httpx.Response:
        key = f"key-{next(_numbers)}"
        return await self.callers.send(method, path, who, body, key)

    async def person(self, **more: Any) -> str:
        """Register somebody as a service does."""
        name = f"person-{next(_numbers)}"
        body = {"customer_id": name, "region": "eu", "minor": "no"} | more
        where = self.service("support", region=body["region"])
        body["purpose"] = "service.registration"
        answer = await self.send("POST", "/v1/customers", where, body)
        assert answer.status_code == 201, answer.text
        return name

    async def record(
        self, name: str, collection: str, values: Any, *, region: str = "eu"
    ) -> str:
        """Write a record as a service does; gives its id."""
        purpose = HOLDER.get(collection, "intake.event")
        body = {"collection": collection, "values": values, "purpose": purpose}
        answer = await self.send(
            "POST",
            f"/v1/customers/{name}/records",
            self.service("support", region=region),
            body,
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["record_id"])

    async def profile(self, name: str, **more: Any) -> str:
        return await self.record(name, "profile", {"name": "Ada"}, **more)

    async def contributed(self, name: str) -> str:
        body = {"collection": "idea", "values": IDEA}
        answer = await self.own("POST", "contributions", name, body)
        return str(answer.json()["record_id"])

    async def own(
        self, method: str, path: str, name: str, body: Any = None
    ) -> httpx.Response:
        """Do as a customer what has to succeed."""
        answer = await self.send(
            method, f"/v1/me/{path}", self.callers.customer(name), body
        )
        assert answer.is_success, answer.text
        return answer

    async def office(
        self, method: str, name: str, path: str, body: Any, region: str = "eu"
    ) -> httpx.Response:
        """Do as an officer, about a customer, what has to succeed."""
        answer = await self.send(
            method,
            f"/v1/customers/{name}/{path}",
            self.staff("legal", name="lea", region=region),
            body,
        )
        assert answer.is_success, answer.text
        return answer

    async def read(
        self, who: dict[str, str], purpose: str, name: str, record: str
    ) -> Told:
        path = f"/v1/customers/{name}/records/{record}"
        return told(await self.callers.get(path, who, purpose=purpose))

    async def write(
        self, purpose: str, name: str, collection: str, values: Any
    ) -> Told:
        body = {"collection": collection, "values": values, "purpose": purpose}
        path = f"/v1/customers/{name}/records"
        who = self.service("support", "marketing")
        return told(await self.send("POST", path, who, body))

    async def count(self, who: dict[str, str], purpose: str) -> Told:
        body = {"purpose": purpose, "collection": "purchase"}
        body |= {"measure": {"kind": "count"}}
        return told(await self.send("POST", "/v1/aggregate", who, body))

    def soon(self, **more: int) -> str:
        return iso(self.scenario.clock.now() + timedelta(**(more or {"days": 1})))

    async def consent(self, name: str, **more: Any) -> None:
        body = {"notice_version": 1, "language": "en"} | more
        await self.own("PUT", "consents/marketing.email", name, body)

    async def license(self, name: str, record: str, purpose: str) -> None:
        body = {
            "purpose": purpose,
            "product": "catalogue",
            "territory": "eu",
            "since": iso(self.scenario.clock.now()),
            "until": self.soon(days=30),
        }
        await self.own("PUT", f"contributions/{record}/authorization", name, body)


def told(answer: httpx.Response) -> Told:
    """Give what a caller was told: that it was shown, or the codes of why not."""
    if answer.is_success:
        return SHOWN
    document = answer.json()
    reasons = document.get("reasons") or [document]
    return frozenset(each["code"] for each in reasons)


def exported(answer: httpx.Response) -> Told:
    """Give what an export holds of the customer's profile."""
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    return frozenset({archive.read("records/profile.json").decode()})
