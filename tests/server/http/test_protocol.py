"""Whoever makes a connection wait is waited for so long and no longer."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from connections import connected, rest, serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from server.http import protocol
from server.http.errors import install
from server.http.limits import layered
from server.http.protocol import Bounds

pytestmark = pytest.mark.enable_socket

SOON = 0.5
BOUNDS = Bounds(connections=4, header=SOON, body=SOON + 0.2, untaken=SOON)
HEAD = b"GET /ok HTTP/1.1\r\nHost: a\r\n"
WHOLE = HEAD + b"\r\n"
POST = b"POST /read HTTP/1.1\r\nHost: a\r\n"
HALF = POST + b"Content-Length: 100\r\n\r\nhalf"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LIMIT = 1 << 20
MEGABYTE = b"x" * (1 << 20)


async def _ok(_: Request) -> Response:
    return PlainTextResponse("ok")


async def _read(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _slow(_: Request) -> Response:
    await asyncio.sleep(4 * SOON)
    return PlainTextResponse("late")


async def _large(_: Request) -> Response:
    return Response(MEGABYTE * 8)


async def _endless(_: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1_000
            await asyncio.sleep(0)

    return StreamingResponse(parts())


def _app() -> ASGIApp:
    handlers = (_ok, _read, _slow, _large, _endless)
    app = Starlette(
        routes=[
            Route(f"/{each.__name__[1:]}", each, methods=["GET", "POST"])
            for each in handlers
        ]
    )
    install(app)
    return layered(app, body_limit=LIMIT, body_time=timedelta(seconds=SOON))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(_app(), BOUNDS) as port:
        yield port


@pytest.fixture
def patient() -> Iterator[int]:
    with serving(_app(), Bounds(connections=4)) as port:
        yield port


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def _taken(begun: float) -> float:
    return time.monotonic() - begun


def test_headers_that_drip_are_answered_with_408_and_cut(port: int) -> None:
    with connected(port, HEAD) as line:
        begun = time.monotonic()
        for _ in range(3):
            time.sleep(SOON / 4)
            line.sendall(b"X-A: b\r\n")
        assert _status(rest(line)) == 408
        assert _taken(begun) < 10 * SOON


def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    with connected(port) as line:
        assert rest(line) == b""


def test_a_connection_that_is_kept_has_the_same_deadline_for_its_next_request(
    port: int,
) -> None:
    with connected(port, WHOLE) as line:
        assert _status(line.recv(1 << 16)) == 200
        line.sendall(HEAD)
        assert _status(rest(line)) == 408


def test_headers_that_are_too_many_are_refused(port: int) -> None:
    with connected(port, HEAD) as line:
        line.sendall(b"X-A: " + b"b" * 20_000 + b"\r\n")
        line.sendall(b"X-A: " + b"b" * 20_000 + b"\r\n")
        assert _status(rest(line)) == 400


def test_a_body_that_drips_is_answered_with_408_and_cut(port: int) -> None:
    with connected(port, HALF) as line:
        begun = time.monotonic()
        head, _, body = rest(line).partition(b"\r\n\r\n")
        assert _status(head) == 408
        assert b"connection: close" in head.lower()
        assert json.loads(body)["code"] == "timed_out"
        assert _taken(begun) < 10 * SOON


def test_a_body_that_nobody_reads_and_that_drips_is_cut(port: int) -> None:
    with connected(port, HALF.replace(b"/read", b"/ok")) as line:
        begun = time.monotonic()
        answer = line.recv(1 << 16)
        assert _status(answer) == 200
        with pytest.raises(OSError, match=r"reset|pipe|closed|abort"):
            for _ in range(100):
                line.sendall(b"x")
                time.sleep(SOON / 4)
        assert _taken(begun) < 10 * SOON


def test_a_whole_request_that_is_answered_late_is_not_cut(port: int) -> None:
    with connected(port, WHOLE.replace(b"/ok", b"/slow")) as line:
        assert _status(line.recv(1 << 16)) == 200


def test_whoever_drips_keeps_nobody_out(patient: int) -> None:
    with ExitStack() as open_:
        dripping = [open_.enter_context(connected(patient, HEAD))]
        time.sleep(SOON)  # or the first is not the oldest to the loop's clock
        dripping += [open_.enter_context(connected(patient, HEAD)) for _ in range(3)]
        with connected(patient, WHOLE) as line:
            assert _status(line.recv(1 << 16)) == 200
        assert rest(dripping[0]) == b""
        # The others are waited for as before.
        dripping[-1].sendall(b"\r\n")
        assert _status(dripping[-1].recv(1 << 16)) == 200


def test_where_all_connections_are_served_another_is_told_to_come_later(
    patient: int,
) -> None:
    slow = WHOLE.replace(b"/ok", b"/slow")
    with ExitStack() as open_:
        lines = [open_.enter_context(connected(patient, slow)) for _ in range(4)]
        time.sleep(SOON / 2)
        with connected(patient) as line:
            answer = rest(line)
        assert _status(answer) == 503
        assert b"retry-after" in answer
        assert [_status(each.recv(1 << 16)) for each in lines] == [200] * 4


@pytest.mark.parametrize("path", [b"/large", b"/endless"])
def test_an_answer_that_nobody_takes_is_cut_off(
    port: int, path: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LOOK_SECONDS", 0.1)
    with connected(port, WHOLE.replace(b"/ok", path), taken=4_096) as line:
        time.sleep(4 * SOON)
        assert len(rest(line)) < len(MEGABYTE) * 8


def test_the_answers_that_hold_most_give_way(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(protocol, "UNTAKEN_BYTES", 1 << 20)
    large = WHOLE.replace(b"/ok", b"/large")
    with connected(port, large, taken=4_096) as line:
        time.sleep(SOON / 2)
        assert len(rest(line)) < len(MEGABYTE) * 8


@pytest.mark.parametrize("host", [b"", b"Host: a\r\nHost: b\r\n"])
def test_a_request_of_http_1_1_names_its_host_once(port: int, host: bytes) -> None:
    ends = b"Connection: close\r\n\r\n"
    with connected(port, b"GET /ok HTTP/1.1\r\n" + host + ends) as line:
        assert _status(rest(line)) == 400
    with connected(port, b"GET /ok HTTP/1.0\r\n\r\n") as line:
        assert _status(rest(line)) == 200


def _chunks(total: int) -> bytes:
    """Write a body of so many bytes in chunks, a small one last."""
    whole, rest_ = divmod(total, 1 << 16)
    sizes = [1 << 16] * whole + [rest_] * bool(rest_)
    return b"".join(b"%x\r\n%s\r\n" % (each, b"x" * each) for each in sizes)


@pytest.mark.parametrize(
    ("total", "status"), [(0, 200), (LIMIT, 200), (LIMIT + 1, 413)]
)
def test_a_body_in_chunks_is_read_to_the_limit_and_no_further(
    port: int, total: int, status: int
) -> None:
    sent = POST + CHUNKED + b"Connection: close\r\n\r\n" + _chunks(total) + b"0\r\n\r\n"
    with connected(port, sent) as line:
        answer = rest(line)
    assert _status(answer) == status
    assert status != 200 or answer.endswith(b"\r\n\r\n%d" % total)


@pytest.mark.parametrize("first", ["length", "chunks"])
def test_a_body_with_two_lengths_is_refused_and_what_follows_it_unread(
    port: int, first: str
) -> None:
    """Or a proxy that goes by the other length sees another next request."""
    lengths = [b"Content-Length: 5\r\n", CHUNKED][:: 1 if first == "length" else -1]
    head = POST + b"".join(lengths) + b"\r\n"
    with connected(port, head + b"0\r\n\r\n" + WHOLE) as line:
        answer = rest(line)
    assert _status(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1


def test_whoever_waits_to_be_told_to_send_a_body_is_told(port: int) -> None:
    head = POST + b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    with connected(port, head) as line:
        assert line.recv(1 << 16).startswith(b"HTTP/1.1 100 ")
        line.sendall(b"body")
        answer = line.recv(1 << 16)
    assert _status(answer) == 200
    assert answer.endswith(b"\r\n\r\n4")


def test_a_reset_by_the_client_leaves_the_server_well(port: int) -> None:
    for _ in range(5):
        with connected(port, HALF) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    with connected(port, WHOLE) as line:
        assert _status(line.recv(1 << 16)) == 200
