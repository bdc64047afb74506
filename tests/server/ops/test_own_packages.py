"""A program whose packages are hidden or overwritten by another's says so and ends."""

import csv
import os
import subprocess
import sys
import tomllib
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from documents import ROOT

from kit.settings import Settings
from server.cli.console import ExitCode
from server.ops import doctor
from server.ops.check import Level
from server.ops.own_packages import PACKAGES, changed, foreign

STARTED = (
    "from server.cli import main; import sys; sys.argv[1:] = ['--version']; main()"
)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Lay a small installation out as `pip` does, with its record."""
    root = tmp_path / "site-packages"
    (root / "allod-0.1.0.dist-info").mkdir(parents=True)
    rows = [["allod-0.1.0.dist-info/METADATA", "sha256=x", "1"]]
    for name in PACKAGES:
        for path in (f"{name}/__init__.py", f"{name}/part.py"):
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(f"# {path}", "utf-8")
            digest = urlsafe_b64encode(sha256((root / path).read_bytes()).digest())
            rows.append([path, f"sha256={digest.decode().rstrip('=')}", "1"])
    rows.append(["kit/__pycache__/part.pyc", "", ""])
    with (root / "allod-0.1.0.dist-info" / "RECORD").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return root


def test_the_packages_are_those_of_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == [*PACKAGES]


def test_this_program_is_its_own() -> None:
    assert (foreign(), changed()) == ([], [])


def test_an_installation_is_its_own_until_another_overwrites_a_file(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(installed)])
    assert (foreign(installed), changed(installed)) == ([], [])

    (installed / "server" / "part.py").write_text("# another program's", "utf-8")
    assert (foreign(installed), changed(installed)) == ([], ["server/part.py"])

    (installed / "server" / "__init__.py").unlink()
    (installed / "vault" / "__init__.py").write_text("", "utf-8")
    assert foreign(installed) == ["server"]
    (installed / "server" / "__init__.py").touch()
    assert foreign(installed) == ["vault", "server"]


def test_a_package_that_is_found_earlier_is_named_and_nothing_is_run(
    tmp_path: Path,
) -> None:
    for name in ("vault", "kit"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit(99)", "utf-8")
    said = started(str(tmp_path), str(ROOT))
    assert said.returncode == ExitCode.CANNOT_START
    assert said.stderr.startswith("error: of another program, or changed: kit, vault\n")
    assert "an environment of its own" in said.stderr


def test_beside_nothing_it_starts() -> None:
    said = started(str(ROOT))
    assert (said.returncode, said.stdout[:5]) == (ExitCode.OK, "allod")


def started(*folders: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", STARTED],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders)},
    )


def test_the_doctor_names_what_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "changed", lambda: ["server/app.py"])
    first = next(doctor.examine(Settings(home=tmp_path), None))
    assert (first.name, first.level) == ("program", Level.FAULT)
    assert first.detail.startswith("server/app.py is another program's")
