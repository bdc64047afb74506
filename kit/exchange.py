"""One request, one answer: HTTP/1.1 over a line that has one deadline and one bound.

No redirect is followed, no proxy is asked, nothing is tried again, and nothing of the
environment plays a part. The answer is bytes of a stranger: nothing here reads them.
"""

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from typing import Final

from kit.line import Far, Overlong, SocketLine, Whom

HEAD: Final = 1 << 14
"""How many bytes the head of an answer, and the marks between its chunks, may take."""

KEPT: Final = 8
"""How many lines are kept open between exchanges."""

_THIS_MACHINE: Final = Far("localhost", 80)


class Failed(Exception):
    """There is no whole answer."""


class Late(Failed):
    """There was none by the deadline."""


class TooLong(Failed):
    """It is longer than what was asked for can be."""


class BrokenOff(Failed):
    """It ended before it was whole."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What is asked, and how much may come back how soon."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    most: int
    within: timedelta


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back: the status, the media type without parameters, the body."""

    status: int
    media: str
    body: bytes


class Exchange:
    """Exchanges with one other side; safe for several threads, and after a fork.

    `keeps` leaves lines open for the next exchange, as long as nothing is said on them.
    """

    def __init__(self, whom: Whom, *, keeps: bool = False) -> None:
        self._whom = whom
        self._keeps = keeps
        self._lock = threading.Lock()
        self._idle: list[SocketLine] = []
        self._owner = os.getpid()

    def ask(self, request: HttpRequest) -> HttpAnswer:
        """Send a request; gives the whole answer.

        Raises:
            Failed: there is none: `Late`, `TooLong`, `BrokenOff`, or no connection.

        """
        until = time.monotonic() + request.within.total_seconds()
        line, again = self._open(until), False
        line.agree(until, HEAD + request.most)
        try:
            answer, again = _exchanged(self._connection(line), request)
        except TimeoutError:
            raise Late("no whole answer by the deadline") from None
        except Overlong:
            raise TooLong("the answer is too long") from None
        except (OSError, HTTPException, ValueError):
            raise Failed("no answer that can be read") from None
        finally:
            self._let_go(line, again=again)
        return answer

    def close(self) -> None:
        """Let go of the lines that are kept."""
        with self._lock:
            lines, self._idle = self._idle, []
        for line in lines:
            line.hang_up()

    def _open(self, until: float) -> SocketLine:
        try:
            return self._kept() or SocketLine(self._whom.connected(until))
        except TimeoutError:
            raise Late("no connection by the deadline") from None
        except (OSError, ValueError):
            raise Failed("no connection") from None

    def _connection(self, line: SocketLine) -> HTTPConnection:
        far = self._whom if isinstance(self._whom, Far) else _THIS_MACHINE
        connection = HTTPConnection(far.host, far.port)
        connection.default_port = 443 if far.tls else 80
        connection.sock = line
        return connection

    def _kept(self) -> SocketLine | None:
        with self._lock:
            # A forked process would hear its parent's answers on the same line.
            if self._owner != os.getpid():
                self._owner, self._idle = os.getpid(), []
            while self._idle:
                line = self._idle.pop()
                if line.idle:
                    return line
                line.hang_up()
        return None

    def _let_go(self, line: SocketLine, *, again: bool) -> None:
        if again and self._keeps and line.idle:
            with self._lock:
                if len(self._idle) < KEPT:
                    self._idle.append(line)
                    return
        line.hang_up()


def _exchanged(
    connection: HTTPConnection, request: HttpRequest
) -> tuple[HttpAnswer, bool]:
    connection.request(
        request.method, request.target, request.body, dict(request.headers)
    )
    answer = connection.getresponse()
    again = not answer.will_close
    data = answer.read(request.most + 1)
    if len(data) > request.most:
        raise TooLong("the answer is too long")
    if answer.length:
        raise BrokenOff("the answer broke off")
    media = answer.headers.get_content_type()
    return HttpAnswer(answer.status, media, data), again and answer.isclosed()
