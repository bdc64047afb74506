"""An endpoint of somebody else's: HTTP or HTTPS, one request, one answer.

No redirect is followed and no proxy is asked. What does not come whole within the
deadline, or is longer than what is asked for can be, is no answer. The answer is bytes
of a stranger: nothing here reads them, they are verified before they are kept.
"""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Self
from urllib.parse import urlsplit

from kit.errors import CannotStart, Unavailable


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the media type without parameters, the body."""

    status: int
    media: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where something is posted to, and whose it is: `whom` is for messages."""

    whom: str
    tls: bool
    host: str
    port: int | None
    path: str
    query: str = ""

    @classmethod
    def at(cls, url: str, *, whom: str, fix: str) -> Self:
        """Read the URL of an endpoint.

        Raises:
            CannotStart: it is not one, or carries a name and password.

        """
        unreadable = CannotStart(f"{whom}'s URL cannot be read", fix=fix)
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise unreadable from None
        named = parts.username or parts.password
        if parts.scheme not in {"http", "https"} or not parts.hostname or named:
            raise unreadable
        tls = parts.scheme == "https"
        return cls(whom, tls, parts.hostname, port, parts.path, parts.query)

    def under(self, name: str) -> Self:
        """Give the endpoint of a name under this one's path."""
        return replace(self, path=f"{self.path.rstrip('/')}/{name}")

    def post(
        self, body: bytes, headers: Mapping[str, str], *, most: int, within: timedelta
    ) -> Answer:
        """Send a request; gives the answer, of at most so many bytes.

        Raises:
            Unavailable: there is no answer in time, or it is too long or broken off.

        """
        kind = HTTPSConnection if self.tls else HTTPConnection
        seconds = within.total_seconds()
        connection = kind(self.host, self.port, timeout=seconds)
        try:
            connection.connect()
            # The timeout bounds each wait; this bounds an answer that comes in drops.
            end = threading.Timer(seconds, _hang_up, (connection.sock,))
            end.start()
            try:
                connection.request("POST", self._target(), body, dict(headers))
                return self._answer(connection, most)
            finally:
                end.cancel()
        except (OSError, HTTPException, ValueError):
            raise Unavailable(f"{self.whom} does not answer") from None
        finally:
            connection.close()

    def _answer(self, connection: HTTPConnection, most: int) -> Answer:
        answer = connection.getresponse()
        data = answer.read(most + 1)
        if len(data) > most:
            raise Unavailable(f"{self.whom}'s answer is too long")
        if answer.length:
            raise Unavailable(f"{self.whom}'s answer broke off")
        return Answer(answer.status, answer.headers.get_content_type(), data)

    def _target(self) -> str:
        return (self.path or "/") + (f"?{self.query}" if self.query else "")


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
