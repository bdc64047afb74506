"""Programs in Go for tests: built by the machine's Go from modules that are pinned.

Go keeps what it fetched and built in its own caches, outside the checkout; the second
build of the same source takes no time. go.sum holds the hash of every module, so that
whatever serves them must serve those.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PATIENCE = 300


def built(source: Path, folder: Path) -> Path:
    """Build a program into a folder; without Go skip, and on CI fail."""
    if shutil.which("go") is None:
        _missing("no go on the PATH")
    program = folder / source.name
    command = ["go", "build", "-mod=readonly", "-trimpath", "-o", program, "."]
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
    done = subprocess.run(
        command,
        cwd=source,
        env=environment,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode:
        _missing(f"go could not fetch or build {source.name}")
    return program


def _missing(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)
