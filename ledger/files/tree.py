"""A static tree after C2SP tlog-tiles (`checkpoint`, `tile/…`), written safely.

Any web server can publish it as it is. A file is written aside, synced and renamed;
the checkpoint comes last, after all that it covers is durable. So a crash leaves the
tree of the checkpoint before, and what lies beyond a checkpoint is of no account.
"""

import shutil
from pathlib import Path

from kit.home import make_folder, replace_aside, sync_folder, write_durably
from ledger.formats.tiles import TileRef

PUBLIC_FILE = 0o644
PUBLIC_FOLDER = 0o755


class StaticTree:
    """One tree. Whoever writes sees to it that nobody else does meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.public = folder
        self._touched: set[Path] = set()
        self._outgrown: set[Path] = set()

    def newest(self) -> str | None:
        """Give the note of the newest checkpoint here, as it lies."""
        data = self.file("checkpoint")
        return None if data is None else data.decode("utf-8", "replace")

    def read(self, ref: TileRef) -> bytes | None:
        """Give a tile or bundle as it lies here, or None."""
        return self.file(ref.path)

    def file(self, path: str) -> bytes | None:
        """Give a file as it lies here, or None."""
        try:
            return (self.public / path).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, ref: TileRef, data: bytes) -> None:
        """Write a tile or bundle; durable once `seal` returns."""
        path = self.public / ref.path
        self.put_file(ref.path, data)
        partial = path.with_name(path.name + ".p")
        if partial.is_dir():
            self._outgrown.add(partial)

    def put_file(self, name: str, data: bytes) -> None:
        """Write a file; durable once `seal` returns."""
        path = self.public / name
        self._make(path.parent)
        replace_aside(path, data, mode=PUBLIC_FILE)

    def seal(self, note: str) -> None:
        """Make what was put durable, then let the checkpoint cover it."""
        self._make(self.public)
        for folder in sorted(self._touched, reverse=True):
            sync_folder(folder)
        checkpoint = self.public / "checkpoint"
        write_durably(checkpoint, note.encode(), mode=PUBLIC_FILE)
        # tlog-tiles: a partial tile may go once the full one is there.
        for partial in self._outgrown:
            shutil.rmtree(partial, ignore_errors=True)
        self._touched.clear()
        self._outgrown.clear()

    def _make(self, folder: Path) -> None:
        """Make a folder, and remember those whose names have to be made durable."""
        make_folder(folder, mode=PUBLIC_FOLDER)
        while folder != self.public.parent and folder not in self._touched:
            self._touched.add(folder)
            folder = folder.parent
        self._touched.add(self.public.parent)
