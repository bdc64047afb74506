"""Two servers of one home: what one is told binds the other's next answer.

Two programs of their own, and this process beside them for what commands do.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from callers import Callers
from commands import allod
from houses import Scenario
from revisions import narrower
from servers import free_port, wait_until_ready

from kit.clock import SystemClock
from kit.settings import Settings
from server.cli.console import ExitCode
from server.house.init import found_house
from server.house.wiring import open_house

pytestmark = pytest.mark.enable_socket

PROFILE = {"name": "Ada Example", "phone": "+4915112345678"}
CONSENT = "/v1/me/consents/marketing.email"


@dataclass(frozen=True)
class Two:
    """A home, the clients of its two servers, and the headers of who calls."""

    home: Path
    one: httpx.Client
    other: httpx.Client
    children: tuple["subprocess.Popen[bytes]", ...]
    who: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    home = tmp_path_factory.mktemp("two") / "home"
    found_house(Settings(home=home))
    with open_house(Settings(home=home)) as house:
        scenario = Scenario(house, SystemClock(), home)
        for name in ("ada", "ben", "eve"):
            scenario.customer(name)
        callers = Callers(scenario, httpx.AsyncClient())
        who = {name: callers.customer(name) for name in ("ada", "ben", "eve")}
        who |= {"desk": callers.service(), "mailer": callers.service("marketing")}
        who["guest"] = callers.service(name="guest")
    with ExitStack() as stack:
        served = [_served(home, stack) for _ in range(2)]
        one, other = (
            stack.enter_context(
                httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
            )
            for _, port in served
        )
        yield Two(home, one, other, tuple(child for child, _ in served), who)


def _served(home: Path, stack: ExitStack) -> tuple["subprocess.Popen[bytes]", int]:
    port = free_port()
    program = [sys.executable, "-c", "from server.cli import main; main()"]
    child = stack.enter_context(
        subprocess.Popen(
            [*program, "serve", "--home", str(home), "--port", str(port)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    )
    stack.callback(child.kill)
    wait_until_ready(child, port)
    return child, port


def _written(two: Two, name: str, **values: Any) -> str:
    """Write a profile with the first server; gives the record's id."""
    body = {"collection": "profile", "values": PROFILE | values}
    answer = two.one.post(
        f"/v1/customers/{name}/records",
        headers=two.who["desk"] | {"Idempotency-Key": f"profile-{name}"},
        json=body | {"purpose": "support.case"},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["record_id"])


def _read(
    client: httpx.Client, two: Two, name: str, record: str, purpose: str = ""
) -> httpx.Response:
    return client.get(
        f"/v1/customers/{name}/records/{record}",
        headers=two.who["mailer" if purpose else "desk"],
        params={"purpose": purpose or "support.case"},
    )


def test_what_one_writes_the_other_reads(two: Two) -> None:
    record = _written(two, "ada", email="ada@example.org")
    for client in (two.one, two.other):
        answer = _read(client, two, "ada", record)
        assert answer.json()["values"]["name"] == PROFILE["name"]


def test_what_is_withdrawn_at_one_is_refused_by_the_other(two: Two) -> None:
    record = _written(two, "ben", email="ben@example.org", phone="+4915112345679")
    given = {"notice_version": 1, "language": "en"}
    assert two.one.put(CONSENT, headers=two.who["ben"], json=given).is_success
    assert _read(two.other, two, "ben", record, "marketing.email").is_success
    assert two.one.delete(CONSENT, headers=two.who["ben"]).is_success
    answer = _read(two.other, two, "ben", record, "marketing.email")
    assert answer.status_code == 403


def test_a_token_that_is_revoked_beside_them_opens_neither(two: Two) -> None:
    clients = (two.one, two.other)
    guest = two.who["guest"]
    assert [each.get("/v1/me", headers=guest).status_code for each in clients] == [
        403,
        403,
    ]
    assert allod("token", "revoke", "guest", "--home", two.home).code == ExitCode.OK
    assert [each.get("/v1/me", headers=guest).status_code for each in clients] == [
        401,
        401,
    ]


def test_who_is_erased_at_one_is_gone_from_the_other_that_has_read_them(
    two: Two,
) -> None:
    record = _written(two, "eve", email="eve@example.org", phone="+4915112345670")
    assert _read(two.other, two, "eve", record).is_success
    erased = two.one.post("/v1/me/erasure", headers=two.who["eve"])
    assert erased.json()["state"] == "certified", erased.text
    assert _read(two.other, two, "eve", record).status_code == 404
    assert two.other.get("/v1/me", headers=two.who["eve"]).status_code == 401


def test_both_stamp_at_once_and_give_no_place_in_the_ledger_twice(two: Two) -> None:
    def contributed(number: int) -> int:
        client = (two.one, two.other)[number % 2]
        values = {"title": f"Idea {number}", "text": "Make it blue."}
        answer = client.post(
            "/v1/me/contributions",
            headers=two.who["ada"] | {"Idempotency-Key": f"idea-{number}"},
            json={"collection": "idea", "values": values},
        )
        assert answer.status_code in {200, 201}, answer.text
        return int(answer.json()["index"])

    with ThreadPoolExecutor(8) as pool:
        places = list(pool.map(contributed, range(16)))
    assert len(set(places)) == len(places)


def test_one_key_that_is_raced_on_both_is_one_item_and_one_place_in_the_ledger(
    two: Two,
) -> None:
    def contributed(number: int) -> httpx.Response:
        return (two.one, two.other)[number % 2].post(
            "/v1/me/contributions",
            headers=two.who["ada"] | {"Idempotency-Key": "raced"},
            json={"collection": "idea", "values": {"title": "Raced", "text": "Once."}},
        )

    before = _contributions(two)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(contributed, range(20)))
    assert {each.status_code for each in answers} == {201}
    assert (
        len({(each.json()["index"], each.json()["record_id"]) for each in answers}) == 1
    )
    assert _contributions(two) == before + 1


def _contributions(two: Two) -> int:
    listed = two.other.get("/v1/me/contributions", headers=two.who["ada"])
    return len(listed.json()["items"])


def test_both_follow_what_is_activated_beside_them(two: Two) -> None:
    record = _written(two, "ada", email="ada@example.org")
    assert "phone" in _read(two.other, two, "ada", record).json()["values"]
    with open_house(Settings(home=two.home), recover=False) as house:
        Scenario(house, SystemClock(), two.home).put_in_force(narrower())
    until = time.monotonic() + timedelta(seconds=30).total_seconds()
    for client in (two.one, two.other):
        while "phone" in _read(client, two, "ada", record).json().get(
            "values", {"phone": ""}
        ):
            assert time.monotonic() < until
            time.sleep(0.1)


def test_both_end_at_once_in_order_and_leave_a_whole_ledger(two: Two) -> None:
    """The last of this file: it ends the servers, which both publish."""
    for child in two.children:
        child.send_signal(signal.SIGTERM)
    assert [child.wait(timeout=30) for child in two.children] == [0, 0]
    ran = allod("ledger", "fsck", "--home", two.home)
    assert ran.code == ExitCode.OK, ran.out + ran.err
