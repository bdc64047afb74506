"""Reads the server's account of an error (RFC 9457), wherever it stands."""

from allod import _wire as wire
from allod._errors import Fault, Problem, Reason


def read_problem(
    body: wire.Object,
    *,
    status: int | None = None,
    request_id: str | None = None,
    retry_after: float | None = None,
) -> Problem:
    """Read a problem; what the response's head says is given beside it."""
    return Problem(
        status=wire.integer(body, "status") if status is None else status,
        code=wire.text(body, "code"),
        detail=wire.text(body, "detail"),
        fix=wire.maybe(body, "fix", wire.text) or "",
        decision_id=wire.maybe(body, "decision_id", wire.text),
        # The one body of a 404 tells nothing apart, and so carries no id of its own.
        request_id=wire.maybe(body, "request_id", wire.text) or request_id,
        reasons=read_reasons(body),
        faults=wire.each(body, "faults", _fault) if body.get("faults") else (),
        retry_after=retry_after,
        text=wire.maybe(body, "text", wire.text) or "",
    )


def read_reasons(source: wire.Object) -> tuple[Reason, ...]:
    """Read all reasons of a refusal, if any are given."""
    return wire.each(source, "reasons", _reason) if source.get("reasons") else ()


def _reason(source: wire.Object) -> Reason:
    """Read why a decision said no."""
    return Reason(
        code=wire.text(source, "code"),
        article=wire.maybe(source, "article", wire.text) or "",
        fix=wire.maybe(source, "fix", wire.text) or "",
        text=wire.maybe(source, "text", wire.text) or "",
    )


def _fault(source: wire.Object) -> Fault:
    return Fault(wire.text(source, "pointer"), wire.text(source, "message"))
