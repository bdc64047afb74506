"""Commands that act in somebody's name: the ledger has to say whose.

Whoever may run a command here could do as they liked with the files. What a token
adds is a name for the record, and the same doors that the API has.
"""

from pathlib import Path
from typing import Annotated, Final

import typer

from kit.errors import Unauthenticated
from server.doors import Door
from server.principals import Bearer
from server.wiring import House

MAX_TOKEN: Final = 256

TokenFileOption = Annotated[
    Path,
    typer.Option(
        "--token-file",
        envvar="ALLOD_TOKEN_FILE",
        help="A file that holds your token; the ledger tells your steps from others'.",
    ),
]


def acting(house: House, token_file: Path, door: Door) -> Bearer:
    """Tell who acts, by the token in a file, if the door would let them in.

    Raises:
        Unauthenticated: the file cannot be read, or holds no valid token.
        Refused: the token is valid, but not good for this.

    """
    try:
        text = token_file.read_bytes()[:MAX_TOKEN].decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise Unauthenticated(
            "the file that --token-file names holds no token",
            fix="write a token from `allod token new` into it, readable by you alone",
        ) from None
    return door.admit(house.tokens, {"authorization": f"Bearer {text}"})
