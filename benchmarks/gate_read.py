"""The gated read over HTTP against a route that does nothing, and against OpenBao.

    python benchmarks/gate_read.py [--rounds N] [--seconds N] [--records N]

Each server runs by itself: uvicorn with uvloop and httptools, one worker, loopback.
A read is GET /v1/customers/{id}/records/{id}?purpose=… with a bearer token: token and
customer looked up, row, consent and class read, the decision from the memo, the
access-log event durable, key unwrapped or fresh, record opened, phone masked. The
baseline is `async def` in FastAPI and gives a dict. Turn by turn, medians; CPU is
utime + stime of the server's whole process tree, so the policy engine counts too.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from load import CLIENT, CONNECTIONS, load, request
from openbao import BAO, openbao, reads
from populated import CASE, empty, fill, values
from probe import machine
from processes import Server, free_port, server
from starlette.types import ASGIApp

from kit.settings import Settings
from server.app import create_app
from server.auth.principals import Bearer, Scope
from server.house.house import House
from server.house.wiring import open_house
from vault.gate.evaluation import Evaluation

MANY = 100
TRIES = 20_000


@dataclass(frozen=True, slots=True)
class Side:
    """One thing that is measured, and what came of each round."""

    name: str
    server: Server
    requests: Sequence[bytes]
    each: int = 1
    cpu: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)

    def round(self, seconds: float) -> None:
        """Load the server once; keeps CPU seconds per record and records per second."""
        before = self.server.cpu()
        answered = load(self.server.port, self.requests, seconds)
        records = answered.count * self.each
        self.cpu.append((self.server.cpu() - before) / records)
        self.rate.append(records / answered.seconds)

    def shown(self) -> str:
        """Say the medians."""
        cpu, rate = statistics.median(self.cpu), statistics.median(self.rate)
        return f"{self.name:<34}{cpu * 1e6:9.1f} µs CPU {rate:10,.0f}/s"


def serve(home: Path | None, port: int) -> None:
    """Run one server: a house's, or that of the route which does nothing."""
    app: ASGIApp
    if home is None:
        app = FastAPI()
        app.get("/nothing")(nothing)
    else:
        app = create_app(open_house(Settings(home=home)))
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
    )


async def nothing() -> dict[str, bool]:
    """Answer, and do nothing."""
    return {"ok": True}


@contextmanager
def running(home: Path | None) -> Iterator[Server]:
    """Run one server in a process of its own."""
    port = free_port()
    what = "-" if home is None else str(home)
    with server([sys.executable, __file__, "--serve", what, str(port)], port) as it:
        yield it


def prepared(house: House, customers: Sequence[str]) -> tuple[list[bytes], list[bytes]]:
    """Write the requests for single records and for a hundred at once."""
    bearer = Bearer(CASE.principal, (CASE.purpose,), (Scope.RECORDS_READ,))
    with house.vault_db.write() as session:
        token = house.tokens.mint(session, bearer, life=timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}"}
    found = [
        (item.customer_id, item.record.hex())
        for name in customers
        for item in house.gate.list_records(CASE, name, "visit").items
    ]
    random.Random(1).shuffle(found)
    single = [
        request("GET", f"/v1/customers/{c}/records/{r}?purpose={CASE.purpose}", headers)
        for c, r in found
    ]
    many = [
        request("POST", "/v1/read", headers, _wanted(found[at : at + MANY]))
        for at in range(0, len(found) - MANY + 1, MANY)
    ]
    return single, many


def _wanted(found: Sequence[tuple[str, str]]) -> str:
    items = [{"customer_id": c, "record_id": r} for c, r in found]
    return json.dumps({"purpose": CASE.purpose, "items": items})


def decision(house: House, customer: str) -> float:
    """Time what a decision that was made before adds to a read, in seconds."""
    gate = house.gate
    record = gate.list_records(CASE, customer, "visit").items[0].record
    asked, _ = gate._begin(CASE)  # noqa: SLF001 - a part of the read, taken out
    row = gate._point(asked, gate._naming.subject(CASE.principal, customer), record)  # noqa: SLF001
    contexts = gate._verdicts  # noqa: SLF001

    def decide() -> None:
        Evaluation(CASE, contexts.of(CASE)).judge(row)

    return statistics.median(timed(decide) for _ in range(5))


def timed(work: Callable[[], None]) -> float:
    """Give the CPU seconds of one of many calls."""
    started = time.process_time()
    for _ in range(TRIES):
        work()
    return (time.process_time() - started) / TRIES


def compare(sides: Sequence[Side], rounds: int, seconds: float) -> None:
    """Warm all sides up, then measure them turn by turn, and print."""
    for side in sides:
        load(side.server.port, side.requests, 1)
    for _ in range(rounds):
        for side in sides:
            side.round(seconds)
    for side in sides:
        print(side.shown())


def ratios(nothing: Side, single: Side, many: Side, bao: Side | None) -> None:
    """Print the promised ratios."""
    cpu = {s.name: statistics.median(s.cpu) for s in (nothing, single, many)}
    share = cpu[nothing.name] / cpu[single.name]
    print(f"gated read, of a no-op route       {share:8.1%}  (floor 35 %, target 75 %)")
    faster = statistics.median(many.rate) / statistics.median(single.rate)
    by_cpu = cpu[single.name] / cpu[many.name]
    print(f"read_many(100), records per second {faster:7.1f}x  (floor 7x, target 12x)")
    print(f"  by CPU                           {by_cpu:7.1f}x")
    if bao is None:
        print("OpenBao is not installed: not compared")
        return
    part = cpu[single.name] / statistics.median(bao.cpu)
    print(
        f"gated read, CPU of OpenBao's       {part:7.2f}x  (floor 0.6x, target 0.33x)"
    )


def main() -> None:
    """Measure, or (in a process of its own) serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        home, port = options.serve
        serve(None if home == "-" else Path(home), int(port))
        return
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        measure(Path(name), stack, options)


def measure(folder: Path, stack: ExitStack, options: argparse.Namespace) -> None:
    """Fill a house, run the servers, compare."""
    with empty(folder) as house:
        customers = fill(house, options.records, each=20)
        single, many = prepared(house, customers)
        added, home = decision(house, customers[0]), house.settings.home
    print(machine(folder))
    print(f"{CONNECTIONS} connections, load by {CLIENT}, {options.rounds} rounds")
    own = stack.enter_context(running(home))
    idle = stack.enter_context(running(None))
    sides = [
        Side("no-op FastAPI route", idle, [request("GET", "/nothing", {})]),
        Side("gated read", own, single),
        Side("read_many(100), each record", own, many, each=MANY),
    ]
    if BAO:
        bao = stack.enter_context(openbao(folder, [values(n) for n in range(MANY)]))
        sides.append(Side("OpenBao KV v2 read, file audit", bao, reads(bao, MANY)))
    compare(sides, options.rounds, options.seconds)
    ratios(*sides[:3], sides[3] if BAO else None)
    print(f"warm decision, added to a read     {added * 1e6:6.1f} µs", end="")
    print("  (floor 100 µs, target 20 µs)")


if __name__ == "__main__":
    main()
