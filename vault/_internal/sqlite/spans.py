"""All subjects in spans, so that a reader of everything holds no long snapshot.

A statement over the whole store reads in one transaction, and an erasure waits for it
before it can cut the write-ahead log. By spans it waits for one of them, a fraction of
a second. Who is registered meanwhile may be in a later span, and nobody is in two.
"""

from collections.abc import Iterator
from typing import Final

from kit.db import Database, value

SUBJECTS: Final = 2_000
WITHIN: Final = "s.subject > :low AND s.subject <= :high"
_LAST: Final = b"\xff" * 17  # greater than any subject, which have 16 bytes
_BOUND: Final = (
    "SELECT subject FROM vault_subject WHERE subject > ?"
    " ORDER BY subject LIMIT 1 OFFSET ?"
)


def spans(database: Database) -> Iterator[dict[str, bytes]]:
    """Give the bounds of each span, as the parameters of `WITHIN`."""
    low = b""
    while low != _LAST:
        bound = database.reader().execute(_BOUND, (low, SUBJECTS - 1))
        high = value(bound) or _LAST
        yield {"low": low, "high": high}
        low = high
