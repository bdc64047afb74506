"""Writing an archive as a stream: neither a temporary file nor the whole in memory.

A zip on a sink that cannot seek: sizes and digests follow each file's data, and the
list of all files comes last. The bytes are given out as they come, so that what is
in cleartext here never lies anywhere.

A file may be 2 GiB long at most: the streaming form for longer ones (ZIP64) is not
read by every desktop. Longer than that, the archive breaks off, without a manifest.
"""

import hashlib
import zipfile
from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from typing import Final

from exports.manifest import Listed

CHUNK: Final = 1 << 16
_MODE: Final = 0o600 << 16
_UNIX: Final = 3


class _Sink:
    """Where the zip writes: it forgets what it has given out, and cannot seek."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> int:
        self._held.append(bytes(data))
        self._size += len(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: what was written is there already."""

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def take(self, least: int = 1) -> Iterator[bytes]:
        if self._size >= least:
            data = b"".join(self._held)
            self._held.clear()
            self._size = 0
            yield data


class Archive:
    """One archive under way. Iterate over what `add` and `close` give, at once."""

    def __init__(self, at: datetime) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)
        self._date = at.timetuple()[:6]

    def add(self, path: str, parts: Iterable[bytes]) -> Generator[bytes, None, Listed]:
        """Write one file from its parts; gives the archive's bytes as they come.

        The generator returns the file's line for a list.
        """
        digest, size = hashlib.sha256(), 0
        info = zipfile.ZipInfo(path, self._date)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.create_system, info.external_attr = _UNIX, _MODE
        with self._zip.open(info, "w") as file:
            for part in parts:
                digest.update(part)
                size += len(part)
                file.write(part)
                yield from self._sink.take(CHUNK)
        yield from self._sink.take(CHUNK)
        return Listed(path, digest.hexdigest(), size)

    def close(self) -> Iterator[bytes]:
        """Write the list of files; gives what is left of the archive."""
        self._zip.close()
        yield from self._sink.take()
