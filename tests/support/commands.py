"""The command line, run in this process as it would be run from a shell."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from server.cli.program import app, run


@dataclass(frozen=True)
class Ran:
    """What a command said, and with which code it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON object on standard output; nothing stands beside it."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        assert self.out.count("\n") == 1
        return value


def program() -> TyperGroup:
    """Give the program with every command imported, for those who look at all."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return _whole(group)


def _whole(group: TyperGroup) -> TyperGroup:
    for name in list(group.commands):
        _, command, _ = group.resolve_command(typer.Context(group), [name])
        assert command is not None
        group.commands[name] = command
        if isinstance(command, TyperGroup):
            _whole(command)
    return group


def allod(*arguments: str | Path) -> Ran:
    """Run one command."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    return Ran(int(code), out.getvalue(), err.getvalue())
