"""From the catalogue's YAML to collections, or to the list of all that is wrong.

A catalogue decides what is kept about people, on which ground and for how long, so it
is read strictly: an unknown key, a field without a class, an identifier that could be
guessed by trying all its values, a purpose that the policies do not know, all are
faults with their line.
"""

import re
from collections.abc import Collection as Some
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import yaml

from consent.purposes import LawfulBasis
from kit.errors import CannotStart
from pdp.decision.question import Condition
from vault._internal.identifiers import REGIONS, IdentifierKind
from vault.catalog.collection import Collection, Period
from vault.catalog.fields import (
    DEFAULT_MAX,
    MAX_MAX,
    MAX_NUMBER,
    DataClass,
    Field,
    FieldType,
)
from vault.catalog.titles import read_titles
from vault.catalog.yaml_nodes import Block, Source
from vault.gate.masking import DRAWINGS, NONE

FORMAT: Final = 1
CUSTOMER: Final = "customer"
"""What decisions about the registration itself call their collection."""
DEFAULT_BUCKET: Final = 256

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
# A blind index over a few values is no secret: whoever holds it tries them all.
_IDENTIFIER_TYPES: Final[Mapping[IdentifierKind, FieldType]] = MappingProxyType(
    {
        IdentifierKind.EMAIL: FieldType.EMAIL,
        IdentifierKind.PHONE: FieldType.PHONE,
        IdentifierKind.EXTERNAL: FieldType.STRING,
    }
)
_CONDITIONS: Final = tuple(each for each in Condition if each is not Condition.NONE)
_ENUM_TYPES: Final = frozenset({FieldType.STRING, FieldType.INTEGER})


class CatalogueError(CannotStart):
    """The catalogue cannot be used; `faults` name each place and what to write."""

    code = "catalogue_invalid"

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__(
            "the catalogue of collections cannot be used:\n" + "\n".join(faults),
            fix="correct the lines named above and start again",
        )
        self.faults = faults


Bases = Mapping[str, LawfulBasis]
"""The lawful basis of each purpose that may use something."""


def read_catalogue(
    path: Path, purposes: Some[str] | None
) -> tuple[dict[str, Collection], Bases]:
    """Read all collections of a catalogue, and the bases of its section `customer`.

    Raises:
        CatalogueError: the file cannot be read, or anything in it is wrong.

    """
    try:
        data = path.read_bytes()
    except OSError:
        message = f"{path.name}:1: the file is missing or cannot be read"
        raise CatalogueError((message,)) from None
    source = Source(path.name)
    root = source.compose(data)
    found = ({}, {}) if source.faults else _catalogue(source, root, purposes)
    if source.faults:
        raise CatalogueError(source.faults)
    return found


def _catalogue(
    source: Source, root: yaml.Node | None, purposes: Some[str] | None
) -> tuple[dict[str, Collection], Bases]:
    top = source.block(
        root, "", required=("version", "collections"), optional=(CUSTOMER,)
    )
    top.integer("version", FORMAT, low=FORMAT, high=FORMAT)
    collections = {
        name: _collection(source, name, node, purposes)
        for name, node in _named(source, top, "collections")
    }
    return collections, _customer(source, top, collections, purposes)


def _customer(
    source: Source, top: Block, collections: Some[str], purposes: Some[str] | None
) -> Bases:
    node = top.node(CUSTOMER)
    if node is None:
        return MappingProxyType({})
    if CUSTOMER in collections:
        message = "a collection is called so, too: the decisions could not be told"
        source.fault(node, CUSTOMER, message)
    block = source.block(node, CUSTOMER, required=("purposes",))
    bases, conditions = _grounds(source, block, purposes)
    if conditions:
        message = "the registration holds no special categories; write the basis alone"
        source.fault(node, CUSTOMER, message)
    return MappingProxyType(bases)


