"""Bulk reading in a process of its own.

A scan is minutes of pure computing. In a thread of the server it would hold the
interpreter, and every point read would wait for it; so the server starts this module
as a child, which opens the same home, scans through its own gate, writes its own lane
of the access log, and gives lines. A child that dies leaves a stream without a last
line, which every client takes for what it is: cut short.
"""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from threading import Timer
from typing import IO, Any, Final

from kit.errors import AllodError, Unavailable
from kit.settings import Settings
from pdp.question import Kind
from server.faces.disclosures import disclosed, json_line
from server.passphrase import passphrase
from server.wiring import House, open_house
from vault import Principal, Question

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
    asked = {
        "home": str(settings.home),
        "principal": asdict(question.principal),
        "purpose": question.purpose,
        "request": question.request,
        "collection": collection,
    }
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
        yield from _relayed(child, json.dumps(asked).encode())
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
        code = json.loads(first)["error"]
        raise Unavailable("the scan was refused for a fault of ours", code=code)
    while first:
        yield first
        first = out.read(CHUNK)
    if child.wait() != 0:
        raise Unavailable("a scan was broken off")


def lines(house: House, asked: dict[str, Any]) -> Generator[bytes, None, None]:
    """Scan through this process's gate."""
    named = asked["principal"] | {"kind": Kind(asked["principal"]["kind"])}
    principal = Principal(**named | {"roles": tuple(named["roles"])})
    question = Question(principal, asked["purpose"], request=asked["request"])
    shown = withheld = 0
    for page in house.gate.scan(question, asked["collection"]):
        shown, withheld = shown + len(page.items), withheld + page.withheld
        yield b"".join(json_line(disclosed(each)) for each in page.items)
    yield json_line({"end": True, "disclosed": shown, "withheld": withheld})


def main() -> int:
    """Be the child: a question on standard input, lines on standard output."""
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
        out.write(json_line({"error": error.reason_code}))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
