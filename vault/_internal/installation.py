"""Which installation the stores belong to.

The data store, the identity store and the access log each carry the installation's
id. Stores of two installations put under one home would not lose anything at once,
and would never again fit together: so they are not opened.
"""

from dataclasses import dataclass
from typing import Final

from kit.db import Database, WriteSession, raw
from kit.errors import CannotStart
from kit.sqlite import Unreadable, answering


@dataclass(frozen=True, slots=True)
class Installation:
    """The installation's random id, and the name of its ledger."""

    vault_id: bytes
    origin: str


_SAID: Final = "SELECT vault_id, origin FROM vault_installation"
_LOG_SAID: Final = "SELECT vault_id FROM audit_installation"


def found(
    session: WriteSession, audit: WriteSession, *, made: Installation, at: int
) -> None:
    """Write an installation's id into a new data store and a new access log."""
    raw(session).execute(
        "INSERT INTO vault_installation (vault_id, origin, created) VALUES (?, ?, ?)",
        (made.vault_id, made.origin, at),
    )
    raw(audit).execute(
        "INSERT INTO audit_installation (vault_id) VALUES (?)", (made.vault_id,)
    )


def rename(session: WriteSession, origin: str) -> None:
    """Give the installation's ledger another name."""
    raw(session).execute("UPDATE vault_installation SET origin = ?", (origin,))


def installation(vault: Database, audit: Database, identity: bytes) -> Installation:
    """Read the installation, and check that all stores are of the same one.

    Raises:
        CannotStart: a store is of another installation, or is not one.

    """
    try:
        with answering():
            rows = vault.reader().execute(_SAID).fetchall()
            logs = audit.reader().execute(_LOG_SAID).fetchall()
    except Unreadable:
        raise CannotStart(
            "a store cannot be read as a database",
            fix="restore data/ from a backup",
        ) from None
    found = [Installation(*row) for row in rows]
    said = [made.vault_id for made in found]
    if (said, logs) != ([identity], [(identity,)]):
        raise CannotStart(
            "the stores in this home are of different installations",
            fix="bring back the data/ and keys/ that belong together",
        )
    return found[0]
