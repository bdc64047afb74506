"""Bulk reading in a process of its own: scans, and numbers about groups.

Either is minutes of pure computing. In a thread of the server it would hold the
interpreter, and every point read would wait for it; so the server starts
`server.roles.scan_child`, and asks it for a piece whenever the client has taken the one
before. A child that is refused says so in its first piece, and the server says it
again; what goes wrong later is the stream's last line, and no line says the end.
"""

import json
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import asdict
from datetime import timedelta
from threading import Timer
from typing import Any, Final

from kit.errors import AllodError, Fault, Invalid, Reason, Refused, Unavailable
from kit.settings import Settings
from server.faces.disclosures import json_line
from server.http.errors import problem
from server.http.schemas import Problem
from server.roles import frames
from vault import Question
from vault.gate.aggregates import AggregateQuery

LONGEST_SCAN: Final = timedelta(minutes=5)
"""How long a scan may take in all, however slow its reader."""
_FAULT: Final = b'{"error":'


def scanned(
    settings: Settings, question: Question, collection: str
) -> Generator[bytes, None, None]:
    """Scan a collection in a child; gives lines, the last one saying the end.

    Raises:
        AllodError: the scan is refused, or the child could not begin. What goes wrong
            after the first piece is a last line with the problem.

    """
    yield from _child(settings, _asked(question, collection))


def aggregated(
    settings: Settings, question: Question, collection: str, counting: AggregateQuery
) -> dict[str, Any]:
    """Count groups of a collection's records in a child; gives the API's words.

    Raises:
        AllodError: as `Gate.aggregate`.
        Unavailable: the child could not begin or did not come to the end.

    """
    asked = _asked(question, collection) | {"counting": asdict(counting)}
    with closing(_child(settings, asked)) as told:
        answer: dict[str, Any] = json.loads(next(told))
    return answer


def _asked(question: Question, collection: str) -> dict[str, Any]:
    return {
        "principal": asdict(question.principal),
        "purpose": question.purpose,
        "request": question.request,
        "collection": collection,
    }


def _child(settings: Settings, asked: dict[str, Any]) -> Generator[bytes, None, None]:
    child = subprocess.Popen(
        # -P: the working directory is no place to take a program from.
        [sys.executable, "-P", "-m", "server.roles.scan_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    ends = time.monotonic() + LONGEST_SCAN.total_seconds()
    # For a child that computes without end: between two pieces, `ends` is looked at.
    until = Timer(LONGEST_SCAN.total_seconds(), child.kill)
    until.daemon = True
    until.start()
    try:
        home = {"home": str(settings.home)}
        yield from _relayed(child, json.dumps(asked | home).encode() + b"\n", ends)
    finally:
        until.cancel()
        # This generator owns the child: it ends with the last piece, with the client's
        # going away, and with any error in between.
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _relayed(
    child: subprocess.Popen[bytes], asked: bytes, ends: float
) -> Generator[bytes, None, None]:
    if child.stdin is None or child.stdout is None:
        raise Unavailable("a scan could not be started")
    with suppress(BrokenPipeError):
        # The question first, as one line; after it only pulls are written.
        child.stdin.write(asked)
    try:
        first = frames.ask(child.stdin, child.stdout)
    except frames.Broken:
        raise Unavailable("a scan was broken off") from None
    if first.startswith(_FAULT):
        raise _error(Problem.model_validate(json.loads(first)["error"]))
    piece = first
    while piece:
        yield piece
        if piece is not first and piece.startswith(_FAULT):
            return
        piece = _next(child, ends)


def _next(child: subprocess.Popen[bytes], ends: float) -> bytes:
    """Give the next piece, or the line that says why there is none."""
    broken = Unavailable("a scan was broken off", code="scan.broken")
    if time.monotonic() > ends:
        broken = Unavailable("a scan took too long", code="scan.too_long")
    elif child.stdin is not None and child.stdout is not None:
        with suppress(frames.Broken):
            return frames.ask(child.stdin, child.stdout)
    told = problem(broken, "").model_dump(exclude_none=True)
    return json_line({"error": told})


def _error(told: Problem) -> AllodError:
    """Make a child's error again; what is no answer to a caller is a fault of ours."""
    if told.status == Refused.status:
        reasons = tuple(
            Reason(e.code, e.article, e.fix, tuple((e.params or {}).items()))
            for e in told.reasons or ()
        )
        decision = told.decision_id or ""
        return Refused(told.detail, reasons=reasons, decision_id=decision)
    if told.status == Invalid.status:
        faults = tuple(Fault(e.pointer, e.message) for e in told.faults or ())
        fix = told.fix or ""
        return Invalid(told.detail, faults=faults, code=told.code, fix=fix)
    return Unavailable("the scan was refused for a fault of ours", code=told.code)
