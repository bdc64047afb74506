"""An answer is whole within one deadline and one bound, or there is none."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

from kit.exchange import (
    BrokenOff,
    Exchange,
    Failed,
    HttpAnswer,
    HttpRequest,
    Late,
    TooLong,
)
from kit.line import Far, Near, left

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
WHOLE = HEAD + b"Content-Length: 2\r\n\r\nok"
WITHIN = timedelta(milliseconds=300)
Serve = Callable[[socket.socket], None]


@contextmanager
def serving(serve: Serve, times: int = 1) -> Iterator[Far]:
    """Let each of so many callers be served, one after another."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            for _ in range(times):
                line, _ = server.accept()
                with line, suppress(OSError):
                    serve(line)

        thread = threading.Thread(target=accept)
        thread.start()
        yield Far("127.0.0.1", server.getsockname()[1])
        thread.join()


def asked(most: int = 100, within: timedelta = WITHIN) -> HttpRequest:
    return HttpRequest("POST", "/x?y=1", {"A": "b"}, b"body", most, within)


def hear(line: socket.socket) -> None:
    """Read the whole request: its head and its body may come one after the other."""
    heard = line.recv(1 << 16)
    while not heard.endswith(b"body") and (more := line.recv(1 << 16)):
        heard += more


def saying(data: bytes) -> Serve:
    def serve(line: socket.socket) -> None:
        hear(line)
        line.sendall(data)

    return serve


def dripping(data: bytes, seconds: float = 5) -> Serve:
    """Say it byte by byte, each well within any socket's own timeout."""

    def serve(line: socket.socket) -> None:
        hear(line)
        until = time.monotonic() + seconds
        for place in range(len(data)):
            if time.monotonic() > until:
                return
            line.sendall(data[place : place + 1])
            time.sleep(0.02)

    return serve


def silent(_: socket.socket) -> None:
    time.sleep(0.6)


def test_a_whole_answer_is_given() -> None:
    with serving(saying(WHOLE)) as far:
        assert Exchange(far).ask(asked()) == HttpAnswer(200, "text/plain", b"ok")


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 " + b"2" * 900,
        HEAD + b"X: " + b"x" * 900,
        HEAD + b"Content-Length: 900\r\n\r\n" + b"x" * 900,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 200,
        HEAD + b"Connection: close\r\n\r\n" + b"x" * 900,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 40,
    ],
    ids=["status", "header", "body", "chunks", "until it ends", "continue"],
)
def test_what_drips_is_late_however_it_is_said(data: bytes) -> None:
    begun = time.monotonic()
    with serving(dripping(data)) as far, pytest.raises(Late):
        Exchange(far).ask(asked(most=10_000))
    assert time.monotonic() - begun < 3


def test_a_handshake_that_drips_is_late_too() -> None:
    context = ssl.create_default_context()
    record = b"\x16\x03\x03\x40\x00" + b"\x02\x00\x3f\xfc" + b"\x03" * 400
    begun = time.monotonic()
    with serving(dripping(record)) as far, pytest.raises(Late):
        Exchange(Far(far.host, far.port, context)).ask(asked())
    assert time.monotonic() - begun < 3


def test_who_says_nothing_and_who_does_not_listen_are_late() -> None:
    with serving(silent) as far, pytest.raises(Late):
        Exchange(far).ask(asked())
    deaf = HttpRequest("POST", "/", {}, bytes(64 << 20), 10, WITHIN)
    with serving(silent) as far, pytest.raises(Late):
        Exchange(far).ask(deaf)


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"Content-Length: 101\r\n\r\n" + b"x" * 101,
        HEAD + b"X: " + b"x" * 70_000 + b"\r\n",
        HEAD + b"X: y\r\n" * 20_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 9_000,
        HEAD + b"Connection: close\r\n\r\n" + b"x" * 200_000,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 60_000,
    ],
    ids=["body", "a header", "headers", "continue", "until it ends", "chunks"],
)
def test_what_is_longer_than_was_agreed_is_cut(data: bytes) -> None:
    patient = timedelta(seconds=5)
    with serving(saying(data)) as far, pytest.raises(Failed) as caught:
        Exchange(far).ask(asked(within=patient))
    assert not isinstance(caught.value, Late)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"SSH-2.0-other\r\n",
        HEAD,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nfo",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n-4\r\nfour",
        HEAD + b"Content-Length: 4\r\n\r\nfou",
    ],
)
def test_half_an_answer_is_none(data: bytes) -> None:
    with serving(saying(data)) as far, pytest.raises(Failed):
        Exchange(far).ask(asked())


def test_what_broke_off_and_what_is_too_long_are_told_apart() -> None:
    broken = saying(HEAD + b"Content-Length: 9\r\n\r\nok")
    with serving(broken) as far, pytest.raises(BrokenOff):
        Exchange(far).ask(asked())
    with serving(saying(WHOLE)) as far, pytest.raises(TooLong):
        Exchange(far).ask(asked(most=1))


def test_a_line_is_kept_and_used_again() -> None:
    def twice(line: socket.socket) -> None:
        for _ in range(2):
            hear(line)
            line.sendall(WHOLE)

    with serving(twice) as far:
        exchange = Exchange(far, keeps=True)
        assert [exchange.ask(asked()).body for _ in range(2)] == [b"ok", b"ok"]
        exchange.close()


@pytest.mark.parametrize(
    "more", [WHOLE, b"\r\n", b"x"], ids=["an answer", "an end", "a byte"]
)
def test_what_nobody_asked_for_answers_no_later_question(more: bytes) -> None:
    spoken = iter([WHOLE + more, WHOLE.replace(b"ok", b"no")])

    def serve(line: socket.socket) -> None:
        hear(line)
        line.sendall(next(spoken))
        line.settimeout(1)
        with suppress(TimeoutError):
            line.recv(1)

    with serving(serve, times=2) as far:
        exchange = Exchange(far, keeps=True)
        assert exchange.ask(asked()).body == b"ok"
        assert exchange.ask(asked()).body == b"no"
        exchange.close()


def test_a_line_that_was_hung_up_is_not_used_again() -> None:
    with serving(saying(WHOLE), times=2) as far:
        exchange = Exchange(far, keeps=True)
        assert exchange.ask(asked()).body == b"ok"
        time.sleep(0.05)
        assert exchange.ask(asked()).body == b"ok"
        exchange.close()


def test_nobody_at_all_is_a_failure_and_not_a_wait() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(Failed):
            Exchange(Far("127.0.0.1", port)).ask(asked())


def test_a_resolver_that_does_not_answer_is_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(1) or [])
    begun = time.monotonic()
    with pytest.raises(Late):
        Exchange(Far("slow.example", 80)).ask(asked())
    assert time.monotonic() - begun < 0.9


def test_another_users_listener_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("s")
    folder.chmod(0o700)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "s"))
        server.listen()
        with suppress(Failed):
            Exchange(Near(folder / "s")).ask(asked())
        monkeypatch.setattr("kit.line.struct.unpack", lambda *_: (1, 4_711, 1))
        with pytest.raises(Failed):
            Exchange(Near(folder / "s")).ask(asked())


def test_no_time_is_left_after_the_deadline() -> None:
    with pytest.raises(TimeoutError):
        left(time.monotonic() - 1)
