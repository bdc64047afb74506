"""A look at an OPA server from outside, for whoever runs it. It changes nothing there.

OPA's configuration shows names of keys and never keys. What it answers about its
policies to a caller without a token, it answers to everybody who reaches its port.
"""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from kit.canonical import parse
from kit.errors import Malformed, Unavailable
from kit.exchange import Exchange, Failed, HttpAnswer, HttpRequest, TooLong
from kit.secret import Secret
from pdp.engines.opa import ASKED, PROVENANCE, headers
from pdp.engines.opa_address import OpaAddress

PATIENCE: Final = timedelta(seconds=2)
MOST: Final = 1 << 20
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
    if token is not None:
        address.require_known(because="a token would be sent to them")
    with closing(Exchange(address.whom)) as exchange:
        try:
            return _Looking(exchange, token).whole()
        except (Failed, Malformed):
            raise Unavailable("OPA does not answer, or not as OPA does") from None


class _Looking:
    def __init__(self, exchange: Exchange, token: Secret | None) -> None:
        self._exchange = exchange
        self._token = token

    def whole(self) -> Look:
        question = json.dumps({"input": {"common": {}, "items": []}}).encode()
        answer = self._asked("POST", ASKED, self._token, question)
        if answer.status in _REFUSALS:
            raise NotLetIn("OPA does not let the vault in")
        provenance = _object(_object(parse(answer.body)).get(PROVENANCE))
        config = self._config()
        bundles = _object(provenance.get("bundles"))
        return Look(
            version=str(provenance.get("version", "")),
            revisions=tuple(str(_object(b).get("revision")) for b in bundles.values()),
            configured=config is not None,
            pinned=tuple(_pinnings(config or {})),
            sends_decisions="decision_logs" in (config or {}),
            open_to_all=self._is_open(),
        )

    def _config(self) -> Mapping[str, Any] | None:
        answer = self._asked("GET", "/v1/config", self._token)
        if answer.status != _OK:
            return None
        return _object(_object(parse(answer.body)).get("result"))

    def _is_open(self) -> bool:
        try:
            return self._asked("GET", "/v1/policies", None).status == _OK
        except TooLong:
            # All of its policies are longer than a refusal is.
            return True

    def _asked(
        self, method: str, target: str, token: Secret | None, body: bytes | None = None
    ) -> HttpAnswer:
        request = HttpRequest(
            method, target, headers(token), body, most=MOST, within=PATIENCE
        )
        return self._exchange.ask(request)


def _pinnings(config: Mapping[str, Any]) -> list[Pinning]:
    return [
        Pinning(name, str(_object(_object(bundle).get("signing")).get("keyid", "")))
        for name, bundle in _object(config.get("bundles")).items()
    ]


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
