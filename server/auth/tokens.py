"""Bearer tokens: 256 random bits, known to their bearer alone.

At rest there is SHA-256 of the token's text and nothing to guess it from, so a slow
hash would add no safety; the text's kind is hashed along with its bits. A token is
looked up on each call, by primary key and never from a cache: revoked is revoked.
Each expires. A customer's tokens are derived data of theirs and go with them.

A row is believed by its MAC alone (`vault.open.RowMacs`), and a revocation is a new
state of it with a higher version. That a token of the installation's own callers was
minted or revoked is an operator entry of the ledger (`server.auth.token_entries`), in
the same unit of work. No token is ever widened: another one is minted.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from kit.clock import Clock, from_unix, unix
from kit.db import Database, ReadSession, WriteSession
from kit.errors import Fault, IntegrityFault, Invalid
from ledger.formats.order_kinds import StoreName, declare_order, narrows, neither
from ledger.ports import Ordering, Replayer
from pdp.decision.question import Kind
from server.auth.principals import SCOPES_OF, Bearer, Scope
from server.auth.token_entries import TokenEntries
from server.auth.token_store import TokenState, TokenStore
from vault.gate.question import Principal

TOKEN_BYTES: Final = 32
MAX_LIFE: Final = timedelta(days=366)
PER_ORDER: Final = 1000

REVOKED: Final = "token.revoked"

declare_order(REVOKED, StoreName.DATA, sealed=False)
narrows(REVOKED, REVOKED)
neither("token.minted")

_TEXT = re.compile(r"al_(?:service|staff|customer|auditor)_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What may be shown of a token: never its text, which nobody here knows.

    `entry` is the ledger's newest entry about it, if it is one that has any.
    """

    bearer: Bearer
    created: datetime
    expires: datetime
    revoked: datetime | None
    entry: int | None


class Tokens:
    """The tokens of one installation."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        store: TokenStore,
        entries: TokenEntries,
        orders: Ordering,
    ) -> None:
        self._database = database
        self._orders = orders
        self._clock = clock
        self._store = store
        self.entries = entries

    def mint(self, session: WriteSession, bearer: Bearer, *, life: timedelta) -> str:
        """Make a token; its text is given once, here.

        Raises:
            Invalid: there can be no such bearer, or the life is not within a year.

        """
        _check(bearer, life)
        text = f"al_{bearer.principal.kind}_{secrets.token_urlsafe(TOKEN_BYTES)}"
        now = self._clock.now()
        self._keep(session, _state(bearer, text, created=now, expires=now + life))
        return text

    def find(self, text: str) -> Bearer | None:
        """Tell whose token this is; None if it is nobody's, or no longer."""
        if not _TEXT.fullmatch(text):
            return None
        wanted = _hash(text)
        found = self._store.live(wanted, unix(self._clock.now()))
        # The index compared byte by byte, but hashes: their prefixes tell nothing.
        if found is None or not hmac.compare_digest(found.hash, wanted):
            return None
        return _bearer(found)

    def revoke(self, session: WriteSession, name: str) -> int:
        """Revoke every live token of a name; tells how many there were.

        An order names them by their hashes, which lead to nobody.

        Raises:
            IntegrityFault: one of them is still live afterwards.

        """
        self._orders.confirm(session)
        live, now = self._store.live_of(session, name), unix(self._clock.now())
        for state in live:
            self._revoke(session, state, now)
        if self._store.live_of(session, name):
            raise IntegrityFault("a token that was revoked is still live")
        for start in range(0, len(live), PER_ORDER):
            lot = live[start : start + PER_ORDER]
            self._orders.add(session, REVOKED, {"hashes": [s.hash.hex() for s in lot]})
        return len(live)

    def names(self, orders: Iterable[Mapping[str, Any]], text: str) -> bool:
        """Tell whether one of some orders that revoke, by its result, names a token."""
        wanted = _hash(text).hex()
        return any(wanted in result["hashes"] for result in orders)

    def replayers(self) -> dict[str, Replayer]:
        """Give what brings each kind of orders back, after a restore."""
        return {REVOKED: self._revoked}

    def close(self, session: WriteSession, until: int) -> None:
        """Revoke each token that was made up to an instant (unix seconds)."""
        now = unix(self._clock.now())
        for state in self._store.made_until(session, until):
            self._revoke(session, state, now)

    def _revoked(
        self, session: WriteSession, _: bytes | None, result: Mapping[str, Any]
    ) -> None:
        now = unix(self._clock.now())
        for each in result["hashes"]:
            state = self._store.live(bytes.fromhex(each), now, session)
            if state is not None:
                self._revoke(session, state, now)

    def revoke_text(self, session: WriteSession, text: str) -> None:
        """Revoke one token that nobody came to know."""
        now = unix(self._clock.now())
        state = self._store.live(_hash(text), now, session)
        if state is not None:
            self._revoke(session, state, now)

    def list(self, session: ReadSession) -> tuple[TokenInfo, ...]:
        """List the tokens that were minted here, the newest first."""
        said = self.entries.newest()
        return tuple(
            _info(state, said.get(self.entries.name_of(state)))
            for state in self._store.listed(session)
        )

    def vouch(self) -> None:
        """Give what an older program wrote its MAC and its entry, in lots."""
        while self.lacking():
            with self._database.write() as session:
                for state in self._store.unvouched(session):
                    self._keep(session, state._replace(version=1))

    def lacking(self) -> bool:
        """Tell whether any row has no MAC at all."""
        return bool(self._store.unvouched())

    def _revoke(self, session: WriteSession, state: TokenState, now: int) -> None:
        following = (state.version or 0) + 1
        self._keep(session, state._replace(revoked=now, version=following))

    def _keep(self, session: WriteSession, state: TokenState) -> None:
        self.entries.say(session, state, self._store.keep(session, state))


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


def _state(
    bearer: Bearer, text: str, *, created: datetime, expires: datetime
) -> TokenState:
    principal = bearer.principal
    return TokenState(
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
        revoked=None,
        version=1,
    )


def _bearer(state: TokenState) -> Bearer:
    principal = Principal(
        kind=Kind(state.kind),
        name=state.name,
        roles=tuple(json.loads(state.roles)),
        region=state.region,
        assurance=state.assurance,
        subject=state.subject,
    )
    return Bearer(
        principal,
        purposes=tuple(json.loads(state.purposes)),
        scopes=tuple(Scope(scope) for scope in json.loads(state.scopes)),
    )


def _info(state: TokenState, entry: int | None) -> TokenInfo:
    return TokenInfo(
        bearer=_bearer(state),
        created=from_unix(state.created),
        expires=from_unix(state.expires),
        revoked=None if state.revoked is None else from_unix(state.revoked),
        entry=entry,
    )
