import ast
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from bundles import POLICIES, shipped

from pdp.decision.decider import Pdp
from pdp.decision.decision import Undecided
from pdp.decision.question import Basis, Caller, Kind, Reach, ResourceClass, batch
from pdp.engines.process import SCRIPT, EngineProcess
from pdp.engines.regorus import PolicyFault, RegorusEngine, Workbench

CALLER = Caller(Kind.SERVICE, ("support",), "us")
CLASS = ResourceClass(
    "profile", ("identity",), Reach.IN_SCOPE, "us", basis=Basis.CONTRACT
)
# A program that asks an endless question, to be killed while it waits.
ORPHANED = """
import sys, threading, time
from pdp.engines.process import EngineProcess
child = EngineProcess()
print(child.pid, flush=True)
text = '''package endless
many := [n | some n in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]]
x if { some a in many; some b in many; some c in many; some d in many
some e in many; some f in many; some g in many; some h in many
concat("", [a, b, c, d, e, f, g, h]) == "never" }
'''
child.ask({"op": "load", "files": {"x.rego": text}, "tests": 0, "coverage": 0}, 5)
child.ask({"op": "evaluate", "rule": "data.endless.x", "input": {}}, 0.4)
"""

FORKING = """
import os
from pathlib import Path
from pdp.bundle.bundle import load
from pdp.engines.regorus import RegorusEngine
engine = RegorusEngine(load(Path("policies")))
before, pid = engine.revision(), engine.pid
forked = os.fork()
if forked == 0:
    answered = engine.revision() == before and engine.pid != pid
    engine.close()
    os._exit(0 if answered else 1)
assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
assert engine.revision() == before and engine.pid == pid
engine.close()
"""


def gone(pid: int, *, within: float) -> bool:
    """Wait until a process has ended (one that nobody reaps counts as ended)."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_the_child_tells_the_digest_of_what_it_really_loaded(
    engine: RegorusEngine,
) -> None:
    assert engine.revision() == shipped().digest


def test_the_name_carries_the_version_of_the_engine(engine: RegorusEngine) -> None:
    assert engine.name == "regorus/0.13.0"


def test_an_answer_comes_with_the_revision_that_gave_it(engine: RegorusEngine) -> None:
    answer = engine.decide(*batch("read", "support.case", CALLER, [CLASS, CLASS]))

    assert answer.revision == shipped().digest
    assert [result["allow"] for result in answer.results] == [True, True]


def test_the_engine_is_started_by_the_first_question_and_ended_by_close() -> None:
    engine = RegorusEngine(shipped())
    assert engine.pid is None
    engine.revision()
    pid = engine.pid
    assert pid is not None

    engine.close()
    engine.close()

    assert engine.pid is None
    assert gone(pid, within=1)
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def test_threads_take_turns(engine: RegorusEngine) -> None:
    seen: list[str] = []
    ask = lambda: seen.append(engine.revision())  # noqa: E731 - one line of a thread
    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [shipped().digest] * 6


def test_a_child_whose_stdin_ends_ends_itself() -> None:
    child = subprocess.Popen(
        [sys.executable, "-I", str(SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    child.communicate(timeout=10)

    assert child.returncode == 0


def test_a_killed_parent_leaves_no_child_even_within_an_endless_rule() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHANED],
        stdout=subprocess.PIPE,
        cwd=POLICIES.parent,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    time.sleep(0.3)
    parent.send_signal(signal.SIGKILL)
    parent.communicate()

    assert gone(pid, within=5)


def test_a_forked_process_does_not_speak_into_its_parents_pipe() -> None:
    # In a program of its own: this one may have threads, and then must not fork.
    done = subprocess.run(
        [sys.executable, "-c", FORKING], cwd=POLICIES.parent, timeout=30, check=False
    )

    assert done.returncode == 0


def test_the_child_imports_the_standard_library_and_the_engine_only() -> None:
    tree = ast.parse(SCRIPT.read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    named = {alias.name for node in imports for alias in node.names}
    named |= {
        str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    }

    assert named - sys.stdlib_module_names == {"regorus"}


def test_the_child_leaves_no_core_behind_and_has_bounded_memory(
    engine: RegorusEngine,
) -> None:
    engine.revision()
    limits = Path(f"/proc/{engine.pid}/limits").read_text()
    soft = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()}

    assert soft["Max core file size"] == "0"
    assert soft["Max data size"] == str(2 << 30)


def test_a_program_that_cannot_start_its_engine_gets_no_decision(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    engine = RegorusEngine(shipped())

    assert not Pdp(engine, shipped().digest).healthy()


def test_an_operation_that_the_child_does_not_know_is_refused() -> None:
    child = EngineProcess()
    try:
        assert child.ask({"op": "main"}, 5) == {"error": "operation"}
    finally:
        child.close()


def test_nothing_loaded_is_no_decision() -> None:
    child = EngineProcess()
    try:
        reply = child.ask({"op": "decide", "common": {}, "items": []}, 5)
    finally:
        child.close()

    assert reply["error"] == "engine"


def test_a_child_that_is_gone_cannot_be_asked() -> None:
    child = EngineProcess()
    os.kill(child.pid, signal.SIGKILL)

    with pytest.raises(Undecided) as caught:
        child.ask({"op": "revision"}, 5)

    assert caught.value.reason_code == "gate.child_died"


def test_after_a_child_was_ended_for_being_late_it_is_dead_and_not_a_crash() -> None:
    child = EngineProcess()
    os.kill(child.pid, signal.SIGSTOP)
    codes = []
    for _ in range(2):
        with pytest.raises(Undecided) as caught:
            child.ask({"op": "revision"}, 0.05)
        codes.append(caught.value.reason_code)

    assert codes == ["gate.timeout", "gate.child_died"]


def test_an_error_text_is_a_place_and_one_line() -> None:
    with Workbench(shipped()) as bench, pytest.raises(PolicyFault) as caught:
        bench.parse("legal/x.rego", "package x\n\nx if {\n\tfoo if\n}\n")

    fault = caught.value
    assert (fault.file, fault.line, fault.column) == ("legal/x.rego", 4, 9)
    assert "\n" not in fault.detail
    assert "backtrace" not in fault.detail


def test_the_module_beside_the_child_does_not_shadow_the_engine() -> None:
    beside = SCRIPT.with_name("regorus.py")
    assert beside.exists()

    engine = RegorusEngine(shipped())
    try:
        assert Pdp(engine, shipped().digest).healthy()
    finally:
        engine.close()
