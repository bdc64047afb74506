"""How a map fills a field: from which cells, read how, or with what for all lines.

What the catalogue would refuse of every line is a fault of the map: a type that the
field never has, a value or a word that it does not allow.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import yaml

from vault.catalog.catalog import Field, FieldType
from vault.catalog.yaml_nodes import Block, Source
from vault.imports import import_map_columns, import_map_conversions
from vault.imports.import_conversion import CellType, Conversion
from vault.imports.import_map_columns import Columns, pick
from vault.imports.import_map_conversions import conversion
from vault.imports.import_values import Filled, Scalar, UnfitCell

_SOURCES: Final = ("column", "columns", "value")
_OTHER: Final = frozenset({FieldType.INTEGER, FieldType.NUMBER, FieldType.BOOLEAN})
_TEXTS: Final = frozenset(FieldType) - _OTHER
_FITS: Final[Mapping[CellType, frozenset[FieldType]]] = MappingProxyType(
    {
        CellType.TEXT: _TEXTS,
        CellType.INTEGER: frozenset({FieldType.INTEGER, FieldType.NUMBER}),
        CellType.DECIMAL: frozenset({FieldType.NUMBER}),
        CellType.DATE: frozenset({FieldType.DATE, FieldType.STRING, FieldType.TEXT}),
        CellType.INSTANT: frozenset(
            {FieldType.DATETIME, FieldType.STRING, FieldType.TEXT}
        ),
        CellType.BOOLEAN: frozenset({FieldType.BOOLEAN}),
    }
)


class FieldReader:
    """Reads the fields of one map's records."""

    def __init__(self, source: Source, columns: Columns, nulls: frozenset[str]) -> None:
        self._source = source
        self._columns = columns
        self._nulls = nulls

    def read(
        self, name: str, node: yaml.Node, path: str, declared: Field | None
    ) -> Filled | Scalar | None:
        """Read what fills a field: cells, or a value; None if that is at fault."""
        block = self._source.block(
            node,
            path,
            required=(),
            optional=(
                "value",
                *import_map_columns.OPTIONS,
                *import_map_conversions.OPTIONS,
            ),
        )
        read = conversion(self._source, block)
        self._require_fit(block, node, path, read, declared)
        if sum(block.node(key) is not None for key in _SOURCES) != 1:
            self._source.fault(node, path, "write one of column, columns and value")
            return None
        if block.node("value") is None:
            picked = pick(self._source, block, self._columns, self._nulls)
            return Filled(name, picked, read.reader())
        for key in ("join", "nulls"):
            if block.node(key) is not None:
                block.fault(key, "only what comes from columns has it")
        return _constant(block, read, declared)

    def _require_fit(
        self,
        block: Block,
        node: yaml.Node,
        path: str,
        read: Conversion,
        declared: Field | None,
    ) -> None:
        if declared is None:
            return
        if declared.retired:
            self._source.fault(node, path, "this field is retired, and takes no values")
        if declared.type not in _FITS[read.type]:
            at = block.node("type") or node
            self._source.fault(at, path, f"the catalogue wants {declared.wanted}")
            return
        for said, value in (read.words or {}).items():
            message = declared.fault(value)
            if message is not None:
                block.fault("words", f"{said}: {message}")


def _constant(block: Block, read: Conversion, declared: Field | None) -> Scalar | None:
    try:
        value = read.reader()(block.text("value"))
    except UnfitCell:
        block.fault("value", "it is not what `type` says")
        return None
    message = None if declared is None else declared.fault(value)
    if message is not None:
        block.fault("value", message)
    return value
