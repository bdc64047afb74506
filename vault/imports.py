"""Importing a file: streaming, resumable, and the same however often it is repeated.

Every line writes under an id of its own, a keyed hash of the file's digest and the
line's number: a repeated import finds what it wrote, two truly identical purchases on
two lines stay two. How far an import is moves in the transaction of its batch, so an
interrupted one goes on behind the last line that is durable. A finished one leaves
nothing, and may be run again: it then writes what is missing, and nothing else.

A customer who is new is registered; one who was erased is refused (`fence.erased`),
and so is each of their lines. What was refused is told by line, code and field, never
by value.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kit.db import Database, WriteSession
from kit.errors import AllodError
from kit.secret import Secret
from vault._internal.cursors import Cursor, SqliteCursors
from vault._internal.subjects import SqliteSubjects
from vault.births import Births
from vault.catalog import Catalog
from vault.import_keys import ImportKeys
from vault.import_lines import Line, born, read_line
from vault.import_map import Each, ImportMap, RecordMap
from vault.import_map_source import load
from vault.import_report import ImportReport, Progress, Refusal
from vault.import_values import Unfit
from vault.intake import Entry, Intake
from vault.line_readers import read_rows
from vault.line_sources import Fingerprint, fingerprint
from vault.lots import lots
from vault.packed_files import opened
from vault.question import Question
from vault.registration import NewCustomer, Registration
from vault.storing import Item, Written
from vault.vocabulary import Vocabulary


class _Job(NamedTuple):
    """One import under way."""

    question: Question
    map: ImportMap
    source: bytes
    file: Fingerprint
    report: ImportReport


class Imports:
    """Imports files into the vault."""

    def __init__(
        self,
        *,
        database: Database,
        subjects: SqliteSubjects,
        intake: Intake,
        registration: Registration,
        catalog: Catalog,
        words: Vocabulary,
        births: Births,
        key: Secret,
    ) -> None:
        self._database = database
        self._cursors = SqliteCursors(database)
        self._subjects = subjects
        self._intake = intake
        self._registration = registration
        self._catalog = catalog
        self._words = words
        self._births = births
        self._keys = ImportKeys(key)

    def read_map(self, path: Path) -> ImportMap:
        """Read a map for this vault's catalogue.

        Raises:
            MapError: it cannot be used; the error names file, line and field.

        """
        return load(path, self._catalog, regions=self._words.regions)

    def run(
        self,
        question: Question,
        plan: ImportMap,
        path: Path,
        *,
        progress: Progress | None = None,
        tell: Callable[[Refusal], None] | None = None,
    ) -> ImportReport:
        """Import a file, or the rest of it if an import of it was interrupted.

        The question says who imports, and for which purpose; the gate is asked about
        each batch. `tell` is told of every refusal, as it comes.

        Raises:
            Invalid: the policies know no such purpose, or not the map's region.
            Refused: they refuse to have customers made known for this purpose.
            Unavailable: engine or access log cannot answer.
            SourceUnreadable: it is missing, damaged, or its header is another.

        """
        for region in plan.regions:
            self._words.require_region(region)
        file = fingerprint(path, plan.layout.encoding)
        source = self._keys.source(file, plan.text)
        at = self._cursors.find(source) or Cursor()
        report = ImportReport(
            file.lines, at.line, written=at.records, refused=at.refused, tell=tell
        )
        job = _Job(question, plan, source, file, report)
        customers = self._subjects.count()
        with opened(path) as stream:
            rows = plan.rows(read_rows(stream, plan.layout))
            behind = (
                read_line(plan, self._births, row)
                for row in rows
                if row.line > at.line and not row.skipped
                if row.fault or plan.wanted(row.cells)
            )
            for lot in lots(behind, lambda each: each.customer):
                self._write(job, lot)
                if progress is not None:
                    progress(lot[-1].row.last, file.lines)
        with self._database.write() as session:
            self._cursors.drop(session, source)
        report.refusals.sort()
        report.customers = self._subjects.count() - customers
        return report

    def _write(self, job: _Job, lot: list[Line]) -> None:
        read = list(_with_customers(job, lot))
        subjects = self._known(job, read)
        ready = list(self._items(job, read, subjects))
        lines = [each.row.line for each, _, _ in ready]

        def move(
            session: WriteSession, outcomes: Sequence[Written | AllodError]
        ) -> None:
            for line, outcome in zip(lines, outcomes, strict=True):
                job.report.count(line, outcome)
            cursor = Cursor(lot[-1].row.last, job.report.written, job.report.refused)
            self._cursors.move(session, job.source, cursor)

        self._intake.put_batch(
            job.question,
            [Entry(subject, item) for _, subject, item in ready],
            also=move,
        )

    def _known(self, job: _Job, read: Iterable[Line]) -> dict[str, bytes | AllodError]:
        """Give the customers of some lines; who is new becomes what their line says."""
        alike: dict[tuple[str, str], list[Line]] = {}
        for each in read:
            alike.setdefault((each.region, each.minor), []).append(each)
        found: dict[str, bytes | AllodError] = {}
        for (region, minor), lines in alike.items():
            found |= self._registration.register_many(
                job.question,
                {each.customer for each in lines},
                NewCustomer("", region, minor),
                born(lines),
            )
        return found

    def _items(
        self,
        job: _Job,
        read: Iterable[Line],
        subjects: Mapping[str, bytes | AllodError],
    ) -> Iterator[tuple[Line, bytes, Item]]:
        seen: set[tuple[str, bytes]] = set()
        for each in read:
            subject = subjects[each.customer]
            if isinstance(subject, AllodError):
                job.report.refuse(Refusal(each.row.line, subject.reason_code))
                continue
            for records in job.map.records:
                if records.each is Each.CUSTOMER:
                    if (records.collection, subject) in seen:
                        continue
                    seen.add((records.collection, subject))
                item = self._item(job, each, records)
                if item is not None:
                    yield each, subject, item

    def _item(self, job: _Job, read: Line, records: RecordMap) -> Item | None:
        try:
            values = records.values(read.row.cells)
        except Unfit as unfit:
            job.report.refuse(Refusal(read.row.line, *unfit.args))
            return None
        if records.each is Each.LINE:
            key = self._keys.of_line(records.collection, job.file, read.row.line)
        else:
            # Whatever file it comes from: a customer has one, and the first stands.
            key = self._keys.of_customer(records.collection, read.customer)
        return Item(records.collection, values, key)


def _with_customers(job: _Job, lot: Iterable[Line]) -> Iterator[Line]:
    for each in lot:
        if each.fault:
            job.report.refuse(Refusal(each.row.line, each.fault, each.place))
        else:
            yield each
