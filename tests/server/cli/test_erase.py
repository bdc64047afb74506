"""`allod erase`: its result has a place before anything is destroyed, and stays there.

Case by case: the file cannot be made, standard output takes nothing, the disk is full;
and what an operator can fetch again afterwards.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from clocks import ManualClock
from commands import allod
from file_systems import filled, mounted, read_only
from houses import lived_in

from kit.errors import Unavailable
from server.cli.console import ExitCode
from vault import Ticket
from vault.erasure.erasure import Erasure


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template") / "home"
    with lived_in(home, ManualClock()) as scenario:
        scenario.customer()
        scenario.profile()
    return home


@pytest.fixture
def home(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    home = Path(shutil.copytree(template, tmp_path / "home"))
    monkeypatch.setenv("ALLOD_HOME", str(home))
    return home


def _erase(out: Path, *more: str) -> tuple[str, ...]:
    return ("erase", "ada", "--yes", "--out", str(out), *more)


def _is_untouched(tmp_path: Path) -> None:
    found = allod("erasure", "list", "--json")
    assert found.document["items"] == []
    assert allod("export", "ada", "--out", tmp_path / "still.zip").code == ExitCode.OK


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_folder_that_is_not_there_is_said_before_anything_is_erased(
    home: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    ran = allod(*_erase(tmp_path / "nowhere" / "c.json", *more))
    assert ran.code == ExitCode.USAGE
    assert "nowhere/c.json: there is no such file or folder" in ran.err
    _is_untouched(tmp_path)


def test_a_link_of_that_name_is_not_written_through(home: Path, tmp_path: Path) -> None:
    victim, out = tmp_path / "victim", tmp_path / "c.json"
    for target in (victim, tmp_path / "dangling"):
        victim.write_text("mine")
        out.unlink(missing_ok=True)
        out.symlink_to(target)
        assert allod(*_erase(out)).code == ExitCode.CONFLICT
        assert victim.read_text() == "mine"
        assert not (tmp_path / "dangling").exists()
    _is_untouched(tmp_path)


def test_a_link_planted_beside_the_file_is_not_written_through(
    home: Path, tmp_path: Path
) -> None:
    victim, out = tmp_path / "victim", tmp_path / "c.json"
    victim.write_text("mine")
    (tmp_path / "c.json.new").symlink_to(victim)
    assert allod(*_erase(out)).code == ExitCode.OK
    assert victim.read_text() == "mine"
    assert json.loads(out.read_text())


def test_a_read_only_folder_is_said_before_anything_is_erased(
    home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "fixed"
    folder.mkdir()
    with read_only(folder):
        ran = allod(*_erase(folder / "c.json"))
    assert ran.code == ExitCode.USAGE
    assert "fixed/c.json: the file system is read-only" in ran.err
    _is_untouched(tmp_path)


@pytest.mark.parametrize("command", ["erase", "export"])
def test_a_full_disk_is_said_before_anything_is_erased(
    home: Path, tmp_path: Path, command: str
) -> None:
    with mounted(tmp_path / "small") as small:
        filled(small)
        ran = allod(
            *(_erase(small / "c") if command == "erase" else ("export", "ada")),
            *(() if command == "erase" else ("--out", small / "c")),
        )
        assert not (small / "c").exists()
    assert ran.code == ExitCode.UNAVAILABLE
    assert "small/c: the disk is full" in ran.err
    _is_untouched(tmp_path)


def test_the_room_is_taken_before_the_disk_fills_up(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mounted(tmp_path / "small") as small:
        carry_out = Erasure.carry_out

        def meanwhile(self: Erasure, ticket: Ticket) -> None:
            filled(small)
            carry_out(self, ticket)

        monkeypatch.setattr(Erasure, "carry_out", meanwhile)
        ran = allod(*_erase(small / "c.json"))
        assert ran.code == ExitCode.OK
        assert json.loads((small / "c.json").read_text())


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_output_that_takes_nothing_erases_nobody(
    home: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    out = tmp_path / "c.json"
    code, err = _with_output("/dev/full", *_erase(out, *more))
    assert code == ExitCode.UNAVAILABLE
    assert "standard output cannot be written: the disk is full" in err
    assert not out.exists()
    _is_untouched(tmp_path)


def test_id_and_secret_are_said_where_the_answer_cannot_be(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise Unavailable("standard output cannot be written")

    out = tmp_path / "c.json"
    monkeypatch.setattr("server.cli.console.Console.answer", fails)
    with pytest.raises(Unavailable):
        allod(*_erase(out))
    monkeypatch.undo()
    monkeypatch.setenv("ALLOD_HOME", str(home))
    (item,) = allod("erasure", "list", "--json").document["items"]
    assert item["state"] == "certified"
    shown = allod("erasure", "show", item["erasure_id"], "--json").document
    assert shown["certificate"] == json.loads(out.read_text())


def test_what_has_to_wait_leaves_id_and_secret_in_the_file_and_goes_on(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "c.json"
    monkeypatch.setattr(Erasure, "carry_out", lambda *_: None)
    ran = allod(*_erase(out))
    assert ran.code == ExitCode.UNAVAILABLE
    assert "goes on by itself" in ran.err
    monkeypatch.undo()
    monkeypatch.setenv("ALLOD_HOME", str(home))
    pending = json.loads(out.read_text())
    assert pending["secret"] in ran.out
    assert pending["secret"] in ran.err
    assert Ticket.of(pending["secret"]).order_id.hex() == pending["erasure_id"]
    shown = allod("erasure", "show", pending["erasure_id"], "--json")
    assert shown.document["certificate"]


def test_a_certificate_can_be_fetched_again_into_a_new_file(
    home: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "c.json", tmp_path / "again.json"
    done = allod(*_erase(first, "--json")).document
    shown = ("erasure", "show", done["erasure_id"])
    assert allod(*shown, "--out", second).code == ExitCode.OK
    assert second.read_bytes() == first.read_bytes()
    assert json.loads(allod(*shown).out) == done["certificate"]
    assert allod(*shown, "--out", second).code == ExitCode.CONFLICT
    assert allod("erasure", "show", "ab" * 16).code == ExitCode.NOT_FOUND
    assert allod("erasure", "show", "short").code == ExitCode.USAGE


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_token_that_nobody_was_told_is_not_left_good(
    home: Path, more: tuple[str, ...]
) -> None:
    minted = ("token", "new", "auditor", "eve", *more)
    code, err = _with_output("/dev/full", *minted)
    assert code == ExitCode.UNAVAILABLE
    assert "standard output cannot be written" in err
    (token,) = allod("token", "list", "--json").document["items"]
    assert token["revoked"]


def test_a_store_on_a_read_only_disk_is_said_with_its_path(home: Path) -> None:
    with read_only(home):
        ran = allod("token", "new", "auditor", "eve")
    assert ran.code == ExitCode.UNAVAILABLE
    assert "the file system is read-only" in ran.err
    assert str(home) in ran.err


def _with_output(path: str, *arguments: str) -> tuple[int, str]:
    """Run a command of the program itself, with its standard output going there."""
    with Path(path).open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-c", "from server.cli import main; main()", *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
        )
    return done.returncode, done.stderr.decode()
