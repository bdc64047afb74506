"""Rows against the ledger: what the database says now, and what was stamped.

The ledger alone is checked by `ledger.checks.audit`. Here is what stands beside it:
each customer's chain of entries has no gap, each consent and authorization in the
history is the one that was stamped, on a notice that is still the same text, the facts
follow from the history, what staff arranged follows from their acts
(`vault.checks.actcheck`), and the access log's lanes are whole, hold what the ledger
says of them, and are found by everybody whom they name. Entries and openings are as
many as each other, those of the erased counted in, and those that a restore lost. The
chain of orders is whole (`vault.erasure.order_check`), and who was erased has no row
here. The content of contributions is not opened here: their author checks it, with an
export. Records are opened, and held to their rows: class, retention, whether
contributed, which parts.
"""

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from consent.replay import consent_events, faults, notice_faults, ugc_events
from kit.db import Database
from kit.errors import AllodError
from ledger.checks.audit import LedgerFinding
from ledger.formats.chain import verify_chain
from ledger.formats.commitment import CommitmentError
from ledger.formats.entry_kinds import EntryType
from ledger.log import RESTORED, Log
from vault._internal.customer_registry import Register, SubjectState
from vault._internal.ports.orders import OrderStore
from vault._internal.ports.subjects import SubjectStore
from vault.acceptance.resealing import Resealing
from vault.audit.access_log import AccessLog, LaneHead
from vault.checks.actcheck import ActCheck
from vault.customers.births import Births
from vault.erasure.order_check import OrderCheck
from vault.proofs.openings import Openings, Stamped


