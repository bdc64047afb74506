"""Maps: how the lines of somebody's file become records of this vault.

    version: 1
    format: csv                    # csv, jsonl, fixed, blanks (divided by blanks)
    encoding: utf-8                # or another of `vault.imports.encodings`
    skip: 0                        # lines before the first record, or the header
    header: true                   # csv: columns go by name, else by number from 1
    separator: ","                 # csv
    quote: '"'                     # csv: what encloses a text, or none
    single_line: false             # csv: true if no text runs over several lines
    width: 4                       # csv, blanks: how many columns a line must have
    nulls: ["N/A", "NULL"]         # what says that there is no value, as an empty cell
    where: {Type: ["2"]}           # lines whose cell says something else are left out
    inherit:                       # an empty cell takes what the line above says, as
      by: [Order]                  # long as lines follow each other with the same key
      columns: [Paid at]
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
          product: {columns: [maker, name], join: " "}

`region` and `minor` may be `{column: Country, words: {Germany: eu, France: eu}}`.
A column of a fixed-width file is written as its characters, `1-5`; of JSON Lines, as
the member's name. Types are those of `vault.imports.import_conversion`. Everything is
checked against the catalogue before a line is read.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from vault.imports.import_rows import Inherit, Where
from vault.imports.import_values import (
    NO_WORDS,
    Chosen,
    Filled,
    Picked,
    Scalar,
    UnfitCell,
    present,
)
from vault.imports.row_parsers import FileRow, Layout

JOINER: Final = ":"


class Each(StrEnum):
    """Whether a collection has a record of every line, or one of every customer."""

    LINE = "line"
    CUSTOMER = "customer"


class OnChange(StrEnum):
    """What becomes of a record that is there already and says something else."""

    REPLACE = "replace"
    REFUSE = "refuse"


class Newcomer(NamedTuple):
    """What a customer becomes who is new with a line."""

    region: str
    minor: str
    birth_date: str | None


@dataclass(frozen=True, slots=True)
class RecordMap:
    """How one line, or one customer's first line, becomes a record of a collection.

    `id` are the cells that name it; without, a line is what it says.
    """

    collection: str
    each: Each
    filled: tuple[Filled, ...]
    constants: Mapping[str, Scalar]
    id: tuple[Picked, ...] = ()
    on_change: OnChange = OnChange.REFUSE

    @property
    def is_named(self) -> bool:
        """Whether a record has a name of its own, whatever it says."""
        return bool(self.id) or self.each is Each.CUSTOMER

    def name(self, cells: tuple[object, ...]) -> tuple[str, ...]:
        """Give the cells that name a record, a number as its digits.

        Raises:
            UnfitCell: one of them holds nothing, or what is no text and no whole
            number.

        """
        named = [each.of(cells) for each in self.id]
        if None in named:
            raise UnfitCell("id.missing")
        if any(type(each) not in {str, int} for each in named):
            raise UnfitCell("id.unfit")
        return tuple(map(str, named))

    def values(self, cells: tuple[object, ...]) -> dict[str, Any]:
        """Give a record's values. An empty cell is no value.

        Raises:
            UnfitCell: a cell does not hold what the map says: code, then field.

        """
        values: dict[str, Any] = dict(self.constants)
        for field in self.filled:
            value = field.of(cells)
            if value is not None:
                values[field.name] = value
        return values


@dataclass(frozen=True, slots=True)
class ImportMap:
    """A whole map. `customer` are indexes into the layout's columns."""

    text: bytes
    layout: Layout
    customer: tuple[int, ...]
    region: Chosen
    minor: Chosen
    born: Filled | None
    records: tuple[RecordMap, ...]
    nulls: frozenset[str] = NO_WORDS
    where: Where | None = None
    inherit: Inherit | None = None

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions that a line may name, sorted."""
        return self.region.possible

    @property
    def by_line(self) -> tuple[str, ...]:
        """The collections whose records have no name but what their line says."""
        return tuple(each.collection for each in self.records if not each.is_named)

    def rows(self, rows: Iterable[FileRow]) -> Iterator[FileRow]:
        """Fill what lines inherit; needs every row of the file from its first."""
        return iter(rows) if self.inherit is None else self.inherit.fill(rows)

    def wanted(self, cells: tuple[object, ...]) -> bool:
        """Tell whether the map is about a line."""
        return self.where is None or self.where.holds(cells)

    def customer_id(self, cells: tuple[object, ...]) -> str:
        """Give the customer id of a line.

        Raises:
            UnfitCell: a part of it is missing, or holds the sign that joins the parts.

        """
        parts = [present(cells[index], self.nulls) for index in self.customer]
        if any(part is None for part in parts):
            raise UnfitCell("customer.missing")
        texts = [str(part) for part in parts if type(part) in {str, int}]
        joined = len(texts) > 1 and any(JOINER in text for text in texts)
        if len(texts) != len(parts) or joined:
            raise UnfitCell("customer.unfit")
        return JOINER.join(texts)

    def newcomer(self, cells: tuple[object, ...]) -> Newcomer:
        """Give what a customer becomes who is new with a line.

        Raises:
            UnfitCell: a cell says what the map does not list (`customer.region`,
                `customer.minor`), or the birth date is no date: code, then field.

        """
        born = None if self.born is None else self.born.of(cells)
        return Newcomer(
            self.region.of(cells),
            self.minor.of(cells),
            None if born is None else str(born),
        )
