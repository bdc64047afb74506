"""An answer in pieces: one is made when the one before was taken, and none is kept."""

import asyncio
from collections.abc import Generator, MutableMapping
from typing import Any

import pytest
from starlette.types import Message

from server.http import streams
from server.http.streams import ABORT, Streamed


class Reader:
    """The server's side of a connection whose reader can stop taking."""

    def __init__(self, takes: int = 1_000) -> None:
        self.sent: list[bytes] = []
        self.takes = takes
        self.aborted = False
        self.gone = asyncio.Event()
        self.scope: MutableMapping[str, Any] = {"type": "http", ABORT: self._abort}

    async def send(self, message: Message) -> None:
        if len(self.sent) >= self.takes:
            await asyncio.Event().wait()
        if body := message.get("body"):
            self.sent.append(body)

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    def _abort(self) -> None:
        self.aborted = True


class Pieces:
    """Pieces that note how many were made, and that they were closed."""

    def __init__(self, many: int) -> None:
        self.made = 0
        self.closed = False
        self.many = many

    def __call__(self) -> Generator[bytes, None, None]:
        try:
            for _ in range(self.many):
                self.made += 1
                yield b"piece"
        finally:
            self.closed = True


def _streamed(pieces: Pieces, erasures: Any = lambda: 0) -> Streamed:
    return Streamed(pieces(), erasures=erasures, media_type="text/plain")


async def test_everything_is_sent_and_the_generator_is_closed() -> None:
    reader, pieces = Reader(), Pieces(3)
    await _streamed(pieces)(reader.scope, reader.receive, reader.send)
    assert reader.sent == [b"piece"] * 3
    assert pieces.closed
    assert not reader.aborted


async def test_no_piece_is_made_before_the_last_one_was_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(streams, "ERASURE_PATIENCE_SECONDS", 0.02)
    reader, pieces = Reader(takes=2), Pieces(100)
    await _streamed(pieces)(reader.scope, reader.receive, reader.send)
    assert pieces.made == 2
    assert pieces.closed
    assert reader.aborted


async def test_a_reader_who_stops_is_cut_off_sooner_where_somebody_was_erased(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "PATIENCE_SECONDS", 60.0)
    monkeypatch.setattr(streams, "ERASURE_PATIENCE_SECONDS", 0.05)
    reader, pieces, ordered = Reader(takes=1), Pieces(100), [0]
    sending = asyncio.create_task(
        _streamed(pieces, lambda: len(ordered))(
            reader.scope, reader.receive, reader.send
        )
    )
    await asyncio.sleep(0.2)
    assert not sending.done()
    ordered.append(1)
    await asyncio.wait_for(sending, 10)
    assert reader.aborted
    assert pieces.closed


async def test_a_reader_who_goes_away_ends_the_work() -> None:
    reader, pieces = Reader(), Pieces(1_000_000)
    sending = asyncio.create_task(
        _streamed(pieces)(reader.scope, reader.receive, reader.send)
    )
    await asyncio.sleep(0.05)
    reader.gone.set()
    await asyncio.wait_for(sending, 10)
    assert pieces.closed
    assert not reader.aborted


async def test_a_server_that_ends_closes_the_work() -> None:
    reader, pieces = Reader(takes=1), Pieces(100)
    sending = asyncio.create_task(
        _streamed(pieces)(reader.scope, reader.receive, reader.send)
    )
    await asyncio.sleep(0.05)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert pieces.closed


def test_the_patience_is_that_of_the_design() -> None:
    assert (streams.PATIENCE_SECONDS, streams.ERASURE_PATIENCE_SECONDS) == (30.0, 5.0)
