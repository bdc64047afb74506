"""Homes: whatever their folder is called, and closed to others whatever the umask."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from clocks import ManualClock
from commands import allod
from houses import CASE, lived_in, opened, settle

from kit.home import Home
from server.cli.console import ExitCode
from server.house.resources import seed
from server.roles.auditing import open_public

NAMES = [
    *("what?", "what?mode=memory", "a#b", "100%", "a%20b", "two words", "ünï-家"),
    *("it's", 'a"b', "a;b", "a:b", "a&b=c", "-dash", "a\\b", "[a]"),
]
PUBLIC = ("mirror/ledger", "mirror/time")


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize("name", NAMES)
def test_a_home_works_whatever_its_folder_is_called(
    tmp_path: Path, clock: ManualClock, name: str
) -> None:
    home = tmp_path / name / "home"
    settle(home, clock)
    with opened(home, clock) as scenario:
        subject = scenario.customer()
        assert scenario.read(CASE, "ada", scenario.profile()).values
        scenario.idea()
        checkpoint = scenario.house.log.publish()
        scenario.house.erasure.erase(subject)
    with opened(home, clock) as scenario:
        assert scenario.house.customers.subject_of("ada") is None
    assert allod("doctor", "--home", home).code == ExitCode.OK
    assert allod("upgrade", "--home", home).code == ExitCode.OK
    auditing = open_public(Home(home))
    assert auditing.ledger.resource("checkpoint")
    auditing.close()
    assert checkpoint.size
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_every_file_of_a_home_is_its_owners_alone_whatever_the_umask(
    tmp_path: Path, umask: int, clock: ManualClock
) -> None:
    home = tmp_path / "a" / "home"
    settle(home, clock)
    with opened(home, clock) as scenario:
        scenario.customer()
        scenario.profile()
        scenario.idea()
        scenario.house.erasure.erase(scenario.subject("ada"))
        scenario.house.log.publish()
        assert _open_to_others(tmp_path / "a") == []
    assert _open_to_others(tmp_path / "a") == []


def test_what_the_program_leaves_is_its_owners_alone_whatever_the_umask(
    tmp_path: Path,
) -> None:
    script = f"""
umask 000
allod() {{ {sys.executable} -c 'from server.cli import main; main()' "$@"; }}
set -e
allod init --home made/home
export ALLOD_HOME=made/home
allod import --map {seed("maps/ideas.yaml")} {seed("ideas.jsonl")} --refused made/no
allod export 00004 --out made/export.zip
allod erase 00004 --yes --out made/certificate.json
allod keys rotate root
"""
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert _open_to_others(tmp_path / "made") == []


def test_a_store_that_was_open_to_others_is_closed_when_it_is_opened(
    tmp_path: Path, clock: ManualClock
) -> None:
    with lived_in(tmp_path / "home", clock):
        pass
    stores = ["data/vault.db", "data/audit.db", "keys/identity.db", "data/vault.lock"]
    for name in stores:
        (tmp_path / "home" / name).chmod(0o644)
    with opened(tmp_path / "home", clock):
        assert _open_to_others(tmp_path / "home") == []


def _open_to_others(root: Path) -> list[str]:
    """Name what others may enter, read or write; the tree that is public aside."""
    found = []
    for path in [root, *root.rglob("*")]:
        public = any(f"/{each}" in f"/{path.relative_to(root)}" for each in PUBLIC)
        allowed = 0o755 if public else 0o700
        if stat.S_IMODE(path.stat().st_mode) & ~allowed:
            found.append(str(path.relative_to(root)))
    return found
