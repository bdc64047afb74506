"""What ends a command before it has said all: no answer is lost or false."""

import errno
import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import allod

from server.cli.console import ExitCode
from server.cli.program import run


class Refusing(io.StringIO):
    """An output that the system refuses to write."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def write(self, _: str, /) -> int:
        raise OSError(self.number, "refused")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Let `allod doctor` end in an error, within the command itself."""

    def failing(error: BaseException) -> None:
        def doctor(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr("server.cli.doctor.examine", doctor)

    return failing


def test_an_interruption_is_said_in_the_one_object_too(
    failing: Callable[[BaseException], None],
) -> None:
    failing(KeyboardInterrupt())
    ran = allod("doctor", "--json")
    assert ran.code == ExitCode.INTERRUPTED
    assert ran.document["ok"] is False
    assert ran.document["error"]["code"] == "interrupted"
    assert "interrupted" in ran.err


def test_a_broken_pipe_is_not_an_answer_of_no(
    failing: Callable[[BaseException], None],
) -> None:
    failing(BrokenPipeError(errno.EPIPE, "refused"))
    ran = allod("doctor", "--json")
    assert ran.code == ExitCode.UNAVAILABLE
    assert ran.document["error"]["code"] == "storage.closed"


@pytest.mark.parametrize("words", [["nonesuch"], ["doctor", "--home", "/nonesuch"]])
@pytest.mark.parametrize("out", [None, Refusing(errno.ENOSPC), Refusing(errno.EPIPE)])
def test_an_error_that_cannot_be_told_in_the_object_is_told_in_words(
    words: list[str],
    out: Refusing | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdout", out)
    assert run([*words, "--json"]) == ExitCode.UNAVAILABLE
    assert "standard output cannot be written" in capsys.readouterr().err


def test_words_that_cannot_be_told_do_not_keep_the_object_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stderr", Refusing(errno.ENOSPC))
    code = run(["doctor", "--home", str(tmp_path / "none"), "--json"])
    assert code == ExitCode.NO
    assert '"ok": false' in capsys.readouterr().out
