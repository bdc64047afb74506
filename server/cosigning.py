"""The way to the witnesses: HTTP or HTTPS, one request, one answer (C2SP tlog-witness).

The file that ALLOD_WITNESSES names is a trust policy (C2SP tlog-policy): a line for
each witness with its URL, groups, and the quorum. No redirect is followed and no proxy
is asked; what does not come whole within the deadline is no answer. The answer is
bytes of a stranger: nothing here reads them.
"""

import threading
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from kit.errors import CannotStart, Unavailable
from kit.settings import Settings
from ledger.cosigning import MAX_ANSWER_BYTES, Answer, Asked, Panel
from ledger.policy import PolicyError, TrustPolicy

PATIENCE: Final = timedelta(seconds=5)

_HEADERS: Final = {"Content-Type": "text/plain; charset=utf-8"}
_FIX: Final = (
    "ALLOD_WITNESSES names a trust policy: `witness NAME VKEY URL` for each, with an"
    " http or https URL, and a `quorum` line"
)


@dataclass(frozen=True, slots=True)
class HttpWitness:
    """A witness at a URL, the prefix that it is asked under."""

    tls: bool
    host: str
    port: int | None
    path: str
    patience: timedelta = PATIENCE

    @classmethod
    def at(cls, url: str) -> Self:
        """Read a witness's URL.

        Raises:
            CannotStart: it is none, or carries more than host, port and path.

        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise CannotStart("a witness's URL cannot be read", fix=_FIX) from None
        more = parts.username or parts.password or parts.query or parts.fragment
        if parts.scheme not in {"http", "https"} or not parts.hostname or more:
            raise CannotStart("a witness's URL cannot be read", fix=_FIX)
        path = f"{parts.path.rstrip('/')}/add-checkpoint"
        return cls(parts.scheme == "https", parts.hostname, port, path)

    def add_checkpoint(self, body: bytes) -> Answer:
        """Send a request; gives the answer, unverified.

        Raises:
            Unavailable: there is no answer in time.

        """
        kind = HTTPSConnection if self.tls else HTTPConnection
        seconds = self.patience.total_seconds()
        connection = kind(self.host, self.port, timeout=seconds)
        # The timeout bounds each wait; this bounds an answer that comes in drops.
        end = threading.Timer(seconds, connection.close)
        try:
            end.start()
            connection.request("POST", self.path, body=body, headers=_HEADERS)
            answer = connection.getresponse()
            data = answer.read(MAX_ANSWER_BYTES + 1)
        except (OSError, HTTPException, ValueError, AttributeError):
            raise Unavailable("a witness does not answer") from None
        finally:
            end.cancel()
            connection.close()
        if len(data) > MAX_ANSWER_BYTES:
            raise Unavailable("a witness's answer is too long")
        return Answer(answer.status, data)


def panel_of(settings: Settings) -> Panel | None:
    """Give the witnesses that the settings name, if they name any.

    Raises:
        CannotStart: the file is no trust policy, or a witness in it has no URL.

    """
    if settings.witnesses is None:
        return None
    policy = _policy(settings.witnesses)
    if not policy.witnesses or policy.witnesses.keys() != policy.urls.keys():
        raise CannotStart("a witness has no URL, or there is none", fix=_FIX)
    asked = (
        Asked(verifier, HttpWitness.at(policy.urls[name]))
        for name, verifier in policy.witnesses.items()
    )
    return Panel(tuple(asked), policy)


def _policy(path: Path) -> TrustPolicy:
    try:
        return TrustPolicy.parse(path.read_bytes())
    except OSError:
        raise CannotStart("the file of witnesses cannot be read", fix=_FIX) from None
    except PolicyError as error:
        raise CannotStart(f"the file of witnesses: {error.detail}", fix=_FIX) from None