def _named(source: Source, block: Block, key: str) -> list[tuple[str, yaml.Node]]:
    """Read a mapping whose keys are names of the catalogue's own."""
    pairs = block.pairs(key)
    for name, node, _ in pairs:
        if not _NAME.fullmatch(name):
            source.fault(node, block.path(key), "name it in a-z, 0-9 and _, a-z first")
    return [(name, value) for name, _, value in pairs]


def _collection(
    source: Source, name: str, node: yaml.Node, purposes: Some[str] | None
) -> Collection:
    block = source.block(
        node,
        f"collections.{name}",
        required=("title", "schema", "retention", "purposes", "fields"),
        optional=("ugc", "sealed_apart", "identifiers", "padding"),
    )
    fields = {
        each: _field(source, block, each, of)
        for each, of in _named(source, block, "fields")
    }
    bases, conditions = _grounds(source, block, purposes)
    return Collection(
        name=name,
        titles=MappingProxyType(read_titles(source, block, "title")),
        schema=f"{name}/{block.integer('schema', 1, low=1, high=MAX_NUMBER)}",
        ugc=block.flag("ugc"),
        fields=MappingProxyType(fields),
        identifiers=MappingProxyType(_identifiers(source, block, fields)),
        purposes=MappingProxyType(bases),
        conditions=MappingProxyType(conditions),
        retention=_retention(block),
        sealed_apart=_sealed_apart(source, block, fields),
        bucket=block.integer("padding", DEFAULT_BUCKET, low=64, high=65_536),
    )


def _field(source: Source, parent: Block, name: str, node: yaml.Node) -> Field:
    block = source.block(
        node,
        parent.path(f"fields.{name}"),
        required=("type", "class"),
        optional=(
            *("required", "max", "enum", "retired", "mask", "shared", "corrected"),
            *("title", "phone_region"),
        ),
    )
    kind = block.choice("type", FieldType.STRING, FieldType)
    if block.node("max") is not None and kind not in DEFAULT_MAX:
        block.fault("max", f"a field of type {kind} has no length")
    if block.flag("retired") and block.flag("required"):
        block.fault("required", "a retired field takes no values, so none is required")
    return Field(
        name=name,
        type=kind,
        data_class=block.choice("class", DataClass.SPECIAL, DataClass),
        required=block.flag("required"),
        max=block.integer("max", DEFAULT_MAX.get(kind, 0), low=1, high=MAX_MAX) or None,
        enum=_enum(source, block, kind),
        retired=block.flag("retired"),
        mask=MappingProxyType(_drawings(source, block, kind)),
        shared=block.flag("shared"),
        titles=MappingProxyType(read_titles(source, block, "title")),
        corrected=block.flag("corrected"),
        phone_region=_phone_region(block, kind),
    )


def _phone_region(block: Block, kind: FieldType) -> str | None:
    if block.node("phone_region") is None:
        return None
    region = block.text("phone_region")
    if kind is not FieldType.PHONE:
        block.fault("phone_region", "only a telephone number is dialled in a region")
    elif region and region not in REGIONS:
        message = "write the two letters of a country (ISO 3166-1), such as DE"
        block.fault("phone_region", message)
    return region or None


def _drawings(source: Source, block: Block, kind: FieldType) -> dict[str, str]:
    """Read how masks are drawn of a field, for the masks that can be drawn."""
    found: dict[str, str] = {}
    for mask, key, node in block.pairs("mask"):
        path = block.path(f"mask.{mask}")
        known = DRAWINGS.get(mask)
        if known is None:
            message = f"no mask is drawn by that name; known are {', '.join(DRAWINGS)}"
            source.fault(key, path, message)
            continue
        word = source.choice(node, path, (*known, NONE))
        if word is not None and word in known and kind not in known[word][0]:
            source.fault(
                node, path, f"{word} cannot be drawn of a field of type {kind}"
            )
        elif word is not None:
            found[mask] = word
    return found


