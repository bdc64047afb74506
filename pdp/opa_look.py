"""A look at an OPA server from outside, for whoever runs it. It changes nothing there.

OPA's configuration shows names of keys and never keys. What it answers about its
policies to a caller without a token, it answers to everybody who reaches its port.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from requests import RequestException, Response, Session

from kit.errors import Unavailable
from kit.secret import Secret
from pdp.opa import PACKAGE, PROVENANCE, RULE, OpaAddress

PATIENCE: Final = timedelta(seconds=2)
OLDEST: Final = (1, 20)

_OK, _REFUSALS = 200, frozenset({401, 403})


class NotLetIn(Unavailable):
    """OPA answers, and wants another token than the one shown."""


@dataclass(frozen=True, slots=True)
class Pinning:
    """What OPA's configuration says of one bundle: the key it is pinned to, if any."""

    bundle: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of an OPA server."""

    version: str
    revisions: tuple[str, ...]
    configured: bool  # it shows its configuration; without that, nothing is pinned
    pinned: tuple[Pinning, ...]
    sends_decisions: bool
    open_to_all: bool

    @property
    def recent(self) -> bool:
        """Whether it is a version that the policies are tested on, or a newer one."""
        numbers = tuple(int(n) for n in self.version.split(".")[:2] if n.isdigit())
        return numbers >= OLDEST


def look(address: OpaAddress, token: Secret | None) -> Look:
    """Look at an OPA server.

    Raises:
        NotLetIn: it wants another token.
        Unavailable: it does not answer, or not as OPA does.

    """
    with closing(Session()) as session:
        session.trust_env = False
        try:
            return _Looking(session, address, token).whole()
        except (RequestException, ValueError, RecursionError):
            raise Unavailable("OPA does not answer, or not as OPA does") from None


class _Looking:
    def __init__(
        self, session: Session, address: OpaAddress, token: Secret | None
    ) -> None:
        scheme = "https" if address.tls else "http"
        self._base = f"{scheme}://{address.host}:{address.port}/v1"
        self._session = session
        self._token = token

    def whole(self) -> Look:
        rule = f"data/{PACKAGE.replace('.', '/')}/{RULE}?{PROVENANCE}=true"
        question: dict[str, Any] = {"input": {"common": {}, "items": []}}
        answer = self._asked("POST", rule, self._token, json=question)
        if answer.status_code in _REFUSALS:
            raise NotLetIn("OPA does not let the vault in")
        provenance = _object(_object(answer.json()).get(PROVENANCE))
        config = self._config()
        policies = self._asked("GET", "policies", None)
        bundles = _object(provenance.get("bundles"))
        return Look(
            version=str(provenance.get("version", "")),
            revisions=tuple(str(_object(b).get("revision")) for b in bundles.values()),
            configured=config is not None,
            pinned=tuple(_pinnings(config or {})),
            sends_decisions="decision_logs" in (config or {}),
            open_to_all=policies.status_code == _OK,
        )

    def _config(self) -> Mapping[str, Any] | None:
        answer = self._asked("GET", "config", self._token)
        if answer.status_code != _OK:
            return None
        return _object(_object(answer.json()).get("result"))

    def _asked(
        self,
        method: str,
        path: str,
        token: Secret | None,
        json: dict[str, Any] | None = None,
    ) -> Response:
        shown = {} if token is None else {"Authorization": f"Bearer {_text(token)}"}
        return self._session.request(
            method,
            f"{self._base}/{path}",
            headers=shown,
            json=json,
            timeout=PATIENCE.total_seconds(),
            allow_redirects=False,
        )


def _pinnings(config: Mapping[str, Any]) -> list[Pinning]:
    return [
        Pinning(name, str(_object(_object(bundle).get("signing")).get("keyid", "")))
        for name, bundle in _object(config.get("bundles")).items()
    ]


def _text(token: Secret) -> str:
    return token.reveal().decode()


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
