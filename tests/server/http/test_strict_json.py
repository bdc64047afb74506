"""Bodies: read strictly or refused, and nothing that is sent makes a 5xx."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from edges import LIMIT, client_of, edge_of
from fastapi import APIRouter, FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from server.http.errors import install
from server.http.limits import layered
from server.http.schemas import Schema, Values
from server.http.strict_json import ReadRequest, StrictRoute, read_as


class Sent(Schema):
    values: Values


router = APIRouter(route_class=StrictRoute)


@router.post("/framework")
async def framework(body: Sent) -> dict[str, Any]:
    return dict(body.values)


@router.post("/hot")
async def hot(request: Request) -> dict[str, Any]:
    return dict((await read_as(request, Sent)).values)


@router.post("/many")
def many(bodies: list[Sent]) -> int:
    return len(bodies)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    api = FastAPI(redirect_slashes=False)
    api.include_router(router)
    async with edge_of(api) as client:
        yield client


async def _post(client: httpx.AsyncClient, path: str, body: bytes) -> httpx.Response:
    return await client.post(
        path, content=body, headers={"content-type": "application/json"}
    )


BOMBS = {
    "deep arrays": b"[" * 60_000,
    "deep objects": b'{"values":' * 5_000,
    "deep inside": b'{"values":{"a":' + b"[" * 40 + b"]" * 40 + b"}}",
    "5,000 digits": b'{"values":{"a":' + b"9" * 5_000 + b"}}",
    "21 digits": b'{"values":{"a":' + b"9" * 21 + b"}}",
    "NaN": b'{"values":{"a":NaN}}',
    "infinity": b'{"values":{"a":-Infinity}}',
    "a float beyond": b'{"values":{"a":1e400}}',
    "the same name twice": b'{"values":{"a":1,"a":2}}',
    "the same name escaped": b'{"values":{"a":1,"\\u0061":2}}',
    "a lone surrogate": b'{"values":{"a":"\\ud800"}}',
    "a lone surrogate as a name": b'{"values":{"\\udfff":1}}',
    "not UTF-8": b'{"values":{"a":"\xff"}}',
    "UTF-16": '{"values":{}}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"values":{}}',
    "cut short": b'{"values":{"a":',
    "two values": b'{"values":{}}{}',
    "nothing": b"",
    "blanks": b"  \n",
    "many members": json.dumps({"values": {str(n): n for n in range(4_000)}}).encode(),
    "a scalar": b"1",
    "more elements than anybody needs": b'{"values":{"a":[' + b"{}," * 11_000 + b"1]}}",
    "more commas": b'{"values":{"a":[' + b"1," * 11_000 + b"1]}}",
    "more brackets": b'{"values":{"a":' + b"[]" * 11_000 + b"}}",
    "more strings": b'{"values":{"a":[' + b'"",' * 11_000 + b'""]}}',
    "strings that only look closed": b'\\"\\\\"' * 9_000,
}


@pytest.mark.parametrize("path", ["/framework", "/hot"])
@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
async def test_a_bomb_is_the_senders_fault_and_nobody_elses(
    client: httpx.AsyncClient, path: str, body: bytes
) -> None:
    answer = await _post(client, path, body)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/framework", "/hot"])
async def test_plain_json_is_read_as_it_is(
    client: httpx.AsyncClient, path: str
) -> None:
    values = {"a": [1, 2.5, None, True, {"b": "刚换完刹车片"}]}
    answer = await client.post(path, json={"values": values})
    assert answer.status_code == 200
    assert answer.json() == values


async def test_a_body_that_is_a_list_is_read_strictly_too(
    client: httpx.AsyncClient,
) -> None:
    assert (await _post(client, "/many", b'[{"values":{}}]')).json() == 1
    assert (await _post(client, "/many", b'[{"values":{"a":NaN}}]')).status_code == 400


@pytest.mark.parametrize("path", ["/framework", "/hot"])
@pytest.mark.parametrize(
    "media_type",
    ["", "text/plain", "application/xml", "application/jsonx", "multipart/form-data"],
)
async def test_another_media_type_is_refused(
    client: httpx.AsyncClient, path: str, media_type: str
) -> None:
    headers = {"content-type": media_type} if media_type else {}
    answer = await client.post(path, content=b'{"values":{}}', headers=headers)
    assert answer.status_code == 415


async def test_a_media_type_may_name_its_charset_and_any_case(
    client: httpx.AsyncClient,
) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    answer = await client.post("/framework", content=b'{"values":{}}', headers=headers)
    assert answer.status_code == 200


async def test_the_framework_asks_the_request_for_what_was_read() -> None:
    # The framework calls body() and json(); if it ever reads elsewhere, this fails.
    request = ReadRequest(Request({"type": "http", "headers": []}), b"1", 2)
    assert (await request.body(), await request.json()) == (b"1", 2)


@given(body=st.binary(max_size=200))
def test_no_bytes_at_all_make_a_server_fault(body: bytes) -> None:
    async def call() -> int:
        api = FastAPI(redirect_slashes=False)
        api.include_router(router)
        async with edge_of(api) as client:
            return (await _post(client, "/framework", body)).status_code

    assert asyncio.run(call()) in {200, 400, 422}


WORST = {
    "objects": b"[" + b",".join([b"{}"] * 340_000) + b"]",
    "strings": b"[" + b",".join([b'""'] * 340_000) + b"]",
    "brackets": b"[]" * 500_000,
    "faults": b"[" + b",".join([b"{}"] * 9_000) + b"]" + b" " * 1_000_000,
    "unknown members": b"[{"
    + b",".join(b'"%d":1' % n for n in range(9_000))
    + b"}]"
    + b" " * 900_000,
    "one text": b'[{"values":{"a":"' + b'\\"[,' * 250_000 + b'"}}]',
    "surrogates": b'[{"values":{"a":"' + b"\\ud83d\\ude00" * 87_000 + b'"}}]',
}


@pytest.mark.parametrize("body", WORST.values(), ids=WORST)
async def test_a_megabyte_at_its_worst_takes_no_ten_milliseconds_of_the_loop(
    body: bytes,
) -> None:
    api = FastAPI(redirect_slashes=False)
    api.include_router(router)
    install(api)
    async with client_of(layered(api, body_limit=1 << 20)) as client:
        spent = [await _loop_time(client, body) for _ in range(3)]
    assert min(spent) < 0.010


async def _loop_time(client: httpx.AsyncClient, body: bytes) -> float:
    """Tell how long this thread, which runs the loop, was busy with a body."""
    began = time.thread_time()
    answer = await _post(client, "/many", body)
    spent = time.thread_time() - began
    assert answer.status_code in {200, 400, 422}
    return spent


async def test_faults_beyond_a_few_are_counted_and_not_written_down(
    client: httpx.AsyncClient,
) -> None:
    answer = await _post(client, "/many", b"[" + b"{}," * 200 + b"{}]")
    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert fault == {"pointer": "", "message": "has more than 200 faults"}


def test_the_bombs_stay_below_the_limit_or_they_would_test_the_limit() -> None:
    assert max(map(len, BOMBS.values())) < LIMIT
