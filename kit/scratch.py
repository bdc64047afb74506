"""A database for one job: on disk, private, and gone when the job ends or dies.

SQLite makes it in the system's temporary folder and unlinks it at once, so that no
other program finds it and a crash leaves nothing. It holds more than memory could; its
own share of memory is bounded. What is put there is keyed: the disk may be anybody's.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import gettempdir

from kit.sqlite import database_errors


@contextmanager
def scratch(*statements: str) -> Iterator[sqlite3.Connection]:
    """Open a database of its own, and prepare it by some statements.

    Raises:
        OSError: the disk with the temporary folder is full or cannot be written.

    """
    with (
        database_errors(Path(gettempdir())),
        closing(sqlite3.connect("", isolation_level=None)) as connection,
    ):
        for each in ("PRAGMA journal_mode=OFF", "PRAGMA cache_size=-16384"):
            connection.execute(each)
        for each in statements:
            connection.execute(each)
        connection.execute("BEGIN")
        yield connection
