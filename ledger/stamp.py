"""The port through which parts below the vault stamp what they decide.

The vault implements it: salts, commitment, sealed opening and entry row in the
caller's own transaction, so that a decision and its stamp stand or fall together.
"""

from typing import Protocol

from kit.db import WriteSession


class Stamp(Protocol):
    """Stamps one event of one customer into the ledger."""

    def __call__(
        self,
        session: WriteSession,
        *,
        subject: bytes,
        kind: str,
        content: bytes,
        record: bytes | None,
    ) -> int:
        """Stamp `content` as a declared kind (formats.entry_kinds); gives its index.

        The entry says nothing of subject, record or content; it commits or falls
        with the session.
        """
        ...
