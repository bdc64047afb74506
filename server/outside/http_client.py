"""An endpoint of somebody else's: HTTP or HTTPS, one request, one answer.

No redirect is followed and no proxy is asked. What does not come whole within the
deadline, or is longer than what is asked for can be, is no answer. The answer is bytes
of a stranger: nothing here reads them, they are verified before they are kept.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Self
from urllib.parse import urlsplit

from kit.errors import CannotStart, Unavailable
from kit.exchange import BrokenOff, Exchange, Failed, HttpAnswer, HttpRequest, TooLong
from kit.line import Far

__all__ = ["Endpoint", "HttpAnswer"]

_PORTS: Final = {"http": 80, "https": 443}


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
    ) -> HttpAnswer:
        """Send a request; gives the answer, of at most so many bytes.

        Raises:
            Unavailable: there is no answer in time, or it is too long or broken off.

        """
        request = HttpRequest("POST", self._target(), headers, body, most, within)
        try:
            return Exchange(self._far()).ask(request)
        except TooLong:
            raise Unavailable(f"{self.whom}'s answer is too long") from None
        except BrokenOff:
            raise Unavailable(f"{self.whom}'s answer broke off") from None
        except Failed:
            raise Unavailable(f"{self.whom} does not answer") from None

    def _far(self) -> Far:
        port = _PORTS["https" if self.tls else "http"]
        context = ssl.create_default_context() if self.tls else None
        return Far(self.host, port if self.port is None else self.port, context)

    def _target(self) -> str:
        return (self.path or "/") + (f"?{self.query}" if self.query else "")
