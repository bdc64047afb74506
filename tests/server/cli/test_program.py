"""The program before any command: its version, and completion for three shells."""

from importlib.metadata import version

import pytest
from commands import allod

from server.cli.console import ExitCode
from server.cli.program import run

CHOSEN = "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION"
# What each shell hands over when somebody has typed "allod led" and asks.
TYPED = {
    "bash": {"COMP_WORDS": "allod led", "COMP_CWORD": "1"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "allod led"},
    "fish": {
        "_TYPER_COMPLETE_ARGS": "allod led",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    },
}


def test_it_says_its_version() -> None:
    ran = allod("--version")
    assert (ran.code, ran.out) == (ExitCode.OK, f"allod {version('allod')}\n")


@pytest.mark.parametrize("shell", TYPED)
def test_it_gives_the_script_of_a_shell(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Who runs it has a shell around it, which is asked for; a test says which.
    monkeypatch.setenv(CHOSEN, "1")
    assert run(["--show-completion", shell]) == ExitCode.OK
    assert f"_ALLOD_COMPLETE=complete_{shell}" in capsys.readouterr().out


@pytest.mark.parametrize("shell", TYPED)
def test_the_script_is_told_which_commands_begin_so(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_ALLOD_COMPLETE", f"complete_{shell}")
    for name, value in TYPED[shell].items():
        monkeypatch.setenv(name, value)
    assert run([]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "ledger" in out
    assert "doctor" not in out
