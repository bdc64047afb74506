"""The way to the time-stamping authority: HTTP or HTTPS, one request, one answer.

After RFC 3161, 3.4. The answer is not read here: it is verified before it is kept.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from kit.errors import CannotStart, Unavailable
from kit.settings import Settings
from ledger.formats.timestamp import (
    MAX_CHAIN_BYTES,
    MAX_TOKEN_BYTES,
    Chain,
    TimestampError,
)
from ledger.outside.trusted_time import Authority
from server.outside.http_client import Endpoint

PATIENCE: Final = timedelta(seconds=10)

_ASKED: Final = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
}
_OK: Final = 200
_WHOM: Final = "the time-stamping authority"
_FIX: Final = "ALLOD_TSA_URL is an http or https URL of a host and a path"


@dataclass(frozen=True, slots=True)
class HttpTsa:
    """An authority at a URL."""

    endpoint: Endpoint
    patience: timedelta = PATIENCE

    @classmethod
    def at(cls, url: str) -> Self:
        """Read the URL of an authority.

        Raises:
            CannotStart: it is not one, or carries a name and password.

        """
        return cls(Endpoint.at(url, whom=_WHOM, fix=_FIX))

    def ask(self, query: bytes) -> bytes:
        """Send a request; gives the answer, unverified.

        Raises:
            Unavailable: there is no answer in time, or not one of this protocol.

        """
        answer = self.endpoint.post(
            query, _ASKED, most=MAX_TOKEN_BYTES, within=self.patience
        )
        if answer.status != _OK:
            raise Unavailable(f"{_WHOM} refuses to answer")
        if answer.media != _ASKED["Accept"]:
            raise Unavailable(f"{_WHOM} answers something else")
        return answer.body


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
