"""An answer of somebody else's is whole, short enough and in time, or none."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

from kit.errors import CannotStart, Unavailable
from server.outside.http_client import Endpoint, HttpAnswer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"


@contextmanager
def answering(data: bytes) -> Iterator[str]:
    """Give these bytes to whoever asks once, then hang up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            with line, suppress(OSError):
                # All of it: to hang up on what was not read resets the line.
                asked = line.recv(1 << 16)
                while not asked.endswith(b"?") and (more := line.recv(1 << 16)):
                    asked += more
                line.sendall(data)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def endpoint(url: str) -> Endpoint:
    return Endpoint.at(url, whom="a neighbour", fix="move")


def posted(data: bytes) -> HttpAnswer:
    with answering(data) as url:
        return endpoint(url).post(b"?", {}, most=4, within=timedelta(seconds=5))


def test_a_whole_answer_is_given_whatever_its_status() -> None:
    assert posted(HEAD + b"Content-Length: 4\r\n\r\nfour") == HttpAnswer(
        200, "text/plain", b"four"
    )
    moved = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"
    assert posted(moved) == HttpAnswer(302, "text/plain", b"")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (HEAD + b"Content-Length: 4\r\n\r\nfou", "broke off"),
        (HEAD + b"Content-Length: 5\r\n\r\nfives", "too long"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nfo", "does not answer"),
        (b"SSH-2.0-of another kind\r\n", "does not answer"),
        (b"", "does not answer"),
    ],
)
def test_half_an_answer_is_none(data: bytes, why: str) -> None:
    with pytest.raises(Unavailable, match=f"a neighbour.*{why}"):
        posted(data)


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 " + b"O" * 99, HEAD + b"X: " + b"x" * 99]
)
def test_a_head_that_comes_in_drops_is_no_answer(head: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            line, _ = server.accept()
            with line, suppress(OSError):
                for place in range(len(head)):
                    line.sendall(head[place : place + 1])
                    time.sleep(0.03)

        thread = threading.Thread(target=drip)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="does not answer"):
            endpoint(f"http://127.0.0.1:{server.getsockname()[1]}").post(
                b"?", {}, most=1_000, within=timedelta(milliseconds=200)
            )
        assert time.monotonic() - begun < 2
        thread.join()


def test_a_head_without_end_is_no_answer() -> None:
    with pytest.raises(Unavailable):
        posted(HEAD + b"X: y\r\n" * 50_000)


def test_what_is_asked_lies_under_the_path_of_the_url() -> None:
    below = endpoint("https://neighbour.example/log/").under("add")
    assert (below.tls, below.host, below.port) == (True, "neighbour.example", None)
    assert below.path == "/log/add"


def test_a_url_that_names_nobody_is_refused_with_what_to_mend() -> None:
    with pytest.raises(CannotStart, match="a neighbour's URL") as refusal:
        endpoint("http://")
    assert refusal.value.fix == "move"
