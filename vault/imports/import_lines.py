"""From a row of a file to what is to be written: a line is taken whole, or refused.

Read and checked is all that the line says: whose it is, and the values of each of its
records, by map and catalogue. One that does not fit refuses the line, and nothing of
it is made. Of one that fits, each record gets its key. The first line that has a key
has it; what comes later under it in the same file is passed over if it says the same,
or if a customer has one such record, and else refuses its line: a file that says two
things under one key is not to be decided by the order of its lines.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from kit.errors import Invalid, TooLarge
from vault._internal.identifiers import customer_name
from vault.catalog.catalog import Catalog
from vault.customers.births import Births
from vault.imports.import_keys import ImportKeys, SeenKeys, client_id
from vault.imports.import_map import ImportMap, Newcomer, OnChange, RecordMap
from vault.imports.import_map_customer import BIRTH_DATE
from vault.imports.import_report import Refusal
from vault.imports.import_values import UnfitCell
from vault.imports.input_files import Fingerprint
from vault.imports.row_parsers import FileRow
from vault.intake.sealing import Checked, check

REPEATED: Final = "id.repeated"


class Want(NamedTuple):
    """One record that a line is to become: its key, and what older programs called it.

    `replace`: it takes the place of what is there and differs.
    """

    checked: Checked
    key: str
    earlier: str
    replace: bool


class ImportLine(NamedTuple):
    """What a row is to become, or why it is refused; neither if it is skipped."""

    row: FileRow
    customer: str = ""
    newcomer: Newcomer | None = None
    wants: tuple[Want, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @property
    def length(self) -> int:
        """How many lines of the file it is."""
        return self.row.last - self.row.line + 1


class _Fit(NamedTuple):
    """A record that fits map and catalogue, and what it is about in this file."""

    records: RecordMap
    checked: Checked
    key: bytes
    about: bytes
    said: bytes


class LineReader:
    """Reads the rows of one file, from its first."""

    def __init__(
        self,
        *,
        plan: ImportMap,
        file: Fingerprint,
        catalog: Catalog,
        births: Births,
        keys: ImportKeys,
        seen: SeenKeys,
    ) -> None:
        self._plan = plan
        self._file = file
        self._catalog = catalog
        self._births = births
        self._keys = keys
        self._seen = seen

    def read(self, row: FileRow) -> ImportLine:
        """Read a row. Each row of the file comes here once, in order."""
        if row.fault:
            return _refused(row, row.fault)
        if row.skipped or not self._plan.wanted(row.cells):
            return ImportLine(row)
        try:
            customer, newcomer = self._customer(row)
        except UnfitCell as unfit:
            return _refused(row, *unfit.args)
        except Invalid as error:
            return ImportLine(row, refusals=(Refusal.of(row.line, error),))
        refusals: list[Refusal] = []
        fit = list(self._fit(row, customer, refusals))
        if refusals:
            return ImportLine(row, refusals=tuple(refusals))
        return ImportLine(
            row, customer, newcomer, tuple(self._taken(row, customer, fit))
        )

    def _customer(self, row: FileRow) -> tuple[str, Newcomer]:
        # As it is read: by another writing it is the same customer, and the same key.
        customer = customer_name(self._plan.customer_id(row.cells)).read
        newcomer = self._plan.newcomer(row.cells)
        try:
            if newcomer.birth_date is not None:
                self._births.day(newcomer.birth_date)
        except Invalid as impossible:
            raise UnfitCell(impossible.reason_code, BIRTH_DATE) from None
        return customer, newcomer

    def _fit(
        self, row: FileRow, customer: str, refusals: list[Refusal]
    ) -> Iterator[_Fit]:
        for records in self._plan.records:
            try:
                yield self._one(row, customer, records)
            except UnfitCell as unfit:
                found = Refusal(row.line, *unfit.args)
                refusals.append(replace(found, collection=records.collection))
            except (Invalid, TooLarge) as error:
                refusals.append(Refusal.of(row.line, error, records.collection))

    def _one(self, row: FileRow, customer: str, records: RecordMap) -> _Fit:
        values = records.values(row.cells)
        checked = check(self._catalog.collection(records.collection), values)
        said = self._keys.said(records, row.cells)
        if not records.is_named:
            return _Fit(
                records, checked, said, self._keys.in_file(customer, said), said
            )
        key = self._keys.of_record(records, row.cells)
        about = self._keys.in_file(customer, key)
        first = self._seen.first(about)
        if records.id and first not in {None, said}:
            raise UnfitCell(REPEATED)
        return _Fit(records, checked, key, about, said)

    def _taken(self, row: FileRow, customer: str, fit: list[_Fit]) -> Iterator[Want]:
        for each in fit:
            records, number = each.records, 1
            if not records.is_named:
                number = self._seen.count(each.about)
            elif self._seen.first(each.about) is None:
                self._seen.take(each.about, each.said)
            else:
                continue
            earlier = self._keys.earlier(records, customer, self._file, row.old_line)
            key = client_id(each.key, number)
            yield Want(
                each.checked, key, earlier, records.on_change is OnChange.REPLACE
            )


def _refused(row: FileRow, code: str, place: str = "") -> ImportLine:
    return ImportLine(row, refusals=(Refusal(row.line, code, place),))
