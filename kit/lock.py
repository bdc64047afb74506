"""One writer at a time, across threads and processes.

SQLite's own busy handler is unfair: with two writers the unlucky one waits for half
a second at the 99th percentile, and a deferred transaction fails outright. A fair
thread lock with a file lock inside it costs nothing that can be measured and ends
both (docs/adr/0006).
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC


class WriteLock:
    """Held around every write transaction of one database."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # Outside of the file lock, always: `flock` is held by an open file, so two
        # threads with a descriptor each would wait for each other in the kernel, and
        # unfairly.
        self._threads = threading.Lock()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock; waits as long as it takes."""
        with self._threads:
            # Opened anew each time: a descriptor that was kept over a fork would be the
            # same open file in both processes, and hold the lock in both.
            descriptor = os.open(self._path, _FLAGS, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                # Closing lets go. The file stays: removing it would let a third process
                # lock another inode of the same name.
                os.close(descriptor)
