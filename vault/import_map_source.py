"""From a map's YAML to a map, or to the list of all that is wrong with it.

A map is checked against catalogue and policies before a line is read: a region that
they do not know, a collection or field that is not declared, a required field that
nothing fills, a constant that is not of its type, an option that the format does not
have, all are faults with their line.
"""

from collections.abc import Collection as Some
from pathlib import Path
from types import MappingProxyType
from typing import Final

import yaml

from kit.errors import Invalid
from vault._catalog_yaml import Block, Source
from vault.catalog import Catalog, Collection
from vault.import_map import Each, Filled, ImportMap, Minor, RecordMap
from vault.import_values import (
    DEFAULT_ORDER,
    MARKS,
    CellType,
    Conversion,
    Scalar,
    Unfit,
    is_order,
)
from vault.line_readers import Column, Format, Layout
from vault.line_sources import ENCODINGS

VERSION: Final = 1
MAX_COLUMNS: Final = 10_000
BIRTH_DATE: Final = "birth_date"


class MapError(Invalid):
    """The map cannot be used; `faults_at` name file, line and field."""

    code = "import_map_invalid"

    def __init__(self, faults_at: tuple[str, ...]) -> None:
        super().__init__(
            "the map cannot be used:\n" + "\n".join(faults_at),
            fix="correct the lines named above and import again",
        )
        self.faults_at = faults_at


def load(path: Path, catalog: Catalog, *, regions: Some[str]) -> ImportMap:
    """Read a map and check it against the catalogue and the regions there are.

    Raises:
        MapError: one line for each thing that is wrong: file, line, field.

    """
    try:
        data = path.read_bytes()
    except OSError:
        message = f"{path.name}:1: the file is missing or cannot be read"
        raise MapError((message,)) from None
    source = Source(path.name)
    root = source.compose(data)
    reading = _Reading(source, catalog, regions)
    found = None if source.faults else reading.map(root, data)
    if found is None or source.faults:
        raise MapError(source.faults)
    return found


