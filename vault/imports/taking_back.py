"""Taking one import back: what it made, and nobody has touched since, goes again.

    begun    no line of it is written any more, whoever still imports it
    lots     a thousand records at most, each in a transaction of its own, by leave of
             the gate; then what they were found by, and the note that they were made
    done     both stores' logs are cut, in which their sealed bytes still stood; then
             the state, an entry on the ledger, and an order, in one transaction

A crash, or a part that the gate refuses, leaves it half done: the next call goes on.
Only the last step says so, and has an order: what was never said may be lost.
A restore does it again in one transaction, in the place that its order has among the
others, without asking the gate: what stays by the row itself, stays then as well.

The name of a record that went is free, and so the file may come again. What stays is
counted by what keeps it. Customers stay: to be erased is theirs to ask.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from kit.clock import Clock, unix
from kit.db import Database, WriteSession
from kit.errors import AllodError, NotFound, Unavailable
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import StoreName, declare_order, narrows
from ledger.log import Log
from ledger.ports import Ordering, Replayer
from vault._internal.blind_index import BlindIndex, IndexEntry
from vault._internal.ports.identity import IdentityStore
from vault._internal.ports.imports import (
    TAKEN,
    ImportStore,
    Item,
    MadeRow,
    MadeStore,
    RunRow,
)
from vault._internal.ticket import WriteTicket
from vault.catalog.catalog import Catalog
from vault.gate.question import Question
from vault.imports.import_places import placed
from vault.imports.import_report import Progress
from vault.imports.import_runs import MAY_GO, Run, TakenBack
from vault.intake.lots import lots
from vault.intake.sealing import class_of
from vault.organisation.staff_actions import require_reason
from vault.writes.tickets import Tickets
from vault.writes.write_events import Target

TAKEN_BACK: Final = "import.taken_back"
UNKNOWN: Final = "collection.unknown"

entry_kinds.declare(TAKEN_BACK, entry_kinds.EntryType.OPERATOR)
declare_order(TAKEN_BACK, StoreName.DATA, sealed=False)
narrows(TAKEN_BACK, TAKEN_BACK)


class TakingBack:
    """Takes imports back."""

    def __init__(
        self,
        *,
        database: Database,
        runs: ImportStore,
        made: MadeStore,
        identity: IdentityStore,
        index: BlindIndex,
        catalog: Catalog,
        tickets: Tickets,
        reached_from: Callable[[str], frozenset[str]],
        orders: Ordering,
        log: Log,
        clock: Clock,
    ) -> None:
        self._database = database
        self._identity = identity
        self._runs = runs
        self._made = made
        self._index = index
        self._catalog = catalog
        self._tickets = tickets
        self._reached_from = reached_from
        self._orders = orders
        self._log = log
        self._clock = clock

    def known(self) -> list[Run]:
        """List the imports that wrote something, in order."""
        return [Run.of(row) for row in self._runs.runs()]

    def check(self, number: int) -> TakenBack:
        """Say what would come of it; what the gate would say is not asked.

        Raises:
            NotFound: no such import.

        """
        return TakenBack.foretold(self._required(number), self._made.tally(number))

    def take(
        self,
        question: Question,
        number: int,
        *,
        reason: str,
        progress: Progress | None = None,
    ) -> TakenBack:
        """Take an import back, or go on with it; again, it changes nothing.

        It is not done while the gate refuses a part: say it again for another purpose.

        Raises:
            NotFound: no such import.
            Invalid: there is no reason, or no such purpose.
            Unavailable: engine, access log or mirror cannot answer, or a reader keeps
                a log open; repeat it.

        """
        reason = require_reason(reason)
        if self._required(number).state == TAKEN:
            with self._database.write() as session:
                self._orders.confirm(session)
            return self._answer(number, Counter(), before=True)
        with self._database.write() as session:
            self._made.begin(session, number, reason)
        for page in self._made.left(number):
            self._settle(page)
        codes = self._remove_all(question, number, progress)
        if not self._made.tally(number).get(MAY_GO):
            self._cut_logs()
            self._finish(number)
        return self._answer(number, codes)

    def replayers(self) -> dict[str, Replayer]:
        """Give what takes an import back once more, after a restore."""
        return {TAKEN_BACK: self._again}

    def _required(self, number: int) -> RunRow:
        run = self._runs.find(number)
        if run is None:
            raise NotFound
        return run

    def _remove_all(
        self, question: Question, number: int, progress: Progress | None
    ) -> Counter[str]:
        codes, done = Counter[str](), 0
        total = self._made.tally(number).get(MAY_GO, 0)
        pages = chain.from_iterable(self._made.made(number))
        for lot in lots(pages, lambda each: each.subject):
            for asked, piece in placed(question, lot, self._reached_from, _region):
                codes += self._remove(asked, number, piece)
                self._settle(_items(piece))
            done += len(lot)
            if progress is not None:
                progress(done, total)
        return codes

    def _remove(
        self, question: Question, number: int, rows: Sequence[MadeRow]
    ) -> Counter[str]:
        """Remove a lot by leave of the gate; counts what it refuses, by its codes."""
        known = [each for each in rows if each.collection in self._catalog.collections]
        targets = [self._target(each) for each in known]
        errors: list[AllodError | None] = []

        def ask() -> WriteTicket:
            ticket, errors[:] = self._tickets.ask(question, targets)
            return ticket

        def work(ticket: WriteTicket) -> tuple[None, list[bytes]]:
            allowed = _allowed(known, errors)
            with self._tickets.unit_of_work(ticket) as session:
                self._made.remove(session, number, allowed)
            return None, [subject for subject, _ in allowed]

        self._tickets.spend(ask, work)
        codes = Counter(each.reason_code for each in errors if each is not None)
        codes[UNKNOWN] += len(rows) - len(known)
        return +codes

    def _target(self, row: MadeRow) -> Target:
        """Say what is written over: a record, with all that it may hold."""
        collection = self._catalog.collection(row.collection)
        fields = frozenset(collection.fields)
        known = class_of(collection, collection.fields)
        return Target(row.subject, known, fields, collection.ugc, row.record)

    def _settle(self, items: Sequence[Item]) -> None:
        """Have what went be found by nothing, and its name be free."""
        with self._database.write() as session:
            self._settle_in(session, items)

    def _settle_in(self, session: WriteSession, items: Sequence[Item]) -> None:
        gone = self._made.gone(session, items)
        if not gone:
            return
        entries = [IndexEntry(*item, ()) for item in gone]
        with self._index.indexing(entries) as put:
            for entry in entries:
                put(entry)
        self._made.forget(session, gone)

    def _cut_logs(self) -> None:
        try:
            self._identity.truncate_log()
            self._database.truncate_wal()
        except Unavailable:
            raise Unavailable(
                "the records are gone, but a reader keeps a log open in which their"
                " sealed bytes still stand",
                fix="repeat it when long reads have ended; it goes on from here",
            ) from None

    def _finish(self, number: int) -> None:
        with self._database.write() as session:
            self._orders.confirm(session)
            run = self._end(session, number)
            if run is not None:
                order = _named(run) | {"reason": run.reason}
                self._orders.add(session, TAKEN_BACK, order)

    def _again(
        self, session: WriteSession, _: bytes | None, result: Mapping[str, Any]
    ) -> None:
        """Take an import back that an older copy still has, all in one."""
        number, run = result["import"], self._runs.find(result["import"], session)
        if run is None or any(result[key] != said for key, said in _named(run).items()):
            return
        self._made.begin(session, number, result["reason"])
        for page in self._made.made(number, session):
            self._made.remove(session, number, _items(page))
            self._settle_in(session, _items(page))
        self._end(session, number)

    def _end(self, session: WriteSession, number: int) -> RunRow | None:
        """Have it be back, with an entry; None if it was before."""
        if not self._made.end(session, number, at=unix(self._clock.now())):
            return None
        run = self._runs.find(number, session)
        if run is not None:
            facts = {"number": number, "records": run.removed}
            self._log.stamp_operator(session, TAKEN_BACK, facts)
        return run

    def _answer(
        self, number: int, codes: Counter[str], *, before: bool = False
    ) -> TakenBack:
        run, tally = self._required(number), self._made.tally(number)
        return TakenBack.of(run, tally, before=before, codes=codes)


def _named(run: RunRow) -> dict[str, Any]:
    """Say which import is meant: in an older copy its number may be another's."""
    return {"import": run.number, "source": run.source.hex(), "at": run.at}


def _allowed(
    rows: Sequence[MadeRow], errors: Sequence[AllodError | None]
) -> list[Item]:
    pairs = zip(rows, errors, strict=True)
    return _items([row for row, error in pairs if error is None])


def _items(rows: Sequence[MadeRow]) -> list[Item]:
    return [(each.subject, each.record) for each in rows]


def _region(row: MadeRow) -> str:
    return row.region
