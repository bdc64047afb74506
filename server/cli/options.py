"""What the commands share: their options, and how they open an installation."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.clock import parse_iso
from kit.errors import Fault, Invalid
from kit.settings import Settings
from server.house.passphrase import passphrase

if TYPE_CHECKING:
    from server.house.house import House

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
CustomerArgument = Annotated[str, typer.Argument(help="The customer's id.")]
UntilOption = Annotated[
    str, typer.Option(help="When it ends by itself, as in 2027-07-31T00:00:00Z.")
]


def instant(text: str, option: str = "until") -> datetime:
    """Read an instant that a command was given by an option.

    Raises:
        Invalid: it is none, or does not name its offset.

    """
    try:
        return parse_iso(text)
    except ValueError:
        raise Invalid(
            "not an RFC 3339 timestamp",
            faults=(Fault(f"/{option}", "an instant with its offset"),),
            fix="write it as in 2027-07-31T00:00:00Z",
        ) from None


def opened(home: Path | None) -> "House":
    """Open the installation that the options name."""
    # What only looks at files does not wait for a database and a web server.
    from server.house.wiring import open_house

    return open_house(Settings.read(home=home), passphrase=passphrase())
