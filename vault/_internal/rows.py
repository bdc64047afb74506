"""The vault's tables in the data store: sealed records and what a decision needs.

Every row belongs to a random subject. What stands in clear is what a read must
weigh before it may decrypt: classes, dates, flags. Identifiers and values do not.

`mac` authenticates the columns of a row that grants (`vault._internal.row_macs`), and
`version` counts its states. Neither is there until `allod upgrade` has given it to an
older home; no row without is believed.
"""

from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint, text

from kit.schema import Privacy, VaultRow, column, table

PSEUDONYMOUS, PERSONAL = Privacy.PSEUDONYMOUS, Privacy.PERSONAL
OPERATIONAL, PUBLIC = Privacy.OPERATIONAL, Privacy.PUBLIC


class InstallationTable(VaultRow, table=True):
    """Which installation this store belongs to; one row.

    `feed_floor` is the last number of the change feed that is not kept any more.
    """

    __tablename__: ClassVar[str] = "vault_installation"

    vault_id: bytes = column(PUBLIC, primary_key=True)
    origin: str = column(PUBLIC)
    created: int = column(OPERATIONAL)
    feed_floor: int | None = column(OPERATIONAL, default=None)


class CustomerClassTable(VaultRow, table=True):
    """What decisions know of a customer, interned: a few dozen rows."""

    __tablename__: ClassVar[str] = "vault_customer_class"
    __table_args__: ClassVar[tuple[object, ...]] = (
        UniqueConstraint("region", "state", "minor"),
        table(),
    )

    number: int = column(OPERATIONAL, primary_key=True)
    region: str = column(OPERATIONAL)
    state: str = column(OPERATIONAL)
    minor: str = column(OPERATIONAL)
    mac: bytes | None = column(OPERATIONAL, default=None)


class RecordClassTable(VaultRow, table=True):
    """What decisions know of a record, interned: a few hundred rows."""

    __tablename__: ClassVar[str] = "vault_record_class"
    __table_args__: ClassVar[tuple[object, ...]] = (
        UniqueConstraint("collection", "classes"),
        table(),
    )

    number: int = column(OPERATIONAL, primary_key=True)
    collection: str = column(OPERATIONAL)
    classes: str = column(OPERATIONAL)
    mac: bytes | None = column(OPERATIONAL, default=None)


class AcceptedCatalogueTable(VaultRow, table=True):
    """A catalogue that was accepted; the ledger names its digest, the newest counts."""

    __tablename__: ClassVar[str] = "vault_catalogue"

    number: int = column(OPERATIONAL, primary_key=True)
    digest: str = column(PUBLIC)
    document: bytes = column(OPERATIONAL)
    at: int = column(OPERATIONAL)
    entry: int = column(PUBLIC)


class SubjectTable(VaultRow, table=True):
    """One data subject. Its class says `erased` from the tombstone to the purge."""

    __tablename__: ClassVar[str] = "vault_subject"
    __table_args__: ClassVar[dict[str, object]] = table(subject="subject")

    subject: bytes = column(PSEUDONYMOUS, primary_key=True)
    class_number: int = column(PSEUDONYMOUS, foreign_key="vault_customer_class.number")
    version: int | None = column(OPERATIONAL, default=None)
    mac: bytes | None = column(OPERATIONAL, default=None)


class RecordTable(VaultRow, table=True):
    """One sealed record: its newest version, clustered by its subject."""

    __tablename__: ClassVar[str] = "vault_record"
    __table_args__: ClassVar[tuple[object, ...]] = (
        # An erasure asks whether any is held; the answer must not grow with the rest.
        Index("ix_vault_record_held", "subject", sqlite_where=text("hold = 1")),
        # Whose time is over since is asked at each look at the change feed.
        Index(
            "ix_vault_record_retain_until",
            "retain_until",
            sqlite_where=text("retain_until IS NOT NULL"),
        ),
        table(subject="subject"),
    )

    subject: bytes = column(
        PSEUDONYMOUS, primary_key=True, foreign_key="vault_subject.subject"
    )
    record: bytes = column(PSEUDONYMOUS, primary_key=True)
    class_number: int = column(PSEUDONYMOUS, foreign_key="vault_record_class.number")
    version: int = column(PSEUDONYMOUS)
    schema_version: str = column(OPERATIONAL)
    retain_until: int | None = column(PSEUDONYMOUS, default=None)
    hold: int = column(PSEUDONYMOUS, default=0)
    contributed: int = column(OPERATIONAL, default=0)
    hour: int = column(PSEUDONYMOUS)
    fingerprint: bytes = column(PSEUDONYMOUS)
    sealed: bytes = column(PERSONAL)


class PartTable(VaultRow, table=True):
    """A data class of a record that is sealed apart from the rest."""

    __tablename__: ClassVar[str] = "vault_part"
    __table_args__: ClassVar[dict[str, object]] = table(subject="subject")

    subject: bytes = column(PSEUDONYMOUS, primary_key=True)
    record: bytes = column(PSEUDONYMOUS, primary_key=True)
    part: str = column(OPERATIONAL, primary_key=True)
    sealed: bytes = column(PERSONAL)


