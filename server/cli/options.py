"""What the commands share: their options, and how they open an installation."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from kit.errors import CannotStart
from kit.secret import Secret
from kit.settings import Settings
from server.wiring import House, open_house

VARIABLE: Final = "ALLOD_PASSPHRASE_FILE"

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="ALLOD_HOME",
        show_default="./allod-home",
        help="The folder that holds data/, keys/ and mirror/.",
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Answer with one JSON object on standard output."),
]


def passphrase() -> Secret | None:
    """Read the passphrase of the root key, if a file that holds one is named.

    Raises:
        CannotStart: the file that is named cannot be read, or is empty.

    """
    name = os.environ.get(VARIABLE)
    if not name:
        return None
    try:
        text = Path(name).read_bytes().rstrip(b"\r\n")
    except OSError:
        text = b""
    if not text:
        raise CannotStart(
            f"the file that {VARIABLE} names is missing, unreadable or empty",
            fix="write the passphrase into it, readable by you alone",
        )
    return Secret(text)


def opened(home: Path | None) -> House:
    """Open the installation that the options name."""
    return open_house(Settings.read(home=home), passphrase=passphrase())
