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
from pdp.change.canary import CanaryDied
from pdp.decision.decider import Pdp
from pdp.decision.decision import Decision, Undecided
from pdp.decision.question import Caller, Kind, Reach, ResourceClass
from pdp.engines.opa import CONFIRMED_FOR, MAX_ANSWER, OpaEngine
from pdp.engines.opa_address import OpaAddress
from pdp.engines.opa_look import look

ROOT = Path(__file__).parents[3]
CALLER = Caller(Kind.SERVICE, ("support",), "us")
CLASS = ResourceClass("profile", ("identity",), Reach.IN_SCOPE, "us")

FORKING = """
import os, sys
from pdp.engines.opa import OpaAddress, OpaEngine
engine = OpaEngine(OpaAddress.parse(sys.argv[1]))
before, (line,) = engine.revision(), engine._exchange._idle
forked = os.fork()
if forked == 0:
    answered = engine.revision() == before and line not in engine._exchange._idle
    os._exit(0 if answered else 1)
assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
assert engine.revision() == before and engine._exchange._idle == [line]
"""


def bundles(*revisions: str) -> dict[str, Any]:
    named = {f"b{place}": {"revision": it} for place, it in enumerate(revisions)}
    return {"provenance": {"version": "1.20.2", "bundles": named}}


def answered(*results: Any) -> dict[str, Any]:
    return {**bundles(REVISION), "result": list(results)}


WHOLE = json.dumps(answered(allowing())).encode()


def twice(name: str, first: str, second: str) -> bytes:
    """An answer in which one member of the decision is named twice."""
    decision = json.dumps(allowing())
    at = decision.index(f'"{name}"')
    end = at + len(f'"{name}": {json.dumps(allowing()[name])}')
    both = f'"{name}": {first}, "{name}": {second}'
    doubled = decision[:at] + both + decision[end:]
    return WHOLE.replace(decision.encode(), doubled.encode())


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

    *_, (path, _, body) = false.asked
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
        (twice("allow", "false", "true"), "gate.undefined"),
        (twice("allow", "true", "true"), "gate.undefined"),
        (twice("v", "2", "1"), "gate.undefined"),
        (twice("masks", "{}", '{"identity": "clear"}'), "gate.undefined"),
        (WHOLE + b"{}", "gate.undefined"),
        (WHOLE + b"\x00", "gate.undefined"),
        (WHOLE.replace(b'"v": 1', b'"v": NaN'), "gate.undefined"),
        (WHOLE.replace(b'"v": 1', b'"v": 1e999'), "gate.undefined"),
        (WHOLE.replace(b'"identity"', b'"\\ud800"'), "gate.undefined"),
        (b"\xef\xbb\xbf" + WHOLE, "gate.undefined"),
        (WHOLE + b" " * MAX_ANSWER, "gate.undefined"),
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
    engine = engine_of(false)
    assert not Pdp(engine, REVISION).healthy()
    engine.close()


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
    begun = time.monotonic()

    assert code_of(false, deadline=timedelta(milliseconds=200)) == "gate.timeout"
    assert time.monotonic() - begun < 2


def test_what_was_decided_is_repeated_for_a_second_and_not_out_of_the_grave(
    false: FalseOpa,
) -> None:
    engine = engine_of(false)
    pdp = Pdp(engine, REVISION)

    def asked() -> tuple[bool, str]:
        (decision,) = pdp.decide(CALLER, "support.case", "read", [CLASS])
        return decision.allow, next((it.code for it in decision.reasons), "")

    assert asked() == (True, "")
    count = len(false.asked)
    assert asked() == (True, "")
    assert len(false.asked) == count
    time.sleep(CONFIRMED_FOR + 0.1)
    assert pdp.known(CALLER, "support.case", "read", [CLASS]) == [None]
    assert asked() == (True, "")
    assert len(false.asked) == count + 1
    false.status = 503
    time.sleep(CONFIRMED_FOR + 0.1)
    assert asked() == (False, "gate.unreachable")
    false.status = 200
    assert asked() == (True, "")
    false.says({**bundles("another"), "result": [allowing()]})
    time.sleep(CONFIRMED_FOR + 0.1)
    assert asked() == (False, "gate.revision_mismatch")
    engine.close()


def test_one_failure_ends_what_is_remembered_at_once(false: FalseOpa) -> None:
    engine = engine_of(false)
    pdp = Pdp(engine, REVISION)
    assert pdp.decide(CALLER, "support.case", "read", [CLASS])[0].allow
    false.status = 500
    (other,) = pdp.decide(CALLER, "support.case", "search", [CLASS])
    (first,) = pdp.decide(CALLER, "support.case", "read", [CLASS])
    engine.close()

    assert not other.allow
    assert not first.allow


def test_an_engine_that_comes_back_has_to_pass_its_trial(false: FalseOpa) -> None:
    engine = engine_of(false)
    trials: list[bool] = []

    def trial() -> None:
        trials.append(True)
        if len(trials) > 1:
            raise CanaryDied("it allows everything")

    pdp = Pdp(engine, REVISION, trial=trial)
    assert pdp.decide(CALLER, "support.case", "read", [CLASS])[0].allow
    false.status = 500
    assert not pdp.decide(CALLER, "support.case", "search", [CLASS])[0].allow
    false.status = 200
    (decision,) = pdp.decide(CALLER, "support.case", "read", [CLASS])
    engine.close()

    assert [it.code for it in decision.reasons] == ["gate.engine_error"]


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


def test_the_token_goes_along_to_a_socket_of_ones_own() -> None:
    with false_opa(privately=True) as false:
        false.says(answered(allowing()))
        assert ask(engine_of(false, token=Secret(b"made-up"))).allow

    sent = {headers["authorization"] for _, headers, _ in false.asked}
    assert sent == {"Bearer made-up"}


@pytest.mark.parametrize("url", ["http://127.0.0.1:8181", "http://localhost:8181"])
def test_no_token_is_sent_to_whoever_holds_a_port(url: str) -> None:
    with pytest.raises(CannotStart, match="token would be sent"):
        OpaEngine(OpaAddress.parse(url), token=Secret(b"made-up"))
    with pytest.raises(CannotStart, match="token would be sent"):
        look(OpaAddress.parse(url), Secret(b"made-up"))


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


def test_an_error_repeats_nothing_of_question_or_answer(false: FalseOpa) -> None:
    false.body = b"canary7f3a"
    engine = engine_of(false)
    with pytest.raises(Undecided) as caught:
        engine.decide({"purpose": "canary7f3a"}, [])
    engine.close()

    assert "canary7f3a" not in str(caught.value)
    assert caught.value.__suppress_context__
