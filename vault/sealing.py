"""From values to what is stored: checked, split into parts, sealed under one key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from kit.canonical import canonical
from kit.clock import unix
from kit.errors import TooLarge
from kit.ids import ID_BYTES, new_id
from vault._internal.classes import RecordClass
from vault._internal.envelope import CustomerKeys, Envelope
from vault._internal.store import NewRecord
from vault.catalog import Collection

MAX_BODY: Final = 256 * 1024
HOUR: Final = 3600
MAIN: Final = "main"

PartRow = tuple[bytes, bytes, str, bytes]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A record ready to be stored; only the number of its class is not known yet."""

    subject: bytes
    record: bytes
    version: int
    known: RecordClass
    schema: str
    retain_until: int | None
    contributed: bool
    hour: int
    fingerprint: bytes
    main: bytes
    parts: tuple[PartRow, ...]
    values: Mapping[str, Any]

    def row(self, class_number: int) -> NewRecord:
        """Give the row, once its class has a number."""
        return NewRecord(
            subject=self.subject,
            record=self.record,
            class_number=class_number,
            version=self.version,
            schema=self.schema,
            retain_until=self.retain_until,
            hold=0,
            contributed=int(self.contributed),
            hour=self.hour,
            fingerprint=self.fingerprint,
            sealed=self.main,
        )

    def content(self) -> bytes:
        """Give the bytes that a ledger entry about this record commits to."""
        return content_bytes(self.known.collection, self.schema, self.values)


def content_bytes(collection: str, schema: str, values: Mapping[str, Any]) -> bytes:
    """Write a record's content canonically, for stamping and for checking a stamp."""
    return canonical(
        {"collection": collection, "schema": schema, "values": dict(values)}
    )


def record_id(keys: CustomerKeys, client_id: str | None) -> bytes:
    """Name a record: by the caller's id for its write, or at random without one."""
    return new_id() if client_id is None else keys.mac("client", client_id)[:ID_BYTES]


def seal(
    keys: CustomerKeys,
    collection: Collection,
    values: Mapping[str, Any],
    *,
    record: bytes,
    version: int,
    at: datetime,
) -> Sealed:
    """Check values against their collection and seal them part by part.

    Raises:
        Invalid: the values are not what the collection allows.
        TooLarge: they are longer than a record may be.

    """
    checked = collection.check(values)
    body = _json(checked)
    if len(body) > MAX_BODY:
        raise TooLarge(
            f"a record holds at most {MAX_BODY // 1024} KiB",
            fix="store a large text or a file as several records",
        )
    bodies = {part: _json(held) for part, held in collection.parts(checked).items()}
    sealed = {
        part: Envelope(
            collection.name,
            part=part,
            schema=collection.schema,
            bucket=collection.bucket,
        ).seal(keys, record, version, held)
        for part, held in bodies.items()
    }
    until = collection.retain_until(at)
    classes = sorted({collection.class_of(name) for name in checked})
    return Sealed(
        subject=keys.subject,
        record=record,
        version=version,
        known=RecordClass(collection.name, tuple(classes)),
        schema=collection.schema,
        retain_until=None if until is None else unix(until),
        contributed=collection.ugc,
        hour=unix(at) // HOUR * HOUR,
        fingerprint=keys.mac("content", record, body)[:ID_BYTES],
        main=sealed.pop(MAIN),
        parts=tuple(
            (keys.subject, record, part, each) for part, each in sealed.items()
        ),
        values=checked,
    )


def _json(value: Mapping[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
