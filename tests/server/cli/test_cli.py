"""The command line as a whole: its codes, its one JSON object, its one error text."""

import re
from pathlib import Path
from typing import Any

import pytest
from commands import allod
from commands import program as whole_program
from typer.core import TyperGroup

from kit.errors import (
    AllodError,
    CannotStart,
    Conflict,
    Gone,
    IntegrityFault,
    Invalid,
    NotFound,
    Reason,
    Refused,
    Unavailable,
)
from server.cli import program
from server.cli.console import MEANINGS, Console, ExitCode, exit_code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("no"), ExitCode.REFUSED),
        (NotFound(), ExitCode.NOT_FOUND),
        (Gone("gone"), ExitCode.NOT_FOUND),
        (Unavailable("later"), ExitCode.UNAVAILABLE),
        (CannotStart("unfit"), ExitCode.CANNOT_START),
        (Conflict("taken"), ExitCode.CONFLICT),
        (IntegrityFault("broken"), ExitCode.INTEGRITY),
        (Invalid("wrong"), ExitCode.USAGE),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: AllodError, code: int) -> None:
    assert exit_code(error) == code


def test_the_help_documents_every_exit_code() -> None:
    shown = allod("--help")
    assert shown.code == ExitCode.OK
    said = " ".join(shown.out.split())
    for code in ExitCode:
        assert f"{code.value} {MEANINGS[code]}" in said


def leaves(command: Any, name: str = "") -> list[tuple[str, Any]]:
    if not isinstance(command, TyperGroup):
        return [(name, command)]
    return [
        leaf
        for each, below in command.commands.items()
        for leaf in leaves(below, f"{name} {each}".strip())
    ]


COMMANDS = leaves(whole_program())


def documented() -> set[str]:
    """Read the rows of the manual's table: `org set …`, `remove` are two commands."""
    manual = Path(__file__).parents[3] / "docs" / "cli.md"
    names = set()
    for row in manual.read_text("utf-8").splitlines():
        group = ""
        for span in re.findall(r"`([^`]+)`", row) if row.startswith("|") else ():
            words = re.match(r"[a-z-]+( [a-z-]+)?", span)
            name = words[0] if words else ""
            names |= {name, name.split(" ")[0], f"{group} {name}"}
            group = group or name.split(" ")[0]
    return names


def test_the_manual_names_every_command() -> None:
    assert {name for name, _ in COMMANDS} - documented() == set()


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_command_takes_a_home_and_answers_in_json(
    name: str, command: Any
) -> None:
    parameters = {
        option: parameter for parameter in command.params for option in parameter.opts
    }
    assert "--json" in parameters
    # A witness is no installation: it must not be made in one's home by a variable.
    if not name.startswith("witness "):
        assert parameters["--home"].envvar == "ALLOD_HOME"


def test_an_error_is_said_once_with_what_to_do(tmp_path: Path) -> None:
    ran = allod("token", "list", "--home", tmp_path)
    assert ran.code == ExitCode.CANNOT_START
    assert ran.out == ""
    assert ran.err.count("there is no installation") == 1
    assert "what to do: run `allod init" in ran.err


def test_an_error_is_one_json_object_for_programs(tmp_path: Path) -> None:
    ran = allod("token", "list", "--home", tmp_path, "--json")
    assert ran.code == ExitCode.CANNOT_START
    assert not ran.document["ok"]
    assert ran.document["error"]["code"] == "cannot_start"
    assert ran.document["error"]["fix"]


def test_a_command_that_cannot_be_understood_is_a_usage_error() -> None:
    assert allod("frobnicate").code == ExitCode.USAGE
    ran = allod("verify", "--json")
    assert ran.code == ExitCode.USAGE
    assert ran.document["error"]["code"] == "usage"


def test_the_home_comes_from_the_environment_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOD_HOME", str(tmp_path / "there"))
    assert allod("init", "--json").document["home"] == str(tmp_path / "there")


def test_what_nobody_foresaw_names_its_place_and_not_its_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("ada@example.org")

    monkeypatch.setattr(program, "app", broken)
    ran = allod("doctor", "--json")
    assert ran.code == ExitCode.INTERNAL
    assert "KeyError at test_cli.py" in ran.document["error"]["detail"]
    assert "ada" not in ran.out + ran.err


def test_an_interruption_has_its_own_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "app", interrupted)
    assert allod("doctor").code == ExitCode.INTERRUPTED


def test_a_refusal_is_said_with_its_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    reasons = (Reason("consent.missing", "GDPR 6(1)(a)", "ask first"),)
    Console(as_json=False).fail(Refused("refused", reasons=reasons))
    said = capsys.readouterr().err
    assert "consent.missing (GDPR 6(1)(a))" in said
    assert "what to do: ask first" in said


def test_the_manual_documents_every_exit_code_and_command() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "cli.md").read_text("utf-8")
    for code in ExitCode:
        assert f"| {code.value} | {MEANINGS[code]} |" in manual
    for name, _ in COMMANDS:
        assert f"`{name.split()[0]}" in manual
