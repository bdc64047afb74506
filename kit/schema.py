"""How a table's columns are declared: each says what it would tell a thief.

Every column of every table has a `Privacy` class in code, and every table that
holds something about a person names the column that leads to them. A test walks the
live schema and fails on a column without a class; erasure walks the same marks.
"""

from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import MetaData
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Privacy(StrEnum):
    """What a column holds, seen from the person it may be about."""

    PERSONAL = "personal"  # sealed: noise without the customer's key
    PSEUDONYMOUS = "pseudonymous"  # about a random subject, in clear
    OPERATIONAL = "operational"  # about the installation, about no person
    PUBLIC = "public"  # anybody may have it: the ledger's public part


VAULT = MetaData(naming_convention=NAMING)
IDENTITY = MetaData(naming_convention=NAMING)
AUDIT = MetaData(naming_convention=NAMING)


def column(privacy: Privacy, **options: Any) -> Any:  # noqa: ANN401 - as Field's
    """Declare a column together with its privacy class."""
    info = {"privacy": privacy}
    return Field(sa_column_kwargs={"info": info, **options.pop("sa", {})}, **options)


def table(*, subject: str | None = None, **options: Any) -> dict[str, Any]:  # noqa: ANN401
    """Declare a table's options; `subject` names the column that leads to the person.

    Tables have no hidden row number: primary keys are random, and the order of rows
    in the file then tells nothing of the order of events.
    """
    return {"info": {"subject": subject}, "sqlite_with_rowid": False, **options}


class _Row(SQLModel):
    """Any table; one whose rows are about somebody declares its own options."""

    __table_args__: ClassVar[Any] = table()


class VaultRow(_Row):
    """A table of the data store: subjects, never customers."""

    metadata = VAULT


class IdentityRow(_Row):
    """A table of the identity store: who is who, and wrapped keys."""

    metadata = IDENTITY


class AuditRow(_Row):
    """A table of the access log."""

    metadata = AUDIT
