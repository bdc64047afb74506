"""What opens operator entries, as it lies in the mirror: public facts, kept for ever.

The public tree holds commitments alone. Without these openings a database that was
restored would know neither which policies were activated nor where the orders end. One
line of canonical JSON per entry, in a file per 4,096 entries of the log; a line counts
once its newline is there, and one that was written twice counts once.
"""

import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from kit.canonical import canonical, parse
from kit.errors import Malformed
from kit.home import sync_folder
from ledger.formats.encoding import decode64, encode64

SPAN: Final = 4096

OpenedEntry = tuple[int, bytes, bytes]
"""Index, salt and payload of an operator entry."""


class OperatorFiles:
    """The openings in one folder. Whoever writes sees to it that nobody else does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, opened: Iterable[OpenedEntry]) -> None:
        """Keep openings, in the order of their indexes; durable when it returns."""
        for number, lot in groupby(opened, key=lambda each: each[0] // SPAN):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.parent.chmod(0o700)
            self._append(self._path(number), lot)

    def between(self, start: int, end: int) -> dict[int, tuple[bytes, bytes]]:
        """Give salt and payload by index, of what there is in a range of the log."""
        return {
            index: (salt, payload)
            for number in range(start // SPAN, -(-end // SPAN))
            for index, salt, payload in self._read(self._path(number))
            if start <= index < end
        }

    def _path(self, number: int) -> Path:
        return self._folder / f"{number * SPAN:012d}.openings"

    def _append(self, path: Path, lot: Iterable[OpenedEntry]) -> None:
        new = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            file.truncate(file.read().rfind(b"\n") + 1)
            file.seek(0, os.SEEK_END)
            file.write(b"".join(map(_line, lot)))
            file.flush()
            os.fsync(descriptor)
        if new:
            sync_folder(path.parent)
            sync_folder(path.parent.parent)

    def _read(self, path: Path) -> Iterator[OpenedEntry]:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return
        for line in data.split(b"\n")[:-1]:
            try:
                said = parse(line, max_depth=1)
                yield said["index"], decode64(said["salt"]), said["payload"].encode()
            except (Malformed, ValueError, KeyError, TypeError, AttributeError):
                # What cannot be read opens nothing, and is found to be missing.
                continue


def _line(opened: OpenedEntry) -> bytes:
    index, salt, payload = opened
    said = {"index": index, "salt": encode64(salt), "payload": payload.decode()}
    return canonical(said) + b"\n"
