"""The command line, run in this process as it would be run from a shell."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.cli.program import run


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


def allod(*arguments: str | Path) -> Ran:
    """Run one command."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    return Ran(int(code), out.getvalue(), err.getvalue())
