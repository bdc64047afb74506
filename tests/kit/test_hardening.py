"""A process that falls leaves no memory: the program, its scans, its engine."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pdp.engines.process import EngineProcess

PR_GET_DUMPABLE = 3
ASKED = f"ctypes.CDLL(None).prctl({PR_GET_DUMPABLE}, 0, 0, 0, 0)"
MAIN = f"""
import ctypes, resource, sys
from server.cli import program
program.run = lambda _: print({ASKED}, *resource.getrlimit(resource.RLIMIT_CORE))
program.main()
"""
SCAN = f"""
import ctypes, resource
from server.roles import frames, scan_child
def question():
    print({ASKED}, *resource.getrlimit(resource.RLIMIT_CORE))
    raise SystemExit
frames.question = question
scan_child.main()
"""


@pytest.mark.parametrize("program", [MAIN, SCAN], ids=["allod", "a scan"])
def test_neither_a_core_nor_a_debugger_gets_what_is_in_memory(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
    )
    assert done.stdout.split() == [b"0", b"0", b"0"]


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs /proc")
def test_the_engines_process_leaves_no_core() -> None:
    engine = EngineProcess()
    try:
        until = time.monotonic() + 10
        while time.monotonic() < until and not _without_core(engine.pid):
            time.sleep(0.05)
        assert _without_core(engine.pid)
    finally:
        engine.close()


def _without_core(pid: int) -> bool:
    limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
    (line,) = (each for each in limits if each.startswith("Max core file size"))
    return line.split()[4:6] == ["0", "0"]
