"""The tables of who reaches whom: the organisation, grants, holds, and acts about them.

Names of units and of staff are the installation's own; whom they lead to is a random
subject. Why somebody acted is text about a person, and lies sealed under their key.
"""

from typing import ClassVar

from sqlalchemy import Index

from kit.schema import Privacy, VaultRow, column, table

PSEUDONYMOUS, PERSONAL = Privacy.PSEUDONYMOUS, Privacy.PERSONAL
OPERATIONAL = Privacy.OPERATIONAL


class UnitTable(VaultRow, table=True):
    """A unit of the organisation: campus, grade, shop; the kinds are free."""

    __tablename__: ClassVar[str] = "vault_unit"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_vault_unit_within", "within"),
        table(),
    )

    unit: str = column(OPERATIONAL, primary_key=True)
    kind: str = column(OPERATIONAL)
    within: str | None = column(
        OPERATIONAL, default=None, foreign_key="vault_unit.unit"
    )
    version: int | None = column(OPERATIONAL, default=None)
    mac: bytes | None = column(OPERATIONAL, default=None)


class UnitClosureTable(VaultRow, table=True):
    """Every unit with every unit above it, itself included (depth 0)."""

    __tablename__: ClassVar[str] = "vault_unit_closure"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_vault_unit_closure_ancestor", "ancestor"),
        table(),
    )

    descendant: str = column(
        OPERATIONAL, primary_key=True, foreign_key="vault_unit.unit"
    )
    ancestor: str = column(OPERATIONAL, primary_key=True, foreign_key="vault_unit.unit")
    depth: int = column(OPERATIONAL)
    mac: bytes | None = column(OPERATIONAL, default=None)


class PostTable(VaultRow, table=True):
    """Which member of staff holds which unit, and until when."""

    __tablename__: ClassVar[str] = "vault_post"

    staff: str = column(OPERATIONAL, primary_key=True)
    unit: str = column(OPERATIONAL, primary_key=True, foreign_key="vault_unit.unit")
    until: int = column(OPERATIONAL)
    version: int | None = column(OPERATIONAL, default=None)
    mac: bytes | None = column(OPERATIONAL, default=None)


class PlacementTable(VaultRow, table=True):
    """In which units a subject is; more than one is allowed."""

    __tablename__: ClassVar[str] = "vault_placement"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_vault_placement_unit", "unit"),
        table(subject="subject"),
    )

    subject: bytes = column(
        PSEUDONYMOUS, primary_key=True, foreign_key="vault_subject.subject"
    )
    unit: str = column(PSEUDONYMOUS, primary_key=True, foreign_key="vault_unit.unit")
    mac: bytes | None = column(OPERATIONAL, default=None)


class AccessGrantTable(VaultRow, table=True):
    """One purpose for which one member of staff reaches one subject, for some days."""

    __tablename__: ClassVar[str] = "vault_access_grant"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_vault_access_grant_staff", "staff", "subject"),
        table(subject="subject"),
    )

    subject: bytes = column(
        PSEUDONYMOUS, primary_key=True, foreign_key="vault_subject.subject"
    )
    grant_id: bytes = column(PSEUDONYMOUS, primary_key=True)
    staff: str = column(OPERATIONAL)
    purpose: str = column(PSEUDONYMOUS)
    until: int = column(PSEUDONYMOUS)
    mac: bytes | None = column(OPERATIONAL, default=None)


class HoldTable(VaultRow, table=True):
    """A hold that stands: on one record, or on all that is held (no record named)."""

    __tablename__: ClassVar[str] = "vault_hold"
    __table_args__: ClassVar[dict[str, object]] = table(subject="subject")

    subject: bytes = column(
        PSEUDONYMOUS, primary_key=True, foreign_key="vault_subject.subject"
    )
    hold_id: bytes = column(PSEUDONYMOUS, primary_key=True)
    record: bytes | None = column(PSEUDONYMOUS, default=None)


class ActTable(VaultRow, table=True):
    """What was done about a subject, by whom and why, as it was stamped; sealed."""

    __tablename__: ClassVar[str] = "vault_act"
    __table_args__: ClassVar[dict[str, object]] = table(subject="subject")

    subject: bytes = column(
        PSEUDONYMOUS, primary_key=True, foreign_key="vault_subject.subject"
    )
    act_id: bytes = column(PSEUDONYMOUS, primary_key=True)
    sealed: bytes = column(PERSONAL)
