"""Callers of a whole house over HTTP: one client for each kind of principal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from edges import client_of
from houses import Scenario

from pdp.decision.question import Kind
from server.app import create_app
from server.auth.principals import SCOPES_OF, Bearer
from vault import Principal

DAY = timedelta(days=1)
EVERY_PURPOSE = (
    "support.case",
    "marketing.email",
    "ugc.display",
    "ugc.advertise",
    "analytics.aggregate",
    "service.registration",
    "intake.event",
    "account.care",
)


@dataclass(frozen=True)
class Callers:
    """A house with its application, and tokens for whoever calls."""

    scenario: Scenario
    client: httpx.AsyncClient

    def token(self, bearer: Bearer, *, life: timedelta = DAY) -> str:
        with self.scenario.house.vault_db.write() as session:
            return self.scenario.house.tokens.mint(session, bearer, life=life)

    def service(self, *roles: str, name: str = "helpdesk") -> dict[str, str]:
        principal = Principal(Kind.SERVICE, name, roles=roles or ("support",))
        return self.headers(_all(principal, EVERY_PURPOSE))

    def staff(self, *roles: str, name: str = "eve") -> dict[str, str]:
        principal = Principal(Kind.STAFF, name, roles=roles)
        return self.headers(_all(principal, EVERY_PURPOSE))

    def auditor(self) -> dict[str, str]:
        return self.headers(_all(Principal(Kind.AUDITOR, "ada"), ()))

    def customer(self, name: str) -> dict[str, str]:
        return self.headers(Bearer.customer(self.scenario.subject(name), region="eu"))

    def headers(self, bearer: Bearer) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(bearer)}"}

    async def get(
        self, path: str, who: dict[str, str] | None = None, **params: Any
    ) -> httpx.Response:
        return await self.client.get(path, headers=who, params=params)

    async def send(
        self,
        method: str,
        path: str,
        who: dict[str, str] | None = None,
        body: Any = None,
        key: str | None = None,
    ) -> httpx.Response:
        headers = dict(who or {}) | ({"Idempotency-Key": key} if key else {})
        return await self.client.request(method, path, headers=headers, json=body)


def _all(principal: Principal, purposes: tuple[str, ...]) -> Bearer:
    return Bearer(principal, purposes, tuple(SCOPES_OF[principal.kind]))


@asynccontextmanager
async def calling(scenario: Scenario) -> AsyncIterator[Callers]:
    async with client_of(create_app(scenario.house)) as client:
        yield Callers(scenario, client)
