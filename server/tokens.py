"""Bearer tokens: 256 random bits, known to their bearer alone.

At rest there is SHA-256 of the token's text and nothing to guess it from, so a slow
hash would add no safety; the text's kind is hashed along with its bits. A token is
looked up on each call, by primary key and never from a cache: revoked is revoked.
Each expires. A customer's tokens are derived data of theirs and go with them.
"""

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, update
from sqlmodel import col, select

from kit.clock import Clock, from_unix, unix
from kit.db import Database, ReadSession, WriteSession
from kit.errors import Fault, IntegrityFault, Invalid
from pdp.question import Kind
from server._rows import TokenRow
from server.principals import SCOPES_OF, Bearer, Scope
from vault.question import Principal

TOKEN_BYTES: Final = 32
MAX_LIFE: Final = timedelta(days=366)

_TEXT = re.compile(r"al_(?:service|staff|customer|auditor)_[A-Za-z0-9_-]{43}")
_FIND: Final = (
    "SELECT hash, kind, name, subject, roles, purposes, scopes, region, assurance"
    " FROM server_token WHERE hash = ? AND revoked IS NULL AND expires > ?"
)
_Found = tuple[bytes, str, str, bytes | None, str, str, str, str, int]


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What may be shown of a token: never its text, which nobody here knows."""

    bearer: Bearer
    created: datetime
    expires: datetime
    revoked: datetime | None


class Tokens:
    """The tokens of one installation; one of the vault's `Erasable`s."""

    name = "tokens"
    tables: tuple[str, ...] = ("server_token",)

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def mint(self, session: WriteSession, bearer: Bearer, *, life: timedelta) -> str:
        """Make a token; its text is given once, here.

        Raises:
            Invalid: there can be no such bearer, or the life is not within a year.

        """
        _check(bearer, life)
        text = f"al_{bearer.principal.kind}_{secrets.token_urlsafe(TOKEN_BYTES)}"
        now = self._clock.now()
        session.add(_row(bearer, text, created=now, expires=now + life))
        session.flush()
        return text

    def find(self, text: str) -> Bearer | None:
        """Tell whose token this is; None if it is nobody's, or no longer."""
        if not _TEXT.fullmatch(text):
            return None
        wanted, now = _hash(text), unix(self._clock.now())
        found: _Found | None = (
            self._database.reader().execute(_FIND, (wanted, now)).fetchone()
        )
        # The index compared byte by byte, but hashes: their prefixes tell nothing.
        if found is None or not hmac.compare_digest(found[0], wanted):
            return None
        return _bearer(found)

    def revoke(self, session: WriteSession, name: str) -> int:
        """Revoke every live token of a name; tells how many there were."""
        live = (col(TokenRow.name) == name, col(TokenRow.revoked).is_(None))
        now = unix(self._clock.now())
        done = session.exec(update(TokenRow).where(*live).values(revoked=now))
        if session.exec(select(TokenRow.hash).where(*live)).first() is not None:
            raise IntegrityFault("a token that was revoked is still live")
        return done.rowcount

    def revoke_text(self, session: WriteSession, text: str) -> None:
        """Revoke one token that nobody came to know."""
        own = col(TokenRow.hash).in_([_hash(text)])
        now = unix(self._clock.now())
        session.exec(update(TokenRow).where(own).values(revoked=now))

    def list(self, session: ReadSession) -> tuple[TokenInfo, ...]:
        """List the tokens, the newest first."""
        rows = session.exec(select(TokenRow).order_by(col(TokenRow.created).desc()))
        return tuple(_info(row) for row in rows)

    def purge(self, session: WriteSession, subject: bytes) -> int:
        """Delete a customer's tokens; tells how many there were."""
        own = col(TokenRow.subject) == subject
        return session.exec(delete(TokenRow).where(own)).rowcount


def _check(bearer: Bearer, life: timedelta) -> None:
    principal = bearer.principal
    customer = principal.kind is Kind.CUSTOMER
    checks = (
        ("/name", bool(principal.name), "is required"),
        (
            "/subject",
            (principal.subject is not None) == customer,
            "is a customer's, and nobody else's",
        ),
        (
            "/scopes",
            SCOPES_OF[principal.kind].issuperset(bearer.scopes),
            "holds one that this kind of token cannot carry",
        ),
        (
            "/life",
            timedelta(seconds=1) <= life <= MAX_LIFE,
            "must be at most a year, and not nothing",
        ),
    )
    faults = tuple(Fault(where, what) for where, good, what in checks if not good)
    if faults:
        raise Invalid("there can be no such token", faults=faults)


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("ascii")).digest()


def _row(
    bearer: Bearer, text: str, *, created: datetime, expires: datetime
) -> TokenRow:
    principal = bearer.principal
    return TokenRow(
        hash=_hash(text),
        kind=principal.kind.value,
        name=principal.name,
        subject=principal.subject,
        roles=json.dumps(principal.roles),
        purposes=json.dumps(bearer.purposes),
        scopes=json.dumps(bearer.scopes),
        region=principal.region,
        assurance=principal.assurance,
        created=unix(created),
        expires=unix(expires),
    )


def _bearer(found: _Found) -> Bearer:
    _, kind, name, subject, roles, purposes, scopes, region, assurance = found
    principal = Principal(
        kind=Kind(kind),
        name=name,
        roles=tuple(json.loads(roles)),
        region=region,
        assurance=assurance,
        subject=subject,
    )
    return Bearer(
        principal,
        purposes=tuple(json.loads(purposes)),
        scopes=tuple(Scope(scope) for scope in json.loads(scopes)),
    )


def _info(row: TokenRow) -> TokenInfo:
    kept = (row.roles, row.purposes, row.scopes, row.region, row.assurance)
    return TokenInfo(
        bearer=_bearer((row.hash, row.kind, row.name, row.subject, *kept)),
        created=from_unix(row.created),
        expires=from_unix(row.expires),
        revoked=None if row.revoked is None else from_unix(row.revoked),
    )
