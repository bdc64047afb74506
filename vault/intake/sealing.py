"""From values to what is stored: checked, split into parts, sealed under one key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from kit.canonical import canonical
from kit.clock import unix
from kit.errors import TooLarge
from kit.ids import ID_BYTES, new_id
from vault._internal.classes import RecordClass
from vault._internal.envelope import Codec, CustomerKeys, Envelope, facts, sealed_parts
from vault._internal.identifiers import Identifier
from vault._internal.ports.records import MAIN, RecordInsert
from vault.catalog.catalog import Collection

MAX_BODY: Final = 256 * 1024
FIRST: Final = 1
HOUR: Final = 3600

PartRow = tuple[bytes, bytes, str, bytes]


@dataclass(frozen=True, slots=True)
class SealedRecord:
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
    identifiers: tuple[Identifier, ...] = ()
    doubtful: tuple[str, ...] = ()

    def row(self, class_number: int) -> RecordInsert:
        """Give the row, once its class has a number."""
        return RecordInsert(
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


@dataclass(frozen=True, slots=True)
class Checked:
    """Values that their collection allows, their class, their JSON, and who they name.

    `doubtful` are the fields with an address or number that nobody can have.
    """

    collection: Collection
    values: Mapping[str, Any]
    known: RecordClass
    body: bytes
    identifiers: tuple[Identifier, ...]
    doubtful: tuple[str, ...]


def class_of(collection: Collection, names: Iterable[str]) -> RecordClass:
    """Give the class of a record that holds these fields of a collection."""
    classes = sorted({collection.class_of(name) for name in names})
    return RecordClass(collection.name, tuple(classes))


def check(collection: Collection, values: Mapping[str, Any]) -> Checked:
    """Check values against their collection; needs no key and knows no person.

    Raises:
        Invalid: the values are not what the collection allows.
        TooLarge: they are longer than a record may be.

    """
    checked = collection.check(values)
    body = to_json(checked)
    if len(body) > MAX_BODY:
        raise TooLarge(
            f"a record holds at most {MAX_BODY // 1024} KiB",
            fix="store a large text or a file as several records",
        )
    found = collection.identifiers_in(checked)
    return Checked(
        collection,
        checked,
        class_of(collection, checked),
        body,
        tuple(found.values()),
        tuple(name for name, each in found.items() if each.is_doubtful),
    )


def seal(
    keys: CustomerKeys, checked: Checked, *, record: bytes, version: int, at: datetime
) -> SealedRecord:
    """Seal checked values part by part."""
    collection, values = checked.collection, checked.values
    until = collection.retain_until(at)
    kept = None if until is None else unix(until)
    sealed = seal_parts(
        keys,
        collection.parts(values),
        place=Place(collection.name, record, version, collection.schema),
        known=(checked.known.classes, kept, int(collection.ugc)),
        bucket=collection.bucket,
    )
    return SealedRecord(
        subject=keys.subject,
        record=record,
        version=version,
        known=checked.known,
        schema=collection.schema,
        retain_until=kept,
        contributed=collection.ugc,
        hour=unix(at) // HOUR * HOUR,
        fingerprint=fingerprint(keys, record, checked),
        main=sealed.pop(MAIN),
        parts=tuple(
            (keys.subject, record, part, each) for part, each in sealed.items()
        ),
        values=values,
        identifiers=checked.identifiers,
        doubtful=checked.doubtful,
    )


def fingerprint(keys: CustomerKeys, record: bytes, checked: Checked) -> bytes:
    """Tell a record's content from every other, to whoever has the key."""
    return keys.mac("content", record, checked.body)[:ID_BYTES]


class Place(NamedTuple):
    """Where a record's envelopes belong, beside their customer."""

    collection: str
    record: bytes
    version: int
    schema: str


def seal_parts(
    keys: CustomerKeys,
    parts: Mapping[str, Mapping[str, Any]],
    *,
    place: Place,
    known: tuple[tuple[str, ...], int | None, int],
    bucket: int,
) -> dict[str, bytes]:
    """Seal what stands together of a record, part by part, each with all its facts.

    `known` is what its row says: data classes, until when it is kept, contributed.
    """
    said = facts(*known, sealed_parts([part for part in parts if part != MAIN]))
    return {
        part: Envelope(
            place.collection,
            part=part,
            schema=place.schema,
            codec=Codec.FACTS,
            bucket=bucket,
        ).seal(keys, place.record, place.version, said + to_json(held))
        for part, held in parts.items()
    }


def to_json(value: Mapping[str, Any]) -> bytes:
    """Write values as they are sealed: JSON, its members in order."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
