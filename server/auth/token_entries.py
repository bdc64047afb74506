"""What the ledger says of tokens: which were minted, and which revoked.

An entry for each token of a service, a member of staff or an auditor that lasts longer
than a day: a keyed hash that stands for the token, its bearer's pseudonym, and a digest
of its row. Customers' tokens have none: they open what is the customer's own, they go
with an erasure, and the public log would show when somebody signed in.

`findings` holds the rows to the entries. An entry is appended for good, so a row that
was revoked and is set back, or that was taken away, is found.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Final

from kit.db import WriteSession
from ledger.checks.audit import LedgerFinding
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import neither
from ledger.log import Log
from server.auth.token_store import TokenState, TokenStore
from vault.open import RowMacs

CREATED: Final = "token.created"
REVOKED: Final = "token.revoked"

entry_kinds.declare(CREATED, entry_kinds.EntryType.OPERATOR)
neither(CREATED)
entry_kinds.declare(REVOKED, entry_kinds.EntryType.OPERATOR)


class TokenEntries:
    """The entries about the tokens of one installation."""

    def __init__(
        self,
        store: TokenStore,
        *,
        rows: RowMacs,
        log: Log,
        pseudonym: Callable[[str], str],
    ) -> None:
        self._store = store
        self._rows = rows
        self._log = log
        self._pseudonym = pseudonym

    def say(self, session: WriteSession, state: TokenState, mac: bytes) -> None:
        """Say a new state in the ledger, in the unit of work that writes it."""
        if not state.is_said:
            return
        facts = {
            "token": self.name_of(state),
            "name": self._pseudonym(state.name),
            "row": _digest(mac),
        }
        kind = CREATED if state.revoked is None else REVOKED
        self._log.stamp_operator(session, kind, facts)

    def name_of(self, state: TokenState) -> str:
        """Give what stands for a token in the ledger: nobody can look it up there."""
        return self._rows.of("token", state.hash)[:16].hex()

    def newest(self) -> dict[str, int]:
        """Give the newest entry about each token."""
        return {token: index for token, (index, _, _) in self._said().items()}

    def findings(self) -> Iterator[LedgerFinding]:
        """Name tokens that were not minted here, or are not as their entries say."""
        said, forged = self._said(), 0
        for mac, right, state in self._store.lying():
            forged += not right
            if state.is_said:
                yield from _differing(mac, said.pop(self.name_of(state), None))
        if forged:
            yield LedgerFinding("token", None, f"{forged} tokens not minted here")
        lost = self._log.restored()
        for index, kind, _ in said.values():
            # A token that was minted after a copy is lost with what was newer.
            if kind == CREATED and not any(index in each for each in lost):
                yield LedgerFinding("token", index, "the row of a token is gone")

    def _said(self) -> dict[str, tuple[int, str, str]]:
        entries = sorted(
            (index, kind, facts["token"], facts["row"])
            for kind in (CREATED, REVOKED)
            for index, facts in self._log.operators(kind)
        )
        return {token: (index, kind, row) for index, kind, token, row in entries}


def _differing(
    mac: bytes | None, said: tuple[int, str, str] | None
) -> Iterator[LedgerFinding]:
    if said is None:
        yield LedgerFinding("token", None, "a token has no entry")
    elif mac is None or said[2] != _digest(mac):
        yield LedgerFinding("token", said[0], "a token is not as its newest entry says")


def _digest(mac: bytes) -> str:
    return hashlib.sha256(mac).hexdigest()
