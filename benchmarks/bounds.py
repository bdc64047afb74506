"""What one caller at their worst costs everybody else: waiting, and memory.

    python benchmarks/bounds.py [--seconds N] [--records N] [--only ATTACK]

A server of a home with many records, and one attack after another: bodies of a megabyte
of empty objects, scans, policy trials, readers who do not read, clients who drip. While
it goes on, a point read, a customer's look at their own account, and a withdrawal are
asked for in turn, and the memory of the server and all its children is added up (Pss:
what processes share is counted once). Bound: the median of none waits 200 ms
longer than without an attack, and memory stays within 300 MiB of what it was.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from populated import COLLECTION, empty, fill
from probe import machine
from processes import Server, free_port, server

from pdp.decision.question import Kind
from server.auth.principals import SCOPES_OF, Bearer
from server.house.house import House
from vault import Principal

MOST_MS = 200.0
MOST_MIB = 300.0
CLIENTS = 60
DRIPPING = 700
DAY = timedelta(days=1)
MEGABYTE = b"[" + b",".join([b"{}"] * 340_000) + b"]"


@dataclass(frozen=True)
class Home:
    """Tokens for a home, and what to ask for."""

    victim: str
    record: str
    service: str
    services: list[str]
    staff: list[str]
    customer: str


@dataclass(frozen=True)
class Figures:
    """What was measured: medians in milliseconds by call, memory in MiB."""

    medians: dict[str, float]
    worst: dict[str, float]
    memory: float
    answers: str


def head(method: str, path: str, token: str, length: int, *more: str) -> bytes:
    """Write the header section of a request."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: a",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        f"Content-Length: {length}",
        *more,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def whole(method: str, path: str, token: str, body: object = None) -> bytes:
    """Write a request."""
    data = b"" if body is None else json.dumps(body).encode()
    return head(method, path, token, len(data), "Connection: close") + data


async def bodies(port: int, home: Home, tell: Callable[[bytes], None]) -> None:
    """Send a megabyte of empty objects with the humblest token, again and again."""
    data = head("POST", "/v1/read", home.service, len(MEGABYTE), "Connection: close")
    while True:
        tell(await asked(port, data + MEGABYTE))


async def scans(port: int, home: Home, tell: Callable[[bytes], None]) -> None:
    """Scan, with the tokens of many callers."""
    body = {"purpose": "support.case", "collection": COLLECTION}
    for token in forever(home.services):
        tell(await asked(port, whole("POST", "/v1/scan", token, body)))


async def trials(port: int, home: Home, tell: Callable[[bytes], None]) -> None:
    """Have the policies in force tested, with the tokens of many callers."""
    for token in forever(home.staff):
        tell(await asked(port, whole("POST", "/v1/policies/test", token, {})))


async def unread(port: int, home: Home, tell: Callable[[bytes], None]) -> None:
    """Ask for scans, and read nothing of them."""
    body = {"purpose": "support.case", "collection": COLLECTION}
    for token in forever(home.services):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_024)
        writer.write(whole("POST", "/v1/scan", token, body))
        with suppress(asyncio.IncompleteReadError, OSError):
            tell(await reader.readexactly(12))
            await asyncio.sleep(20)
        writer.close()


async def drips(port: int, home: Home, tell: Callable[[bytes], None]) -> None:
    """Send a header section or a body, a byte at a time."""
    half = head("POST", "/v1/read", home.service, 100_000)
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(half if id(writer) % 32 else half[:40])
            for _ in range(60):
                await asyncio.sleep(0.5)
                writer.write(b"x")
                await writer.drain()
            tell(b"HTTP/1.1 000")
        await asyncio.sleep(0.01)


Attack = Callable[[int, Home, Callable[[bytes], None]], Awaitable[None]]
ATTACKS: dict[str, tuple[Attack, int]] = {
    "bodies": (bodies, 16),
    "scans": (scans, CLIENTS),
    "trials": (trials, 45),
    "unread": (unread, CLIENTS),
    "drips": (drips, DRIPPING),
}


async def asked(port: int, request: bytes) -> bytes:
    """Send a request and read the answer to its end; gives how it begins."""
    begins = b""
    with suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        while data := await reader.read(1 << 16):
            begins = begins or data[:12]
        writer.close()
    # Who is refused comes again at once, as an attacker would, but for this machine.
    await asyncio.sleep(0.05)
    return begins


def forever(items: list[str]) -> Iterator[str]:
    """Give items in turn, beginning anywhere."""
    at = time.monotonic_ns() // 1_000 % len(items)
    while True:
        yield items[at % len(items)]
        at += 1