class _Reading:
    """A map half read: the columns that its fields have named so far."""

    def __init__(self, source: Source, catalog: Catalog, regions: Some[str]) -> None:
        self._source = source
        self._catalog = catalog
        self._regions = regions
        self._columns: list[Column] = []
        self._format = Format.CSV
        self._named = False

    def map(self, root: yaml.Node | None, text: bytes) -> ImportMap:
        top = self._source.block(
            root,
            "",
            required=("version", "format", "customer", "records"),
            optional=("encoding", "skip", "header", "separator", "width"),
        )
        top.integer("version", VERSION, low=VERSION, high=VERSION)
        self._format = top.choice("format", Format.CSV, Format)
        self._named = top.flag("header") or self._format is Format.JSONL
        self._check_options(top)
        customer = self._source.block(
            top.node("customer"),
            "customer",
            required=("columns", "region", "minor"),
            optional=("birth_date",),
        )
        return ImportMap(
            text=text,
            customer=tuple(
                self._column(node, customer.path("columns"))
                for node in customer.items("columns")
            ),
            region=self._region(customer),
            minor=customer.choice("minor", Minor.UNKNOWN, Minor).value,
            born=self._born(customer),
            records=tuple(
                self._record(name, key, node)
                for name, key, node in top.pairs("records")
            ),
            layout=self._layout(top),
        )

    def _born(self, customer: Block) -> Filled | None:
        node, path = customer.node(BIRTH_DATE), customer.path(BIRTH_DATE)
        if node is None:
            return None
        block = self._source.block(
            node, path, required=("column",), optional=("order",)
        )
        column = block.node("column")
        index = 0 if column is None else self._column(column, block.path("column"))
        reader = Conversion(CellType.DATE, self._order(block)).reader()
        return Filled(BIRTH_DATE, index, reader)

    def _region(self, customer: Block) -> str:
        region = customer.text("region")
        if region and region not in self._regions:
            known = ", ".join(self._regions)
            message = f"the policies know no such region; they know {known}"
            customer.fault("region", message)
        return region

    def _check_options(self, top: Block) -> None:
        own = {
            "header": {Format.CSV},
            "separator": {Format.CSV},
            "width": {Format.CSV, Format.BLANKS},
        }
        for option, formats in own.items():
            if top.node(option) is not None and self._format not in formats:
                top.fault(option, f"a file of format {self._format} has no {option}")

    def _layout(self, top: Block) -> Layout:
        node, encoding = top.node("encoding"), ENCODINGS[0]
        if node is not None:
            encoding = self._source.choice(node, "encoding", ENCODINGS) or encoding
        separator = top.text("separator") or ","
        if len(separator) != 1 or separator in '"\r\n':
            top.fault("separator", "write one character, and not a quotation mark")
        width = top.integer("width", 0, low=1, high=MAX_COLUMNS)
        return Layout(
            format=self._format,
            columns=tuple(self._columns),
            encoding=encoding,
            skip=top.integer("skip", 0, low=0, high=MAX_COLUMNS),
            header=top.flag("header"),
            separator=separator,
            width=width or None,
        )

    def _record(self, name: str, key: yaml.Node, node: yaml.Node) -> RecordMap:
        block = self._source.block(
            node, f"records.{name}", required=("fields",), optional=("each",)
        )
        collection = self._catalog.collections.get(name)
        if collection is None:
            known = ", ".join(sorted(self._catalog.collections))
            message = f"the catalogue has no such collection; it has {known}"
            self._source.fault(key, f"records.{name}", message)
        filled, constants = self._fields(block, collection)
        return RecordMap(
            collection=name,
            each=block.choice("each", Each.LINE, Each),
            filled=tuple(filled),
            constants=MappingProxyType(constants),
        )

    def _fields(
        self, record: Block, collection: Collection | None
    ) -> tuple[list[Filled], dict[str, Scalar]]:
        filled: list[Filled] = []
        constants: dict[str, Scalar] = {}
        pairs = record.pairs("fields")
        for name, key, node in pairs:
            path = record.path(f"fields.{name}")
            if collection is not None and name not in collection.fields:
                self._source.fault(key, path, "the collection has no such field")
            self._field(name, node, path, filled, constants)
        if collection is not None:
            named = {name for name, _, _ in pairs}
            for name, declared in collection.fields.items():
                if declared.required and name not in named:
                    record.fault("fields", f"the collection requires {name}")
        return filled, constants

    def _field(
        self,
        name: str,
        node: yaml.Node,
        path: str,
        filled: list[Filled],
        constants: dict[str, Scalar],
    ) -> None:
        block = self._source.block(
            node,
            path,
            required=(),
            optional=("column", "type", "order", "mark", "value"),
        )
        column, value = block.node("column"), block.node("value")
        if (column is None) == (value is None):
            self._source.fault(node, path, "write either a column or a value")
        elif value is not None:
            try:
                constants[name] = self._conversion(block).reader()(block.text("value"))
            except Unfit:
                block.fault("value", "it is not what `type` says")
        elif column is not None:
            index = self._column(column, block.path("column"))
            filled.append(Filled(name, index, self._conversion(block).reader()))

    def _conversion(self, block: Block) -> Conversion:
        kind = block.choice("type", CellType.TEXT, CellType)
        order, mark = self._order(block), block.text("mark") or "."
        if block.node("order") is not None and kind is not CellType.DATE:
            block.fault("order", "only a date has an order")
        if block.node("mark") is not None and kind is not CellType.DECIMAL:
            block.fault("mark", "only a decimal has a mark")
        if mark not in MARKS:
            block.fault("mark", 'write "." or ","')
        return Conversion(kind, order, mark)

    def _order(self, block: Block) -> str:
        order = block.text("order") or DEFAULT_ORDER
        if is_order(order):
            return order
        block.fault("order", "write YYYY, MM and DD once each, as in DD.MM.YYYY")
        return DEFAULT_ORDER

    def _column(self, node: yaml.Node, path: str) -> int:
        """Give the index of a column among those that the map names."""
        column = self._place(node, path)
        if column is None:
            return 0
        if column not in self._columns:
            self._columns.append(column)
        return self._columns.index(column)

    def _place(self, node: yaml.Node, path: str) -> Column | None:
        if self._named:
            return self._source.text(node, path)
        if self._format is not Format.FIXED:
            return self._source.integer(node, path, low=1, high=MAX_COLUMNS)
        span = self._source.text(node, path)
        first, _, last = (span or "").partition("-")
        if first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last):
            return int(first), int(last)
        self._source.fault(node, path, "write the first and last character, as in 1-5")
        return None
