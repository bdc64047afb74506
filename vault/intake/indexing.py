"""Indexing: which identifiers a sealed record is found by.

A field that the catalogue declares an identifier leads to its record through the
blind index, where it stands as a keyed hash.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

from kit.errors import AllodError, Invalid, Refused
from vault._internal.blind_index import BlindIndex, IndexEntry, Taken
from vault._internal.identifiers import Identifier, spelled
from vault._internal.suppression import erased
from vault.catalog.catalog import Catalog
from vault.intake.sealing import FIRST, SealedRecord

Index = Callable[[SealedRecord], None]
Said: TypeAlias = tuple[str, Mapping[str, Any]]
"""A record before it is made: its collection, and the values that it is to hold."""


class Indexing:
    """Lets records be found by what they say."""

    def __init__(self, index: BlindIndex, catalog: Catalog) -> None:
        self._blind = index
        self._catalog = catalog

    @contextmanager
    def of(self, written: Sequence[SealedRecord | AllodError]) -> Iterator[Index]:
        """Open one transaction in which records that are written are indexed.

        There is none where nothing that is written was or is found by anything. What
        is given for one record raises:

            Invalid: an identifier has no spelling that could be indexed.
            Refused: it belongs to somebody who was erased.
            Conflict: it is another customer's.

        """
        entries = {
            _place(each): entry
            for each in written
            if isinstance(each, SealedRecord) and (entry := self._entry(each))
        }
        if not entries:
            yield lambda _: None
            return
        with self._blind.indexing(entries.values()) as put:

            def index(sealed: SealedRecord) -> None:
                place = _place(sealed)
                error = put(entries[place]) if place in entries else None
                if error is not None:
                    raise error

            yield index

    def kept_out(self, lines: Sequence[Iterable[Said]]) -> list[Refused | None]:
        """Say of each line whether it is refused whole, before anything of it is made.

        A line is all that is said of one customer at once, each record of it by its
        collection and its values. It is refused (`fence.erased`) where any identifier
        of it is suppressed that is one customer's alone, or two that are shared.
        """
        said = [
            [each for record in line for each in self._identifiers_of(*record)]
            for line in lines
        ]
        return [erased() if each else None for each in self._blind.keeps_out(said)]

    def taken(self, records: Sequence[tuple[Hashable, Said]]) -> list[Taken | None]:
        """Say of each record of somebody who is new whether another has what it says.

        Each is a person and a record. What one of them says is theirs before those
        behind it; an identifier without a spelling is nobody's.
        """
        first: dict[tuple[str, str], Hashable] = {}
        return [self._taken(first, person, said) for person, said in records]

    def _taken(
        self, first: dict[tuple[str, str], Hashable], person: Hashable, said: Said
    ) -> Taken | None:
        for each in self._identifiers_of(*said):
            if each.shared:
                continue
            with suppress(Invalid):
                there = self._blind.find(each)
                claim = each.field, spelled(each)
                if there or first.setdefault(claim, person) != person:
                    return Taken(each.field, there[0].subject if there else b"")
        return None

    def _identifiers_of(
        self, name: str, values: Mapping[str, Any]
    ) -> Iterable[Identifier]:
        if name not in self._catalog.collections:
            return ()
        return self._catalog.collection(name).identifiers_in(values).values()

    def _entry(self, sealed: SealedRecord) -> IndexEntry | None:
        """Say what a record is found by; None if neither it nor an earlier version is.

        A later version without identifiers may have had some before.
        """
        if sealed.version == FIRST and not sealed.identifiers:
            return None
        return IndexEntry(sealed.subject, sealed.record, sealed.identifiers)


def _place(sealed: SealedRecord) -> tuple[bytes, bytes, int, bytes]:
    """Tell a sealed record from every other, and from other content in its place."""
    return sealed.subject, sealed.record, sealed.version, sealed.fingerprint
