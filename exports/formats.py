"""How an export writes things down: JSON that decides, CSV for the eye.

JSON is complete and exact, one record to a line. CSV follows RFC 4180, in UTF-8 with
the mark that spreadsheets look for and every cell in quotes; what a spreadsheet could
take for a formula gets a `'` before it (`exports.formulas` has the way back), so where
the two differ, JSON is right.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from exports.formulas import guarded
from kit.canonical import canonical
from vault import Collection, Disclosure, Field, FieldType

BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

_TYPES: Final[Mapping[FieldType, Mapping[str, str]]] = {
    FieldType.STRING: {"type": "string"},
    FieldType.TEXT: {"type": "string"},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.DATETIME: {"type": "string", "format": "date-time"},
    FieldType.EMAIL: {"type": "string", "format": "email"},
    FieldType.PHONE: {"type": "string"},
    FieldType.URL: {"type": "string", "format": "uri"},
}
_ID: Final = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
_NAMES: Final = {"type": "array", "items": {"type": "string"}}


def readable(value: Mapping[str, Any]) -> bytes:
    """Write a short JSON document for people to read."""
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    return text.encode() + b"\n"


def listing(
    head: Mapping[str, Any],
    name: str,
    items: Iterable[Mapping[str, Any]],
    tail: Callable[[], Mapping[str, Any]] = dict,
) -> Iterator[bytes]:
    """Write a JSON object whose member `name` is long: an item to a line, streamed.

    `tail` is asked for the members after the list, when the list is written.
    """
    yield canonical(dict(head))[:-1] + b',"' + name.encode() + b'":['
    before = b"\n"
    for item in items:
        yield before + canonical(dict(item))
        before = b",\n"
    last = canonical(dict(tail()))[1:]
    yield b"\n]" + (b"," if len(last) > 1 else b"") + last + b"\n"


def record_document(disclosure: Disclosure) -> dict[str, Any]:
    """Write one disclosed record. What was masked or left out is said."""
    document: dict[str, Any] = {
        "record_id": disclosure.record.hex(),
        "version": disclosure.version,
        "values": dict(disclosure.values),
    }
    if disclosure.authorization != "none":
        document["authorization"] = disclosure.authorization
    if disclosure.masks:
        document["masks"] = dict(disclosure.masks)
    if disclosure.omitted:
        document["omitted"] = list(disclosure.omitted)
    if disclosure.undeclared:
        document["undeclared"] = dict(disclosure.undeclared)
    return document


def csv_head(collection: Collection) -> bytes:
    """Write the first line of a collection's CSV."""
    status = ("authorization",) if collection.ugc else ()
    names = ("record_id", "version", *status, *collection.fields)
    return (BOM + _line(names)).encode()


def csv_rows(collection: Collection, disclosures: Iterable[Disclosure]) -> bytes:
    """Write records as lines of a collection's CSV."""
    return "".join(_row(collection, each) for each in disclosures).encode()


def undeclared_head() -> bytes:
    """Write the first line of the table of what the catalogue no longer declares."""
    return (BOM + _line(("record_id", "version", "field", "value"))).encode()


def undeclared_rows(disclosures: Iterable[Disclosure]) -> bytes:
    """Write what the catalogue no longer declares, a line to a field."""
    lines = [
        _line((each.record.hex(), str(each.version), cell(name), cell(value)))
        for each in disclosures
        for name, value in each.undeclared.items()
    ]
    return "".join(lines).encode()


def _row(collection: Collection, disclosure: Disclosure) -> str:
    status = (disclosure.authorization,) if collection.ugc else ()
    values = (disclosure.values.get(name) for name in collection.fields)
    return _line(
        (disclosure.record.hex(), str(disclosure.version), *status, *map(cell, values))
    )


def cell(value: object) -> str:
    """Write a value as a cell; a text that could pass for a formula gets a `'`."""
    if value is None:
        return ""
    return guarded(value) if isinstance(value, str) else json.dumps(value)


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerow(cells)
    return text.getvalue()


def collection_schema(collection: Collection) -> dict[str, Any]:
    """Write the JSON Schema of a collection's file, with what the catalogue says."""
    return {
        "$schema": DRAFT,
        "title": collection.title,
        "type": "object",
        "required": ["collection", "records", "refused", "schema", "v", "withheld"],
        "properties": {
            "v": {"const": 1},
            "collection": {"const": collection.name},
            "schema": {"const": collection.schema},
            "records": {"type": "array", "items": _record_schema(collection)},
            "withheld": {"type": "integer", "minimum": 0},
            "refused": _NAMES,
            "damaged": {"type": "integer", "minimum": 1},
        },
        "x-contributions": collection.ugc,
        "x-purposes": {p: basis.value for p, basis in collection.purposes.items()},
        "x-conditions": {p: str(each) for p, each in collection.conditions.items()},
        "x-retention": _retention(collection),
    }


def _record_schema(collection: Collection) -> dict[str, Any]:
    values = {name: _field_schema(field) for name, field in collection.fields.items()}
    return {
        "type": "object",
        "required": ["record_id", "values", "version"],
        "properties": {
            "record_id": _ID,
            "version": {"type": "integer", "minimum": 1},
            "authorization": {"type": "string"},
            "masks": {"type": "object"},
            "omitted": _NAMES,
            "undeclared": {"type": "object"},
            "values": {
                "type": "object",
                "properties": values,
                "additionalProperties": False,
            },
        },
        "additionalProperties": False,
    }


def _field_schema(field: Field) -> dict[str, Any]:
    schema: dict[str, Any] = {**_TYPES[field.type], "x-class": field.data_class.value}
    if field.max is not None:
        schema["maxLength"] = field.max
    if field.enum:
        schema["enum"] = list(field.enum)
    return schema


def _retention(collection: Collection) -> dict[str, int] | None:
    period = collection.retention
    return None if period is None else {"months": period.months, "days": period.days}
