"""The way to the time-stamping authority: HTTP or HTTPS, one request, one answer.

After RFC 3161, 3.4. No redirect is followed and no proxy is asked; what does not come
whole within the deadline is no answer. The answer is bytes of a stranger: nothing here
reads them, they are verified before they are kept.
"""

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from kit.errors import CannotStart, Unavailable
from kit.settings import Settings
from ledger.timestamp import MAX_CHAIN_BYTES, MAX_TOKEN_BYTES, Chain, TimestampError
from ledger.trusted_time import Authority

PATIENCE: Final = timedelta(seconds=10)

_ASKED: Final = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
}
_OK: Final = 200
_FIX: Final = "ALLOD_TSA_URL is an http or https URL of a host and a path"


@dataclass(frozen=True, slots=True)
class HttpTsa:
    """An authority at a URL."""

    tls: bool
    host: str
    port: int | None
    path: str
    patience: timedelta = PATIENCE

    @classmethod
    def at(cls, url: str) -> "HttpTsa":
        """Read the URL of an authority.

        Raises:
            CannotStart: it is not one, or carries a name and password.

        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise CannotStart("the authority's URL cannot be read", fix=_FIX) from None
        plain = parts.hostname and not (parts.username or parts.password)
        if parts.scheme not in {"http", "https"} or not plain:
            raise CannotStart("the authority's URL cannot be read", fix=_FIX)
        query = f"?{parts.query}" if parts.query else ""
        path = (parts.path or "/") + query
        return cls(parts.scheme == "https", parts.hostname or "", port, path)

    def ask(self, query: bytes) -> bytes:
        """Send a request; gives the answer, unverified.

        Raises:
            Unavailable: there is no answer in time, or not one of this protocol.

        """
        kind = HTTPSConnection if self.tls else HTTPConnection
        seconds = self.patience.total_seconds()
        connection = kind(self.host, self.port, timeout=seconds)
        try:
            connection.connect()
            # The timeout bounds each wait; this bounds an answer that comes in drops.
            end = threading.Timer(seconds, _hang_up, (connection.sock,))
            end.start()
            try:
                return self._exchange(connection, query)
            finally:
                end.cancel()
        except (OSError, HTTPException, ValueError):
            raise Unavailable("the time-stamping authority does not answer") from None
        finally:
            connection.close()

    def _exchange(self, connection: HTTPConnection, query: bytes) -> bytes:
        connection.request("POST", self.path, body=query, headers=_ASKED)
        answer = connection.getresponse()
        if answer.status != _OK:
            raise Unavailable("the time-stamping authority refuses to answer")
        media = answer.headers.get_content_type()
        if media != _ASKED["Accept"]:
            raise Unavailable("the time-stamping authority answers something else")
        data = answer.read(MAX_TOKEN_BYTES + 1)
        if len(data) > MAX_TOKEN_BYTES:
            raise Unavailable("the time-stamping authority's answer is too long")
        if answer.length:
            raise Unavailable("the time-stamping authority's answer broke off")
        return data


def authority_of(settings: Settings) -> Authority | None:
    """Give the authority that the settings name, if they name one.

    Raises:
        CannotStart: the URL or the file of certificates is not fit for it.

    """
    if not settings.tsa_url:
        return None
    tsa = HttpTsa.at(settings.tsa_url)
    return Authority(tsa, _chain(settings.tsa_chain), settings.tsa_interval)


def read_chain(path: Path) -> Chain:
    """Read an authority's certificates from a file.

    Raises:
        OSError: the file cannot be read.
        TimestampError: it holds no certificates, or no root among them.

    """
    with path.open("rb") as file:
        return Chain.parse(file.read(MAX_CHAIN_BYTES + 1))


def _chain(path: Path | None) -> Chain:
    fix = (
        "name in ALLOD_TSA_CHAIN a PEM file with the authority's root, and whatever"
        " stands between it and the certificate that stamps"
    )
    if path is None:
        raise CannotStart("an authority needs the file of its certificates", fix=fix)
    try:
        return read_chain(path)
    except (OSError, TimestampError):
        raise CannotStart(
            "the file of the authority's certificates cannot be used", fix=fix
        ) from None


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
