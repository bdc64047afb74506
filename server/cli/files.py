"""Files that commands leave: new, their owner's alone, whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kit.errors import Conflict, Invalid


def require_new(path: Path) -> None:
    """Check that a file would be a new one.

    Raises:
        Conflict: something is there already.

    """
    if path.exists():
        raise Conflict("a file of that name is there already", fix="name a new file")


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a new file that its owner alone may read; gone again if that fails.

    Raises:
        Conflict: something is there already.
        Invalid: nothing can be written there.

    """
    require_new(path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        raise Invalid(
            "nothing can be written there", fix="name a file in a folder of your own"
        ) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise
