"""The tables of the identity store: who is who, wrapped keys, blind indexes, the fence.

Backups and write-ahead log of this store live at most the horizon; that, and not the
deletion of a row, is what ends the last copy of a key.

`row_mac` authenticates the other columns of its row (`vault._internal.row_macs`).
"""

from typing import ClassVar

from sqlalchemy import Index

from kit.schema import IdentityRow, Privacy, column, table

PSEUDONYMOUS, PERSONAL = Privacy.PSEUDONYMOUS, Privacy.PERSONAL
OPERATIONAL = Privacy.OPERATIONAL


class IdentityInstallationTable(IdentityRow, table=True):
    """Which installation this store belongs to; one row."""

    __tablename__: ClassVar[str] = "identity_installation"

    vault_id: bytes = column(OPERATIONAL, primary_key=True)
    schema_version: int = column(OPERATIONAL)


class EpochTable(IdentityRow, table=True):
    """An epoch's key, wrapped by the root version of that epoch."""

    __tablename__: ClassVar[str] = "identity_epoch"

    epoch: int = column(OPERATIONAL, primary_key=True)
    root_version: int = column(OPERATIONAL)
    wrapped: bytes = column(OPERATIONAL)
    at: int = column(OPERATIONAL)


class NamedSecretTable(IdentityRow, table=True):
    """A key that belongs to no customer: for signing, a blind index, a token mask.

    A generation that is retired keeps its row: what it signed is still to be verified.
    """

    __tablename__: ClassVar[str] = "identity_secret"

    name: str = column(OPERATIONAL, primary_key=True)
    generation: int = column(OPERATIONAL, primary_key=True)
    epoch: int = column(OPERATIONAL, foreign_key="identity_epoch.epoch")
    wrapped: bytes = column(OPERATIONAL)
    at: int = column(OPERATIONAL)
    retired: int | None = column(OPERATIONAL, default=None)


class CustomerKeyTable(IdentityRow, table=True):
    """A customer's key, wrapped by an epoch's. No row, no key, anywhere."""

    __tablename__: ClassVar[str] = "identity_key"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_identity_key_subject", "subject"),
        table(subject="subject"),
    )

    kid: bytes = column(PSEUDONYMOUS, primary_key=True)
    subject: bytes = column(PSEUDONYMOUS)
    scope: str = column(OPERATIONAL)
    epoch: int = column(OPERATIONAL, foreign_key="identity_epoch.epoch")
    wrapped: bytes = column(PERSONAL)


class CustomerTable(IdentityRow, table=True):
    """Which subject a customer id stands for: the one place that knows.

    `handle` is a keyed hash of the id; `sealed` is the id itself under the customer's
    own key, so that a disclosure can say whom it is about.
    """

    __tablename__: ClassVar[str] = "identity_customer"
    __table_args__: ClassVar[dict[str, object]] = table(subject="subject")

    handle: bytes = column(PSEUDONYMOUS, primary_key=True)
    subject: bytes = column(PSEUDONYMOUS, unique=True)
    sealed: bytes = column(PERSONAL)
    row_mac: bytes | None = column(OPERATIONAL, default=None)


class IndexedIdentifierTable(IdentityRow, table=True):
    """A blind index row: the keyed hash of an identifier, and whose it is.

    One for each holder: what is shared has several.
    """

    __tablename__: ClassVar[str] = "identity_index"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_identity_index_subject", "subject", "record"),
        table(subject="subject"),
    )

    field: str = column(OPERATIONAL, primary_key=True)
    mac: bytes = column(PSEUDONYMOUS, primary_key=True)
    subject: bytes = column(PSEUDONYMOUS, primary_key=True)
    record: bytes = column(PSEUDONYMOUS)
    bind: bytes = column(PSEUDONYMOUS)


class FenceTable(IdentityRow, table=True):
    """A subject that was destroyed: whatever comes late for it is refused."""

    __tablename__: ClassVar[str] = "identity_fence"
    __table_args__: ClassVar[dict[str, object]] = table(subject="subject")

    subject: bytes = column(PSEUDONYMOUS, primary_key=True)
    order_id: bytes = column(OPERATIONAL)
    at: int = column(OPERATIONAL)
    row_mac: bytes | None = column(OPERATIONAL, default=None)


class LeavingTable(IdentityRow, table=True):
    """Somebody whose keys are destroyed, while what they were found by goes.

    Until it has gone it keeps them out as it lies: `lot` and `until` are those of the
    suppression that takes its place, and `named` counts it. No row outlives its
    erasure.
    """

    __tablename__: ClassVar[str] = "identity_leaving"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_identity_leaving_lot", "lot"),
        table(subject="subject"),
    )

    subject: bytes = column(PSEUDONYMOUS, primary_key=True)
    lot: bytes = column(OPERATIONAL)
    until: int = column(OPERATIONAL)
    named: int | None = column(PSEUDONYMOUS, default=None)
    row_mac: bytes | None = column(OPERATIONAL, default=None)


class TallyTable(IdentityRow, table=True):
    """How many rows a table has, and the sum of their MACs: none is taken away unseen.

    One row for each table that nothing else vouches for whole.
    """

    __tablename__: ClassVar[str] = "identity_tally"

    name: str = column(OPERATIONAL, primary_key=True)
    rows: int = column(OPERATIONAL)
    sum: bytes = column(OPERATIONAL)
    version: int = column(OPERATIONAL)
    row_mac: bytes = column(OPERATIONAL)


class SuppressedTable(IdentityRow, table=True):
    """An identifier that must not come back by itself: its hash, until when, and why.

    `lot` is random and joins the identifiers of one erasure, so that they are lifted
    together; it leads to no subject.
    """

    __tablename__: ClassVar[str] = "identity_suppressed"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_identity_suppressed_lot", "lot"),
        Index("ix_identity_suppressed_until", "until"),
        table(),
    )

    mac: bytes = column(PSEUDONYMOUS, primary_key=True)
    until: int = column(OPERATIONAL)
    basis: str = column(OPERATIONAL)
    lot: bytes = column(OPERATIONAL)
    row_mac: bytes | None = column(OPERATIONAL, default=None)


class AppliedOrderTable(IdentityRow, table=True):
    """The last order that changed this store; one row."""

    __tablename__: ClassVar[str] = "identity_order"

    store: int = column(OPERATIONAL, primary_key=True)
    number: int = column(OPERATIONAL)
    digest: bytes = column(OPERATIONAL)
