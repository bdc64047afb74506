"""The mirror: the public side of the ledger, the orders, the policies, elsewhere.

`ledger/` is a static tree after C2SP tlog-tiles (`checkpoint`, `tile/…`) that any
web server can publish as it is. `orders/` (`ledger.files.order_files`) and `policies/`
(bundles, and what opens operator entries) are private. All of it belongs in another
failure domain than the database: the mirror is what notices that the database was
rolled back, and what holds again then. A file of the tree is written aside, synced and
renamed; the checkpoint comes last, after all that it covers is durable. What lies there
beyond the checkpoint is of no account.
"""

from contextlib import AbstractContextManager
from pathlib import Path

from kit.errors import CannotStart
from kit.home import make_folder, sync_folder, write_durably
from kit.lock import WriteLock
from ledger.files.operator_files import OperatorFiles
from ledger.files.order_files import OrderFiles
from ledger.files.tree import PUBLIC_FILE, PUBLIC_FOLDER, StaticTree


class Mirror(StaticTree):
    """One installation's mirror. Publishers hold `locked()` while they use it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "ledger")
        self._folder = folder
        self._times = folder / "time"
        self._lock = WriteLock(folder / "publish.lock")
        self._ordering = WriteLock(folder / "orders.lock")
        self.orders = OrderFiles(folder / "orders")
        self.policies = folder / "policies"
        self.operators = OperatorFiles(self.policies / "openings")

    def locked(self) -> AbstractContextManager[None]:
        """Hold the mirror: one publisher at a time, among threads and processes.

        Raises:
            CannotStart: the mirror's folder is not there.

        """
        if not self._folder.is_dir():
            raise CannotStart(
                "the mirror's folder is missing",
                fix="mount it, or bring it back: without it a rollback goes unnoticed",
            )
        return self._lock.locked()

    def ordering(self) -> AbstractContextManager[None]:
        """Hold the orders: one writer for all who wait, among threads and processes.

        Raises:
            FileNotFoundError: the mirror's folder is not there.

        """
        return self._ordering.locked()

    def set_orders_aside(self, number: int) -> None:
        """Keep the orders as they lie, as evidence, out of the way of new ones."""
        if self.orders.folder.is_dir():
            aside = self._folder / f"orders.lost-{number:012d}"
            self.orders.folder.rename(aside)
            sync_folder(self._folder)

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
