"""The strongroom: opens sealed records, for whoever holds a permit that covers them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import orjson

from kit.errors import IntegrityFault
from vault._internal.envelope import (
    HEADER_BYTES,
    CustomerKeys,
    Envelope,
    kid_of,
)
from vault._internal.keyring import Keyring
from vault._internal.permit import Permit
from vault._internal.store import Located, SqliteRecords

MAIN: Final = "main"

# The envelope of the main part, if it is wanted, and those of the parts sealed apart.
Envelopes: TypeAlias = tuple[Envelope | None, tuple[tuple[str, Envelope], ...]]


@dataclass(frozen=True, slots=True)
class Section:
    """What to open of the records of one class: their collection, and which parts.

    `whole` opens every part that a record has, whatever `parts` says; `declared` are
    the fields that the collection declares.
    """

    collection: str
    parts: tuple[str, ...]
    whole: bool
    declared: frozenset[str]
    _envelopes: dict[str, Envelopes] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )

    def envelopes(self, schema: str) -> Envelopes:
        """Give the envelopes of one schema, made once."""
        made = self._envelopes.get(schema)
        if made is None:
            parts = {
                part: Envelope(self.collection, part=part, schema=schema)
                for part in self.parts
            }
            made = parts.pop(MAIN, None), tuple(parts.items())
            self._envelopes[schema] = made
        return made


class Strongroom:
    """Turns ciphertext into values. There is no way in without a permit."""

    def __init__(self, records: SqliteRecords, keyring: Keyring) -> None:
        self._records = records
        self._keyring = keyring

    def open(
        self,
        permit: Permit,
        rows: Sequence[Located],
        sections: Mapping[int, Section],
    ) -> Iterator[dict[str, Any] | None]:
        """Open records one by one; None stands where the customer's key is gone.

        `sections` says by packed class what to open of a record.

        A key that went between decision and opening means that the customer was
        erased in that moment: there is nothing left to disclose, and nothing broke.

        Raises:
            PermissionError: the permit does not cover a record, or its time is over.
            IntegrityFault: a record does not open under its own customer's key, or
                has none though nobody erased it.

        """
        if type(permit) is not Permit:
            raise TypeError("the strongroom opens for a permit and for nothing else")
        if not permit.covers([row[1] for row in rows]):
            raise PermissionError("the permit does not cover these records")
        headers = [row[5][:HEADER_BYTES] for row in rows]
        keys = self._keys(dict(zip(headers, rows, strict=True)))
        return self._opened([keys[header] for header in headers], rows, sections)

    def _opened(
        self,
        keys: Sequence[CustomerKeys | None],
        rows: Sequence[Located],
        sections: Mapping[int, Section],
    ) -> Iterator[dict[str, Any] | None]:
        for key, row in zip(keys, rows, strict=True):
            if key is not None and key.subject != row[0]:
                # Loaded for the customer that the envelope was taken from.
                raise IntegrityFault("a record does not lie under its own customer")
            yield None if key is None else self._open(key, row, sections[row[4]])

    def _keys(self, headers: dict[bytes, Located]) -> dict[bytes, CustomerKeys | None]:
        """Load the keys that some envelopes' headers name; None for one that is gone.

        A page of records has few customers, and a customer's records one header.
        """
        kids = {header: kid_of(row[5]) for header, row in headers.items()}
        pairs = {(row[0], kids[header]) for header, row in headers.items()}
        keys = self._keyring.load_many(pairs)
        return {header: keys.get(kid) for header, kid in kids.items()}

    def _open(
        self, keys: CustomerKeys, row: Located, section: Section
    ) -> dict[str, Any]:
        subject, record, version, schema, _, sealed, _ = row
        main, others = section.envelopes(schema)
        values: dict[str, Any] = {}
        if main is not None:
            values = orjson.loads(main.open(keys, record, version, sealed))
        for part, envelope in others:
            if apart := self._records.part(subject, record, part):
                values |= orjson.loads(envelope.open(keys, record, version, apart))
        return values
