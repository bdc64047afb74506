"""The look-up: whose a customer id is, and by what id a subject is known.

Equality can be asked of keyed hashes, and nothing else. A hash says in its label by
which rule of spelling it was made, so that a row tells it without a column; a value is
hashed by all of them (`vault._internal.identifiers`).

Each field has a secret of its own, so two fields with one value have two hashes. A
suppressed identifier is the hash of its index hash under a third secret: what must not
come back can be told without the value, also after the value is gone.
"""

import hmac
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Final

from kit.errors import IntegrityFault, Invalid
from kit.framing import framed
from kit.ids import ID_BYTES
from vault._internal.envelope import Codec, Envelope
from vault._internal.identifiers import (
    NEWEST,
    CustomerName,
    Identifier,
    Spelling,
    customer_name,
    spellings,
)
from vault._internal.keyring import Keyring, NotProvisioned
from vault._internal.ports.identity import CustomerRow, IdentityStore, IndexRow, KeyRow
from vault._internal.row_macs import RowMacs

CUSTOMER: Final = "customer"
CUSTOMER_ID: Final = Envelope("identity", schema="1", codec=Codec.RAW, bucket=64)
VERSION: Final = 1
NO_RECORD: Final = bytes(ID_BYTES)
"""Where a customer's own id is likened, in the place of a record."""
TABLE: Final = "identity_customer"
_SUPPRESSED: Final = "suppressed"


class CustomerIds:
    """The customer ids of one installation; nothing can be changed by this."""

    def __init__(self, identity: IdentityStore, keyring: Keyring) -> None:
        self._identity = identity
        self._keyring = keyring
        self._blind = Blind(keyring)
        self._rows = keyring.rows

    def resolve(self, customer_id: str) -> bytes | None:
        """Find the subject of a customer id; none for an id that nobody can have.

        Nor for one whose row was not written here: it leads to nobody.
        """
        return self.resolve_many([customer_id]).get(customer_id)

    def resolve_many(self, customer_ids: Iterable[str]) -> dict[str, bytes]:
        """Find the subjects of many customer ids; who is nobody is absent."""
        handles: dict[str, tuple[bytes, ...]] = {}
        for given in customer_ids:
            with suppress(Invalid):
                handles[given] = self._blind.handles(customer_name(given))
        wanted = {handle for each in handles.values() for handle in each}
        rows = self._identity.reads.by_handles(wanted)
        found = {row.handle: row.subject for row in rows if self._is_ours(row)}
        # Whom an earlier rule let in by just these characters goes before.
        return {
            given: found[handle]
            for given, each in handles.items()
            for handle in reversed(each)
            if handle in found
        }

    def living(self, subjects: Collection[bytes]) -> set[bytes]:
        """Give those of some subjects who are customers, and not fenced off."""
        found = self._identity.reads.named(subjects)
        return {row.subject for row, _ in found if self._is_ours(row)}

    def version(self) -> int:
        """Give a number that changes when anybody else writes to the identity store."""
        return self._identity.version()

    def customer_ids_of(self, subjects: Collection[bytes]) -> dict[bytes, str]:
        """Give the customer id of each subject; the erased and unknown are absent.

        Raises:
            IntegrityFault: a customer's row was not written here.
            NotProvisioned: a customer id names a key that is not there.

        """
        found = self._identity.reads.named(subjects)
        for row, _ in found:
            require_ours(self._rows, row)
        return {row.subject: self._name(row.sealed, key) for row, key in found}

    def _name(self, sealed: bytes, row: KeyRow | None) -> str:
        if row is None:
            raise NotProvisioned("there is no key for a customer's id")
        keys = self._keyring.unwrap(row)
        return CUSTOMER_ID.open(keys, row.subject, VERSION, sealed).decode()

    def _is_ours(self, row: CustomerRow) -> bool:
        return is_ours(self._rows, row)


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


def is_ours(rows: RowMacs, row: CustomerRow) -> bool:
    """Tell whether a customer's row was written here."""
    return rows.knows(row.row_mac, TABLE, *row[:-1])


def require_ours(rows: RowMacs, row: CustomerRow) -> None:
    """Check that a customer's row was written here.

    Raises:
        IntegrityFault: it was not.

    """
    if not is_ours(rows, row):
        raise IntegrityFault("a customer's row was not written here")
