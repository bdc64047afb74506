"""What a call is and how an answer is read; the same for both clients.

Sending is left to `_async.http` and its generated twin. Customers' ids go into paths,
so each segment is quoted, and one that a server or proxy could take for a step up the
tree is refused.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from allod._errors import (
    ConnectionFailed,
    Problem,
    TimedOut,
    UnexpectedAnswer,
    error_of,
)
from allod._json import Object, parse_object
from allod._problems import read_problem
from allod._types import Filter
from allod._version import __version__

USER_AGENT = f"allod-sdk/{__version__}"
JSON = "application/json"
PROBLEM = "application/problem+json"
NDJSON = "application/x-ndjson"

_WISH = re.compile(r"[A-Za-z0-9*-]+(;q=[0-9.]+)?(, ?[A-Za-z0-9*-]+(;q=[0-9.]+)?)*")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the API, before it is sent.

    `repeatable` says that making it twice comes to the same as making it once, so that
    it may be tried again.
    """

    method: str
    path: str
    params: Mapping[str, str | int | Sequence[str] | None] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True
    signed_in: bool = True
    accept: str = JSON


def segments(*parts: str) -> str:
    """Build a path, each part quoted whole.

    Raises:
        ValueError: a part is empty, or a step in the tree (`.`, `..`).

    """
    if any(part in {"", ".", ".."} for part in parts):
        raise ValueError("a part of the path is empty or not a name")
    return "".join("/" + quote(part, safe="") for part in parts)


def instant(at: datetime) -> str:
    """Write an instant as RFC 3339.

    Raises:
        ValueError: it names no offset, so that it could be any of 26 hours.

    """
    if at.tzinfo is None:
        raise ValueError("an instant must name its offset, for example UTC")
    return at.isoformat()


def conditions(filters: Sequence[Filter]) -> tuple[str, ...] | None:
    """Write filters as a query has them."""
    texts = (
        (name, operator, value if isinstance(value, str) else json.dumps(value))
        for name, operator, value in filters
    )
    return tuple(":".join(each) for each in texts) or None


def check_base(url: str, *, allow_http: bool) -> str:
    """Check a server's address, and give it without a final slash.

    Raises:
        ValueError: not an http(s) address, or one that would send a token in clear
            over a network.

    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the server's address begins with https:// and names a host")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("the server's address holds no query, fragment or password")
    clear = parts.scheme == "http" and parts.hostname not in _LOOPBACK
    if clear and not allow_http:
        raise ValueError(
            "a token would cross the network in clear: use https, or say allow_http"
        )
    return url.rstrip("/")


def check_proxy(base: str, proxy: str | None, *, allow_http: bool) -> None:
    """Check that a proxy would not read the token.

    Raises:
        ValueError: what is sent to an address without TLS is in clear for the proxy.

    """
    if proxy is not None and base.startswith("http:") and not allow_http:
        raise ValueError(
            "the proxy would be sent the token in clear: use https, or say allow_http"
        )


def check_language(language: str | None) -> str | None:
    """Check a wish for a language: a tag, or several as `Accept-Language` has them.

    Raises:
        ValueError: it is none.

    """
    if language is not None and not _WISH.fullmatch(language):
        raise ValueError("a language is a tag such as zh, or zh-CN, en;q=0.5")
    return language


def request_parts(
    call: Call, token: str | None, language: str | None = None
) -> dict[str, Any]:
    """Give the parts of an HTTP request for a call, as httpx takes them."""
    headers = {"Accept": call.accept, "User-Agent": USER_AGENT, **call.headers}
    if language is not None:
        headers["Accept-Language"] = language
    if token is not None and call.signed_in:
        headers["Authorization"] = f"Bearer {token}"
    parts: dict[str, Any] = {"method": call.method, "headers": headers}
    parts["params"] = {k: v for k, v in call.params.items() if v is not None}
    if call.body is not None:
        text = json.dumps(call.body, allow_nan=False, ensure_ascii=False)
        parts["content"] = text.encode()
        headers["Content-Type"] = JSON
    return parts


@contextmanager
def translated() -> Iterator[None]:
    """Turn the HTTP library's failures into the SDK's.

    Raises:
        TimedOut: no answer came in time.
        ConnectionFailed: there is no connection, or it broke off.

    """
    try:
        yield
    except httpx.TimeoutException as error:
        raise TimedOut("no answer within the time allowed") from error
    except httpx.RequestError as error:
        raise ConnectionFailed("no whole answer came from the server") from error


def check(response: httpx.Response) -> None:
    """Raise what a read response that is no success stands for.

    Raises:
        ApiError: what the problem details of the response name.
        UnexpectedAnswer: it is a redirect, or no problem details (RFC 9457).

    """
    if response.is_success:
        return
    if response.is_redirect or media_type(response) != PROBLEM:
        raise UnexpectedAnswer(
            f"the server answered {response.status_code}, and not as Allod does",
            status=response.status_code,
        )
    raise error_of(_problem(response))


def read_object(response: httpx.Response) -> Object:
    """Read the JSON object of a successful response.

    Raises:
        UnexpectedAnswer: it is not JSON, or no object.

    """
    if media_type(response) != JSON:
        raise UnexpectedAnswer("the answer is not JSON", status=response.status_code)
    return parse_object(response.content)


def media_type(response: httpx.Response) -> str:
    """Name the media type of a response, without its parameters."""
    whole: str = response.headers.get("Content-Type", "")
    return whole.partition(";")[0].strip().lower()


def retry_after(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or a date (RFC 9110, 10.2.3), as seconds."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())


def _problem(response: httpx.Response) -> Problem:
    headers = response.headers
    return read_problem(
        parse_object(response.content),
        status=response.status_code,
        request_id=headers.get("X-Request-Id"),
        retry_after=retry_after(headers.get("Retry-After"), datetime.now(UTC)),
    )