class OpeningTable(VaultRow, table=True):
    """What opens a ledger entry's commitment, sealed under the customer's key.

    `handle` and `tag` are keyed hashes of the sequence number and of the record
    under a key that dies with the customer's: the map from record to entry is as
    sealed as the opening itself.
    """

    __tablename__: ClassVar[str] = "vault_opening"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_vault_opening_tag", "subject", "tag"),
        table(subject="subject"),
    )

    subject: bytes = column(PSEUDONYMOUS, primary_key=True)
    handle: bytes = column(PSEUDONYMOUS, primary_key=True)
    tag: bytes = column(PSEUDONYMOUS)
    sealed: bytes = column(PERSONAL)


class ChainTable(VaultRow, table=True):
    """How many entries a customer's chain has: the next one's number, without counting.

    A number that is not theirs is taken already, or has nothing before it.
    """

    __tablename__: ClassVar[str] = "vault_chain"
    __table_args__: ClassVar[dict[str, object]] = table(subject="subject")

    subject: bytes = column(PSEUDONYMOUS, primary_key=True)
    entries: int = column(PSEUDONYMOUS)


class AssignmentTable(VaultRow, table=True):
    """Which member of staff looks after which subject, and until when."""

    __tablename__: ClassVar[str] = "vault_assignment"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_vault_assignment_subject", "subject"),
        table(subject="subject"),
    )

    staff: str = column(OPERATIONAL, primary_key=True)
    subject: bytes = column(PSEUDONYMOUS, primary_key=True)
    until: int = column(PSEUDONYMOUS)
    version: int | None = column(OPERATIONAL, default=None)
    mac: bytes | None = column(OPERATIONAL, default=None)


class VerificationTable(VaultRow, table=True):
    """A question whether a value is the one held, counted for a day.

    Each stands in two rows: by whom, and about whom.
    """

    __tablename__: ClassVar[str] = "vault_verification"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_vault_verification_principal", "principal", "at"),
        Index("ix_vault_verification_subject", "subject", "at"),
        Index("ix_vault_verification_at", "at"),
        table(subject="subject"),
    )

    id: bytes = column(OPERATIONAL, primary_key=True)
    at: int = column(OPERATIONAL)
    principal: str | None = column(OPERATIONAL, default=None)
    subject: bytes | None = column(PSEUDONYMOUS, default=None)


class ErasureOrderTable(VaultRow, table=True):
    """An erasure from its order to its certificate; what remains of the erased."""

    __tablename__: ClassVar[str] = "vault_erasure"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_vault_erasure_subject", "subject"),
        # Each beat of the heart asks for those that are open.
        Index(
            "ix_vault_erasure_open",
            "order_id",
            sqlite_where=text("certificate IS NULL"),
        ),
        table(subject="subject"),
    )

    order_id: bytes = column(PUBLIC, primary_key=True)
    subject: bytes = column(PSEUDONYMOUS)
    step: str = column(OPERATIONAL)
    secret_hash: bytes = column(OPERATIONAL)
    document: bytes = column(PUBLIC)
    certificate: bytes | None = column(PUBLIC, default=None)


class KeptOrderTable(VaultRow, table=True):
    """An order, and whether it is durable in the mirror.

    The order of an erasure names its subject, which leads to nobody any more; that of
    a person holds a body under their own key. So the rows outlive the people.
    """

    __tablename__: ClassVar[str] = "vault_order"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_vault_order_unsent", "number", sqlite_where=text("sent = 0")),
        Index("ix_vault_order_waiting", "number", sqlite_where=text("waiting = 1")),
        table(),
    )

    number: int = column(OPERATIONAL, primary_key=True)
    kind: str = column(OPERATIONAL)
    line: bytes = column(PSEUDONYMOUS)
    digest: bytes = column(OPERATIONAL)
    sent: int = column(OPERATIONAL, default=0)
    waiting: int = column(OPERATIONAL, default=0)


class LostOrdersApprovalTable(VaultRow, table=True):
    """One principal's yes to going on without orders that are lost since an instant."""

    __tablename__: ClassVar[str] = "vault_lost_orders"

    since: int = column(OPERATIONAL, primary_key=True)
    approver: str = column(OPERATIONAL, primary_key=True)
    at: int = column(OPERATIONAL)
    mac: bytes = column(OPERATIONAL)


class BirthDateTable(VaultRow, table=True):
    """A birth date and what was stated beside it, sealed under the customer's key."""

    __tablename__: ClassVar[str] = "vault_birth"
    __table_args__: ClassVar[dict[str, object]] = table(subject="subject")

    subject: bytes = column(
        Privacy.PSEUDONYMOUS, primary_key=True, foreign_key="vault_subject.subject"
    )
    sealed: bytes = column(Privacy.PERSONAL)


class RemovedTable(VaultRow, table=True):
    """An item that its author had removed; `settled` once nothing of it lies about.

    A row says that an item was there and is no more; nothing of it. It keeps a repeated
    write, a queue or yesterday's import from bringing the item back.
    """

    __tablename__: ClassVar[str] = "vault_removed"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index(
            "ix_vault_removed_unsettled", "subject", sqlite_where=text("settled = 0")
        ),
        table(subject="subject"),
    )

    subject: bytes = column(
        Privacy.PSEUDONYMOUS, primary_key=True, foreign_key="vault_subject.subject"
    )
    record: bytes = column(Privacy.PSEUDONYMOUS, primary_key=True)
    at: int = column(Privacy.PSEUDONYMOUS)
    settled: int = column(Privacy.OPERATIONAL, default=0)
