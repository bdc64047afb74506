"""Proposals: from a wish to change the policies to the change, by two principals.

    open ──approve──▶ open ──activate──▶ active
      └──────────withdraw──────────────▶ withdrawn

A proposal changes one bundle, its base, into another. It lapses with its base: once
anything else is put in force, what was measured against the base says nothing more.

Who approves is not who proposed. A proposal that opens anything needs a second
approval, by a third principal, with a reason. To go back to an earlier bundle needs
nobody else where that opens nothing, and one approval with a reason where it does.

Each step is an operator entry of the ledger, in the transaction of its row. A
principal is a token's name: two names may be one person's, which only the company
can rule out.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlmodel import col, func, select

from kit.clock import Clock, unix
from kit.db import Database, ReadSession, WriteSession
from kit.errors import Conflict, Fault, Invalid, NotFound
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import StoreName, declare_order, narrows, neither
from ledger.log import Log
from ledger.ports import Ordering
from pdp.change._rows import ActivationRow, ApprovalRow, ProposalRow
from pdp.change.active import activate, active
from pdp.change.history import Activation
from pdp.change.proposal import Approval, Proposal, ProposalState, require_reason

PROPOSED: Final = "policy.proposed"
APPROVED: Final = "policy.approved"
WITHDRAWN: Final = "policy.withdrawn"
ACTIVATED: Final = "policy.activated"

_STANDING: Final = (
    "SELECT (SELECT max(number) FROM pdp_activation),"
    " (SELECT max(entry) FROM pdp_approval),"
    " (SELECT count(*) FROM pdp_proposal WHERE state <> 'open')"
)

declare_order(ACTIVATED, StoreName.DATA, sealed=False, published=True)
# Each activation narrows for somebody, as far as anybody can tell.
narrows(ACTIVATED, ACTIVATED)
neither(PROPOSED, APPROVED, WITHDRAWN)

for _kind in (PROPOSED, APPROVED, WITHDRAWN, ACTIVATED):
    entry_kinds.declare(_kind, entry_kinds.EntryType.OPERATOR)


class Proposals:
    """The proposals of one installation.

    `pseudonym` gives the name under which a principal stands in the public ledger.
    """

    def __init__(
        self,
        log: Log,
        *,
        orders: Ordering,
        pseudonym: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._log = log
        self._orders = orders
        self._pseudonym = pseudonym
        self._clock = clock

    def propose(
        self,
        session: WriteSession,
        digest: str,
        *,
        by: str,
        widens: bool,
        rollback: bool = False,
        reason: str = "",
    ) -> Proposal:
        """Propose an installed bundle in place of the one in force.

        Raises:
            Conflict: it is in force already.
            Invalid: a way back is asked for without a reason, or the bundle was
                never in force.

        """
        base = active(session).digest
        if digest == base:
            raise Conflict("this bundle is in force already", code="policy.unchanged")
        if rollback:
            require_reason(reason)
            _require_former(session, digest)
        facts = {"digest": digest, "base": base, "widens": widens, "rollback": rollback}
        row = ProposalRow(
            number=1 + (session.exec(select(func.max(ProposalRow.number))).one() or 0),
            digest=digest,
            base=base,
            proposer=by,
            at=unix(self._clock.now()),
            entry=self._stamp(session, PROPOSED, by, facts | {"reason": reason}),
            state=ProposalState.OPEN,
            widens=widens,
            rollback=rollback,
            reason=reason,
        )
        session.add(row)
        session.flush()
        return self.get(session, row.number)

    def approve(
        self,
        session: WriteSession,
        number: int,
        *,
        by: str,
        widening: bool = False,
        reason: str = "",
    ) -> Proposal:
        """Say yes to a proposal, or to its widening, which needs a reason.

        Raises:
            NotFound: there is no such proposal.
            Conflict: it is not open any more.
            Refused: the approver proposed it, or has approved it already.
            Invalid: it widens nothing, or the reason is missing.

        """
        proposal = self._open(session, number)
        if widening:
            proposal.require_widening()
            require_reason(reason)
        proposal.require_other(by)
        facts = {"digest": proposal.digest, "proposal": proposal.entry}
        facts |= {"widening": widening, "reason": reason}
        row = ApprovalRow(
            proposal=number,
            approver=by,
            widening=widening,
            reason=reason,
            at=unix(self._clock.now()),
            entry=self._stamp(session, APPROVED, by, facts),
        )
        session.add(row)
        session.flush()
        return self.get(session, number)

    def withdraw(self, session: WriteSession, number: int, *, by: str) -> Proposal:
        """Take a proposal back; anybody who may propose may do so.

        Raises:
            NotFound: there is no such proposal.
            Conflict: it is not open any more.

        """
        proposal = self._open(session, number)
        facts = {"digest": proposal.digest, "proposal": proposal.entry}
        self._stamp(session, WITHDRAWN, by, facts)
        self._set(session, number, ProposalState.WITHDRAWN)
        return self.get(session, number)

    def activate(
        self, session: WriteSession, number: int, *, by: str, showed: Mapping[str, Any]
    ) -> Activation:
        """Put a proposal in force: compare its base with what is, and swap.

        `showed` is what checking it showed, in numbers, for the ledger's entry.

        Raises:
            NotFound: there is no such proposal.
            Conflict: it is not open any more, or lacks an approval.

        """
        proposal = self.ready(session, number)
        facts = {
            "digest": proposal.digest,
            "previous": proposal.base,
            "proposal": proposal.entry,
            "approvals": [each.entry for each in proposal.approvals],
            **showed,
        }
        entry = self._stamp(session, ACTIVATED, by, facts)
        at = unix(self._clock.now())
        activate(session, digest=proposal.digest, at=at, entry=entry)
        put_in_force(session, self._orders, digest=proposal.digest, at=at, entry=entry)
        self._set(session, number, ProposalState.ACTIVE)
        return active(session)

    def get(self, session: ReadSession | WriteSession, number: int) -> Proposal:
        """Give one proposal.

        Raises:
            NotFound: there is none of that number.

        """
        row = session.get(ProposalRow, number)
        if row is None:
            raise NotFound("there is no proposal of that number")
        return _proposal(row, self._approvals(session, number), active(session).digest)

    def list(self, session: ReadSession | WriteSession) -> tuple[Proposal, ...]:
        """List all proposals, the newest first."""
        newest_first = select(ProposalRow.number).order_by(
            col(ProposalRow.number).desc()
        )
        return tuple(self.get(session, each) for each in session.exec(newest_first))

    def ready(self, session: ReadSession | WriteSession, number: int) -> Proposal:
        """Give a proposal that may be activated.

        Raises:
            NotFound: there is no such proposal.
            Conflict: it is not open any more, or lacks an approval.

        """
        proposal = self._open(session, number)
        if proposal.lacking:
            raise Conflict(
                f"the proposal lacks {proposal.lacking}",
                code="policy.not_approved",
                fix="have another principal approve it: `allod policy approve`",
            )
        return proposal

    def waiting(
        self, session: ReadSession | WriteSession, *, approved: bool = True
    ) -> str | None:
        """Give the digest of the newest open proposal, or the newest approved one.

        What is approved and waits decides in the shadow.
        """
        live = (each for each in self.list(session) if each.state is ProposalState.OPEN)
        wanted = (each.digest for each in live if not (approved and each.lacking))
        return next(wanted, None)

    def _open(self, session: ReadSession | WriteSession, number: int) -> Proposal:
        proposal = self.get(session, number)
        if proposal.state is not ProposalState.OPEN:
            raise Conflict(
                f"the proposal is {proposal.state}, not open",
                code="policy.not_open",
                fix="propose it anew, against what is in force now",
            )
        return proposal

    def _approvals(
        self, session: ReadSession | WriteSession, number: int
    ) -> Sequence[ApprovalRow]:
        mine = select(ApprovalRow).where(col(ApprovalRow.proposal) == number)
        return session.exec(mine.order_by(col(ApprovalRow.entry))).all()

    def _set(self, session: WriteSession, number: int, state: ProposalState) -> None:
        row = session.get_one(ProposalRow, number)
        row.state = state
        session.flush()

    def _stamp(
        self, session: WriteSession, kind: str, by: str, facts: Mapping[str, Any]
    ) -> int:
        named = {"by": self._pseudonym(by), **facts}
        return self._log.stamp_operator(session, kind, named)


def put_in_force(
    session: WriteSession, orders: Ordering, *, digest: str, at: int, entry: int
) -> None:
    """Leave the order of an activation: from now on this bundle, and no other."""
    result = {"digest": digest, "at": at, "entry": entry}
    orders.add(session, ACTIVATED, result)


def standing(database: Database) -> tuple[int, ...]:
    """Tell in numbers where everything stands: they change when a step is taken.

    For whoever looks several times a second.
    """
    (numbers,) = database.reader().execute(_STANDING).fetchall()
    return tuple(int(each or 0) for each in numbers)


def _proposal(
    row: ProposalRow, approvals: Sequence[ApprovalRow], base_now: str
) -> Proposal:
    state = ProposalState(row.state)
    if state is ProposalState.OPEN and row.base != base_now:
        state = ProposalState.LAPSED
    return Proposal(
        number=row.number,
        digest=row.digest,
        base=row.base,
        proposer=row.proposer,
        at=row.at,
        entry=row.entry,
        state=state,
        widens=bool(row.widens),
        rollback=bool(row.rollback),
        reason=row.reason,
        approvals=tuple(
            Approval(it.approver, bool(it.widening), it.reason, it.at, it.entry)
            for it in approvals
        ),
    )


def _require_former(session: WriteSession, digest: str) -> None:
    former = select(ActivationRow).where(col(ActivationRow.digest) == digest)
    if session.exec(former.limit(1)).first() is None:
        fault = Fault("/digest", "was never in force; see `allod policy history`")
        raise Invalid("there is no way back to it", faults=(fault,))
