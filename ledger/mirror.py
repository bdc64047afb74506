"""The mirror: the public side of the ledger, and the erasure orders, elsewhere.

`ledger/` is a static tree after C2SP tlog-tiles (`checkpoint`, `tile/…`) that any
web server can publish as it is. `orders/` is private. Both belong in another failure
domain than the database: the mirror is what notices that the database was rolled
back. A file is written aside, synced and renamed; the checkpoint comes last, after
all that it covers is durable. What lies there beyond the checkpoint is of no account.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from kit.errors import CannotStart, Conflict
from kit.home import make_folder, sync_folder, write_durably
from kit.ids import parse_id
from kit.lock import WriteLock
from ledger.tree import PUBLIC_FILE, PUBLIC_FOLDER, StaticTree


class Mirror(StaticTree):
    """One installation's mirror. Publishers hold `held()` while they use it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "ledger")
        self._folder = folder
        self._orders = folder / "orders"
        self._times = folder / "time"
        self._lock = WriteLock(folder / "publish.lock")

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

    def put_order(self, order: bytes, data: bytes) -> None:
        """Keep an erasure order, durably. The same order again changes nothing.

        Raises:
            Conflict: the order is here with other content.

        """
        make_folder(self._orders)
        path = self._orders / f"{order.hex()}.json"
        if not path.exists():
            write_durably(path, data)
            sync_folder(self._folder)
        elif path.read_bytes() != data:
            raise Conflict("the mirror holds this order with other content")

    def put_time(self, size: int, note: str, token: bytes) -> None:
        """Keep an authority's time stamp beside the checkpoint that it is over."""
        make_folder(self._times, mode=PUBLIC_FOLDER)
        write_durably(
            self._times / f"{size}.checkpoint", note.encode(), mode=PUBLIC_FILE
        )
        write_durably(self._times / f"{size}.tsr", token, mode=PUBLIC_FILE)
        sync_folder(self._folder)

    def time(self, size: int) -> bytes | None:
        """Give the time stamp that is kept beside the checkpoint of a size."""
        try:
            return (self._times / f"{size}.tsr").read_bytes()
        except FileNotFoundError:
            return None

    def orders(self) -> Iterator[tuple[bytes, bytes]]:
        """Give every erasure order that is kept here: its id and its bytes."""
        for path in sorted(self._orders.glob("*.json")):
            order = parse_id(path.stem)
            if order is not None:
                yield order, path.read_bytes()
