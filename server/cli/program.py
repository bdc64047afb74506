"""The program: all commands under one name, every error of theirs said once."""

import io
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from kit.errors import AllodError, Unavailable
from kit.secret import harden
from kit.storage import in_words
from server.cli.commands import PROGRAM
from server.cli.console import MEANINGS, Answered, Console, ExitCode, exit_code
from server.cli.shelf import shelf

_EPILOG = "Exit codes: " + "; ".join(
    f"{code.value} {meaning}" for code, meaning in MEANINGS.items()
)

app = typer.Typer(
    name="allod",
    cls=shelf(PROGRAM),
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _say_version(asked: bool) -> None:  # noqa: FBT001 - the option's own value
    if asked:
        Console(as_json=False).say(f"allod {version('allod')}")
        raise typer.Exit


@app.callback()
def root(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Say which version this is, and end.",
            callback=_say_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """A vault in which customers own their data."""


def main() -> None:
    """Run the program with the arguments that it was given."""
    harden()
    _say_what_cannot_be_written()
    sys.exit(run(sys.argv[1:]))


def _say_what_cannot_be_written() -> None:
    r"""Write what a terminal has no signs for as `\u5bb6`, instead of failing.

    That is a text in Chinese in a locale without UTF-8, and in every locale the name of
    a file that is not UTF-8.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def run(arguments: Sequence[str]) -> int:
    """Run one command; gives its exit code. Every error is said here, once."""
    voice = Console(as_json="--json" in arguments)
    try:
        return _ran(voice, arguments)
    except Unavailable as error:  # the one object could not be told
        Console(as_json=False).fail(error)
        return exit_code(error)


def _ran(voice: Console, arguments: Sequence[str]) -> int:
    try:
        app(list(arguments), prog_name="allod")
    except AllodError as error:
        voice.fail(error)
        return exit_code(error)
    except OSError as error:
        return _refused(voice, error)
    except KeyboardInterrupt:
        return _interrupted(voice)
    except SystemExit as end:
        return _ended(voice, end)
    except Exception as error:  # noqa: BLE001 - the last door: a message may hold a value
        voice.fail(AllodError(_unforeseen(error)))
        return ExitCode.INTERNAL
    return ExitCode.OK


def _interrupted(voice: Console) -> int:
    detail = "interrupted; what is committed stays, and can be gone on with"
    voice.warn(detail)
    error = {"code": "interrupted", "detail": detail, "fix": "run it again"}
    voice.answer({"ok": False, "error": error})
    return ExitCode.INTERRUPTED


def _ended(voice: Console, end: SystemExit) -> int:
    # The framework ends the program in its own way for what it catches itself.
    if isinstance(end.__context__, BrokenPipeError):
        return _refused(voice, end.__context__)
    code = end.code if isinstance(end.code, int) else ExitCode.OK
    if code == ExitCode.INTERRUPTED:
        return _interrupted(voice)
    if code == ExitCode.USAGE and not isinstance(end, Answered):
        # The words went to standard error already.
        error = {"code": "usage", "detail": "the command cannot be understood"}
        voice.answer({"ok": False, "error": {**error, "fix": "see allod --help"}})
    return code


def _refused(voice: Console, error: OSError) -> int:
    """Say what the system refused, with the path that it is about."""
    known = in_words(error, with_path=True)
    if known is None:
        voice.fail(AllodError(_unforeseen(error)))
        return ExitCode.INTERNAL
    voice.fail(known)
    return exit_code(known)


def _unforeseen(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"internal error: {type(error).__name__} at {place}"
