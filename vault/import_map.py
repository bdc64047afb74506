"""Maps: how the lines of somebody's file become records of this vault.

    version: 1
    format: csv                    # csv, jsonl, fixed, blanks (divided by blanks)
    encoding: utf-8                # or gb18030, cp1252, latin-1
    skip: 0                        # lines before the first record, or the header
    header: true                   # csv: columns go by name, else by number from 1
    separator: ","                 # csv
    width: 4                       # csv, blanks: how many columns a line must have
    customer:
      columns: [customer_id]       # several are joined by a colon
      region: eu                   # what a customer who is new becomes
      minor: unknown               # yes, no, unknown
      birth_date: {column: born}   # if there is one; order: DD.MM.YYYY as below
    records:
      purchase:                    # a collection of the catalogue
        each: line                 # or customer: one for each, of their first line
        fields:
          date: {column: day, type: date, order: DD.MM.YYYY}
          amount: {column: sum, type: decimal, mark: ","}
          currency: {value: EUR}       # the same for all, in quotes if need be

A column of a fixed-width file is written as its characters, `1-5`; of JSON Lines, as
the member's name. Types are those of `vault.import_values`. Everything is checked
against the catalogue before a line is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from vault.import_values import Reader, Scalar, Unfit, present
from vault.line_readers import Layout

JOINER: Final = ":"


class Each(StrEnum):
    """Whether a collection has a record of every line, or one of every customer."""

    LINE = "line"
    CUSTOMER = "customer"


class Minor(StrEnum):
    """Whether a customer is under age."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Filled:
    """A field that a cell fills: which of the layout's columns, read how."""

    name: str
    index: int
    read: Reader


@dataclass(frozen=True, slots=True)
class RecordMap:
    """How one line, or one customer's first line, becomes a record of a collection."""

    collection: str
    each: Each
    filled: tuple[Filled, ...]
    constants: Mapping[str, Scalar]

    def values(self, cells: tuple[object, ...]) -> dict[str, Any]:
        """Give a record's values. An empty cell is no value.

        Raises:
            Unfit: a cell does not hold what the map says: code, then field.

        """
        values: dict[str, Any] = dict(self.constants)
        for field in self.filled:
            cell = present(cells[field.index])
            if cell is not None:
                try:
                    values[field.name] = field.read(cell)
                except Unfit as error:
                    raise Unfit(*error.args, field.name) from None
        return values


@dataclass(frozen=True, slots=True)
class ImportMap:
    """A whole map. `customer` are indexes into the layout's columns."""

    text: bytes
    layout: Layout
    customer: tuple[int, ...]
    region: str
    minor: str
    born: Filled | None
    records: tuple[RecordMap, ...]

    def customer_id(self, cells: tuple[object, ...]) -> str:
        """Give the customer id of a line.

        Raises:
            Unfit: a part of it is missing, or holds the sign that joins the parts.

        """
        parts = [present(cells[index]) for index in self.customer]
        if any(part is None for part in parts):
            raise Unfit("customer.missing")
        texts = [str(part) for part in parts if type(part) in {str, int}]
        joined = len(texts) > 1 and any(JOINER in text for text in texts)
        if len(texts) != len(parts) or joined:
            raise Unfit("customer.unfit")
        return JOINER.join(texts)

    def birth_date(self, cells: tuple[object, ...]) -> str | None:
        """Give the birth date that a line has; an empty cell is none.

        Raises:
            Unfit: it is no date: code, then field.

        """
        cell = None if self.born is None else present(cells[self.born.index])
        if self.born is None or cell is None:
            return None
        try:
            return str(self.born.read(cell))
        except Unfit as error:
            raise Unfit(*error.args, self.born.name) from None
