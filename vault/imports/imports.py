"""Importing a file: streaming, resumable, and the same however often it is repeated.

Every record has a name by which a repeated import finds what it wrote, in this file or
a longer one (`vault.imports.import_keys`). A file is read from its start each time; how
far an import is moves in the transaction of its batch, so an interrupted one writes on
behind the last line that is durable. A finished one may be run again: it then writes
what is missing, and nothing else.

A line is read whole and refused whole (`vault.imports.import_lines`); a customer who is
new is registered with the first line of which something is written
(`vault.imports.import_lots`).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kit.clock import Clock, unix
from kit.db import Database
from vault._internal.ports.imports import ImportStore, RunRow
from vault.catalog.catalog import Catalog
from vault.customers.births import Births
from vault.gate.question import Question
from vault.gate.vocabulary import Vocabulary
from vault.imports.import_keys import ImportKeys, seen
from vault.imports.import_lines import ImportLine, LineReader
from vault.imports.import_lots import LotWriter, Underway
from vault.imports.import_map import ImportMap
from vault.imports.import_map_yaml import load
from vault.imports.import_places import placed
from vault.imports.import_report import Account, ImportReport, Progress, Tell
from vault.imports.input_files import Fingerprint, fingerprint
from vault.imports.packed_files import opened
from vault.imports.row_parsers import read_rows
from vault.intake.lots import lots

SHOWN_DIGEST: Final = 8


class Imports:
    """Imports files into the vault."""

    def __init__(
        self,
        *,
        database: Database,
        store: ImportStore,
        writer: LotWriter,
        catalog: Catalog,
        words: Vocabulary,
        births: Births,
        keys: ImportKeys,
        clock: Clock,
    ) -> None:
        self._database = database
        self._store = store
        self._writer = writer
        self._catalog = catalog
        self._words = words
        self._births = births
        self._keys = keys
        self._clock = clock

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
        tell: Tell | None = None,
    ) -> ImportReport:
        """Import a file, or the rest of it if an import of it was interrupted.

        The question says who imports, and for which purpose; the gate is asked about
        each batch. `tell` is told of every refusal, once its batch is durable.

        Raises:
            Invalid: the policies know no such purpose, or not the map's region.
            Refused: they refuse to have customers made known for this purpose.
            Unavailable: engine or access log cannot answer.
            SourceUnreadable: it is missing, damaged, or its header is another.

        """
        for region in plan.regions:
            self._words.require_region(region)
        file = fingerprint(path, plan.layout.encoding)
        row = self._begun(plan, file)
        run = Underway(row.number, row.line, Account(*row.counts))
        report = ImportReport(
            *(file.lines, row.line, run.done),
            tell=tell,
            encoding=file.encoding,
            by_line=plan.by_line,
        )
        with self._lines(plan, path, file) as lines:
            behind = (line for line in lines if line.row.line > row.line)
            for lot in lots(behind, lambda each: each.customer):
                for asked, piece in placed(
                    question, lot, self._words.reached_from, _region
                ):
                    report.take(self._writer.write(asked, run, piece))
                report.done = run.done
                if progress is not None:
                    progress(run.line, file.lines)
        with self._database.write() as session:
            self._store.end(session, run.number, at=unix(self._clock.now()))
        report.refusals.sort()
        return report

    def check(
        self,
        question: Question,
        plan: ImportMap,
        path: Path,
        *,
        progress: Progress | None = None,
        tell: Tell | None = None,
    ) -> ImportReport:
        """Read a file as an import would, and say what would become of it.

        Nothing is written, nobody is registered, and nothing goes on record: no value
        that is held is opened. What only a write finds out (that something is held, or
        that somebody else was first) is not foretold.

        Raises:
            Invalid, Refused, Unavailable, SourceUnreadable: as `run` would.

        """
        for region in plan.regions:
            self._words.require_region(region)
        file = fingerprint(path, plan.layout.encoding)
        report = ImportReport(
            file.lines, tell=tell, encoding=file.encoding, by_line=plan.by_line
        )
        with self._lines(plan, path, file) as lines:
            for lot in lots(lines, lambda each: each.customer):
                came = self._writer.tried(question, lot)
                report.done = report.done.plus(came.account)
                report.take(came)
                if progress is not None:
                    progress(lot[-1].row.last, file.lines)
        report.refusals.sort()
        return report

    def source(self, file: Fingerprint, map_text: bytes) -> bytes:
        """Name an import of a file by a map, as its row does."""
        return self._keys.source(file, map_text)

    def _begun(self, plan: ImportMap, file: Fingerprint) -> RunRow:
        source = self.source(file, plan.text)
        with self._database.write() as session:
            now = unix(self._clock.now())
            return self._store.begin(session, source, file.digest[:SHOWN_DIGEST], now)

    @contextmanager
    def _lines(
        self, plan: ImportMap, path: Path, file: Fingerprint
    ) -> Iterator[Iterable[ImportLine]]:
        with opened(path) as stream, seen() as met:
            reader = LineReader(
                plan=plan,
                file=file,
                catalog=self._catalog,
                births=self._births,
                keys=self._keys,
                seen=met,
            )
            yield map(reader.read, plan.rows(read_rows(stream, plan.layout)))


def _region(line: ImportLine) -> str | None:
    return None if line.newcomer is None else line.newcomer.region
