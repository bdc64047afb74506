"""The passphrase of the root key: out of a file that the environment names."""

import os
from pathlib import Path
from typing import Final

from kit.errors import CannotStart
from kit.secret import Secret

VARIABLE: Final = "ALLOD_PASSPHRASE_FILE"


def passphrase() -> Secret | None:
    """Read the passphrase of the root key, if a file that holds one is named.

    Raises:
        CannotStart: the file that is named cannot be read, or is empty.

    """
    name = os.environ.get(VARIABLE)
    return (
        passphrase_in(Path(name), f"the file that {VARIABLE} names") if name else None
    )


def passphrase_in(file: Path, called: str) -> Secret:
    """Read a passphrase out of a file; its last line's end is no part of it.

    Raises:
        CannotStart: the file cannot be read, or is empty.

    """
    try:
        text = file.read_bytes().rstrip(b"\r\n")
    except OSError:
        text = b""
    if not text:
        raise CannotStart(
            f"{called} is missing, unreadable or empty",
            fix="write the passphrase into it, readable by you alone",
        )
    return Secret(text)
