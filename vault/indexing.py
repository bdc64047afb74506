"""Indexing: which identifiers a sealed record is found by.

A field that the catalogue declares an identifier leads to its record through the
blind index, where it stands as a keyed hash.
"""

from collections.abc import Sequence

from kit.errors import AllodError
from vault._internal.blind_index import BlindIndex, IndexEntry
from vault._internal.identifiers import Identifier
from vault.catalog import Catalog
from vault.sealing import Sealed


class Indexing:
    """Lets records be found by what they say."""

    def __init__(self, index: BlindIndex, catalog: Catalog) -> None:
        self._blind = index
        self._catalog = catalog

    def indexes(self, sealed: Sealed) -> bool:
        """Tell whether a record may be found by anything that it says."""
        return bool(self._identifiers_of(sealed))

    def index(
        self, written: Sequence[Sealed], *, emptied: bool = False
    ) -> dict[bytes, AllodError]:
        """Let records be found by their identifiers; gives those that may not be.

        `emptied`: a record without identifiers may have had some before.
        """
        entries = [
            IndexEntry(each.subject, each.record, identifiers)
            for each in written
            if (identifiers := self._identifiers_of(each)) or emptied
        ]
        outcomes = self._blind.index_many(entries) if entries else []
        return {
            entry.record: error
            for entry, error in zip(entries, outcomes, strict=True)
            if error is not None
        }

    def index_one(self, sealed: Sealed, *, emptied: bool = False) -> None:
        """Let one record be found; otherwise as `index`.

        Raises:
            Invalid: an identifier has no spelling that could be indexed.
            Refused: it belongs to somebody who was erased.
            Conflict: it is another customer's.

        """
        for error in self.index([sealed], emptied=emptied).values():
            raise error

    def _identifiers_of(self, sealed: Sealed) -> tuple[Identifier, ...]:
        collection = self._catalog.collection(sealed.known.collection)
        return tuple(
            Identifier(
                f"{collection.name}.{field}",
                kind,
                str(sealed.values[field]),
                shared=collection.fields[field].shared,
            )
            for field, kind in collection.identifiers.items()
            if sealed.values.get(field) is not None
        )
