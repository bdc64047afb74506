"""Commands that act in somebody's name: the ledger has to say whose.

Whoever may run a command here could do as they liked with the files. What a token
adds is a name for the record, and the same doors that the API has.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from kit.errors import Unauthenticated
from server.cli.options import opened
from server.doors import Door
from server.house import House

MAX_TOKEN: Final = 256

TokenFileOption = Annotated[
    Path,
    typer.Option(
        "--token-file",
        envvar="ALLOD_TOKEN_FILE",
        help="A file that holds your token; the ledger tells your steps from others'.",
    ),
]


@contextmanager
def acting(
    home: Path | None, token_file: Path, door: Door
) -> Iterator[tuple[House, str]]:
    """Open the installation for somebody whom the door lets in; gives their name too.

    Raises:
        Unauthenticated: the file cannot be read, or holds no valid token.
        Refused: the token is valid, but not good for this.

    """
    text = _token(token_file)
    with opened(home) as house:
        bearer = door.admit(house.tokens, {"authorization": f"Bearer {text}"})
        yield house, bearer.principal.name


def _token(token_file: Path) -> str:
    try:
        return token_file.read_bytes()[:MAX_TOKEN].decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise Unauthenticated(
            "the file that --token-file names holds no token",
            fix="write a token from `allod token new` into it, readable by you alone",
        ) from None
