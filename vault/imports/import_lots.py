"""One lot of lines: who is new is made known, and what their lines say is written.

Nobody is made known by a line of which nothing would be written: what the policies, a
fence or another's identifier would keep out is asked before. What is there of one whom
the lot does not make known is asked record by record, as it is written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from kit.db import WriteSession
from kit.errors import AllodError
from vault._internal.classes import CustomerClass
from vault._internal.ports.imports import ImportStore
from vault.customers.births import Births
from vault.customers.registration import NewCustomer, Registrar
from vault.gate.question import Question
from vault.imports.import_lines import ImportLine, Want
from vault.imports.import_report import (
    Account,
    Came,
    Doubt,
    Outcome,
    Refusal,
    account_of,
)
from vault.imports.import_targets import ImportTarget, ImportTargets, as_new
from vault.intake.foretelling import Foretelling, Wished
from vault.intake.indexing import Indexing
from vault.intake.intake import BatchEntry, Intake
from vault.intake.sealing import Checked
from vault.intake.storing import WriteResult


@dataclass(slots=True)
class Underway:
    """An import under way: its number, and what came of the lines so far."""

    number: int
    line: int
    done: Account


class _Ready(NamedTuple):
    """A record to be written, and which line of the lot it is of."""

    at: int
    entry: BatchEntry
    record: Checked


class _Result(NamedTuple):
    """What came of one record of a line, and of which collection it is."""

    collection: str
    outcome: Outcome


class _Lot:
    """What becomes of each record of the lines of one lot."""

    def __init__(self, lines: Sequence[ImportLine]) -> None:
        self.lines = lines
        self.outcomes: list[list[_Result]] = [[] for _ in lines]
        self.out = {at for at, line in enumerate(lines) if not line.wants}

    def refuse(self, at: int, error: AllodError) -> None:
        """Keep a line out whole."""
        self.refuse_each(at, [error] * len(self.lines[at].wants))

    def refuse_each(self, at: int, errors: Iterable[AllodError]) -> None:
        """Keep a line out whole: each of its records for its own reason."""
        self.out.add(at)
        for want, error in zip(self.lines[at].wants, errors, strict=True):
            self.add(at, want.checked, error)

    def add(self, at: int, record: Checked, outcome: Outcome) -> None:
        """Keep what came of one record of a line."""
        self.outcomes[at].append(_Result(record.collection.name, outcome))

    def open(self) -> Iterator[tuple[int, ImportLine]]:
        """Go through the lines of which something may be written."""
        return ((at, line) for at, line in enumerate(self.lines) if at not in self.out)

    def came(self) -> Came:
        """Say what came of all lines."""
        return Came(self.account(), [*self._refusals()], [*self._doubts()])

    def account(self) -> Account:
        """Account for all lines."""
        found = Account()
        for line, came in zip(self.lines, self.outcomes, strict=True):
            outcomes = [each.outcome for each in came]
            refused = len(line.refusals)
            found = found.plus(account_of(line.length, outcomes, refused))
        return found

    def _refusals(self) -> Iterator[Refusal]:
        for line, came in zip(self.lines, self.outcomes, strict=True):
            told = (
                Refusal.of(line.row.line, error, collection)
                for collection, error in came
                if isinstance(error, AllodError)
            )
            for refusal in (*line.refusals, *told):
                yield replace(refusal, last=line.row.last)

    def _doubts(self) -> Iterator[Doubt]:
        for line, came in zip(self.lines, self.outcomes, strict=True):
            outcomes = (each.outcome for each in came)
            held = (each for each in outcomes if isinstance(each, WriteResult))
            for name in (name for each in held for name in each.doubtful):
                yield Doubt(line.row.line, name)


class LotWriter:
    """Writes lots of lines."""

    def __init__(
        self,
        *,
        imports: ImportStore,
        targets: ImportTargets,
        registration: Registrar,
        intake: Intake,
        indexing: Indexing,
        foretelling: Foretelling,
        births: Births,
    ) -> None:
        self._imports = imports
        self._targets = targets
        self._registration = registration
        self._intake = intake
        self._indexing = indexing
        self._foretelling = foretelling
        self._births = births

    def write(
        self, question: Question, run: Underway, lines: Sequence[ImportLine]
    ) -> Came:
        """Write a lot, and how far the import is with it."""
        lot = _Lot(lines)
        # Order: who is new is made known in a commit of its own, then records are
        # written, and with them how far the import is. A crash in between leaves
        # customers without records, whom the same lot finds as known.
        known, new = self._admitted(question, lot)
        found = self._made_known(question, run, lot, new)
        ready = list(self._ready(lot, known, found))

        def also(
            session: WriteSession, written: Sequence[WriteResult | AllodError]
        ) -> None:
            for each, outcome in zip(ready, written, strict=True):
                lot.add(each.at, each.record, outcome)
            self._imports.wrote(session, run.number, _records(ready, written))
            # Taken before: repeated, the count begins again from what was committed.
            run.done = run.done.plus(lot.account())
            # Only where the lot is written: where it fails, the next run begins with
            # its first line.
            run.line = lines[-1].row.last
            # In the unit of work that wrote the lot: what is counted as done is there,
            # and what is there is counted.
            self._imports.move(session, run.number, run.line, run.done)

        self._intake.put_batch(question, [each.entry for each in ready], also=also)
        return lot.came()

    def tried(self, question: Question, lines: Sequence[ImportLine]) -> Came:
        """Say what would become of a lot, and write nothing.

        Raises:
            Refused: the policies refuse to have customers made known.

        """
        lot = _Lot(lines)
        known, news = self._admitted(question, lot)
        classes = dict.fromkeys(self._class_of(new) for new in news.values())
        self._foretelling.require_customers(question, list(classes))
        keys = self._targets.keys_of(known.values())
        wants = [(at, line, want) for at, line in lot.open() for want in line.wants]
        wished = [
            Wished(known.get(line.customer) or self._class_of(newcomer(line)), each)
            for _, line, (each, *_) in wants
        ]
        refused = self._foretelling.of_records(question, wished)
        fresh = [
            (line.customer, _said(w)) for _, line, w in wants if line.customer in news
        ]
        taken = iter(self._indexing.taken(fresh))
        for (at, line, want), error in zip(wants, refused, strict=True):
            if line.customer in news:
                found: ImportTarget | AllodError | None = next(taken)
            else:
                found = self._targets.find(keys.get(known[line.customer]), want)
            outcome = error or _would_be(found, want.checked.doubtful)
            lot.add(at, want.checked, outcome)
        return lot.came()

    def _admitted(
        self, question: Question, lot: _Lot
    ) -> tuple[Mapping[str, bytes], dict[str, NewCustomer]]:
        """Say who is known and who is to be, and keep out what is kept out whole."""
        known = self._registration.known(line.customer for _, line in lot.open())
        opened = list(lot.open())
        said = [[_said(want) for want in line.wants] for _, line in opened]
        for (at, _), erased in zip(opened, self._indexing.kept_out(said), strict=True):
            if erased is not None:
                lot.refuse(at, erased)
        new = [each for each in lot.open() if each[1].customer not in known]
        for at, errors in self._foretold(question, new):
            if None not in errors:
                lot.refuse_each(at, [each for each in errors if each is not None])
        news: dict[str, NewCustomer] = {}
        for at, line in new:
            if at not in lot.out:
                news.setdefault(line.customer, newcomer(line))
        return known, news

    def _foretold(
        self, question: Question, new: Sequence[tuple[int, ImportLine]]
    ) -> Iterator[tuple[int, list[AllodError | None]]]:
        """Say of each line of those who are new what would keep each record out."""
        wants = [(line, want) for _, line in new for want in line.wants]
        wished = [
            Wished(self._class_of(newcomer(line)), want.checked) for line, want in wants
        ]
        refused = self._foretelling.of_records(question, wished)
        said = [(line.customer, _said(want)) for line, want in wants]
        taken = self._indexing.taken(said)
        errors = iter([a or b for a, b in zip(refused, taken, strict=True)])
        for at, line in new:
            yield at, [next(errors) for _ in line.wants]

    def _class_of(self, new: NewCustomer) -> CustomerClass:
        minor = self._births.minor(new.region, new.minor, new.birth_date)
        return CustomerClass(new.region, "active", minor)

    def _made_known(
        self,
        question: Question,
        run: Underway,
        lot: _Lot,
        news: Mapping[str, NewCustomer],
    ) -> dict[str, bytes]:
        done = run.done

        def told(session: WriteSession, count: int) -> None:
            run.done = done._replace(customers=done.customers + count)
            self._imports.move(session, run.number, run.line, run.done)

        found = self._registration.register_many(question, news.values(), told=told)
        for at, line in lot.open():
            error = found.get(line.customer)
            if isinstance(error, AllodError):
                lot.refuse(at, error)
        return {name: each for name, each in found.items() if isinstance(each, bytes)}

    def _ready(
        self, lot: _Lot, known: Mapping[str, bytes], new: Mapping[str, bytes]
    ) -> Iterator[_Ready]:
        lines = list(lot.open())
        keys = self._targets.keys_of(
            known[line.customer] for _, line in lines if line.customer not in new
        )
        for at, line in lines:
            for want in line.wants:
                if line.customer in new:
                    yield _Ready(at, as_new(new[line.customer], want), want.checked)
                    continue
                found = self._targets.find(keys.get(known[line.customer]), want)
                if isinstance(found, ImportTarget):
                    yield _Ready(at, found.entry, want.checked)
                else:
                    lot.add(at, want.checked, found)


def newcomer(line: ImportLine) -> NewCustomer:
    """Say what a customer becomes who is new with a line."""
    region, minor, born = line.newcomer or ("", "unknown", None)
    return NewCustomer(line.customer, region, minor, birth_date=born)


def _would_be(
    target: ImportTarget | AllodError | None, doubtful: tuple[str, ...]
) -> Outcome:
    """Give what a record would come to; one of somebody who is new is new."""
    if isinstance(target, AllodError):
        return target
    outcome = "created" if target is None else target.outcome
    return WriteResult(b"", 0, outcome, doubtful=doubtful)


def _said(want: Want) -> tuple[str, Mapping[str, object]]:
    return want.checked.collection.name, want.checked.values


def _records(
    ready: Sequence[_Ready], written: Sequence[WriteResult | AllodError]
) -> Iterator[tuple[bytes, bytes, bool]]:
    """Name the records that were written, and say of each whether it is new."""
    for each, outcome in zip(ready, written, strict=True):
        subject = each.entry.subject
        if (
            isinstance(outcome, WriteResult)
            and subject
            and outcome.outcome != "there_already"
        ):
            yield subject, outcome.record, outcome.created
