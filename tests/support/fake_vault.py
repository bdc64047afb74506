"""A vault that is all show: answers over HTTP as the API does, and remembers calls.

For tests of the client: a real server on the loopback interface, so that timeouts,
broken streams and headers are the HTTP library's real ones. `plan` puts answers in
line; what is not planned gets the standing answer of its route, or a 404 problem.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from servers import listening

RECORD = "b3f0c2a45d6e4f788190a1b2c3d4e5f6"
DECISION = "5f1d8c1e2b7a4f0c9d3e6a7b8c9d0e1f"
REQUEST = "0c6e6b0f8f9b4c1e8a51d2f7c3b4a596"
SECRET = "s3cr3t"
ERASURE = "006c4e29b33ab6ea0d81b0823084049c"  # the id that follows from the secret
AT = "2026-11-22T12:00:00Z"

DISCLOSURE: dict[str, Any] = {
    "customer_id": "c-1042",
    "record_id": RECORD,
    "version": 1,
    "collection": "contact",
    "values": {"phone": "*******0142"},
    "masks": {"phone": "last4"},
    "omitted": ["note"],
    "undeclared": {"nickname": "Bo"},
    "authorization": None,
    "decision_id": DECISION,
}
PAGE: dict[str, Any] = {
    "items": [DISCLOSURE],
    "withheld": 2,
    "damaged": 1,
    "undecided": 1,
    "decision_id": DECISION,
    "next": None,
}
NUMBERS: dict[str, Any] = {
    "groups": [{"key": {"currency": "EUR"}, "value": 40120.5}],
    "withheld_groups": 2,
    "damaged": 1,
    "undecided": 1,
    "decision_id": DECISION,
}
ARTICLE = "GDPR 6(1)(a); PIPL 13(1)"
RESTRICTION = {
    "restricted": True,
    "by_staff": False,
    "grounds": [{"ground": "accuracy", "since": AT, "article": "GDPR 18(1)(a)"}],
    "text": "It rests.",
}
CONSENT = {
    "purpose": "marketing.email",
    "title": "By e-mail",
    "state": "granted",
    "article": ARTICLE,
    "at": AT,
    "notice_version": 1,
    "language": "en",
    "uses": [
        {
            "collection": "contact",
            "title": "Contact",
            "basis": "consent",
            "stop": "withdrawal",
            "stopped": False,
            "code": "consent.granted",
            "article": ARTICLE,
            "text": "It goes on.",
        }
    ],
}


@dataclass(frozen=True)
class Asked:
    """One request, as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """One answer; `chunks` are sent one by one, and `broken` ends them badly."""

    status: int = 200
    body: bytes = b""
    media: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    chunks: tuple[bytes, ...] | None = None
    broken: bool = False
    silent: threading.Event | None = None


def said(value: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode())


def problem(
    status: int, code: str, headers: dict[str, str] | None = None, **more: object
) -> Answer:
    document = {"type": "urn:x", "title": "T", "status": status, "code": code}
    body = json.dumps({**document, "detail": "in plain words", **more}).encode()
    own = {"X-Request-Id": REQUEST, **(headers or {})}
    return Answer(status, body, "application/problem+json", own)


REFUSAL = problem(
    403,
    "consent.missing",
    decision_id=DECISION,
    request_id=REQUEST,
    fix="ask for consent",
    reasons=[{"code": "consent.missing", "article": "GDPR 6(1)(a)", "fix": "ask"}],
)


def scan_lines(count: int, end: Mapping[str, Any] | None) -> tuple[bytes, ...]:
    lines = [json.dumps(DISCLOSURE).encode() + b"\n"] * count
    return (*lines, json.dumps(end).encode() + b"\n") if end else tuple(lines)


def scan_of(count: int) -> Answer:
    lines = scan_lines(count, {"end": True, "disclosed": count, "withheld": 0})
    return Answer(media="application/x-ndjson", chunks=lines)


WRITTEN = {"record_id": RECORD, "version": 1, "index": None}
RECEIPT = Answer(body=b"c2sp.org/tlog-proof@v1\n", media="text/plain; charset=utf-8")
NEWEST = (
    "/v1/customers/c-1042/records?purpose=support.case&collection=purchase"
    "&filter=amount%3Age%3A10&filter=currency%3Aeq%3AEUR&sort=-date"
)
STANDING: dict[tuple[str, str], Answer] = {
    ("POST", "/v1/customers"): said({"customer_id": "c-1042"}, 201),
    ("POST", "/v1/customers/c-1042/records"): said(WRITTEN, 201),
    (
        "GET",
        "/v1/customers/c-1042/records?purpose=support.case&collection=profile",
    ): said(PAGE),
    (
        "GET",
        "/v1/customers/c-1042/records?purpose=marketing.email&collection=profile",
    ): REFUSAL,
    ("GET", NEWEST): said(PAGE),
    ("POST", "/v1/aggregate"): said(NUMBERS),
    ("POST", "/v1/scan"): scan_of(3),
    ("PUT", "/v1/me/consents/marketing.email"): said(CONSENT),
    ("DELETE", "/v1/me/consents/marketing.email"): said(CONSENT),
    ("POST", "/v1/me/contributions"): said({**WRITTEN, "index": 7}, 201),
    ("GET", f"/v1/me/contributions/{RECORD}/receipt"): RECEIPT,
    ("POST", "/v1/me/exports"): Answer(media="application/zip", chunks=(b"PK", b"zip")),
    ("POST", "/v1/me/erasure"): said(
        {"erasure_id": ERASURE, "secret": SECRET, "state": "certified"}, 202
    ),
    ("GET", f"/v1/erasures/{ERASURE}"): said(
        {"state": "certified", "certificate": {}, "provisional": False, "proof": None}
    ),
}


class FakeVault:
    """The show, and what was asked of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self._planned: deque[Answer] = deque()

    def plan(self, *answers: Answer) -> None:
        """Put answers in line; they come before the standing ones."""
        self._planned.extend(answers)

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if self._planned:
            return self._planned.popleft()
        return STANDING.get((asked.method, asked.path), problem(404, "not_found"))


@contextmanager
def fake_vault() -> Iterator[FakeVault]:
    vault = FakeVault("")
    with listening(_handler(vault.answer)) as url:
        vault.url = url
        yield vault


def _handler(answer: Callable[[Asked], Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            given = answer(Asked(self.command, self.path, dict(self.headers), body))
            if given.silent is not None:
                given.silent.wait(10)
            with suppress(ConnectionError):  # the client lost patience
                _write(self, given)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the library's names

    return Handler


def _write(to: BaseHTTPRequestHandler, given: Answer) -> None:
    to.send_response(given.status)
    to.send_header("Content-Type", given.media)
    to.send_header("Connection", "close")
    for name, value in given.headers.items():
        to.send_header(name, value)
    if given.chunks is None:
        to.send_header("Content-Length", str(len(given.body)))
        to.end_headers()
        to.wfile.write(given.body)
    else:
        to.send_header("Transfer-Encoding", "chunked")
        to.end_headers()
        for chunk in given.chunks:
            to.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        to.wfile.write(b"" if given.broken else b"0\r\n\r\n")
