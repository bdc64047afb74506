"""The OPA adapter, against a server that answers whatever a test tells it to.

Each trap of the client and of OPA's own answers is here once; test_engines.py goes
through the same questions with a real OPA.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from engines import REVISION, allowing
from opa_servers import FalseOpa, false_opa

from kit.errors import CannotStart
from kit.secret import Secret
from pdp.decider import Pdp
from pdp.decision import Decision, Undecided
from pdp.opa import OpaAddress, OpaEngine
from pdp.question import Caller, Kind, Reach, ResourceClass

ROOT = Path(__file__).parents[2]
CALLER = Caller(Kind.SERVICE, ("support",), "us")
CLASS = ResourceClass("profile", ("identity",), Reach.IN_SCOPE, "us")

FORKING = """
import os, sys
from pdp.opa import OpaAddress, OpaEngine
engine = OpaEngine(OpaAddress.parse(sys.argv[1]))
before, client = engine.revision(), engine._client
forked = os.fork()
if forked == 0:
    answered = engine.revision() == before and engine._client is not client
    os._exit(0 if answered else 1)
assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
assert engine.revision() == before and engine._client is client
"""


def bundles(*revisions: str) -> dict[str, Any]:
    named = {f"b{place}": {"revision": it} for place, it in enumerate(revisions)}
    return {"provenance": {"version": "1.20.2", "bundles": named}}


def answered(*results: Any) -> dict[str, Any]:
    return {**bundles(REVISION), "result": list(results)}


@pytest.fixture
def false() -> Iterator[FalseOpa]:
    with false_opa() as false:
        false.says(answered(allowing()))
        yield false


def engine_of(false: FalseOpa, **options: Any) -> OpaEngine:
    return OpaEngine(OpaAddress.parse(false.url), **options)


def ask(engine: OpaEngine) -> Decision:
    try:
        pdp = Pdp(engine, REVISION)
        (decision,) = pdp.decide(CALLER, "support.case", "read", [CLASS])
        remembered = pdp.known(CALLER, "support.case", "read", [CLASS])
    finally:
        engine.close()
    assert decision.allow or not decision.masks
    assert decision.allow or remembered == [None]
    return decision


def code_of(false: FalseOpa, **options: Any) -> str:
    decision = ask(engine_of(false, **options))
    assert not decision.allow
    return decision.reasons[0].code


def test_a_whole_answer_is_a_decision(false: FalseOpa) -> None:
    decision = ask(engine_of(false))

    assert decision.allow
    assert (decision.revision, decision.engine) == (REVISION, "opa")


def test_it_is_asked_for_the_one_rule_with_its_revision(false: FalseOpa) -> None:
    ask(engine_of(false))

    [(path, _, body)] = false.asked
    assert path == "/v1/data/allod/gate/decisions?provenance=true"
    assert json.loads(body)["input"].keys() == {"common", "items"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{}", "gate.undefined"),
        (b"", "gate.undefined"),
        (b"<html><body>Welcome</body></html>", "gate.undefined"),
        (b'"true"', "gate.undefined"),
        (b"true", "gate.undefined"),
        (b"[]", "gate.undefined"),
        (b"null", "gate.undefined"),
        (b"\xff\xfe\x00", "gate.undefined"),
        (b"[" * 100_000, "gate.undefined"),
        (b'{"result": ' + b"9" * 5_000 + b"}", "gate.undefined"),
    ],
)
def test_what_is_no_decision_document_is_a_denial(
    false: FalseOpa, body: bytes, code: str
) -> None:
    false.body = body

    assert code_of(false) == code


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (None, "gate.undefined"),
        (True, "gate.undefined"),
        ("true", "gate.undefined"),
        ({}, "gate.undefined"),
        ([True], "gate.undefined"),
        ([None], "gate.undefined"),
        ([{}], "gate.undefined"),
        ([], "gate.batch_length"),
        ([allowing(), allowing()], "gate.batch_length"),
        ([allowing() | {"allow": "true"}], "gate.not_boolean"),
        ([allowing() | {"v": 2}], "gate.unknown_version"),
        ([allowing(identity="blur")], "gate.unknown_mask"),
    ],
)
def test_a_result_that_is_no_decision_is_a_denial(
    false: FalseOpa, result: Any, code: str
) -> None:
    false.says({**bundles(REVISION), "result": result})

    assert code_of(false) == code


@pytest.mark.parametrize(
    "provenance",
    [
        {},
        {"provenance": None},
        {"provenance": {"bundles": None}},
        {"provenance": {"bundles": {"allod": None}}},
        {"provenance": {"bundles": {"allod": {"revision": 7}}}},
        {"provenance": {"revision": REVISION}},
        bundles(),
        bundles("another"),
        bundles(REVISION, REVISION),
    ],
)
def test_another_revision_none_or_two_bundles_are_a_denial(
    false: FalseOpa, provenance: dict[str, Any]
) -> None:
    false.says({**provenance, "result": [allowing()]})

    assert code_of(false) == "gate.revision_mismatch"
    assert not Pdp(engine_of(false), REVISION).healthy()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (500, "gate.engine_error"),
        (502, "gate.unreachable"),
        (503, "gate.unreachable"),
        (401, "gate.unreachable"),
        (404, "gate.unreachable"),
    ],
)
def test_a_status_of_failure_is_a_denial_and_is_not_tried_again(
    false: FalseOpa, status: int, code: str
) -> None:
    false.status = status
    begun = time.monotonic()

    assert code_of(false) == code
    assert len(false.asked) == 1
    assert time.monotonic() - begun < 0.4


def test_an_opa_that_is_down_is_a_denial_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    begun = time.monotonic()
    decision = ask(OpaEngine(OpaAddress.parse(f"http://127.0.0.1:{port}")))

    assert decision.reasons[0].code == "gate.unreachable"
    assert time.monotonic() - begun < 0.4


def test_an_opa_that_is_slow_is_a_denial_within_the_deadline(false: FalseOpa) -> None:
    false.delay = 0.4
    begun = time.monotonic()

    assert code_of(false, deadline=timedelta(milliseconds=50)) == "gate.timeout"
    assert time.monotonic() - begun < 0.35


def test_an_answer_that_comes_in_drops_is_late_too(false: FalseOpa) -> None:
    false.drops = True
    false.body = b" " * 8 + b"{}"

    assert code_of(false, deadline=timedelta(milliseconds=200)) == "gate.timeout"


def test_no_deadline_is_longer_than_half_a_second(false: FalseOpa) -> None:
    false.delay = 0.8

    assert code_of(false, deadline=timedelta(seconds=9)) == "gate.timeout"


def test_a_redirect_is_not_followed(false: FalseOpa) -> None:
    false.status, false.headers = 307, {"Location": f"{false.url}/elsewhere"}

    assert code_of(false) == "gate.unreachable"
    assert len(false.asked) == 1


def test_no_proxy_of_the_environment_is_used(
    false: FalseOpa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)

    assert ask(engine_of(false)).allow


def test_the_token_goes_along_and_no_netrc_replaces_it(
    false: FalseOpa, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    ask(engine_of(false, token=Secret(b"made-up")))

    [(_, headers, _)] = false.asked
    assert headers["authorization"] == "Bearer made-up"


def test_a_failed_question_is_asked_anew_the_next_time(false: FalseOpa) -> None:
    engine = engine_of(false)
    pdp = Pdp(engine, REVISION)
    false.status = 503
    assert not pdp.decide(CALLER, "support.case", "read", [CLASS])[0].allow
    false.status = 200

    assert pdp.decide(CALLER, "support.case", "read", [CLASS])[0].allow
    engine.close()


def test_it_is_healthy_when_it_decides_by_the_active_revision(false: FalseOpa) -> None:
    false.says(answered())
    engine = engine_of(false)

    assert Pdp(engine, REVISION).healthy()
    assert not Pdp(engine, "another").healthy()
    false.says(bundles(REVISION))
    assert not Pdp(engine, REVISION).healthy()
    engine.close()


def test_it_answers_again_after_it_was_closed(false: FalseOpa) -> None:
    engine = engine_of(false)
    engine.revision()
    engine.close()
    engine.close()

    assert engine.revision() == REVISION
    engine.close()


def test_threads_share_one_adapter(false: FalseOpa) -> None:
    engine = engine_of(false)
    seen: list[str] = []
    ask = lambda: seen.append(engine.revision())  # noqa: E731 - one line of a thread
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.close()

    assert seen == [REVISION] * 8


def test_a_forked_process_does_not_read_its_parents_answers(false: FalseOpa) -> None:
    command = [sys.executable, "-c", FORKING, false.url]
    done = subprocess.run(command, cwd=ROOT, timeout=30, check=False)

    assert done.returncode == 0


def test_an_error_repeats_nothing_of_question_token_or_answer(false: FalseOpa) -> None:
    false.body = b"canary7f3a"
    engine = engine_of(false, token=Secret(b"canary7f3a"))
    with pytest.raises(Undecided) as caught:
        engine.decide({"purpose": "canary7f3a"}, [])
    engine.close()

    assert "canary7f3a" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("http://127.0.0.1:8181", "127.0.0.1", 8181, False),
        ("http://localhost:8181/", "localhost", 8181, False),
        ("http://[::1]:8181", "[::1]", 8181, False),
        ("https://opa.example.org", "opa.example.org", 443, True),
    ],
)
def test_an_address_is_read(url: str, host: str, port: int, tls: bool) -> None:  # noqa: FBT001
    assert OpaAddress.parse(url) == OpaAddress(host, port, tls)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "opa",
        "http://opa.example.org:8181",
        "http://10.0.0.7:8181",
        "http://127.0.0.1:x",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://[::1",
        "https://opa.example.org/v1/data",
        "https://eve:pass@opa.example.org",
        "https://opa.example.org?x=1",
        "unix:///run/opa.sock",
    ],
)
def test_an_address_where_somebody_else_could_answer_is_refused(url: str) -> None:
    with pytest.raises(CannotStart) as caught:
        OpaAddress.parse(url)

    assert "ALLOD_OPA_URL" in str(caught.value.fix)
