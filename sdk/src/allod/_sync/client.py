# Generated from allod/_async by scripts/generate_sync.py; edit that.
"""The client: one server, one token, and what can be asked of them."""

import ssl
from types import TracebackType
from typing import Self

import httpx

from allod._sync.changes import Changes
from allod._sync.http import Http
from allod._sync.ledger import Erasures, Health, Ledger
from allod._sync.me import Me
from allod._sync.policies import PolicyFiles
from allod._sync.proposals import Proposals
from allod._sync.reach import Organisation, Reach
from allod._sync.records import Customers, Records
from allod._retry import Retry
from allod._transport import check_base, check_language, check_proxy

DEFAULT_TIMEOUT = 30.0

# Servers drop idle connections after some five seconds; a call that is sent while
# they do so would be lost, and one that may not be repeated could not be saved.
_LIMITS = httpx.Limits(keepalive_expiry=2.0)


class Allod:
    """A client of an Allod server.

    The token decides what it can do: `customers`, `records` and `changes` are for
    services, `me` for customers, `ledger` for auditors, `policies` and `proposals` for
    legal staff, `org` and `reach` for them and the privacy officer; `erasures` and
    `health` ask for none. `timeout` is in seconds, for each step of an exchange; 30,
    unless said. `language` is the one in which refusals and titles are said (`text` of
    an error), as a tag or as `Accept-Language` has several; English, unless said.

    Nothing is taken from the environment: no `HTTP_PROXY`, no `.netrc`, no
    `SSL_CERT_FILE`. A proxy is named with `proxy`, and certificates that are not
    publicly known with `tls` (`ssl.create_default_context(cafile=...)`). An
    `http_client` that is passed in is taken as it is, and stays its owner's to close.

    Raises:
        ValueError: the address would send the token in clear over a network, or to a
            proxy; a network that is safe by other means is vouched for with
            `allow_http`.

    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None = None,
        timeout: float | None = None,
        language: str | None = None,
        retry: Retry | None = None,
        proxy: str | None = None,
        tls: ssl.SSLContext | None = None,
        http_client: httpx.Client | None = None,
        allow_http: bool = False,
    ) -> None:
        self._base = check_base(base_url, allow_http=allow_http)
        check_proxy(self._base, proxy, allow_http=allow_http)
        if http_client is not None and (proxy or tls):
            raise ValueError("an http_client has a proxy and certificates of its own")
        self._owned = http_client is None
        self._client = http_client or httpx.Client(
            timeout=DEFAULT_TIMEOUT,
            limits=_LIMITS,
            proxy=proxy,
            verify=tls or True,
            trust_env=False,
        )
        wanted = check_language(language)
        http = Http(self._client, self._base, token, retry or Retry(), timeout, wanted)
        self._http = http
        self.customers = Customers(http)
        self.records = Records(http)
        self.changes = Changes(http)
        self.me = Me(http)
        self.ledger = Ledger(http)
        self.policies = PolicyFiles(http)
        self.proposals = Proposals(http)
        self.org = Organisation(http)
        self.reach = Reach(http)
        self.erasures = Erasures(http)
        self.health = Health(http)

    def with_options(
        self,
        *,
        timeout: float | None = None,
        language: str | None = None,
        retry: Retry | None = None,
    ) -> Self:
        """Give a client of the same connections with some of this otherwise.

        `vault.with_options(timeout=2).records.get(...)` waits two seconds in one
        call. The connections stay this client's to close.
        """
        mine = self._http
        return type(self)(
            self._base,
            token=mine.token,
            timeout=mine.timeout if timeout is None else timeout,
            language=mine.language if language is None else language,
            retry=retry or mine.retry,
            http_client=self._client,
            allow_http=True,  # or this client would not be there
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, if the client opened them."""
        if self._owned:
            self._client.close()
