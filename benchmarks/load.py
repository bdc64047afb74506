"""Load over HTTP: raw requests in turn, on 32 connections that stay open.

`wrk` sends them where it is installed, a client of our own where it is not. Which of
the two it was matters little: what is measured is the server's CPU, not the client's.
"""

import asyncio
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

CONNECTIONS = 32
WRK = shutil.which("wrk")
CLIENT = "wrk" if WRK else "the benchmark's own client"
SCRIPT = """
local requests = {{ {requests} }}
for n, text in ipairs(requests) do requests[n] = text:gsub("\\n", "\\r\\n") end
local at = 0
request = function()
  at = at % #requests + 1
  return requests[at]
end
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """How many requests were answered, in how many seconds."""

    count: int
    seconds: float


def request(method: str, path: str, headers: dict[str, str], body: str = "") -> bytes:
    """Write one HTTP/1.1 request."""
    own = {"Host": "127.0.0.1", **headers}
    if body:
        own |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in own.items())]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("ascii")


def load(port: int, requests: Sequence[bytes], seconds: float) -> Answered:
    """Send requests for some seconds; ends the benchmark if one is not answered."""
    if WRK is None:
        return asyncio.run(_own(port, requests, seconds))
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        texts = (text.decode("ascii").replace("\r\n", "\n") for text in requests)
        script.write(SCRIPT.format(requests=", ".join(f"[==[{t}]==]" for t in texts)))
        script.flush()
        return _wrk(port, Path(script.name), seconds)


def _wrk(port: int, script: Path, seconds: float) -> Answered:
    program = [
        str(WRK),
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds:.0f}s",
        "--timeout",
        "60s",
    ]
    program += ["-s", str(script), f"http://127.0.0.1:{port}"]
    started = time.perf_counter()
    said = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    taken = time.perf_counter() - started
    found = re.search(r"(\d+) requests in", said)
    if found is None or "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"the load was not answered as it should be:\n{said}")
    return Answered(int(found[1]), taken)


async def _own(port: int, requests: Sequence[bytes], seconds: float) -> Answered:
    started = time.perf_counter()
    until, turn = started + seconds, cycle(requests)
    counts = await asyncio.gather(
        *(_connection(port, turn, until) for _ in range(CONNECTIONS))
    )
    return Answered(sum(counts), time.perf_counter() - started)


async def _connection(port: int, turn: "cycle[bytes]", until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        writer.write(next(turn))
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if not head.startswith(b"HTTP/1.1 200") or length is None:
            raise SystemExit("the load was not answered as it should be")
        await reader.readexactly(int(length[1]))
        count += 1
    writer.close()
    return count
