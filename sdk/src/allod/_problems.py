"""Reads the server's account of an error (RFC 9457), wherever it stands."""

from allod._decode import decode
from allod._errors import Problem
from allod._json import Object


def read_problem(
    body: Object,
    *,
    status: int | None = None,
    request_id: str | None = None,
    retry_after: float | None = None,
) -> Problem:
    """Read a problem; what the response's head says is given beside it."""
    head = {
        "status": body.get("status") if status is None else status,
        # The one body of a 404 tells nothing apart, and so carries no id of its own.
        "request_id": body.get("request_id") or request_id,
        "retry_after": retry_after,
    }
    return decode(Problem, {**body, **head})
