"""How a command speaks: to people in plain text, to programs in one JSON object.

With --json, standard output carries one object and nothing else; progress and
warnings go to standard error either way. An error is said once: what happened, and
what to do. It never carries a value, an identifier or a key.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console as RichConsole
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from kit.errors import (
    AllodError,
    CannotStart,
    Conflict,
    Gone,
    IntegrityFault,
    Invalid,
    NotFound,
    Refused,
    Unavailable,
)
from kit.storage import in_words

if TYPE_CHECKING:
    from server.http.schemas import Schema


class ExitCode(IntEnum):
    """What a command ends with. Documented in docs/cli.md and in `allod --help`."""

    OK = 0
    NO = 1
    USAGE = 2
    REFUSED = 3
    NOT_FOUND = 4
    UNAVAILABLE = 5
    CANNOT_START = 6
    CONFLICT = 7
    INTEGRITY = 8
    INTERNAL = 70
    INTERRUPTED = 130


MEANINGS: Final[Mapping[ExitCode, str]] = {
    ExitCode.OK: "done, or the answer is yes",
    ExitCode.NO: "the answer is no: it does not verify, or something was found",
    ExitCode.USAGE: "the command, the file or the map cannot be understood",
    ExitCode.REFUSED: "refused by policy",
    ExitCode.NOT_FOUND: "not found",
    ExitCode.UNAVAILABLE: "something that has to answer first does not answer",
    ExitCode.CANNOT_START: "the installation is not fit to open",
    ExitCode.CONFLICT: "it has changed, or exists already",
    ExitCode.INTEGRITY: "bytes that ought to verify do not",
    ExitCode.INTERNAL: "a fault of the program itself",
    ExitCode.INTERRUPTED: "interrupted from the keyboard",
}

_BY_ERROR: Final[tuple[tuple[type[AllodError], ExitCode], ...]] = (
    (Refused, ExitCode.REFUSED),
    (NotFound, ExitCode.NOT_FOUND),
    (Gone, ExitCode.NOT_FOUND),
    (Unavailable, ExitCode.UNAVAILABLE),
    (CannotStart, ExitCode.CANNOT_START),
    (Conflict, ExitCode.CONFLICT),
    (IntegrityFault, ExitCode.INTEGRITY),
)


class Answered(SystemExit):
    """A command ends with a code, and has told its one object already."""


Steps = Callable[[int, int | None], None]
"""Told how much is done, of how much if that is known."""


def exit_code(error: AllodError) -> ExitCode:
    """Give the code with which a command ends on an error."""
    for kind, code in _BY_ERROR:
        if isinstance(error, kind):
            return code
    return ExitCode.USAGE


class _Out(RichConsole):
    """Standard output for people; whoever writes hears that nobody reads."""

    def on_broken_pipe(self) -> None:
        """Go on with the error, where rich would end the program in its own way."""
        raise  # noqa: PLE0704 - inside rich's own handler


class Console:
    """The one place that writes to the terminal.

    What is said is there when the call returns: output that fails is `Unavailable`, so
    that what may be said once only can be said before it is needed.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._out = _Out(highlight=False, soft_wrap=True)
        self._err = RichConsole(stderr=True, highlight=False, soft_wrap=True)

    @property
    def is_before_a_person(self) -> bool:
        """Whether what is said is read at a terminal, and kept by no log or program."""
        return not self.as_json and sys.stdout is not None and sys.stdout.isatty()

    def say(self, text: str = "", style: str = "") -> None:
        """Say something to people; a program does not hear it."""
        if not self.as_json:
            with _output():
                self._out.print(Text(text, style=style))

    def table(self, *heads: str, rows: list[tuple[str, ...]]) -> None:
        """Show a table to people."""
        if not self.as_json:
            table = Table(*heads, box=None, pad_edge=False, header_style="bold")
            for row in rows:
                table.add_row(*map(Text, row))
            with _output():
                self._out.print(table)

    def answer(self, document: Mapping[str, Any]) -> None:
        """Give a program its one object; people have been told in words."""
        if self.as_json:
            # Escapes of JSON, where what reads the output takes no UTF-8.
            encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
            plain = encoding.lower() != "utf-8"
            self._write(json.dumps(document, ensure_ascii=plain) + "\n")

    def give(self, answer: "Schema", **more: Any) -> None:  # noqa: ANN401 - any JSON
        """Give a program the answer that the API gives to the same question.

        `more` is what the command alone says, or says by an older name until 0.2.
        """
        self.answer({"ok": True, **answer.model_dump(mode="json"), **more})

    def try_output(self) -> None:
        """Find out whether standard output takes anything, before it matters."""
        if self.as_json:
            self._write(" ")  # white space before a JSON text is none of it (RFC 8259)

    def _write(self, text: str) -> None:
        with _output():
            sys.stdout.write(text)
            sys.stdout.flush()

    def done(self) -> None:
        """Say to people and to a program that it is done, where nothing else is."""
        self.say("done")
        self.answer({"ok": True})

    def warn(self, text: str) -> None:
        """Say on standard error what somebody should look at."""
        self._tell(Text(f"warning: {text}", style="yellow"))

    def fail(self, error: AllodError) -> None:
        """Say what happened, and what to do."""
        self._tell(Text(f"error: {error.detail}", style="red"))
        for reason in error.reasons if isinstance(error, (Refused, Invalid)) else ():
            article = f" ({reason.article})" if reason.article else ""
            self._tell(Text(f"  {reason.code}{article}"))
        for fault in error.faults if isinstance(error, Invalid) else ():
            self._tell(Text(f"  {fault.pointer.lstrip('/')}: {fault.message}"))
        if error.fix:
            self._tell(Text(f"what to do: {error.fix}"))
        self.answer({"ok": False, "error": _described(error)})

    def _tell(self, text: Text) -> None:
        with suppress(OSError):  # who cannot be told still has the exit code
            self._err.print(text)

    @contextmanager
    def progress(self, title: str) -> Iterator[Steps]:
        """Show a bar on a terminal for as long as the block takes."""
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._err,
            transient=True,
            disable=not self._err.is_terminal,
        )
        with bar:
            task = bar.add_task(title, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _output() -> Iterator[None]:
    if sys.stdout is None:  # as after `>&-`
        raise _unwritten("it is closed", "storage.failed")
    try:
        yield
    except OSError as error:
        _let_go()
        known = in_words(error)
        detail, code = known.detail if known else "failed", "storage.failed"
        raise _unwritten(detail, known.reason_code if known else code) from None


def _unwritten(detail: str, code: str) -> Unavailable:
    return Unavailable(
        f"standard output cannot be written: {detail}",
        code=code,
        fix="send it to where it can be written and read",
    )


def _let_go() -> None:
    # What is still buffered would fail once more when the program ends.
    with suppress(OSError, ValueError):
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, sys.stdout.fileno())
        os.close(descriptor)


def _described(error: AllodError) -> dict[str, Any]:
    described: dict[str, Any] = {
        "code": error.reason_code,
        "detail": error.detail,
        "fix": error.fix,
    }
    if isinstance(error, (Refused, Invalid)):
        described["reasons"] = [
            {"code": each.code, "article": each.article, "fix": each.fix}
            for each in error.reasons
        ]
    if isinstance(error, Invalid):
        described["faults"] = [asdict(each) for each in error.faults]
    return described
