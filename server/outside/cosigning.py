"""The way to the witnesses: HTTP or HTTPS, one request, one answer (C2SP tlog-witness).

The file that ALLOD_WITNESSES names is a trust policy (C2SP tlog-policy): a line for
each witness with its URL, groups, and the quorum. A witness under the name of a log in
the file is that log's own second key, and is not asked. The answer is not read here.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from kit.errors import CannotStart
from kit.settings import Settings
from ledger.formats.trust_policy import PolicyError, TrustPolicy
from ledger.outside.cosigning import (
    MAX_ANSWER_BYTES,
    WitnessAnswer,
    WitnessSet,
    WitnessTarget,
)
from server.outside.http_client import Endpoint

PATIENCE: Final = timedelta(seconds=5)

_HEADERS: Final = {"Content-Type": "text/plain; charset=utf-8"}
_FIX: Final = (
    "ALLOD_WITNESSES names a trust policy: `witness NAME VKEY URL` for each, with an"
    " http or https URL, and a `quorum` line"
)


@dataclass(frozen=True, slots=True)
class HttpWitness:
    """A witness at a URL, the prefix that it is asked under."""

    endpoint: Endpoint
    patience: timedelta = PATIENCE

    @classmethod
    def at(cls, url: str) -> Self:
        """Read a witness's URL.

        Raises:
            CannotStart: it is none, or carries more than host, port and path.

        """
        if "?" in url or "#" in url:
            raise CannotStart("a witness's URL is host, port and path", fix=_FIX)
        prefix = Endpoint.at(url, whom="a witness", fix=_FIX)
        return cls(prefix.under("add-checkpoint"))

    def add_checkpoint(self, body: bytes) -> WitnessAnswer:
        """Send a request; gives the answer, unverified.

        Raises:
            Unavailable: there is no answer in time.

        """
        answer = self.endpoint.post(
            body, _HEADERS, most=MAX_ANSWER_BYTES, within=self.patience
        )
        return WitnessAnswer(answer.status, answer.body)


def panel_of(settings: Settings) -> WitnessSet | None:
    """Give the witnesses that the settings name, if they name any.

    Raises:
        CannotStart: the file is no trust policy, or a witness in it has no URL.

    """
    if settings.witnesses is None:
        return None
    policy = _policy(settings.witnesses)
    logs = {log.name for log in policy.logs}
    others = {name: v for name, v in policy.witnesses.items() if v.name not in logs}
    if not others:
        raise CannotStart("the file of witnesses names no witness", fix=_FIX)
    if not others.keys() <= policy.urls.keys():
        raise CannotStart("a witness in the file has no URL", fix=_FIX)
    asked = (
        WitnessTarget(verifier, HttpWitness.at(policy.urls[name]))
        for name, verifier in others.items()
    )
    return WitnessSet(tuple(asked), policy)


def _policy(path: Path) -> TrustPolicy:
    try:
        return TrustPolicy.parse(path.read_bytes())
    except OSError:
        raise CannotStart("the file of witnesses cannot be read", fix=_FIX) from None
    except PolicyError as error:
        raise CannotStart(f"the file of witnesses: {error.detail}", fix=_FIX) from None
