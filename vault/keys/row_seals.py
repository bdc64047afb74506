"""Rows that grant: vouched for once when a home is upgraded, and held to it ever after.

What an older program wrote has no MAC. The upgrade gives one to what is there, after
`fsck` found it in order, and says so in the ledger; from then on no row without is
believed, and no later upgrade gives any by itself. So a home that is made to look
older, with rows put into it by hand, is found out by the entry; and a copy from before
the upgrade needs its operator's word, which is one more entry.

A unit or a post has no act that it could be held to. Each change of them says in the
ledger what all of them were before and are now, as keyed hashes; `fsck` compares each
with the one before it, and the last with what there is. What a restore appended speaks
of a state that was lost with the newer data.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final, Protocol

from kit.db import Database, WriteSession
from kit.errors import IntegrityFault
from ledger.checks.audit import LedgerFinding
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import neither
from ledger.log import Log
from vault._internal.blind_index import BlindIndex
from vault._internal.customer_registry import Register, SubjectState
from vault._internal.ports.keeping import RowMacStore
from vault._internal.ports.orders import OrderStore
from vault._internal.ports.organisation import UnitStore
from vault._internal.ports.subjects import SubjectStore
from vault.organisation.organisation import CHANGED

SEALED: Final = "rows.sealed"

entry_kinds.declare(SEALED, entry_kinds.EntryType.OPERATOR)
neither(SEALED)


class Vouched(Protocol):
    """Rows of a higher layer that the upgrade vouches for."""

    def vouch(self) -> None:
        """Give each row that has no MAC its own, in lots."""

    def lacking(self) -> bool:
        """Tell whether any row has no MAC at all."""


class RowSeals:
    """The MACs of one installation's rows, all of them together."""

    def __init__(
        self,
        database: Database,
        *,
        row_macs: RowMacStore,
        identity: RowMacStore,
        units: UnitStore,
        subjects: SubjectStore,
        orders: OrderStore,
        register: Register,
        index: BlindIndex,
        log: Log,
    ) -> None:
        self._database = database
        self._vault = row_macs
        self._identity = identity
        self._units = units
        self._subjects = subjects
        self._orders = orders
        self._register = register
        self._index = index
        self._log = log
        self._others: list[Vouched] = []
        self._again = False

    def join(self, other: Vouched) -> None:
        """Have rows of a higher layer vouched for along with these."""
        self._others.append(other)

    def allow_again(self) -> None:
        """Take the operator's word that a copy from before the upgrade was put back."""
        self._again = True

    def give(self) -> None:
        """Vouch for what an older program wrote; once, and safe to cut off anywhere.

        Raises:
            IntegrityFault: it was done before, and there are rows that lack it; or a
                customer's row leads to another's account.

        """
        if any(True for _ in self._log.operators(SEALED)) and not self._again:
            self._require_whole()
            return
        self._identity.give(self._register.require_own)
        self._vault.give()
        self.begin()
        for each in self._others:
            each.vouch()
        with self._database.write() as session:
            self.declare(session)

    def _require_whole(self) -> None:
        own = self._vault.lacking() or self._identity.lacking()
        if own or any(each.lacking() for each in self._others):
            raise IntegrityFault(
                "rows were put into this home that no program here has vouched for",
                code="upgrade.again",
                fix="if it is a copy from before its upgrade that was put back, run"
                " `allod upgrade --vouch-again`",
            )

    def begin(self) -> None:
        """Begin to tally what is vouched for as a whole; for init and the upgrade."""
        self._register.begin_tally()

    def declare(self, session: WriteSession) -> None:
        """Say in the ledger that from now on no row without a MAC is believed."""
        facts = {"units": self._units.state(session)}
        self._log.stamp_operator(session, SEALED, facts)

    def findings(self) -> Iterator[LedgerFinding]:
        """Name what was not written here, or does not fit together; never whose."""
        for table, count in chain(self._vault.wrong(), self._identity.wrong()):
            yield LedgerFinding("row", None, f"{count} of {table} not written here")
        yield from self._organisation()
        yield from self._unknown()

    def _organisation(self) -> Iterator[LedgerFinding]:
        for index in self._rearranged():
            detail = "units and posts are not as they were last arranged"
            yield LedgerFinding("org", index, detail)
        if not self._units.is_tree():
            detail = "the lines between units are not those of the units"
            yield LedgerFinding("org", None, detail)

    def _rearranged(self) -> list[int | None]:
        """Name the entries after which units or posts were changed by other hands."""
        lost, found, at, last = self._log.restored(), list[int | None](), None, None
        said = sorted(
            (index, kind, facts["units"], facts.get("was"))
            for kind in (SEALED, CHANGED)
            for index, facts in self._log.operators(kind)
            if "units" in facts and not any(index in each for each in lost)
        )
        for index, kind, units, was in said:
            if kind == SEALED:  # the operator's word for what there was
                found.clear()
            elif was is not None and was != last:
                found.append(at)
            at, last = index, units
        return found if last in (None, self._units.state()) else [*found, at]

    def _unknown(self) -> Iterator[LedgerFinding]:
        lost = sum(not self._register.is_whole(s) for s in self._subjects.all())
        if lost:
            yield LedgerFinding(
                "identity", None, f"{lost} subjects without a customer or key"
            )
        if unbound := self._index.unbound():
            detail = f"{unbound} identifiers not bound to their customer"
            yield LedgerFinding("row", None, detail)
        if unlike := self._register.without_likeness():
            detail = f"{unlike} customers whose ids could be taken in another case"
            yield LedgerFinding("row", None, detail)
        open_ones = sum(
            self._register.state(subject) is not SubjectState.DESTROYED
            for subject in self._orders.unkeyed()
        )
        if open_ones:
            yield LedgerFinding("identity", None, f"{open_ones} erased without a fence")
        if not self._register.is_tallied():
            yield LedgerFinding(
                "row", None, "the list of suppressed identifiers is not whole"
            )
        for table in self._subjects.dangling():
            yield LedgerFinding(
                "row", None, f"a row of {table} names what is not there"
            )
