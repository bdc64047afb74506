"""Keys of imported records: what makes a repeated import find what it wrote.

A record is named by what the map says: the columns of `id`, or that a customer has one
of its collection, or what the line says itself with its number among the lines that
say the same. The name becomes a record's id under the customer's own key, so it need
not hold the customer ([ADR 0036](../docs/adr/0036-keys-of-imported-records.md)).

Under which customer, in which file or on which line it stands is no part of it. What
an older program named by a file and a line goes on under that name.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from hmac import digest
from operator import attrgetter
from typing import Final

from kit.canonical import canonical
from kit.db import value
from kit.framing import framed
from kit.scratch import scratch
from kit.secret import Secret
from vault.imports.import_map import Each, RecordMap
from vault.imports.input_files import Fingerprint

KEY_BYTES: Final = 16


class ImportKeys:
    """Names imports and the records that they write, by keyed hashes."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def source(self, file: Fingerprint, map_text: bytes) -> bytes:
        """Name an import under way: this file by this map."""
        map_digest = sha256(map_text).digest()
        return self._mac("allod/import/cursor/v1", file.digest, map_digest)

    def of_record(self, records: RecordMap, cells: tuple[object, ...]) -> bytes:
        """Name a record by the columns of its `id`, or as a customer's only one.

        Raises:
            UnfitCell: a column of the id holds nothing.

        """
        named = map(_written, records.name(cells))
        kind = "id" if records.id else "customer"
        return self._mac(f"allod/import/{kind}/v2", records.collection, *named)

    def said(self, records: RecordMap, cells: tuple[object, ...]) -> bytes:
        """Digest what a line says of a record: each field's cells, none of the empty.

        Neither the order of a map's fields nor how they are read makes another of it.
        """
        parts: list[bytes | str | int] = []
        for field in sorted(records.filled, key=_name):
            said = [_written(cells[index]) for index in field.picked.indexes]
            if any(said):
                parts += (field.name, len(said), *said)
        return self._mac("allod/import/said/v2", records.collection, *parts)

    def in_file(self, customer: str, key: bytes) -> bytes:
        """Name what a file says of a customer, for as long as it is read."""
        return self._mac("allod/import/in-file/v2", customer, key)[:KEY_BYTES]

    def earlier(
        self, records: RecordMap, customer: str, file: Fingerprint, line: int
    ) -> str:
        """Name a record as programs before 0.2 did."""
        if records.each is Each.CUSTOMER:
            name = ("allod/import/customer/v1", records.collection, customer)
            return client_id(self._mac(*name))
        place = ("allod/import/line/v1", records.collection, file.digest, line)
        return client_id(self._mac(*place))

    def _mac(self, *fields: bytes | str | int) -> bytes:
        return digest(self._secret.reveal(), framed(*fields), "sha256")


_name: Final = attrgetter("name")


def client_id(key: bytes, number: int = 1) -> str:
    """Give a record's name as that of its write; `number` among those of one name."""
    return "import:" + key.hex() + (f":{number}" if number > 1 else "")


def _written(cell: object) -> bytes:
    """Write a cell so that no two give the same bytes; an empty one gives none."""
    if isinstance(cell, str):
        text = cell.strip()
        return b"=" + text.encode(errors="surrogatepass") if text else b""
    return b"" if cell is None else b"+" + canonical(cell)


_TABLES: Final = (
    "CREATE TABLE first (key BLOB PRIMARY KEY, said BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE times (key BLOB PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID",
)
_COUNT: Final = (
    "INSERT INTO times (key, count) VALUES (?, 1)"
    " ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count"
)


class SeenKeys:
    """What was met under a key: what its first line said, or how many times.

    A file is always read from its first line, so that this is the same after an
    interruption as without one. Kept are keyed hashes, in a scratch database: in
    bounded memory, and in no clear text.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def first(self, key: bytes) -> bytes | None:
        """Give what the line said that took a key, if one did."""
        find = "SELECT said FROM first WHERE key = ?"
        said: bytes | None = value(self._execute(find, (key,)))
        return said

    def take(self, key: bytes, said: bytes) -> None:
        """Let a line have a key that no line before it has."""
        self._execute("INSERT INTO first (key, said) VALUES (?, ?)", (key, said))

    def count(self, key: bytes) -> int:
        """Count a line; gives its number among those of its key, from 1."""
        return int(value(self._execute(_COUNT, (key,))))


@contextmanager
def seen() -> Iterator[SeenKeys]:
    """Begin with nothing; in the end nothing is left."""
    with scratch(*_TABLES) as connection:
        yield SeenKeys(connection)
