"""What the commands share: their options, and how they open an installation."""

from pathlib import Path
from typing import Annotated

import typer

from kit.settings import Settings
from server.passphrase import passphrase
from server.wiring import House, open_house

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


def opened(home: Path | None) -> House:
    """Open the installation that the options name."""
    return open_house(Settings.read(home=home), passphrase=passphrase())
