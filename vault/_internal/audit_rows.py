"""The access log's table: who asked what, and how it was decided. Never values."""

from typing import ClassVar

from sqlalchemy import Index

from kit.schema import AuditRow, Privacy, column, table

PSEUDONYMOUS, OPERATIONAL = Privacy.PSEUDONYMOUS, Privacy.OPERATIONAL


class AuditInstallationTable(AuditRow, table=True):
    """Which installation this log belongs to; one row."""

    __tablename__: ClassVar[str] = "audit_installation"

    vault_id: bytes = column(OPERATIONAL, primary_key=True)


class AccessEventTable(AuditRow, table=True):
    """One intent or outcome, chained to the one before it in its writer's lane."""

    __tablename__: ClassVar[str] = "audit_event"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_audit_event_subject", "subject"),
        table(subject="subject"),
    )

    lane: bytes = column(OPERATIONAL, primary_key=True)
    seq: int = column(OPERATIONAL, primary_key=True)
    at: int = column(OPERATIONAL)
    principal_kind: str = column(OPERATIONAL)
    principal: str = column(OPERATIONAL)
    purpose: str = column(OPERATIONAL)
    action: str = column(OPERATIONAL)
    revision: str = column(OPERATIONAL)
    decision: bytes = column(OPERATIONAL)
    outcome: str = column(OPERATIONAL)
    reasons: str = column(OPERATIONAL)
    collection: str = column(OPERATIONAL)
    subject: bytes | None = column(PSEUDONYMOUS, default=None)
    subjects: bytes = column(PSEUDONYMOUS)
    records: bytes = column(PSEUDONYMOUS)
    versions: bytes = column(PSEUDONYMOUS)
    fields: str = column(OPERATIONAL)
    disclosed: int = column(OPERATIONAL)
    withheld: int = column(OPERATIONAL)
    request: str = column(OPERATIONAL)
    previous: bytes = column(OPERATIONAL)
    hash: bytes = column(OPERATIONAL)


class AccessPageTable(AuditRow, table=True):
    """A page of a scan: between which subjects it is looked for.

    With the events it is all that a look-up by person goes by, and follows from them:
    `fsck` compares.
    """

    __tablename__: ClassVar[str] = "audit_page"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_audit_page_scan", "scan", "lowest", "highest"),
        table(subject="lowest"),
    )

    lane: bytes = column(OPERATIONAL, primary_key=True)
    seq: int = column(OPERATIONAL, primary_key=True)
    scan: bytes = column(OPERATIONAL)
    lowest: bytes = column(PSEUDONYMOUS)
    highest: bytes = column(PSEUDONYMOUS)


class AccessMentionTable(AuditRow, table=True):
    """One person whom an event names that names many, and is no page of a scan."""

    __tablename__: ClassVar[str] = "audit_mention"
    __table_args__: ClassVar[dict[str, object]] = table(subject="subject")

    subject: bytes = column(PSEUDONYMOUS, primary_key=True)
    lane: bytes = column(OPERATIONAL, primary_key=True)
    seq: int = column(OPERATIONAL, primary_key=True)
