"""The outer layers: bounded bodies, an id for each request, safe headers."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from edges import LIMIT, edge_of
from fastapi import APIRouter, FastAPI, Response
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Message

from server.http.limits import layered
from server.http.schemas import Schema
from server.http.strict_json import StrictRoute


class Sent(Schema):
    text: str


router = APIRouter(route_class=StrictRoute)


@router.post("/sent")
async def sent(body: Sent) -> int:
    return len(body.text)


@router.post("/raw")
async def raw(request: Request) -> int:
    return len(await request.body())


@router.get("/cached")
async def cached() -> Response:
    return Response("a", headers={"cache-control": "max-age=60"})


@router.get("/half")
async def half() -> StreamingResponse:
    async def lines() -> AsyncIterator[bytes]:
        yield b"one\n"
        raise RuntimeError

    return StreamingResponse(lines())


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    api = FastAPI(redirect_slashes=False)
    api.include_router(router)
    async with edge_of(api) as client:
        yield client


async def _chunks(total: int) -> AsyncIterator[bytes]:
    for _ in range(total // 1_024):
        yield b" " * 1_024


@pytest.mark.parametrize("path", ["/sent", "/raw"])
async def test_a_body_beyond_the_limit_is_refused_as_a_problem(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.post(path, json={"text": "a" * LIMIT})
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/sent", "/raw"])
async def test_a_body_in_chunks_is_cut_off_at_the_same_place(
    client: httpx.AsyncClient, path: str
) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post(path, content=_chunks(LIMIT + 1_024), headers=headers)
    assert "content-length" not in answer.request.headers
    assert answer.status_code == 413


async def test_a_body_at_the_limit_is_read(client: httpx.AsyncClient) -> None:
    assert (await client.post("/raw", content=b"a" * LIMIT)).json() == LIMIT
    assert (await client.post("/raw", content=_chunks(LIMIT))).json() == LIMIT


@pytest.mark.parametrize("length", ["-1", "+1", "1_0", "a", "1e9", "٣", "9" * 30])
async def test_a_length_that_is_no_length_is_refused(
    client: httpx.AsyncClient, length: str
) -> None:
    request = client.build_request("POST", "/raw", content=b"a")
    request.headers["content-length"] = length.encode().decode("latin-1")
    assert (await client.send(request)).status_code == 400


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity"])
async def test_a_compressed_body_is_refused_unread(
    client: httpx.AsyncClient, encoding: str
) -> None:
    headers = {"content-encoding": encoding, "content-type": "application/json"}
    body = gzip.compress(b'{"text":"a"}')
    answer = await client.post("/sent", content=body, headers=headers)
    assert answer.status_code == 415


async def test_every_answer_has_its_own_id_and_safe_headers(
    client: httpx.AsyncClient,
) -> None:
    answers = [await client.get(path) for path in ("/cached", "/none", "/sent")]
    assert len({answer.headers["x-request-id"] for answer in answers}) == 3
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_nothing_is_stored_on_the_way_unless_the_route_says_so(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/none")).headers["cache-control"] == "no-store"
    assert (await client.get("/cached")).headers["cache-control"] == "max-age=60"


async def test_an_answer_that_fails_half_way_ends_short_and_raises_nothing() -> None:
    api = FastAPI(redirect_slashes=False)
    api.include_router(router)
    sent: list[Message] = []

    async def receive() -> Message:
        return await asyncio.Future()  # the client has said all and waits

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/half",
        "headers": [(b"host", b"127.0.0.1")],
    }
    scope |= {"query_string": b"", "http_version": "1.1", "asgi": {"version": "3.0"}}
    await layered(api, body_limit=LIMIT)(scope, receive, send)
    assert [message.get("body") for message in sent[1:]] == [b"one\n"]
    assert sent[-1]["more_body"]  # the server sees that it is not whole, and says so
