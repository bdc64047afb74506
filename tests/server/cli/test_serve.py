"""`allod serve`: it makes a home if asked, answers, and says why it cannot start."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from commands import allod
from servers import free_port, get, wait_until_ready

from server.cli.console import ExitCode


def test_it_makes_a_home_answers_and_stops_when_told(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    arguments = ["serve", "--init", "--home", str(home), "--port", str(port), "--json"]
    program = [sys.executable, "-c", "from server.cli import main; main()", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        try:
            wait_until_ready(child, port)
            assert get(port, "/v1/me")[0] == 401
            child.send_signal(signal.SIGTERM)
            said, _ = child.communicate(timeout=20)
        finally:
            child.kill()
    assert json.loads(said)["port"] == port
    assert allod("ledger", "fsck", "--home", home).code == ExitCode.OK


def test_an_end_that_is_not_in_order_is_said_by_code_and_without_values(
    tmp_path: Path,
) -> None:
    home, port = tmp_path / "home", free_port()
    assert allod("init", "--home", home).code == ExitCode.OK
    before = "from server.house.house import House; House.close = lambda _: {}['ada']"
    code = f"{before}; from server.cli import main; main()"
    arguments = ["serve", "--home", str(home), "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as child:
        try:
            wait_until_ready(child, port)
            child.send_signal(signal.SIGTERM)
            _, said = child.communicate(timeout=20)
        finally:
            child.kill()
    assert child.returncode == ExitCode.INTERNAL
    assert b"the house did not close in order: KeyError at" in said
    assert b"ada" not in said


def test_it_does_not_start_without_a_home(tmp_path: Path) -> None:
    ran = allod("serve", "--home", tmp_path)
    assert ran.code == ExitCode.CANNOT_START
    assert "allod init" in ran.err


def test_an_address_that_is_taken_is_said_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = allod("serve", "--init", "--home", tmp_path / "home", "--port", str(port))
    assert ran.code == ExitCode.CANNOT_START
    assert f"127.0.0.1:{port} cannot be listened on" in ran.err
    assert "EADDRINUSE" in ran.err
