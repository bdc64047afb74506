"""The mirror: the public side of the ledger, and the erasure orders, elsewhere.

`ledger/` is a static tree after C2SP tlog-tiles (`checkpoint`, `tile/…`) that any
web server can publish as it is. `orders/` is private. Both belong in another failure
domain than the database: the mirror is what notices that the database was rolled
back. A file is written aside, synced and renamed; the checkpoint comes last, after
all that it covers is durable. What lies there beyond the checkpoint is of no account.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from kit.errors import CannotStart, Conflict
from kit.home import sync_folder, write_durably
from kit.ids import parse_id
from kit.lock import WriteLock
from ledger.tiles import TileRef

_PUBLIC_FILE = 0o644


class Mirror:
    """One installation's mirror. Publishers hold `held()` while they use it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.public = folder / "ledger"
        self._orders = folder / "orders"
        self._times = folder / "time"
        self._lock = WriteLock(folder / "publish.lock")
        self._touched: set[Path] = set()
        self._outgrown: set[Path] = set()

    def held(self) -> AbstractContextManager[None]:
        """Hold the mirror: one publisher at a time, among threads and processes.

        Raises:
            CannotStart: the mirror's folder is not there.

        """
        if not self._folder.is_dir():
            raise CannotStart(
                "the mirror's folder is missing",
                fix="mount it, or bring it back: without it a rollback goes unnoticed",
            )
        return self._lock.held()

    def newest(self) -> str | None:
        """Give the note of the newest checkpoint here, as it lies."""
        try:
            return (self.public / "checkpoint").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def read(self, ref: TileRef) -> bytes | None:
        """Give a tile or bundle as it lies here, or None."""
        try:
            return (self.public / ref.path).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, ref: TileRef, data: bytes) -> None:
        """Write a tile or bundle; durable once `seal` returns."""
        path = self.public / ref.path
        self._make(path.parent)
        aside = path.with_name(path.name + ".new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PUBLIC_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        aside.replace(path)
        partial = path.with_name(path.name + ".p")
        if partial.is_dir():
            self._outgrown.add(partial)

    def seal(self, note: str) -> None:
        """Make what was put durable, then let the checkpoint cover it."""
        self._make(self.public)
        for folder in sorted(self._touched, reverse=True):
            sync_folder(folder)
        checkpoint = self.public / "checkpoint"
        write_durably(checkpoint, note.encode(), mode=_PUBLIC_FILE)
        # tlog-tiles: a partial tile may go once the full one is there.
        for partial in self._outgrown:
            shutil.rmtree(partial, ignore_errors=True)
        self._touched.clear()
        self._outgrown.clear()

    def put_order(self, order: bytes, data: bytes) -> None:
        """Keep an erasure order, durably. The same order again changes nothing.

        Raises:
            Conflict: the order is here with other content.

        """
        self._orders.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._orders / f"{order.hex()}.json"
        if not path.exists():
            write_durably(path, data)
            sync_folder(self._folder)
        elif path.read_bytes() != data:
            raise Conflict("the mirror holds this order with other content")

    def put_time(self, size: int, token: bytes) -> None:
        """Keep an authority's time stamp of a checkpoint, durably."""
        self._times.mkdir(parents=True, exist_ok=True)
        write_durably(self._times / f"{size}.tsr", token, mode=_PUBLIC_FILE)
        sync_folder(self._folder)

    def orders(self) -> Iterator[tuple[bytes, bytes]]:
        """Give every erasure order that is kept here: its id and its bytes."""
        for path in sorted(self._orders.glob("*.json")):
            order = parse_id(path.stem)
            if order is not None:
                yield order, path.read_bytes()

    def _make(self, folder: Path) -> None:
        """Make a folder, and remember those whose names have to be made durable."""
        folder.mkdir(parents=True, exist_ok=True)
        while folder != self._folder and folder not in self._touched:
            self._touched.add(folder)
            folder = folder.parent
        self._touched.add(self._folder)
