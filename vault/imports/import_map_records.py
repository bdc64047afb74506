"""The records of a map: which collection, and what fills each of its fields."""

from types import MappingProxyType

import yaml

from vault.catalog.catalog import Catalog, Collection
from vault.catalog.yaml_nodes import Block, Source
from vault.imports.import_map import Each, OnChange, RecordMap
from vault.imports.import_map_columns import Columns
from vault.imports.import_map_fields import FieldReader
from vault.imports.import_values import Filled, Picked, Scalar


class RecordReader:
    """Reads the records of one map, checked against the catalogue."""

    def __init__(
        self,
        source: Source,
        catalog: Catalog,
        columns: Columns,
        nulls: frozenset[str],
    ) -> None:
        self._source = source
        self._catalog = catalog
        self._columns = columns
        self._nulls = nulls
        self._fields_of = FieldReader(source, columns, nulls)

    def read(self, name: str, key: yaml.Node, node: yaml.Node) -> RecordMap:
        """Read how a line becomes a record of one collection."""
        block = self._source.block(
            node,
            f"records.{name}",
            required=("fields",),
            optional=("each", "id", "on_change"),
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
            id=self._id(block),
            on_change=block.choice("on_change", OnChange.REFUSE, OnChange),
        )

    def _id(self, record: Block) -> tuple[Picked, ...]:
        if record.node("id") is None:
            return ()
        if record.choice("each", Each.LINE, Each) is Each.CUSTOMER:
            record.fault("id", "a customer's one record needs no id")
        path = record.path("id")
        nodes = record.items("id")
        indexes = [self._columns.index(node, path) for node in nodes]
        return tuple(Picked((index,), self._nulls) for index in indexes)

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
            declared = None if collection is None else collection.fields.get(name)
            found = self._fields_of.read(name, node, path, declared)
            if isinstance(found, Filled):
                filled.append(found)
            elif found is not None:
                constants[name] = found
        if collection is not None:
            named = {name for name, _, _ in pairs}
            for name, declared in collection.fields.items():
                if declared.required and name not in named:
                    record.fault("fields", f"the collection requires {name}")
        return filled, constants
