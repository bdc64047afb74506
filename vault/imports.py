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

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Final, NamedTuple

from kit.db import Database, WriteSession
from kit.errors import AllodError, Conflict, Invalid
from kit.framing import framed
from kit.secret import Secret
from vault._internal.blind_index import Taken
from vault._internal.cursors import Cursor, SqliteCursors
from vault._internal.subjects import SqliteSubjects
from vault.births import Births
from vault.catalog import Catalog
from vault.import_map import Each, ImportMap, RecordMap
from vault.import_map_source import BIRTH_DATE, load
from vault.import_values import Unfit
from vault.intake import Entry, Intake
from vault.line_readers import Row, read_rows
from vault.line_sources import Fingerprint, fingerprint, opened
from vault.lots import lots
from vault.question import Question
from vault.registration import NewCustomer, Registration
from vault.storing import Item, Written
from vault.vocabulary import Vocabulary

MAX_SHOWN: Final = 1_000


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """A line, or a part of it, that was not imported. Never a value."""

    line: int
    code: str
    field: str = ""


Progress = Callable[[int, int], None]
"""Told how many lines are done, of how many."""


@dataclass(slots=True)
class ImportReport:
    """What came of an import; `customers` are those who are new.

    `codes` counts all refusals of this run, `refusals` holds its first thousand. After
    an interruption `written` and `refused` include what was done before it.
    """

    lines: int
    resumed_at: int = 0
    customers: int = 0
    written: int = 0
    already: int = 0
    refused: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    tell: Callable[[Refusal], None] | None = field(default=None, repr=False)

    def refuse(self, refusal: Refusal) -> None:
        """Count a refusal, and tell of it."""
        if self.tell is not None:
            self.tell(refusal)
        self.refused += 1
        self.codes[refusal.code] += 1
        if len(self.refusals) < MAX_SHOWN:
            self.refusals.append(refusal)


class _Read(NamedTuple):
    """A row, and whose it is by the map; or why that cannot be said, and where."""

    row: Row
    customer: str = ""
    birth_date: str | None = None
    fault: str = ""
    place: str = ""


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
        self._key = key

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
        self._words.require_region(plan.region)
        file = fingerprint(path)
        map_digest = sha256(plan.text).digest()
        source = self._mac("allod/import/cursor/v1", file.digest, map_digest)
        at = self._cursors.find(source) or Cursor()
        report = ImportReport(
            file.lines, at.line, written=at.records, refused=at.refused, tell=tell
        )
        job = _Job(question, plan, source, file, report)
        customers = self._subjects.count()
        with opened(path) as stream:
            rows = read_rows(stream, plan.layout)
            behind = (
                self._read(plan, row)
                for row in rows
                if row.line > at.line and not row.skipped
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

    def _write(self, job: _Job, lot: list[_Read]) -> None:
        read = list(_with_customers(job, lot))
        subjects = self._registration.register_many(
            job.question,
            {each.customer for each in read},
            NewCustomer("", job.map.region, job.map.minor),
            _born(read),
        )
        ready = list(self._items(job, read, subjects))
        lines = [each.row.line for each, _, _ in ready]

        def move(
            session: WriteSession, outcomes: Sequence[Written | AllodError]
        ) -> None:
            for line, outcome in zip(lines, outcomes, strict=True):
                _count(job.report, line, outcome)
            cursor = Cursor(lot[-1].row.last, job.report.written, job.report.refused)
            self._cursors.move(session, job.source, cursor)

        self._intake.put_batch(
            job.question,
            [Entry(subject, item) for _, subject, item in ready],
            also=move,
        )

    def _items(
        self,
        job: _Job,
        read: Iterable[_Read],
        subjects: Mapping[str, bytes | AllodError],
    ) -> Iterator[tuple[_Read, bytes, Item]]:
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

    def _item(self, job: _Job, read: _Read, records: RecordMap) -> Item | None:
        try:
            values = records.values(read.row.cells)
        except Unfit as unfit:
            job.report.refuse(Refusal(read.row.line, *unfit.args))
            return None
        if records.each is Each.LINE:
            place = (job.file.digest, read.row.line)
            mac = self._mac("allod/import/line/v1", records.collection, *place)
        else:
            # Whatever file it comes from: a customer has one, and the first stands.
            name = (records.collection, read.customer)
            mac = self._mac("allod/import/customer/v1", *name)
        return Item(records.collection, values, "import:" + mac.hex())

    def _read(self, plan: ImportMap, row: Row) -> _Read:
        if row.fault:
            return _Read(row, fault=row.fault)
        try:
            born = plan.birth_date(row.cells)
            if born is not None:
                self._births.day(born)
            return _Read(row, plan.customer_id(row.cells), born)
        except Unfit as unfit:
            fault, place = (*unfit.args, "")[:2]
        except Invalid as impossible:
            fault, place = impossible.reason_code, BIRTH_DATE
        return _Read(row, fault=fault, place=place)

    def _mac(self, *fields: bytes | str | int) -> bytes:
        return digest(self._key.reveal(), framed(*fields), "sha256")


def _born(read: Iterable[_Read]) -> dict[str, str]:
    """Give the birth date of each customer: that of their first line that has one."""
    born: dict[str, str] = {}
    for each in read:
        if each.birth_date is not None:
            born.setdefault(each.customer, each.birth_date)
    return born


def _with_customers(job: _Job, lot: Iterable[_Read]) -> Iterator[_Read]:
    for each in lot:
        if each.fault:
            job.report.refuse(Refusal(each.row.line, each.fault, each.place))
        else:
            yield each


def _count(report: ImportReport, line: int, outcome: Written | AllodError) -> None:
    if isinstance(outcome, Written):
        report.written += outcome.created
        report.already += not outcome.created
    elif isinstance(outcome, Taken):
        report.refuse(Refusal(line, outcome.reason_code, outcome.field))
    elif isinstance(outcome, Conflict):
        report.refuse(Refusal(line, "record.differs"))
    else:
        faults = outcome.faults if isinstance(outcome, Invalid) else ()
        place = faults[0].pointer.removeprefix("/") if faults else ""
        report.refuse(Refusal(line, outcome.reason_code, place))
