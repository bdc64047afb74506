"""Which installation the stores belong to, and which policies are in force.

The data store, the identity store and the access log each carry the installation's
id. Stores of two installations put under one home would not lose anything at once,
and would never again fit together: so they are not opened.
"""

import sqlite3
from dataclasses import dataclass

from kit.db import Database, WriteSession, raw
from kit.errors import CannotStart


@dataclass(frozen=True, slots=True)
class Installation:
    """The installation's random id, and the name of its ledger."""

    vault_id: bytes
    origin: str


@dataclass(frozen=True, slots=True)
class Activation:
    """A bundle that was put in force: which, when (unix seconds), by which entry."""

    number: int
    digest: str
    at: int
    entry: int


def found(
    session: WriteSession, audit: WriteSession, *, made: Installation, at: int
) -> None:
    """Write an installation's id into a new data store and a new access log."""
    raw(session).execute(
        "INSERT INTO vault_installation VALUES (?, ?, ?)",
        (made.vault_id, made.origin, at),
    )
    raw(audit).execute("INSERT INTO audit_installation VALUES (?)", (made.vault_id,))


def installation(vault: Database, audit: Database, identity: bytes) -> Installation:
    """Read the installation, and check that all stores are of the same one.

    Raises:
        CannotStart: a store is of another installation, or is not one.

    """
    try:
        row = _one(vault, "SELECT vault_id, origin FROM vault_installation")
        log = _one(audit, "SELECT vault_id FROM audit_installation")
    except sqlite3.DatabaseError:
        raise CannotStart(
            "a store cannot be read as a database",
            fix="restore data/ from a backup",
        ) from None
    if row is None or log is None or {row[0], log[0]} != {identity}:
        raise CannotStart(
            "the stores in this home are of different installations",
            fix="bring back the data/ and keys/ that belong together",
        )
    return Installation(row[0], row[1])


def activate(session: WriteSession, *, digest: str, at: int, entry: int) -> None:
    """Note that a policy bundle is in force from now on."""
    raw(session).execute(
        "INSERT INTO vault_activation"
        " SELECT coalesce(max(number), 0) + 1, ?, ?, ? FROM vault_activation",
        (digest, at, entry),
    )


def activations(database: Database) -> list[Activation]:
    """List every bundle that was in force, newest first."""
    rows = database.reader().execute(
        "SELECT number, digest, at, entry FROM vault_activation ORDER BY number DESC"
    )
    return [Activation(*row) for row in rows.fetchall()]


def active_policy(database: Database) -> str:
    """Give the digest of the policy bundle in force.

    Raises:
        CannotStart: none was ever activated.

    """
    row = _one(database, "SELECT digest FROM vault_activation ORDER BY number DESC")
    if row is None:
        raise CannotStart(
            "no policy bundle is active", fix="run `allod init` on a new home"
        )
    return str(row[0])


def _one(database: Database, statement: str) -> tuple[bytes, str] | None:
    rows = database.reader().execute(statement).fetchall()
    return rows[0] if rows else None