async def attack(name: str, port: int, home: Home, seconds: float) -> None:
    """Attack for some seconds; prints how often each status was the answer."""
    answered: dict[str, int] = {}

    def tell(begins: bytes) -> None:
        status = begins[9:12].decode() or "cut"
        answered[status] = answered.get(status, 0) + 1

    work, clients = ATTACKS[name]
    tasks = [asyncio.ensure_future(work(port, home, tell)) for _ in range(clients)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    print(", ".join(f"{status}: {n}" for status, n in sorted(answered.items())))


def measured(
    served: Server, home: Home, seconds: float
) -> tuple[dict[str, list[float]], float]:
    """Ask for a read, an own look and a withdrawal in turn, and watch the memory."""
    calls = {
        "read": (
            "GET",
            f"/v1/customers/{home.victim}/records/{home.record}?purpose=support.case",
            home.service,
        ),
        "own": ("GET", "/v1/me", home.customer),
        "withdrawal": ("DELETE", "/v1/me/consents/marketing.email", home.customer),
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    until, ended = time.monotonic() + seconds, threading.Event()
    peak: list[float] = []

    def watch() -> None:
        while not ended.wait(0.1):
            peak.append(served.memory())

    watching = threading.Thread(target=watch)
    watching.start()
    while time.monotonic() < until:
        for name, (method, path, token) in calls.items():
            begun = time.perf_counter()
            status, _ = served.ask(method, path, {"Authorization": f"Bearer {token}"})
            times[name].append((time.perf_counter() - begun) * 1e3)
            if status not in {200, 409}:
                raise SystemExit(f"{name} was answered with {status}")
        time.sleep(0.05)
    ended.set()
    watching.join()
    return times, max(peak, default=0.0)


def run(served: Server, home: Home, name: str, seconds: float) -> Figures:
    """Measure while an attack goes on; none, without a name."""
    attacking = None
    if name:
        document = json.dumps(home.__dict__).encode()
        attacking = subprocess.Popen(
            [
                *(sys.executable, __file__, "--attack", name),
                *("--port", str(served.port), "--seconds", str(seconds + 2)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        if attacking.stdin is not None:
            attacking.stdin.write(document)
            attacking.stdin.close()
        time.sleep(2)
    times, memory = measured(served, home, seconds)
    answers = ""
    if attacking is not None and attacking.stdout is not None:
        answers = attacking.stdout.read().decode().strip()
        attacking.wait()
    return Figures(
        {call: statistics.median(each) for call, each in times.items()},
        {call: max(each) for call, each in times.items()},
        memory,
        answers,
    )


def tokens(house: House, customers: list[str]) -> Home:
    """Mint what the attacks and the others call with."""

    def mint(bearer: Bearer) -> str:
        with house.vault_db.write() as session:
            return house.tokens.mint(session, bearer, life=DAY)

    def any_of(kind: Kind, name: str, *roles: str) -> str:
        principal = Principal(kind, name, roles=roles)
        return mint(Bearer(principal, ("support.case",), tuple(SCOPES_OF[kind])))

    subject = house.customers.subject_of(customers[0])
    if subject is None:
        raise SystemExit("the first customer is not there")
    records = house.vault_db.reader().execute(
        "SELECT record FROM vault_record WHERE subject = ? LIMIT 1", (subject,)
    )
    return Home(
        victim=customers[0],
        record=records.fetchall()[0][0].hex(),
        service=any_of(Kind.SERVICE, "humble", "support"),
        services=[any_of(Kind.SERVICE, f"s{n}", "support") for n in range(CLIENTS)],
        staff=[any_of(Kind.STAFF, f"m{n}", "legal") for n in range(45)],
        customer=mint(Bearer.customer(subject, region="eu")),
    )


@contextmanager
def served_home(records: int) -> Iterator[tuple[Server, Home]]:
    """Make a home with many records, and serve it in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        with empty(Path(folder)) as house:
            customers = fill(house, records, each=20)
            home = tokens(house, customers)
        port = free_port()
        program = [sys.executable, "-c", "from server.cli import main; main()", "serve"]
        place = ["--home", str(Path(folder) / "home"), "--port", str(port)]
        with server([*program, *place], port) as served:
            yield served, home


def main() -> None:
    """Print a row for each attack; ends with 1 if a bound was not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--only", choices=ATTACKS, action="append")
    parser.add_argument("--attack", choices=ATTACKS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.attack:
        home = Home(**json.load(sys.stdin))
        asyncio.run(attack(chosen.attack, chosen.port, home, chosen.seconds))
        return
    print(machine(Path(tempfile.gettempdir())))
    with served_home(chosen.records) as (served, home):
        idle = run(served, home, "", chosen.seconds)
        shown("idle", idle, idle)
        kept = [
            shown(name, run(served, home, name, chosen.seconds), idle)
            for name in chosen.only or ATTACKS
        ]
    sys.exit(0 if all(kept) else 1)


def shown(name: str, found: Figures, idle: Figures) -> bool:
    """Print one row; tells whether the bounds were kept."""
    calls = "  ".join(
        f"{call} {ms:6.1f} ms (+{max(0.0, ms - idle.medians[call]):.1f},"
        f" worst {found.worst[call]:.0f})"
        for call, ms in found.medians.items()
    )
    more = max(ms - idle.medians[call] for call, ms in found.medians.items())
    above = found.memory - idle.memory
    kept = more <= MOST_MS and above <= MOST_MIB
    print(f"{name:8}{calls}  {found.memory:.0f} MiB (+{above:.0f})", flush=True)
    if found is not idle:
        verdict = "kept" if kept else "NOT KEPT"
        print(f"         {verdict}; answers: {found.answers or 'none'}", flush=True)
    return kept


if __name__ == "__main__":
    main()
