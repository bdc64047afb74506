"""Records that are to be found by their identifiers, in one transaction."""

from collections.abc import Iterable

from kit.errors import AllodError
from vault._internal.blind_index import BlindIndex, IndexEntry


def index_many(
    index: BlindIndex, entries: Iterable[IndexEntry]
) -> list[AllodError | None]:
    known = list(entries)
    with index.indexing(known) as put:
        return [put(entry) for entry in known]
