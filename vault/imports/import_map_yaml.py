"""From a map's YAML to a map, or to the list of all that is wrong with it.

A map is checked against catalogue and policies before a line is read: a region that
they do not know, a collection or field that is not declared, a required field that
nothing fills, a constant that is not of its type, an option that the format does not
have, all are faults with their line.
"""

from collections.abc import Collection as Some
from pathlib import Path
from typing import Final

import yaml

from kit.errors import Invalid
from vault.catalog.catalog import Catalog
from vault.catalog.yaml_nodes import Source
from vault.imports.import_map import ImportMap
from vault.imports.import_map_columns import Columns
from vault.imports.import_map_customer import CustomerReader
from vault.imports.import_map_layout import (
    OPTIONS,
    format_of,
    inherit,
    layout,
    null_words,
    where,
)
from vault.imports.import_map_records import RecordReader

VERSION: Final = 1


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
    found = None if source.faults else _map(source, root, data, catalog, regions)
    if found is None or source.faults:
        raise MapError(source.faults)
    return found


def _map(
    source: Source,
    root: yaml.Node | None,
    text: bytes,
    catalog: Catalog,
    regions: Some[str],
) -> ImportMap:
    top = source.block(
        root,
        "",
        required=("version", "format", "customer", "records"),
        optional=OPTIONS,
    )
    top.integer("version", VERSION, low=VERSION, high=VERSION)
    format_, named = format_of(top)
    columns = Columns(source, format_, named=named)
    nulls = null_words(source, top)
    customer = CustomerReader(source, top.node("customer"), columns, nulls)
    records = RecordReader(source, catalog, columns, nulls)
    return ImportMap(
        text=text,
        customer=customer.id_columns(),
        region=customer.region(regions),
        minor=customer.minor(),
        born=customer.birth_date(),
        records=tuple(records.read(*each) for each in top.pairs("records")),
        nulls=nulls,
        where=where(source, top, columns, nulls),
        inherit=inherit(source, top, columns, nulls),
        # The last, when every column has been named.
        layout=layout(source, top, format_, columns.found),
    )
