"""A scan with a slow reader, of a server and a process of its own: nothing is late.

The reader takes a little and stops; customers are erased meanwhile, to their
certificate; and the reader goes on. What arrives then is what the kernels held.
"""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from connections import connected, rest
from servers import free_port, wait_until_ready

from kit.settings import Settings
from pdp.decision.question import Kind
from server.auth.principals import Bearer, Scope, operating
from server.house.house import House
from server.house.init import found_house
from server.house.wiring import open_house
from server.roles import frames
from vault import Item, NewCustomer, Principal

pytestmark = pytest.mark.enable_socket

OPENING = operating("service.registration", region="eu")
HISTORY = operating("import.history", region="eu")
CUSTOMERS = 40
IDEAS = 8
TEXT = "x" * 18_000
ON_THE_WAY = 1 << 20
"""What the buffers of two kernels and one process may hold, with room to spare."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    found_house(Settings(home=home))
    with _opened(home) as house:
        for number in range(CUSTOMERS):
            house.registration.register(OPENING, NewCustomer(f"c{number}", "eu", "no"))
            for idea in range(IDEAS):
                values = {"title": "A lid", "text": TEXT}
                house.intake.put(
                    HISTORY, f"c{number}", Item("idea", values, f"i{idea}")
                )
    return home


def _opened(home: Path) -> House:
    return open_house(Settings(home=home), recover=False)


def _erased(home: Path, names: set[str]) -> None:
    """Erase customers from a process of its own, to their certificates."""
    with _opened(home) as house:
        for name in names:
            subject = house.customers.subject_of(name)
            assert subject is not None
            ordered = house.erasure.erase(subject)
            state = house.erasure.state(ordered.order_id, ordered.secret)
            assert state.certificate is not None


@contextmanager
def _served(
    home: Path, before: str = ""
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    arguments = ["serve", "--home", str(home), "--port", str(port)]
    code = f"{before}\nfrom server.cli import main\nmain()"
    program = [sys.executable, "-c", code, *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        program, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        try:
            wait_until_ready(child, port)
            yield child, port
        finally:
            child.kill()


def _request(home: Path, collection: str = "idea", *, writes: bool = False) -> bytes:
    principal = Principal(Kind.SERVICE, "helpdesk", roles=("support",))
    scope = Scope.RECORDS_WRITE if writes else Scope.RECORDS_SCAN
    token = _token(home, Bearer(principal, ("support.case",), (scope,)))
    body = json.dumps({"purpose": "support.case", "collection": collection})
    return (
        "POST /v1/scan HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _token(home: Path, bearer: Bearer) -> str:
    with _opened(home) as house, house.vault_db.write() as session:
        return house.tokens.mint(session, bearer, life=timedelta(days=1))


def _export(home: Path) -> bytes:
    """Ask for an export that is longer than what the kernels hold for a reader."""
    with _opened(home) as house:
        for number in range(40):
            values = {"title": "A lid", "text": secrets.token_hex(10_000)}
            house.intake.put(HISTORY, "c0", Item("idea", values, f"long{number}"))
        subject = _subject(house, 0)
    token = _token(home, Bearer.customer(subject, region="eu"))
    return (
        "POST /v1/me/exports HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()


def _some(line: socket.socket, least: int) -> bytes:
    data = b""
    while len(data) < least:
        data += line.recv(4_096)
    return data


def _names(data: bytes) -> list[str]:
    return re.findall(r'"customer_id":"(c\d+)"', data.decode())


def test_no_page_of_an_erased_customer_leaves_after_the_certificate(
    home: Path,
) -> None:
    with (
        _served(home) as (_, port),
        connected(port, _request(home), taken=4_096) as line,
    ):
        first = _some(line, 50_000)
        given = set(_names(first))
        others = {f"c{number}" for number in range(CUSTOMERS)} - given
        assert len(others) > CUSTOMERS // 2
        _erased(home, others)
        after = rest(line)
    late = [name for name in _names(after) if name in others]
    assert len(late) * len(TEXT) < ON_THE_WAY
    assert len(after) < 2 * ON_THE_WAY
    # Who reads nothing for five seconds, while somebody is erased, is cut off.
    if end := re.search(rb'{"end":true,"disclosed":(\d+),"withheld":(\d+)}', after):
        assert int(end[1]) == len(_names(first + after))


def test_an_erasure_waits_for_no_reader_who_does_not_read(home: Path) -> None:
    with (
        _served(home) as (_, port),
        connected(port, _request(home), taken=4_096) as line,
    ):
        _some(line, 1)
        with _opened(home) as house:
            for database in (house.vault_db, house.identity_db):
                database.truncate_wal(patience=0.0)


def test_a_scans_process_forgets_what_waits_too_long_and_reads_it_anew(
    home: Path,
) -> None:
    patient = "from server.roles import scan_child\nscan_child.PATIENCE_SECONDS = 0.05"
    program = f"{patient}\nimport sys\nsys.exit(scan_child.main())"
    asked = {
        "principal": {
            "kind": "service",
            "name": "helpdesk",
            "roles": ["support"],
            "region": "eu",
            "assurance": 1,
            "subject": None,
        },
        "purpose": "support.case",
        "request": "",
        "collection": "idea",
        "home": str(home),
    }
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(asked).encode() + b"\n")
        given = frames.ask(child.stdin, child.stdout)
        time.sleep(0.5)
        while piece := frames.ask(child.stdin, child.stdout):
            given += piece
        child.kill()
    *lines, end = map(json.loads, given.splitlines())
    counts = {
        "disclosed": CUSTOMERS * IDEAS,
        "withheld": 0,
        "damaged": 0,
        "undecided": 0,
    }
    assert end == {"end": True, **counts}
    assert len({each["record_id"] for each in lines}) == CUSTOMERS * IDEAS
    with _opened(home) as house:
        events = [
            event
            for number in range(CUSTOMERS)
            for _, event in house.access_log.of_subject(_subject(house, number))
        ]
    # What was forgotten was judged again, and stands in the log again.
    logged = sum(
        len(each.records) // 16 for each in {e.decision: e for e in events}.values()
    )
    assert logged > CUSTOMERS * IDEAS


def _subject(house: House, number: int) -> bytes:
    subject = house.customers.subject_of(f"c{number}")
    assert subject is not None
    return subject


WITHIN = 10.0
SLOW = (
    "POST /v1/customers/c1/records HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n"
    "Content-Type: application/json\r\nIdempotency-Key: slow\r\n"
)


def test_a_server_that_is_told_to_stop_waits_for_no_slow_client(home: Path) -> None:
    token = re.findall(rb"Authorization: .*\r\n", _request(home, writes=True))[0]
    export = _export(home)
    with (
        _served(home) as (child, port),
        connected(port, _request(home), taken=4_096) as scan,
        connected(port, export, taken=4_096) as archive,
        connected(port, SLOW.encode() + token + b"\r\n{") as half,
        connected(port, b"GET /health/live HTTP/1.1\r\n") as headers,
        connected(port, b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n") as idle,
    ):
        _some(scan, 1)
        assert b" 200 OK" in _some(archive, 4_096)
        _some(idle, 1)
        begun = time.monotonic()
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=20) == 0
        assert time.monotonic() - begun < WITHIN
        for line in (half, headers):
            rest(line)
        assert not rest(archive).endswith(b"\r\n0\r\n\r\n")  # cut off, and seen to be
    with _opened(home) as house:
        assert house.log.overdue() is None
        published = house.log.latest()
    assert published is not None
