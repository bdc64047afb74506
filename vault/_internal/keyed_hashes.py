"""Keyed hashes of who is who: equality can be asked, and nothing else.

A hash says in its label by which rule of spelling it was made, so that a row tells it
without a column; a value is hashed by all of them (`vault._internal.identifiers`).

Each field has a secret of its own, so two fields with one value have two hashes. A
suppressed identifier is the hash of its index hash under a third secret: what must not
come back can be told without the value, also after the value is gone.
"""

import hmac
from typing import Final

from kit.errors import Reason, Refused
from kit.framing import framed
from vault._internal.identifiers import (
    NEWEST,
    CustomerName,
    Identifier,
    Spelling,
    spellings,
)
from vault._internal.identity_reads import IndexRow
from vault._internal.keyring import Keyring

CUSTOMER: Final = "customer"
_SUPPRESSED: Final = "suppressed"


class Blind:
    """The keyed hashes of one installation."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def prepare(self) -> None:
        """Have the secret of the suppressed at hand, before a unit of work begins."""
        self._keyring.secret(_SUPPRESSED)

    def handle(self, customer_id: str) -> bytes:
        """Hash a customer id, in its one spelling."""
        return _hmac(self._of_field(CUSTOMER), customer_id.encode())

    def handles(self, name: CustomerName) -> tuple[bytes, ...]:
        """Hash a customer id as it is read, and as it was given if that is other."""
        return tuple(map(self.handle, dict.fromkeys((name.read, name.given))))

    def likeness(self, name: CustomerName) -> bytes:
        """Hash what a customer id is without regard to case."""
        return self._spelled(CUSTOMER, Spelling(NEWEST, name.folded))

    def index(self, identifier: Identifier) -> tuple[bytes, ...]:
        """Hash an identifier for its field's index, by every rule, the newest first.

        Raises:
            Invalid: it has no spelling that could be indexed.

        """
        field = identifier.field
        return tuple(self._spelled(field, each) for each in spellings(identifier))

    def indexes(self, field: str) -> bool:
        """Tell whether anything was ever indexed under a field's name."""
        return bool(self._keyring.secrets.made(f"index/{field}"))

    def bind(self, field: str, mac: bytes, subject: bytes, record: bytes) -> bytes:
        """Bind an index row to its subject and record, against a row set by hand."""
        fields = framed("allod/bind/v1", field, mac, subject, record)
        return _hmac(self._of_field(field), fields)

    def is_bound(self, row: IndexRow) -> bool:
        """Tell whether an index row was written here for its subject and record."""
        if not self.indexes(row.field):
            return False
        bind = self.bind(row.field, row.mac, row.subject, row.record)
        return hmac.compare_digest(bind, row.bind)

    def suppressed(self, field: str, mac: bytes) -> bytes:
        """Hash an index hash, or a handle, for the list of the suppressed."""
        secret = self._keyring.secret(_SUPPRESSED)
        return _hmac(secret, framed("allod/suppressed/v1", field, mac))

    def _spelled(self, field: str, spelling: Spelling) -> bytes:
        label = f"allod/index/v{spelling.rule}"
        return _hmac(self._of_field(field), framed(label, spelling.text))

    def _of_field(self, field: str) -> bytes:
        return self._keyring.secret(f"index/{field}")


def _hmac(secret: bytes, data: bytes) -> bytes:
    return hmac.digest(secret, data, "sha256")


def erased() -> Refused:
    """Say that an identifier is suppressed since an erasure."""
    return Refused(
        "this customer was erased, and does not come back by an ordinary write",
        reasons=(
            Reason(
                "fence.erased",
                article="GDPR 17; PIPL 47",
                fix="if they ask to come back, register them with `again`",
            ),
        ),
    )
