"""Bulk reading in a process of its own: scans, and numbers about groups.

Either is minutes of pure computing. In a thread of the server it would hold the
interpreter, and every point read would wait for it; so the server starts this module
as a child, which opens the same home, reads through its own gate, writes its own lane
of the access log, and gives lines. A child that dies leaves a stream without a last
line, which every client takes for what it is: cut short. A child that is refused
says so in its first line, and the server says it again.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from threading import Timer
from typing import IO, Any, Final

from kit.errors import AllodError, Fault, Invalid, Reason, Refused, Unavailable
from kit.hardening import harden
from kit.settings import Settings
from pdp.question import Kind
from server.errors import problem
from server.faces.disclosures import disclosed, json_line, numbered
from server.house import House
from server.passphrase import passphrase
from server.schemas import Problem
from server.wiring import open_house
from vault import Principal, Question
from vault.aggregates import Counting

CHUNK: Final = 1 << 16
LONGEST_SCAN: Final = timedelta(minutes=5)
"""How long a scan's snapshot may be held: an erasure's last step waits for it."""
_FAULT: Final = b'{"error":'


def scanned(
    settings: Settings, question: Question, collection: str
) -> Generator[bytes, None, None]:
    """Scan a collection in a child; gives lines, the last one saying the end.

    Raises:
        Unavailable: the child could not begin or did not come to the end.

    """
    yield from _child(settings, _asked(question, collection))


def aggregated(
    settings: Settings, question: Question, collection: str, counting: Counting
) -> dict[str, Any]:
    """Count groups of a collection's records in a child; gives the API's words.

    Raises:
        AllodError: as `Gate.aggregate`.
        Unavailable: the child could not begin or did not come to the end.

    """
    asked = _asked(question, collection) | {"counting": asdict(counting)}
    with closing(_child(settings, asked)) as told:
        answer: dict[str, Any] = json.loads(b"".join(told))
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
        [sys.executable, "-P", "-m", "server.scanning"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    until = Timer(LONGEST_SCAN.total_seconds(), child.kill)
    until.start()
    try:
        home = {"home": str(settings.home)}
        yield from _relayed(child, json.dumps(asked | home).encode())
    finally:
        until.cancel()
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


def _relayed(
    child: subprocess.Popen[bytes], asked: bytes
) -> Generator[bytes, None, None]:
    if child.stdin is None or child.stdout is None:
        raise Unavailable("a scan could not be started")
    with suppress(BrokenPipeError):
        child.stdin.write(asked)
        child.stdin.close()
    out: IO[bytes] = child.stdout
    first = out.readline()
    if first.startswith(_FAULT):
        raise _error(Problem.model_validate(json.loads(first)["error"]))
    while first:
        yield first
        first = out.read(CHUNK)
    if child.wait() != 0:
        raise Unavailable("a scan was broken off")


def _error(told: Problem) -> AllodError:
    """Make a child's error again; what is no answer to a caller is a fault of ours."""
    if told.status == Refused.status:
        reasons = tuple(Reason(e.code, e.article, e.fix) for e in told.reasons or ())
        decision = told.decision_id or ""
        return Refused(told.detail, reasons=reasons, decision_id=decision)
    if told.status == Invalid.status:
        faults = tuple(Fault(e.pointer, e.message) for e in told.faults or ())
        fix = told.fix or ""
        return Invalid(told.detail, faults=faults, code=told.code, fix=fix)
    return Unavailable("the scan was refused for a fault of ours", code=told.code)


def lines(house: House, asked: dict[str, Any]) -> Generator[bytes, None, None]:
    """Read through this process's gate."""
    named = asked["principal"] | {"kind": Kind(asked["principal"]["kind"])}
    principal = Principal(**named | {"roles": tuple(named["roles"])})
    question = Question(principal, asked["purpose"], request=asked["request"])
    if (counting := asked.get("counting")) is not None:
        wanted = Counting(**counting | {"group_by": tuple(counting["group_by"])})
        numbers = house.gate.aggregate(question, asked["collection"], wanted)
        yield json_line(numbered(numbers))
        return
    told = Counter[str]()
    for page in house.gate.scan(question, asked["collection"]):
        told.update(
            disclosed=len(page.items), withheld=page.withheld, damaged=page.damaged
        )
        yield b"".join(json_line(disclosed(each)) for each in page.items)
    names = ("disclosed", "withheld", "damaged")
    yield json_line({"end": True} | {name: told[name] for name in names})


def main() -> int:
    """Be the child: a question on standard input, lines on standard output."""
    harden()
    asked = json.load(sys.stdin)
    out = sys.stdout.buffer
    try:
        settings = Settings.read(home=Path(asked["home"]))
        house = open_house(settings, passphrase=passphrase(), settle=False)
        with house:
            for line in lines(house, asked):
                out.write(line)
                out.flush()
    except AllodError as error:
        told = problem(error, "").model_dump(exclude_none=True)
        out.write(json_line({"error": told}))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
