"""The first records of a file as they are read, to be looked at before an import.

They are a person's data: whoever asks shows them to somebody who may see the file,
and to nobody else.
"""

from itertools import islice
from pathlib import Path
from typing import Final

from vault.imports.packed_files import DAMAGED, opened, unreadable
from vault.imports.row_parsers import Layout, read_rows

MOST_RECORDS: Final = 3

_MOST_ROWS: Final = 1_000


def first_records(path: Path, layout: Layout) -> list[tuple[object, ...]]:
    """Give the cells of a file's first records, in the order of the layout's columns.

    Raises:
        SourceUnreadable: it is missing, damaged, or not of the layout's shape.

    """
    try:
        with opened(path) as stream:
            rows = islice(read_rows(stream, layout), _MOST_ROWS)
            return list(islice((row.cells for row in rows if row.cells), MOST_RECORDS))
    except DAMAGED as error:
        raise unreadable(error) from None
