"""Which policies are in force, since when, by which entry of the ledger."""

from typing import Final

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from kit.db import ReadSession, WriteSession, raw, value
from kit.errors import CannotStart
from pdp.change._rows import ActivationRow
from pdp.change.history import Activation

_NEWEST: Final = "SELECT digest FROM pdp_activation ORDER BY number DESC LIMIT 1"


def activate(session: WriteSession, *, digest: str, at: int, entry: int) -> None:
    """Note that a policy bundle is in force from now on."""
    newest = session.exec(select(func.max(col(ActivationRow.number)))).one()
    row = ActivationRow(number=(newest or 0) + 1, digest=digest, at=at, entry=entry)
    session.add(row)
    session.flush()


def reactivate(session: WriteSession, *, digest: str, at: int, entry: int) -> None:
    """Bring back an activation after a restore, unless it is there."""
    same = select(ActivationRow).where(col(ActivationRow.entry) == entry)
    if session.exec(same).first() is None:
        activate(session, digest=digest, at=at, entry=entry)


def active(session: ReadSession | WriteSession) -> Activation:
    """Give the activation that counts.

    Raises:
        CannotStart: nothing was ever activated.

    """
    row = session.exec(_newest_first().limit(1)).first()
    if row is None:
        raise CannotStart(
            "no policy bundle is active", fix="run `allod init` on a new home"
        )
    return Activation(row.number, row.digest, row.at, row.entry)


def active_digest(session: WriteSession) -> str | None:
    """Name the bundle in force, inside a unit of work; for what is done often."""
    digest: str | None = value(raw(session).execute(_NEWEST))
    return digest


def _newest_first() -> SelectOfScalar[ActivationRow]:
    return select(ActivationRow).order_by(col(ActivationRow.number).desc())
