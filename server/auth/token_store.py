"""Tokens as a store keeps them."""

from typing import Final, NamedTuple, Protocol

from kit.db import ReadSession, WriteSession
from pdp.decision.question import Kind

LONG: Final = 86_400
"""Seconds: what lasts longer, and is no customer's, is said in the ledger."""

LOT: Final = 500


class TokenState(NamedTuple):
    """One state of a token's row: all its columns but the MAC, in their order."""

    hash: bytes
    kind: str
    name: str
    subject: bytes | None
    roles: str
    purposes: str
    scopes: str
    region: str
    assurance: int
    created: int
    expires: int
    revoked: int | None
    version: int | None

    @property
    def is_said(self) -> bool:
        """Whether the ledger says of it."""
        lasting = self.expires - self.created > LONG
        return lasting and self.kind != Kind.CUSTOMER.value


class TokenStore(Protocol):
    """Tokens. A row is believed by its MAC alone (`vault.open.RowMacs`)."""

    def live(
        self, wanted: bytes, now: int, session: WriteSession | None = None
    ) -> TokenState | None:
        """Find a token by its hash, if it is neither revoked nor over."""

    def live_of(self, session: WriteSession, name: str) -> list[TokenState]:
        """List the tokens of a name that are not revoked."""

    def made_until(self, session: WriteSession, until: int) -> list[TokenState]:
        """List the tokens that were made up to an instant and are not revoked."""

    def listed(self, session: ReadSession) -> list[TokenState]:
        """List the tokens, the newest first."""

    def lying(self) -> list[tuple[bytes | None, bool, TokenState]]:
        """List rows as they lie: the MAC, whether it is right, and what it covers."""

    def unvouched(self, session: WriteSession | None = None) -> list[TokenState]:
        """List some of the rows that have no MAC, a lot at most."""

    def keep(self, session: WriteSession, state: TokenState) -> bytes:
        """Keep a token, or its next state; gives the MAC."""
