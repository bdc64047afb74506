"""Many records in one call, durable, over HTTP, beside single writes in the same run.

    python benchmarks/intake.py [--rounds N] [--batches N] [--customers N]

The program's own server, loopback, one worker. Turn by turn: single writes alone, then
batches of 1,000 records of 200 customers (`POST /v1/records`: one commit), with single
writes beside them from a second client. A write counts when its answer has come: it is
decided, logged, sealed and committed.
"""

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

from populated import CASE, COLLECTION, HISTORY, empty, values
from probe import machine
from processes import Server, free_port, server

from server.auth.principals import Bearer, Scope
from server.house.house import House
from vault import NewCustomer

MANY = 1_000
FLOOR = 3_000
GATE_READ = Path(__file__).with_name("gate_read.py")
numbers = count()


class Client:
    """One connection that stays open, with a token that may write."""

    def __init__(self, port: int, token: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._token = token

    def post(self, path: str, body: object) -> float:
        """Send one write; gives the seconds until its answer, which has to be good."""
        started = time.perf_counter()
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Idempotency-Key": f"key-{next(numbers)}",
            "Content-Type": "application/json",
        }
        self._line.request("POST", path, json.dumps(body), headers)
        answer = self._line.getresponse()
        said = answer.read()
        if answer.status >= http.client.BAD_REQUEST or b'"refused"' in said:
            raise SystemExit(f"a write was not taken: {answer.status} {said[:300]!r}")
        return time.perf_counter() - started


@dataclass(slots=True)
class Measured:
    """What came of the rounds: records a second, and how long single writes took."""

    rates: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)

    def shown(self) -> Iterator[str]:
        """Say the medians."""
        rate = statistics.median(self.rates)
        met = "met" if rate >= FLOOR else "NOT MET"
        yield f"records in batches, durable   {rate:10,.0f}/s  ({met}: {FLOOR:,}/s)"
        for name, waits in (("alone", self.alone), ("beside batches", self.beside)):
            cuts = statistics.quantiles(waits, n=100)
            yield (
                f"single writes {name:<15} {1 / statistics.mean(waits):10,.0f}/s"
                f"   p50 {cuts[49] * 1e3:6.1f} ms  p99 {cuts[98] * 1e3:6.1f} ms"
            )


def one(customer: str) -> tuple[str, object]:
    """Make one single write."""
    body = {"collection": COLLECTION, "values": values(next(numbers))}
    return f"/v1/customers/{customer}/records", body | {"purpose": CASE.purpose}


def many(customers: Sequence[str], at: int) -> object:
    """Make the body of one batch, over 200 customers."""
    some = [customers[(at * 200 + n) % len(customers)] for n in range(200)]
    items = [
        {
            "customer_id": some[n % 200],
            "collection": COLLECTION,
            "values": values(next(numbers)),
        }
        for n in range(MANY)
    ]
    return {"purpose": CASE.purpose, "items": items}


def singles(
    client: Client, customers: Sequence[str], waits: list[float], until: threading.Event
) -> None:
    """Write one record after the other until told to stop."""
    while not until.is_set():
        waits.append(client.post(*one(customers[len(waits) % len(customers)])))


@contextmanager
def meanwhile(
    client: Client, customers: Sequence[str], waits: list[float]
) -> Iterator[None]:
    """Write single records for the length of a block."""
    until = threading.Event()
    thread = threading.Thread(target=singles, args=(client, customers, waits, until))
    thread.start()
    try:
        yield
    finally:
        until.set()
        thread.join()


def turn(
    clients: tuple[Client, Client],
    customers: Sequence[str],
    batches: int,
    measured: Measured,
) -> None:
    """Write singles alone for a second, then batches with singles beside them."""
    single, batch = clients
    with meanwhile(single, customers, measured.alone):
        time.sleep(1)
    bodies = [many(customers, at) for at in range(batches)]
    with meanwhile(single, customers, measured.beside):
        taken = sum(batch.post("/v1/records", body) for body in bodies)
    measured.rates.append(batches * MANY / taken)


def prepared(house: House, how_many: int) -> tuple[list[str], str]:
    """Register customers; gives their ids and a token that may write."""
    names = [f"customer-{number}" for number in range(how_many)]
    wanted = [NewCustomer(name, "eu", "no") for name in names]
    for at in range(0, how_many, MANY):
        house.registration.register_each(HISTORY, wanted[at : at + MANY])
    bearer = Bearer(CASE.principal, (CASE.purpose,), (Scope.RECORDS_WRITE,))
    with house.vault_db.write() as session:
        token = house.tokens.mint(session, bearer, life=timedelta(hours=1))
    return names, token


@contextmanager
def running(home: Path) -> Iterator[Server]:
    """Run the house's server in a process of its own."""
    port = free_port()
    program = [sys.executable, str(GATE_READ), "--serve", str(home), str(port)]
    with server(program, port) as it:
        yield it


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=10)
    parser.add_argument("--customers", type=int, default=2_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with empty(folder) as house:
            customers, token = prepared(house, options.customers)
            home = house.settings.home
        print(machine(folder))
        measured = Measured()
        with running(home) as it:
            clients = Client(it.port, token), Client(it.port, token)
            for body in (many(customers, 0), many(customers, 1)):
                clients[1].post("/v1/records", body)
            before = it.cpu()
            for _ in range(options.rounds):
                turn(clients, customers, options.batches, measured)
            spent = it.cpu() - before
        print(f"{options.rounds} rounds of {options.batches} batches of {MANY} records")
        print("\n".join(measured.shown()))
        print(f"server CPU in all             {spent:10.1f} s")


if __name__ == "__main__":
    main()
