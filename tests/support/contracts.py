"""A copy of the product for planted violations, and what the contracts say of it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from source_rules import PACKAGES, ROOT


def copied(folder: Path) -> Path:
    """Copy the product and its contracts."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "_seed")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def verdicts(said: str) -> dict[str, str]:
    """Read of what was said which contracts are kept, and which are broken."""
    return dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", said, re.MULTILINE))


def broken(said: str) -> set[str]:
    """Read of what was said which contracts are broken."""
    return {name for name, verdict in verdicts(said).items() if verdict == "BROKEN"}


def linted(folder: Path) -> str:
    """Give what the contracts say of the program in a folder."""
    program = (
        "from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    command = [sys.executable, "-c", program, "--no-cache", "--config"]
    done = subprocess.run(
        [*command, str(folder / "pyproject.toml")],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode == 0) == (not broken(done.stdout))
    return done.stdout
