"""Doors: who comes in by which route, and one answer for every bad token."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from clocks import ManualClock
from edges import edge_of
from fastapi import APIRouter, Depends, FastAPI
from minting import minting

from kit.db import Database
from kit.settings import Settings
from pdp.decision.question import Kind
from server.auth.principals import SCOPES_OF, Bearer, Scope
from server.auth.tokens import Tokens
from server.http.admission import anybody, auditor, customer, legal, service
from server.http.turns import Turns
from vault.gate.question import Principal

router = APIRouter()


@router.get("/service")
def of_service(
    bearer: Annotated[Bearer, Depends(service(Scope.RECORDS_READ))],
) -> str:
    return bearer.principal.name


@router.get("/customer")
def of_customer(bearer: Annotated[Bearer, Depends(customer(Scope.OWN_READ))]) -> str:
    return bearer.own().hex()


@router.get("/auditor", dependencies=[Depends(auditor())])
def of_auditor() -> str:
    return ""


@router.get("/legal", dependencies=[Depends(legal())])
def of_legal() -> str:
    return ""


@router.get("/anybody", dependencies=[Depends(anybody)])
def of_anybody() -> str:
    return ""


BEARERS = {
    "service": Principal(Kind.SERVICE, "shop"),
    "staff": Principal(Kind.STAFF, "eve"),
    "lawyer": Principal(Kind.STAFF, "lea", roles=("legal",)),
    "customer": Principal(Kind.CUSTOMER, "customer", subject=b"a" * 16),
    "auditor": Principal(Kind.AUDITOR, "ada"),
}
OPEN = {
    "/service": {"service", "staff", "lawyer"},
    "/customer": {"customer"},
    "/auditor": {"auditor"},
    "/legal": {"lawyer"},
    "/anybody": set(BEARERS),
}


@pytest.fixture
def tokens(vault_db: Database, clock: ManualClock) -> Tokens:
    return minting(vault_db, clock)


@pytest.fixture
async def client(tokens: Tokens) -> AsyncIterator[httpx.AsyncClient]:
    api = FastAPI(redirect_slashes=False)
    api.state.tokens = tokens
    api.state.turns = Turns.of(Settings(home=Path()))
    api.include_router(router)
    async with edge_of(api) as client:
        yield client


def _mint(database: Database, tokens: Tokens, who: str, *, scoped: bool = True) -> str:
    principal = BEARERS[who]
    scopes = tuple(SCOPES_OF[principal.kind]) if scoped else ()
    bearer = Bearer(principal, (), scopes)
    with database.write() as session:
        return tokens.mint(session, bearer, life=timedelta(days=1))


async def _get(client: httpx.AsyncClient, path: str, token: str) -> httpx.Response:
    return await client.get(path, headers={"authorization": f"Bearer {token}"})


@pytest.mark.parametrize("who", BEARERS)
@pytest.mark.parametrize("path", OPEN)
async def test_a_door_opens_to_its_own_kind_and_to_no_other(
    client: httpx.AsyncClient, vault_db: Database, tokens: Tokens, path: str, who: str
) -> None:
    answer = await _get(client, path, _mint(vault_db, tokens, who))
    assert answer.status_code == (200 if who in OPEN[path] else 403)


@pytest.mark.parametrize("path", sorted(set(OPEN) - {"/anybody"}))
async def test_a_token_without_the_scope_is_refused_with_the_remedy(
    client: httpx.AsyncClient, vault_db: Database, tokens: Tokens, path: str
) -> None:
    [who, *_] = sorted(OPEN[path])
    token = _mint(vault_db, tokens, who, scoped=False)
    answer = await _get(client, path, token)
    assert answer.status_code == 403
    assert answer.json()["code"] == "token.scope"
    assert answer.json()["fix"]


async def test_missing_wrong_expired_and_revoked_tokens_get_one_answer(
    client: httpx.AsyncClient, vault_db: Database, tokens: Tokens, clock: ManualClock
) -> None:
    expired = _mint(vault_db, tokens, "service")
    clock.advance(days=2)
    revoked = _mint(vault_db, tokens, "service")
    with vault_db.write() as session:
        tokens.revoke(session, "shop")
    wrong = f"al_service_{'A' * 43}"
    answers = [
        await client.get("/service"),
        *[await _get(client, "/service", one) for one in (wrong, expired, revoked)],
        await client.get("/service", headers={"authorization": f"Basic {wrong}"}),
        await client.get("/service", headers={"authorization": wrong}),
        await client.get(f"/service?access_token={wrong}"),
    ]
    documents = [answer.json() for answer in answers]
    for document in documents:
        del document["request_id"]
    assert {answer.status_code for answer in answers} == {401}
    assert all(document == documents[0] for document in documents)


async def test_the_scheme_may_be_written_in_any_case(
    client: httpx.AsyncClient, vault_db: Database, tokens: Tokens
) -> None:
    token = _mint(vault_db, tokens, "service")
    answer = await client.get("/service", headers={"authorization": f"bearer {token}"})
    assert answer.json() == "shop"
