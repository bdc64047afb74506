"""An OPA server as the engine, asked over HTTP with the client that OPA's users know.

Of the client only `query_rule` is used. Its policy upload rewrites old Rego without a
word, which would break the digest, and its bulk query inlines inputs into one text;
OPA pulls the signed bundle itself (`pdp.bundle_archive`). Nothing is retried: a
question that failed is denied, and the next one is asked anew. An undefined rule
comes back as `{}` with status 200, so the absence of `result` is no decision.

The revision comes with each answer and out of the same transaction (`provenance`), so
a bundle that OPA swaps between two questions is noticed on the very next one.
"""

import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from opa_client import OpaClient
from requests import HTTPError, RequestException, Timeout

from kit.errors import CannotStart
from kit.secret import Secret
from pdp.decision import Undecided
from pdp.port import Answer

MAX_DEADLINE: Final = timedelta(milliseconds=500)
PACKAGE, RULE = "allod.gate", "decisions"
RESULT, PROVENANCE = "result", "provenance"

_PORTS = {"http": 80, "https": 443}
_FAILED = 500


@dataclass(frozen=True, slots=True)
class OpaAddress:
    """Where OPA listens: over TLS, or without it on this machine alone."""

    host: str
    port: int
    tls: bool

    @classmethod
    def parse(cls, url: str) -> "OpaAddress":
        """Read the address of OPA.

        Raises:
            CannotStart: it is none, or one where anybody between could answer.

        """
        parts = _split(url)
        tls = parts.scheme == "https"
        host = parts.hostname or ""
        if not tls and not _is_this_machine(host):
            raise _no_address("without TLS an OPA must run on this machine")
        port = parts.port if parts.port is not None else _PORTS[parts.scheme]
        return cls(f"[{host}]" if ":" in host else host, port, tls)


class OpaEngine:
    """The adapter; safe to call from several threads and after a fork."""

    # OPA's own version moves under us, and so does not name what is remembered.
    name = "opa"

    def __init__(
        self,
        address: OpaAddress,
        *,
        token: Secret | None = None,
        deadline: timedelta = MAX_DEADLINE,
    ) -> None:
        self._address = address
        self._token = token
        self._deadline = min(deadline, MAX_DEADLINE).total_seconds()
        self._lock = threading.Lock()
        self._client: Any = None
        self._owner = 0

    def decide(
        self, common: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
    ) -> Answer:
        """Ask about a batch.

        Raises:
            Undecided: no answer within the deadline, or none at all.

        """
        answer = self._asked({"common": dict(common), "items": list(items)})
        if RESULT not in answer:
            raise Undecided("OPA has no such rule, or it is undefined")
        return Answer(_revision(answer), answer[RESULT])

    def revision(self) -> str:
        """Tell which bundle OPA decides by; it has to be able to decide.

        Raises:
            Undecided: OPA does not answer, or has no rule to answer by.

        """
        return self.decide({}, ()).revision

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            if self._client is not None:
                self._client.close_connection()
                self._client = None

    def _asked(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        client, begun = self._connected(), time.monotonic()
        try:
            answer = client.query_rule(question, PACKAGE, RULE, {PROVENANCE: "true"})
        except (RequestException, ValueError, RecursionError) as error:
            raise Undecided("OPA gave no decision", code=_code(error)) from None
        # The client's limit is on each wait for bytes; slow drops of them are late too.
        if time.monotonic() - begun > self._deadline:
            raise Undecided("OPA answered too late", code="gate.timeout")
        if not isinstance(answer, dict):
            raise Undecided("OPA answered what is no document")
        return answer

    def _connected(self) -> Any:  # noqa: ANN401 - the client ships no types
        with self._lock:
            # A forked process would read its parent's answers off the same socket.
            if self._client is None or self._owner != os.getpid():
                self._client, self._owner = self._connect(), os.getpid()
            return self._client

    def _connect(self) -> Any:  # noqa: ANN401 - the client ships no types
        client = OpaClient(
            host=self._address.host,
            port=self._address.port,
            ssl=self._address.tls,
            token=self._token.reveal().decode() if self._token else None,
            retries=0,
            timeout=self._deadline,
        )
        session = client._session  # noqa: SLF001 - there is no public way to it
        # No proxy and no .netrc from the environment, and no other host by redirect.
        session.trust_env = False
        session.max_redirects = 0
        return client


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        raise _no_address("it cannot be read") from None
    if not whole or parts.path not in {"", "/"} or parts.query or "@" in parts.netloc:
        raise _no_address("it is scheme, host and port, and nothing else")
    return parts


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _no_address(detail: str) -> CannotStart:
    return CannotStart(
        f"the address of OPA: {detail}",
        fix="write ALLOD_OPA_URL as http://127.0.0.1:8181 or https://host:port",
    )


def _code(error: Exception) -> str:
    """Name what went wrong; a body that is not JSON is an answer that is undefined."""
    if isinstance(error, Timeout):
        return "gate.timeout"
    if isinstance(error, HTTPError):
        status = None if error.response is None else error.response.status_code
        return "gate.engine_error" if status == _FAILED else "gate.unreachable"
    unread = isinstance(error, ValueError | RecursionError)
    return "gate.undefined" if unread else "gate.unreachable"


def _revision(answer: Mapping[str, Any]) -> str:
    """Tell the revision of the one bundle that OPA has; with two there is none."""
    provenance = answer.get(PROVENANCE)
    bundles = provenance.get("bundles") if isinstance(provenance, dict) else None
    if not isinstance(bundles, dict) or len(bundles) != 1:
        return ""
    (bundle,) = bundles.values()
    revision = bundle.get("revision") if isinstance(bundle, dict) else None
    return revision if isinstance(revision, str) else ""
