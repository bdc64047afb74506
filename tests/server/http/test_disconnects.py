"""A client that goes away in the middle is its own affair: no alarm, and no harm."""

import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from commands import allod
from servers import free_port, get, wait_until_ready

from server.house.resources import seed

SCAN = json.dumps({"collection": "purchase", "purpose": "support.case"})
# Whose token, method, path, what is sent of the body and how long it should have been.
LEFT = {
    "a batch read": ("service", "POST", "/v1/read", '{"items"', 500),
    "an ingest": ("service", "POST", "/v1/customers/00004/records", "{", 500),
    "a registration": ("service", "POST", "/v1/customers", "{", 500),
    "a consent": ("customer", "PUT", "/v1/me/consents/marketing.email", "", 500),
    "a scan": ("service", "POST", "/v1/scan", SCAN, len(SCAN)),
    "an export": ("customer", "POST", "/v1/me/exports", "", 0),
}


@dataclass(frozen=True)
class Served:
    port: int
    log: Path
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    home, log, port = folder / "home", folder / "log", free_port()
    assert allod("init", "--home", home).code == 0
    map_, file = seed("maps/purchases.yaml"), seed("purchases.csv")
    assert allod("import", "--home", home, "--map", map_, file).code == 0
    support = ("service", "desk", "--role", "support", "--purpose", "support.case")
    tokens = {
        each[0]: allod("token", "new", *each, "--home", home, "--json").document[
            "token"
        ]
        for each in (support, ("customer", "00004"))
    }
    arguments = ["serve", "--home", str(home), "--port", str(port)]
    with (
        log.open("wb") as err,
        subprocess.Popen(
            [sys.executable, "-c", "from server.cli import main; main()", *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.DEVNULL,
            stderr=err,
        ) as child,
    ):
        try:
            wait_until_ready(child, port)
            yield Served(port, log, tokens)
            child.terminate()
            child.wait(timeout=30)
        finally:
            child.kill()


@pytest.mark.parametrize("left", LEFT)
def test_a_client_that_goes_away_raises_no_alarm_during(
    served: Served, left: str
) -> None:
    before = served.log.stat().st_size
    _go_away(served, *LEFT[left])
    time.sleep(0.5)
    assert get(served.port, "/health/ready")[0] == 200
    assert '"level": "error"' not in served.log.read_text()[before:]


def _go_away(
    served: Served, who: str, method: str, path: str, body: str, length: int
) -> None:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: a\r\n"
        f"Authorization: Bearer {served.tokens[who]}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall((head + body).encode())
        if len(body) == length:
            connection.recv(16)  # the answer has begun
        time.sleep(0.1)
        # At once and with a reset, as a broken line does it.
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
