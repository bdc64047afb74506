"""A catalogue as one canonical document, whose digest the ledger names.

What has no effect has no place in it: comments, the order of lines, spelling. So the
digest is that of what is declared (SHA-256 of the document in RFC 8785's form).
"""

from hashlib import sha256
from typing import Any

from kit.canonical import canonical
from vault.catalog.catalog import CUSTOMER, Catalog, Collection, Field
from vault.catalog.titles import said as titles_said


def document(catalog: Catalog) -> dict[str, Any]:
    """Write down what a catalogue declares."""
    said: dict[str, Any] = {
        "v": 1,
        "collections": {each.name: _collection(each) for each in catalog},
    }
    if catalog.customer:
        # Only then: a catalogue that says nothing of it keeps the digest that it had.
        said[CUSTOMER] = {name: str(basis) for name, basis in catalog.customer.items()}
    return said


def digest(catalog: Catalog) -> str:
    """Give the digest of what a catalogue declares, in hex."""
    return sha256(canonical(document(catalog))).hexdigest()


def _collection(each: Collection) -> dict[str, Any]:
    kept = each.retention
    said: dict[str, Any] = {
        "title": each.title,
        "schema": each.schema,
        "ugc": each.ugc,
        "retention": None if kept is None else [kept.months, kept.days],
        "sealed_apart": [str(name) for name in each.sealed_apart],
        "padding": each.bucket,
        "purposes": {name: str(basis) for name, basis in each.purposes.items()},
        "identifiers": {name: str(kind) for name, kind in each.identifiers.items()},
        "fields": {name: _field(field) for name, field in each.fields.items()},
        **titles_said(each.titles),
    }
    if each.conditions:  # as above
        said["conditions"] = {name: str(it) for name, it in each.conditions.items()}
    return said


def _field(each: Field) -> dict[str, Any]:
    said: dict[str, Any] = {
        "type": str(each.type),
        "class": str(each.data_class),
        "required": each.required,
        "max": each.max,
        "enum": list(each.enum),
        "retired": each.retired,
    }
    # As above: only what is said.
    if each.mask:
        said["mask"] = dict(each.mask)
    if each.shared:
        said["shared"] = True
    if each.titles:
        said["titles"] = dict(each.titles)
    if each.corrected:
        said["corrected"] = True
    if each.phone_region is not None:
        said["phone_region"] = each.phone_region
    return said
