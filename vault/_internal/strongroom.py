"""The strongroom: opens sealed records, for whoever holds a permit that covers them."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from vault._internal.envelope import CustomerKeys, Envelope, kid_of
from vault._internal.keyring import Keyring
from vault._internal.permit import Permit
from vault._internal.store import Located, SqliteRecords

MAIN: Final = "main"


class Wanted(NamedTuple):
    """One record to open, and which of its parts."""

    row: Located
    collection: str
    parts: tuple[str, ...]


class Strongroom:
    """Turns ciphertext into values. There is no way in without a permit."""

    def __init__(self, records: SqliteRecords, keyring: Keyring) -> None:
        self._records = records
        self._keyring = keyring
        self._envelopes: dict[tuple[str, str, str], Envelope] = {}

    def open(
        self, permit: Permit, wanted: Sequence[Wanted]
    ) -> list[dict[str, Any] | None]:
        """Open records; None stands where the customer's key is gone.

        A key that went between decision and opening means that the customer was
        erased in that moment: there is nothing left to disclose, and nothing broke.

        Raises:
            PermissionError: the permit does not cover a record, or its time is over.
            IntegrityFault: a record does not open under its own customer's key, or
                has none though nobody erased it.

        """
        if type(permit) is not Permit:
            raise TypeError("the strongroom opens for a permit and for nothing else")
        keys = self._keyring.load_many(
            {(each.row[0], kid_of(each.row[5])) for each in wanted}
        )
        opened: list[dict[str, Any] | None] = []
        for each in wanted:
            if not permit.covers(each.row[1]):
                raise PermissionError("the permit does not cover this record")
            key = keys.get(kid_of(each.row[5]))
            opened.append(None if key is None else self._open(key, each))
        return opened

    def _open(self, keys: CustomerKeys, wanted: Wanted) -> dict[str, Any]:
        subject, record, version, schema, _, sealed, _ = wanted.row
        values: dict[str, Any] = {}
        for part in wanted.parts:
            if part != MAIN:
                apart = self._records.part(subject, record, part)
                if apart is None:
                    continue
                sealed = apart
            envelope = self._envelope(wanted.collection, part, schema)
            values |= orjson.loads(envelope.open(keys, record, version, sealed))
        return values

    def _envelope(self, collection: str, part: str, schema: str) -> Envelope:
        name = (collection, part, schema)
        if name not in self._envelopes:
            self._envelopes[name] = Envelope(collection, part=part, schema=schema)
        return self._envelopes[name]
