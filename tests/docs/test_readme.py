"""The README is run as it is printed: its token, its example, what that answers."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import allod
from documents import document

README = document("README.md")
PRINTED = "http://127.0.0.1:8080"
PATIENCE = 30


@contextmanager
def served(home: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    arguments = ["serve", "--init", "--home", str(home), "--port", str(port)]
    program = [sys.executable, "-c", "from server.cli import main; main()", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    silent = subprocess.DEVNULL
    with subprocess.Popen(
        program, env=environment, stdout=silent, stderr=silent
    ) as child:
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/health/ready")
            yield address
        finally:
            child.terminate()
            child.wait(PATIENCE)


def wait_for(address: str) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - loopback
                assert answer.status == 200
                return
        except OSError:
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.05)


def test_the_example_of_the_readme_runs_against_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    with served(home) as address:
        (printed,) = [c for c in README.commands() if c[:2] == ["token", "new"]]
        minted = allod(*printed, "--home", home, "--json").document
        (example,) = re.findall(
            r"^```python\n(.*?)^```", README.text, re.MULTILINE | re.DOTALL
        )
        code = example.replace(PRINTED, address)
        assert code != example
        capsys.readouterr()
        exec(compile(code, "README.md", "exec"), {"token": minted["token"]})  # noqa: S102 - our own text
    said = capsys.readouterr().out.splitlines()
    assert said == re.findall(r"  # (.+)$", example, re.MULTILINE)
