"""The public side of the ledger over HTTP, exactly as C2SP tlog-tiles has it.

The checkpoint may be cached for seconds. A tile or bundle never changes at its path,
a partial one neither (its width is in the path), so both may be cached for good; the
openings of operator entries grow with their bundle.
Every answer has a strong entity tag (RFC 9110, 8.8.3) over the bytes that are sent;
a bundle that is sent compressed is another representation and has another tag.
Only the one spelling of a path answers: escapes of it, which a router would undo, are
nothing that is here.
"""

import gzip
import hashlib
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from kit.errors import NotFound
from ledger.tlog_tiles import CHECKPOINT, OPERATOR, PublicLedger

_BUNDLES: Final = "tile/entries/"
_MOMENT: Final = "public, max-age=5"
_FOREVER: Final = "public, max-age=31536000, immutable"
_TEXT: Final = "text/plain; charset=utf-8"
_BYTES: Final = "application/octet-stream"
_EASY: Final = 6  # zlib's own compromise between size and time
_NEVER: Final = re.compile(r"[qQ]=0(\.0{0,3})?")
_GZIP: Final = frozenset({"gzip", "x-gzip"})  # RFC 9110, 8.4.1.3: the same coding


def answer(ledger: PublicLedger, request: Request, path: str) -> Response:
    """Answer for a path below the log's prefix.

    Raises:
        NotFound: nothing is served there, or it is spelled another way.

    """
    _require_plain(request, path)
    body = ledger.resource(path)
    grows = path == CHECKPOINT or path.startswith(OPERATOR)
    headers = {"Cache-Control": _MOMENT if grows else _FOREVER}
    if path.startswith(_BUNDLES):
        headers["Vary"] = "Accept-Encoding"
        if _takes_gzip(request):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, _EASY, mtime=0)
    headers["ETag"] = tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if {tag, "*"} & _known(request):
        headers.pop("Content-Encoding", None)
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = _TEXT if grows else _BYTES
    headers["Content-Length"] = str(len(body))
    return Response(body, headers=headers)


def _require_plain(request: Request, path: str) -> None:
    sent: bytes | None = request.scope.get("raw_path")
    prefix: str = request.scope.get("root_path", "")
    if sent is not None and sent != f"{prefix}/{path}".encode():
        raise NotFound


def _known(request: Request) -> set[str]:
    """List the tags that the client has; compared weakly (RFC 9110, 13.1.2)."""
    given = ",".join(request.headers.getlist("if-none-match"))
    return {tag.strip().removeprefix("W/") for tag in given.split(",")}


def _takes_gzip(request: Request) -> bool:
    """Tell whether gzip may be sent (RFC 9110, 12.5.3); named goes before `*`."""
    takes: dict[str, bool] = {}
    for item in ",".join(request.headers.getlist("accept-encoding")).split(","):
        coding, _, weight = item.partition(";")
        takes[coding.strip().lower()] = not _NEVER.fullmatch(weight.strip())
    named = [takes[coding] for coding in _GZIP & takes.keys()]
    return any(named) if named else takes.get("*", False)
