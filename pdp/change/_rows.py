"""The tables of what was proposed, approved and put in force; nobody's data.

Names of members of staff stand here and not in the ledger, which is public: there,
each has a pseudonym.
"""

from typing import ClassVar

from sqlalchemy import UniqueConstraint

from kit.schema import Privacy, VaultRow, column, table

OPERATIONAL, PUBLIC = Privacy.OPERATIONAL, Privacy.PUBLIC


class ActivationRow(VaultRow, table=True):
    """Which policy bundle is in force since when; the newest row counts."""

    __tablename__: ClassVar[str] = "pdp_activation"
    __table_args__: ClassVar[dict[str, object]] = table()

    number: int = column(OPERATIONAL, primary_key=True)
    digest: str = column(PUBLIC)
    at: int = column(OPERATIONAL)
    entry: int = column(PUBLIC)


class ProposalRow(VaultRow, table=True):
    """A bundle that somebody wants in force instead of the one named `base`."""

    __tablename__: ClassVar[str] = "pdp_proposal"
    __table_args__: ClassVar[tuple[object, ...]] = (
        UniqueConstraint("entry"),
        table(),
    )

    number: int = column(OPERATIONAL, primary_key=True)
    digest: str = column(PUBLIC)
    base: str = column(PUBLIC)
    proposer: str = column(OPERATIONAL)
    at: int = column(OPERATIONAL)
    entry: int = column(PUBLIC)
    state: str = column(OPERATIONAL)
    widens: int = column(PUBLIC)
    rollback: int = column(PUBLIC)
    reason: str = column(PUBLIC)


class ApprovalRow(VaultRow, table=True):
    """One principal's yes to a proposal; `widening` ones carry a reason."""

    __tablename__: ClassVar[str] = "pdp_approval"
    __table_args__: ClassVar[dict[str, object]] = table()

    proposal: int = column(
        OPERATIONAL, primary_key=True, foreign_key="pdp_proposal.number"
    )
    approver: str = column(OPERATIONAL, primary_key=True)
    widening: int = column(PUBLIC)
    reason: str = column(PUBLIC)
    at: int = column(OPERATIONAL)
    entry: int = column(PUBLIC)


class DivergenceRow(VaultRow, table=True):
    """How often a bundle in the shadow would have decided a class otherwise."""

    __tablename__: ClassVar[str] = "pdp_divergence"
    __table_args__: ClassVar[dict[str, object]] = table()

    digest: str = column(PUBLIC, primary_key=True)
    base: str = column(PUBLIC, primary_key=True)
    purpose: str = column(OPERATIONAL, primary_key=True)
    action: str = column(OPERATIONAL, primary_key=True)
    klass: str = column(OPERATIONAL, primary_key=True)
    enforced: str = column(OPERATIONAL)
    would_be: str = column(OPERATIONAL)
    records: int = column(OPERATIONAL)
