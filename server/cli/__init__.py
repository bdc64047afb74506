"""The command line: `allod`. One module for each thing that is done."""

import sys
from typing import Final

from server.ops.own_packages import FIX, foreign

__all__ = ["main"]

_UNFIT: Final = 6
"""As `ExitCode.CANNOT_START`, which lies in what may not be imported yet."""


def main() -> None:
    """Run the program, if all of its packages are its own."""
    if names := foreign():
        said = f"error: of another program, or changed: {', '.join(names)}\n"
        sys.stderr.write(f"{said}what to do: {FIX}\n")
        sys.exit(_UNFIT)
    from server.cli.program import main as run  # noqa: PLC0415 - not before that

    run()
