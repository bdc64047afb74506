"""How a map says whose a line is, and what a customer becomes who is new with it."""

from collections.abc import Collection as Some
from types import MappingProxyType
from typing import Final

import yaml

from pdp.decision.question import Minor
from vault.catalog.yaml_nodes import Block, Source
from vault.imports import import_map_columns
from vault.imports.import_dates import dates
from vault.imports.import_map_columns import Columns, pick
from vault.imports.import_map_conversions import DATE_OPTIONS, date_style
from vault.imports.import_values import Chosen, Filled

BIRTH_DATE: Final = "birth_date"

_MINORS: Final = tuple(Minor)


class CustomerReader:
    """Reads the block `customer` of one map."""

    def __init__(
        self,
        source: Source,
        node: yaml.Node | None,
        columns: Columns,
        nulls: frozenset[str],
    ) -> None:
        self._source = source
        self._columns = columns
        self._nulls = nulls
        self._block = source.block(
            node,
            "customer",
            required=("columns", "region", "minor"),
            optional=(BIRTH_DATE,),
        )

    def id_columns(self) -> tuple[int, ...]:
        """Read the columns that make a customer id."""
        path = self._block.path("columns")
        return tuple(
            self._columns.index(node, path) for node in self._block.items("columns")
        )

    def region(self, regions: Some[str]) -> Chosen:
        """Read the region of who is new, one of those that the policies know."""
        known = ", ".join(regions)
        message = f"the policies know no such region; they know {known}"
        return self._chosen("region", regions, message)

    def minor(self) -> Chosen:
        """Read whether who is new is under age."""
        return self._chosen("minor", _MINORS, f"write one of: {', '.join(_MINORS)}")

    def birth_date(self) -> Filled | None:
        """Read which cell holds the birth date, if one does."""
        node, path = self._block.node(BIRTH_DATE), self._block.path(BIRTH_DATE)
        if node is None:
            return None
        block = self._source.block(
            node,
            path,
            required=(),
            optional=(*import_map_columns.OPTIONS, *DATE_OPTIONS),
        )
        if (block.node("column") is None) == (block.node("columns") is None):
            self._source.fault(node, path, "write either a column or columns")
        picked = pick(self._source, block, self._columns, self._nulls)
        return Filled(BIRTH_DATE, picked, dates(date_style(self._source, block)))

    def _chosen(self, key: str, known: Some[str], message: str) -> Chosen:
        node, path, code = (
            self._block.node(key),
            self._block.path(key),
            f"customer.{key}",
        )
        if not isinstance(node, yaml.MappingNode):
            word = "" if node is None else self._word(node, path, known, message)
            return Chosen(code, MappingProxyType({"": word}))
        block = self._source.block(
            node, path, required=("column",), optional=("words", "nulls")
        )
        picked = pick(self._source, block, self._columns, self._nulls)
        words = self._words(block, known, message)
        return Chosen(code, MappingProxyType(words), picked)

    def _words(self, block: Block, known: Some[str], message: str) -> dict[str, str]:
        node, path = block.node("words"), block.path("words")
        if node is None:
            return {word: word for word in known}
        return {
            said.strip(): self._word(value, f"{path}.{said}", known, message)
            for said, _, value in self._source.pairs(node, path, literal=True)
        }

    def _word(self, node: yaml.Node, path: str, known: Some[str], message: str) -> str:
        """Read one of a few words, also one that YAML would read otherwise (`no`)."""
        if isinstance(node, yaml.ScalarNode) and node.value in known:
            return str(node.value)
        self._source.fault(node, path, message)
        return ""
