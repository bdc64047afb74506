"""What the OpenAPI document says of every operation alike, hot or not.

An id that is stable and a name in every language (`services_list_records`), a summary,
who may call, and each status that it may answer: which those are follows from what the
operation takes. Each problem has its place among the document's components once.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kit import errors
from kit.errors import AllodError
from server.http.admission import Door
from server.http.errors import MEDIA_TYPE

PROBLEM: Final[Mapping[str, Any]] = {
    MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}
}
PROBLEM_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "A problem, as RFC 9457 has it; it never repeats what was sent",
        "content": PROBLEM,
    }
}
"""What every operation may answer, for a router's `responses`."""

_ALWAYS: Final = (
    *(errors.Malformed, errors.TooLarge, errors.UnsupportedMedia),
    *(errors.TooMany, AllodError, errors.Unavailable),
)
_ASKED: Final = (errors.Invalid, errors.Conflict, errors.NotFound)
_WITH_TOKEN: Final = (
    *(errors.Unauthenticated, errors.Refused, errors.NotFound, errors.Conflict),
)
_BY_STATUS: Final[Mapping[int, type[AllodError]]] = {
    each.status: each
    for each in (*_ALWAYS, *_WITH_TOKEN, errors.TimedOut, errors.Invalid)
}
_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    401: {"WWW-Authenticate": "how to show a token (RFC 6750)"},
    429: {
        "Retry-After": "after how many seconds to come again",
        "RateLimit": "what is left of the quota, and for how many seconds",
        "RateLimit-Policy": "the quota, in calls per 60 seconds",
    },
}


def operation_id(tag: str, function: str) -> str:
    """Name an operation by its face and its function."""
    return f"{tag}_{function.strip('_')}"


def complete(operation: dict[str, Any], door: Door | None) -> None:
    """Say of an operation what follows from the rest of it."""
    text = operation.get("description", "")
    if text:
        operation["summary"] = text.partition("\n\n")[0].replace("\n", " ").rstrip(".")
    needed = [] if door is None else [{door.scheme_name: [door.scope.value]}]
    operation["security"] = needed
    for status in sorted(_statuses(operation)):
        reference = {"$ref": f"#/components/responses/{_BY_STATUS[status].__name__}"}
        operation["responses"].setdefault(str(status), reference)


def problems() -> dict[str, Any]:
    """Describe each problem once, for the document's components."""
    return {kind.__name__: _described(kind) for kind in _BY_STATUS.values()}


def _statuses(operation: Mapping[str, Any]) -> Iterator[int]:
    takes = operation.get("parameters", ())
    yield from (each.status for each in _ALWAYS)
    if operation.get("security"):
        yield from (each.status for each in _WITH_TOKEN)
    if "requestBody" in operation:
        yield errors.TimedOut.status
    if takes or "requestBody" in operation:
        yield from (each.status for each in _ASKED)
    if any(each["in"] == "path" for each in takes):
        yield errors.NotFound.status


def _described(kind: type[AllodError]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": (kind.__doc__ or "").partition("\n")[0],
        "content": PROBLEM,
    }
    headers = _HEADERS.get(kind.status, {})
    if headers:
        told["headers"] = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        }
    return told
