"""Destroying what leads to a subject: keys and customer id at once, the rest by lots.

    unlink   one transaction, as long however much is held: keys, customer id and what
             leads to it go, the fence comes; what records were found by leads nowhere
             from then on, and keeps the person out as it lies
    let_go   that goes, lot by lot, and its suppression comes in the same transaction
    settle   nothing says any more that they were leaving

Each may be cut off anywhere and done again. Somebody who comes back on purpose in
between is not suppressed by what is still to come.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from kit.clock import Clock, unix
from kit.errors import AllodError, IntegrityFault
from kit.ids import new_id
from ledger.formats.order import OrderRef
from vault._internal.customer_lookup import (
    CUSTOMER,
    CUSTOMER_ID,
    NO_RECORD,
    VERSION,
    CustomerIds,
)
from vault._internal.envelope import kid_of
from vault._internal.keyring import Keyring
from vault._internal.ports.identity import (
    CustomerRow,
    Held,
    IdentityReads,
    IdentityStore,
    IdentityWork,
    IndexRow,
    LeavingRow,
)
from vault._internal.suppression import COME_BACK, Suppression

LOT: Final = 200
"""So many identifiers go at once; others who write here wait for a lot at most."""
_FENCE: Final = "identity_fence"


class Unlinking(CustomerIds):
    """The customers of one installation, as far as they are to be destroyed."""

    def __init__(self, identity: IdentityStore, keyring: Keyring, clock: Clock) -> None:
        super().__init__(identity, keyring)
        self._suppression = Suppression(self._blind, keyring.rows)
        self._clock = clock

    def erase(
        self,
        subject: bytes,
        *,
        order_id: bytes,
        until: datetime,
        basis: str,
        ref: OrderRef,
    ) -> Held:
        """Destroy all that leads to a subject: `unlink`, `let_go` and `settle` in one.

        Raises:
            IntegrityFault: something is still there, or the fence is not.
            Unavailable: a reader keeps the log, in which the keys still stand.

        """
        held = self.unlink(
            subject, order_id=order_id, until=until, basis=basis, ref=ref
        )
        named = self.let_go(subject, until=until, basis=basis)
        self.settle(subject)
        return held._replace(named=named or 0)

    def unlink(
        self,
        subject: bytes,
        *,
        order_id: bytes,
        until: datetime,
        basis: str,
        ref: OrderRef,
    ) -> Held:
        """Destroy keys and customer id in one transaction, and cut the log.

        It takes as long however much is held. What their records are found by leads
        nowhere from then on, and keeps them out as it lies, until `let_go`. Suppresses
        their customer id until `until`, on the legal basis `basis`. Gives what there
        was and is no more: it is looked for, before the commit and after it. Done
        again, it deletes nothing more, and cuts the log all the same. `ref` is the
        place of the order, which this store keeps with the change.

        Raises:
            IntegrityFault: something is still there, or the fence is not.
            Unavailable: a reader keeps the log, in which the keys still stand. The
                rest is done; do it again before anything is certified.

        """
        now, end = unix(self._clock.now()), unix(until)
        self._blind.prepare()
        fence = self._rows.of(_FENCE, subject, order_id, now)
        with self._identity.work() as work:
            held, customer = work.links(subject), work.customer_of(subject)
            rows = work.index_said(subject, NO_RECORD)
            macs = self._suppression.held_alone(work, rows)
            alone = held._replace(identifiers=tuple(macs))
            if customer is not None:
                macs += [(CUSTOMER, handle) for handle in self._handles(customer)]
            lot = self._leave(work, subject, end)
            self._suppression.begin(work, macs, until=end, basis=basis, lot=lot)
            work.erase(subject, order_id, now, fence)
            work.set_applied(ref.number, ref.digest)
            _require_unlinked(work, subject)
            if work.names(alone):
                raise _still_there()
            self._require_suppressed(work, macs, end, now)
        self._identity.truncate_log()
        _require_unlinked(self._identity.reads, subject)
        return held

    def _leave(self, work: IdentityWork, subject: bytes, until: int) -> bytes:
        """Say that a subject is leaving, once; gives the lot of their suppressions."""
        known = work.leaving(subject)
        if known is not None:
            return known.lot
        lot = new_id()
        if not work.fenced(subject):
            row = LeavingRow(subject, lot, until, None, None)
            self._suppression.set_leaving(work, row)
        return lot

    def _require_suppressed(
        self,
        work: IdentityWork,
        macs: Sequence[tuple[str, bytes]],
        until: int,
        now: int,
    ) -> None:
        if until > now and not self._suppression.hold(work, macs, now):
            raise IntegrityFault("an identifier of the erased is not suppressed")

    def let_go(self, subject: bytes, *, until: datetime, basis: str) -> int | None:
        """Let go of what records of a subject are found by, lot by lot; cut the log.

        Each is suppressed as it goes, but for those that another living person has,
        too: with the last of them they go. Tells how many there were, by whatever
        rules; None if that was not to be known any more. It may be cut off anywhere,
        and be done again.

        Raises:
            IntegrityFault: something is still there, or the fence is not.
            Unavailable: a reader keeps the log, in which they still stand.

        """
        self._blind.prepare()
        with self._identity.work() as work:
            self._suppression.drop_lapsed(work, unix(self._clock.now()))
            leaving = self._counted(work, subject, unix(until))
        while self._let_go_some(subject, unix(until), basis):
            pass
        self._identity.truncate_log()
        self.require_destroyed(subject)
        return None if leaving is None else leaving.named

    def _counted(
        self, work: IdentityWork, subject: bytes, until: int
    ) -> LeavingRow | None:
        """Count what there is, once: none comes, and none has gone yet."""
        known = work.leaving(subject)
        if known is None or known.named is not None:
            return known
        # What was changed by hand is not vouched for: the order says until when.
        end = known.until if self._suppression.is_own_leaving(known) else until
        counted = known._replace(until=end, named=work.count_named(subject))
        self._suppression.set_leaving(work, counted)
        return counted

    def _let_go_some(self, subject: bytes, until: int, basis: str) -> bool:
        now = unix(self._clock.now())
        with self._identity.work() as work:
            rows = _of_whole_records(work.index_next(subject, LOT))
            if not rows:
                return False
            known = work.leaving(subject)
            macs = self._suppression.held_alone(work, rows)
            work.drop_indexed(rows)
            if any(work.holders(*each, 1) for each in macs):
                raise _still_there()
            if known is None or not self._has_come_back(known):
                lot = new_id() if known is None else known.lot
                self._suppression.begin(work, macs, until=until, basis=basis, lot=lot)
                self._require_suppressed(work, macs, until, now)
        return True

    def _has_come_back(self, row: LeavingRow) -> bool:
        return row.until == COME_BACK and self._suppression.is_own_leaving(row)

    def settle(self, subject: bytes) -> None:
        """Forget that a subject was leaving: what they were found by has gone.

        Raises:
            Unavailable: a reader keeps the log, in which it still stands.

        """
        with self._identity.work() as work:
            work.drop_leaving(subject)
        self._identity.truncate_log()

    def require_destroyed(self, subject: bytes) -> None:
        """Look for what an erasure destroyed, in what is committed.

        Raises:
            IntegrityFault: something is there again, or the fence is not.

        """
        reads = self._identity.reads
        _require_unlinked(reads, subject)
        if reads.index_next(subject, 1):
            raise _still_there()

    def _handles(self, row: CustomerRow) -> list[bytes]:
        """Give the hash of a customer's own id: one put there by hand is another's."""
        if self._is_ours(row):
            return [row.handle]
        try:
            keys = self._keyring.load(row.subject, kid_of(row.sealed))
            name = CUSTOMER_ID.open(keys, row.subject, VERSION, row.sealed)
        except AllodError:
            return []
        return [self._blind.handle(name.decode())]


def _of_whole_records(rows: list[IndexRow]) -> list[IndexRow]:
    """Leave out the last record of a full lot: the rest of it may be in the next."""
    last = rows[-1].record if len(rows) == LOT else None
    whole = [row for row in rows if row.record != last]
    return whole or rows


def _require_unlinked(reads: IdentityReads, subject: bytes) -> None:
    if not reads.links(subject).nothing:
        raise _still_there()
    if not reads.fenced(subject):
        raise IntegrityFault("the fence of an erased subject is not there")


def _still_there() -> IntegrityFault:
    return IntegrityFault(
        "what leads to an erased subject is still in the identity store",
        code="erasure.not_done",
        fix="run `allod doctor`; when the cause is gone, the erasure goes on by itself",
    )