class RowCheck:
    """Compares rows with openings, customer by customer."""

    def __init__(
        self,
        *,
        database: Database,
        subjects: SubjectStore,
        openings: Openings,
        acts: ActCheck,
        orders: OrderStore,
        chain: OrderCheck,
        register: Register,
        access_log: AccessLog,
        log: Log,
        resealing: Resealing,
        births: Births,
    ) -> None:
        self._database = database
        self._subjects = subjects
        self._openings = openings
        self._acts = acts
        self._orders = orders
        self._chain = chain
        self._register = register
        self._access_log = access_log
        self._log = log
        self._resealing = resealing
        self._births = births

    def findings(self, *, older: bool = False) -> Iterator[LedgerFinding]:
        """Name what the ledger does not bear out; no subject and no value is named.

        Of a home that an `older` program wrote no record is opened, which would all
        be other than their rows say, and there is no chain of orders to be held to.
        """
        for subject in self._subjects.stamped():
            try:
                yield from list(self._subject(subject))
            except AllodError as error:
                yield LedgerFinding("rows", None, error.detail)
            except ValueError:
                yield LedgerFinding("rows", None, "a row holds a word that is none")
        with self._database.read() as session:
            notices = list(notice_faults(session))
        for detail in notices:
            yield LedgerFinding("notice", None, detail)
        for fault in self._access_log.faults():
            yield LedgerFinding("access_log.lane", None, fault)
        yield from self._looked_up()
        yield from self._lanes()
        yield from self._counted()
        yield from self._erased()
        if not older:
            yield from self._chain.findings()
            yield from self._sealed()
            yield from self._born()

    def _sealed(self) -> Iterator[LedgerFinding]:
        """Open every record and hold it to its row, class by class."""
        try:
            damaged = self._resealing.unsound().damaged
        except AllodError as error:  # a class is not as it was written here
            yield LedgerFinding("record", None, error.detail)
            return
        if damaged:
            yield LedgerFinding(
                "record",
                None,
                f"{damaged} records do not open as sealed, or their rows say otherwise",
            )

    def _born(self) -> Iterator[LedgerFinding]:
        """Open every birth date."""
        damaged = self._births.damaged()
        if damaged:
            yield LedgerFinding("birth", None, f"{damaged} birth dates do not open")

    def _lanes(self) -> Iterator[LedgerFinding]:
        """Hold the access log to the ledger, but for what a restore said it lost."""
        lost = self._log.restored()
        for index, facts in self._log.operators("lane.head"):
            if any(index in each for each in lost):
                continue
            head = LaneHead(
                bytes.fromhex(facts["lane"]), facts["seq"], bytes.fromhex(facts["hash"])
            )
            if not self._access_log.holds(head):
                yield LedgerFinding(
                    "access_log.head", index, "a row of the access log is gone or other"
                )

    def _looked_up(self) -> Iterator[LedgerFinding]:
        """Hold what events are found by, for a person, to the events themselves."""
        unfound = self._access_log.unfound()
        if unfound:
            yield LedgerFinding(
                "access_log.unfound",
                None,
                f"by {unfound} entries the access log is looked up otherwise than its"
                " rows say: whom they name may not find them",
            )

    def _counted(self) -> Iterator[LedgerFinding]:
        """Count openings: a customer's whole chain, taken away, leaves no gap in it."""
        open_ones = self._subjects.count_all_openings()
        erased = sum(chain["entries"] for chain in self._orders.chains())
        lost = [facts for _, facts in self._log.operators(RESTORED)]
        known = open_ones + erased + sum(each["subjects"] for each in lost)
        if known != self._log.count(EntryType.SUBJECT):
            yield LedgerFinding(
                "openings", None, "entries and openings differ in number"
            )
        stamped = self._orders.count_stamped() + sum(each["erasures"] for each in lost)
        if stamped != self._log.count(EntryType.ERASURE):
            detail = "entries of erasures and their orders differ in number"
            yield LedgerFinding("erasures", None, detail)

    def _erased(self) -> Iterator[LedgerFinding]:
        """Look for rows of people who were erased: a purge leaves none."""
        back = [each for each in self._orders.purged() if self._subjects.said_of(each)]
        if back:
            detail = f"{len(back)} customers who were erased have rows in data/ again"
            yield LedgerFinding("erased.rows", None, detail)
        if any(
            self._register.state(each) is not SubjectState.DESTROYED
            for each in self._orders.purged()
        ):
            detail = "keys/ does not fence off everybody who was erased"
            yield LedgerFinding("erased.fence", None, detail)

    def _subject(self, subject: bytes) -> Iterator[LedgerFinding]:
        try:
            stamped = self._openings.of(subject)
            verify_chain(each.opening for each in stamped)
        except AllodError as error:
            yield LedgerFinding("chain", None, error.detail)
            return
        if self._openings.count(subject) != len(stamped):
            yield LedgerFinding(
                "openings", None, "a chain has another length than its count"
            )
        if not self._openings.are_tagged(subject, stamped):
            yield LedgerFinding(
                "openings", None, "an entry is kept under another record"
            )
        with self._database.read() as session:
            said = [event.content() for event in consent_events(session, subject)]
            allowed = ugc_events(session, subject)
            wrong = list(faults(session, subject))
        yield from _compared("consent", _of_kind(stamped, "consent"), said)
        for record in {event.record for event in allowed}:
            contents = [each.content() for each in allowed if each.record == record]
            mine = [
                each
                for each in _of_kind(stamped, "authorization")
                if each.opening.link.record == record
            ]
            yield from _compared("authorization", mine, contents)
        for detail in wrong:
            yield LedgerFinding("fact", None, detail)
        yield from self._acts.findings(subject, stamped)


def _of_kind(stamped: Iterable[Stamped], kind: str) -> list[Stamped]:
    return [s for s in stamped if s.opening.kind == kind]


def _compared(
    kind: str, stamped: Iterable[Stamped], contents: Iterable[bytes]
) -> Iterator[LedgerFinding]:
    for entry, content in zip_longest(stamped, contents):
        if entry is None:
            yield LedgerFinding(kind, None, f"a row of {kind} was never stamped")
        elif content is None:
            yield LedgerFinding(kind, entry.index, f"a stamped {kind} has no row")
        else:
            try:
                entry.opening.check(content)
            except CommitmentError:
                yield LedgerFinding(
                    kind, entry.index, f"a row of {kind} is not as stamped"
                )