def _enum(source: Source, block: Block, kind: FieldType) -> tuple[str | int, ...]:
    if block.node("enum") is not None and kind not in _ENUM_TYPES:
        block.fault("enum", "only a string or an integer is one of a list")
        return ()
    values: list[str | int] = []
    for node in block.items("enum"):
        value = _enum_value(source, node, block.path("enum"), kind)
        if value in values:
            source.fault(node, block.path("enum"), "it stands here twice")
        if value is not None:
            values.append(value)
    return tuple(values)


def _enum_value(
    source: Source, node: yaml.Node, path: str, kind: FieldType
) -> str | int | None:
    if kind is FieldType.INTEGER:
        return source.integer(node, path, low=-MAX_NUMBER, high=MAX_NUMBER)
    return source.text(node, path)


def _identifiers(
    source: Source, block: Block, fields: Mapping[str, Field]
) -> dict[str, IdentifierKind]:
    found: dict[str, IdentifierKind] = {}
    for name, key, node in block.pairs("identifiers"):
        path = block.path(f"identifiers.{name}")
        word = source.choice(node, path, tuple(IdentifierKind))
        if name not in fields:
            source.fault(key, path, "the collection declares no such field")
        elif word is not None:
            found[name] = IdentifierKind(word)
            message = _identifier_fault(fields[name], found[name])
            if message is not None:
                source.fault(node, path, message)
    for name, key, _ in block.pairs("fields"):
        if name in fields and fields[name].shared and name not in found:
            message = "only an identifier is shared; list it under identifiers"
            source.fault(key, block.path(f"fields.{name}.shared"), message)
    return found


def _identifier_fault(field: Field, kind: IdentifierKind) -> str | None:
    if field.enum:
        return "a field with an enum is no identifier: its values can be guessed"
    wanted = _IDENTIFIER_TYPES[kind]
    if field.type is not wanted:
        return f"an identifier of kind {kind} is a field of type {wanted}"
    return None


def _grounds(
    source: Source, block: Block, purposes: Some[str] | None
) -> tuple[dict[str, LawfulBasis], dict[str, Condition]]:
    """Read the lawful basis of each purpose, and its condition if there is one."""
    bases: dict[str, LawfulBasis] = {}
    conditions: dict[str, Condition] = {}
    for name, key, node in block.pairs("purposes"):
        path = block.path(f"purposes.{name}")
        if purposes is not None and name not in purposes:
            source.fault(key, path, "the policies know no such purpose")
        basis, condition = _ground(source, node, path)
        if basis is not None:
            bases[name] = LawfulBasis(basis)
        if condition is not None:
            conditions[name] = Condition(condition)
    return bases, conditions


def _ground(
    source: Source, node: yaml.Node, path: str
) -> tuple[str | None, str | None]:
    if not isinstance(node, yaml.MappingNode):
        return source.choice(node, path, tuple(LawfulBasis)), None
    both = source.block(node, path, required=("basis", "condition"))
    basis, condition = both.node("basis"), both.node("condition")
    if basis is None or condition is None:
        return None, None
    return (
        source.choice(basis, both.path("basis"), tuple(LawfulBasis)),
        source.choice(condition, both.path("condition"), _CONDITIONS),
    )


def _retention(block: Block) -> Period | None:
    text = block.text("retention")
    period = Period.parse(text)
    if period is None and text not in {"", "none"}:
        block.fault("retention", "write an ISO 8601 duration such as P6Y, or none")
    return period


def _sealed_apart(
    source: Source, block: Block, fields: Mapping[str, Field]
) -> tuple[DataClass, ...]:
    path, held = block.path("sealed_apart"), {f.data_class for f in fields.values()}
    apart: set[DataClass] = set()
    for node in block.items("sealed_apart"):
        word = source.choice(node, path, tuple(DataClass))
        if word is not None and word not in held:
            source.fault(node, path, "no field of the collection is of this class")
        elif word is not None:
            apart.add(DataClass(word))
    return tuple(sorted(apart))
