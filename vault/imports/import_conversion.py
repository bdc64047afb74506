"""How the cells of one column are read: as which type, and written how."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from vault.imports.import_dates import ISO, DateStyle, dates, instants
from vault.imports.import_numbers import PLAIN, NumberStyle, decimals, integers
from vault.imports.import_values import Reader, Scalar, chooser, read_boolean, read_text


class CellType(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    INSTANT = "instant"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Conversion:
    """How the cells of one column are read.

    With `words`, a cell holds one of them and nothing else, whatever the type.
    """

    type: CellType = CellType.TEXT
    numbers: NumberStyle = PLAIN
    dates: DateStyle = ISO
    words: Mapping[str, Scalar] | None = None

    def reader(self) -> Reader:
        """Give the function that reads a cell; it raises `UnfitCell`."""
        return self.plain() if self.words is None else chooser(self.words)

    def plain(self) -> Reader:
        """Give the function that reads a text of the type, without the words."""
        match self.type:
            case CellType.TEXT:
                return read_text
            case CellType.INTEGER:
                return integers(self.numbers)
            case CellType.DECIMAL:
                return decimals(self.numbers)
            case CellType.DATE:
                return dates(self.dates)
            case CellType.INSTANT:
                return instants(self.dates)
            case CellType.BOOLEAN:
                return read_boolean
