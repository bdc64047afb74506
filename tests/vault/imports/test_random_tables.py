"""Random tables in random dialects: what is read is what stands in the table."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from import_files import put
from random_tables import HEADER, Found, Written, dialects, files, tables

from vault.imports.input_files import fingerprint
from vault.imports.row_parsers import FileRow, Format, Layout, read_rows

FILES = dialects().flatmap(
    lambda dialect: tables(dialect).flatmap(lambda table: files(dialect, table))
)


def read(file: Written) -> list[FileRow]:
    dialect = file.dialect
    layout = Layout(
        Format.CSV,
        HEADER,
        encoding=dialect.encoding,
        skip=len(dialect.skipped),
        header=True,
        separator=dialect.separator,
        quote=dialect.quote,
    )
    return list(read_rows(io.BytesIO(file.data), layout))


def holds(file: Written, folder: Path) -> None:
    rows = read(file)
    assert [Found(r.line, r.last, r.cells, r.skipped) for r in rows] == file.found
    assert all(bool(row.fault) != bool(row.cells or row.skipped) for row in rows)
    path = put(folder / "file", file.data)
    assert fingerprint(path, file.dialect.encoding).lines == file.found[-1].last


@given(FILES)
def test_every_line_is_a_good_one_of_the_table_or_refused_or_skipped(
    tmp_path_factory: pytest.TempPathFactory, file: Written
) -> None:
    holds(file, tmp_path_factory.getbasetemp())


@pytest.mark.slow
@settings(max_examples=2_000)
@given(FILES)
def test_many_tables_are_read_as_they_stand(
    tmp_path_factory: pytest.TempPathFactory, file: Written
) -> None:
    holds(file, tmp_path_factory.getbasetemp())
