"""Whether an open database's files are still those that lie at their paths.

A file that was unlinked, renamed or replaced goes on taking what is written into it,
and nobody will ever find it there. So device and inode (POSIX `st_dev`, `st_ino`) are
kept from when it was opened and compared with what the path leads to. The write-ahead
log and its index count too: what is committed stands there first.
"""

import os
from pathlib import Path
from typing import Final

from kit import telemetry
from kit.errors import Unavailable

_SUFFIXES: Final = ("", "-wal", "-shm")
_Identity = tuple[int, int] | None


class FilePlacement:
    """The files of one database as they were opened; once astray, always astray."""

    def __init__(self, path: Path) -> None:
        self._paths = tuple(f"{path.absolute()}{each}" for each in _SUFFIXES)
        self._opened: tuple[_Identity, ...] | None = None
        self._astray = False

    def keep(self) -> None:
        """Keep what the paths lead to; the database's files are open from here on."""
        self._opened = self._found()

    def require(self) -> None:
        """Check that the paths still lead to the files that are open.

        Raises:
            Unavailable: `store.moved`; from then on nothing more is answered from it.

        """
        if not self._astray and self._found() != self._opened:
            self._astray = True
            telemetry.alarm("a store's file is not at its path any more")
        self.require_known()

    def require_known(self) -> None:
        """Check that the files were not found astray before; looks at no file.

        Raises:
            Unavailable: `store.moved`.

        """
        if self._astray:
            raise Unavailable(
                "a store's file was moved, replaced or deleted while it was open",
                code="store.moved",
                fix="stop every process of this home, put the file back, start again",
            )

    def forget(self) -> None:
        """Let go: the files are not open any more."""
        self._opened, self._astray = None, False

    def _found(self) -> tuple[_Identity, ...]:
        return tuple(map(_identity, self._paths))


def _identity(path: str) -> _Identity:
    try:
        found = os.lstat(path)  # after each commit: no detour over a Path
    except OSError:
        return None
    return found.st_dev, found.st_ino
