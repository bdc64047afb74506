"""The blind index: exact look-up of identifiers, by keyed hash.

Nothing else is searchable on disk. An identifier belongs to one customer; a row is
bound to its subject and record by a MAC, so that whoever can write to the store still
cannot point a victim's address at another account.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hmac import compare_digest

from kit.clock import Clock, unix
from kit.errors import AllodError, Conflict, IntegrityFault, Invalid
from vault._internal.blind import Blind, erased
from vault._internal.identifiers import Identifier
from vault._internal.identity import IdentityStore, IdentityWork
from vault._internal.identity_reads import IndexRow
from vault._internal.keyring import KeyDestroyed, Keyring
from vault._internal.suppression import Suppression


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """All identifiers of one record; they replace those it was found by before."""

    subject: bytes
    record: bytes
    identifiers: tuple[Identifier, ...]


class Taken(Conflict):
    """An identifier is another customer's: in which field, and whose it is."""

    def __init__(self, field: str, holder: bytes) -> None:
        super().__init__(
            "an identifier belongs to another customer", code="identifier.taken"
        )
        self.field = field.rpartition(".")[2]
        self.holder = holder


@dataclass(frozen=True, slots=True)
class Found:
    """Whose an identifier is, and in which of their records it stands."""

    subject: bytes
    record: bytes


class BlindIndex:
    """The identifiers of one installation's customers."""

    def __init__(self, identity: IdentityStore, keyring: Keyring, clock: Clock) -> None:
        self._identity = identity
        self._blind = Blind(keyring)
        self._suppression = Suppression(self._blind, keyring.rows)
        self._clock = clock

    def index_many(self, entries: Iterable[IndexEntry]) -> list[AllodError | None]:
        """Make records be found by their identifiers, in one transaction.

        Gives for each entry what keeps it out, and it alone: `Invalid` without a
        spelling, `Refused` with `fence.erased`, `Conflict` when an identifier is
        another customer's, `KeyDestroyed` when the subject was erased.
        """
        self._blind.prepare()
        hashed = [(entry, self._hashed(entry)) for entry in entries]
        with self._identity.work() as work:
            return [
                rows if isinstance(rows, Invalid) else self._replace(work, entry, rows)
                for entry, rows in hashed
            ]

    def find(self, identifier: Identifier) -> Found | None:
        """Find whose an identifier is.

        Raises:
            Invalid: it has no spelling that could be indexed.
            IntegrityFault: the row was not written here for this subject.

        """
        mac = self._blind.index(identifier)
        row = self._identity.reads.identifier(identifier.field, mac)
        if row is None:
            return None
        if not self._is_bound(row):
            raise IntegrityFault("an index row is not bound to its subject")
        return Found(row.subject, row.record)

    def unbound(self) -> int:
        """Count the rows that were not written here for their subject and record."""
        return sum(
            not self._is_bound(row) for row in self._identity.reads.identifiers()
        )

    def _is_bound(self, row: IndexRow) -> bool:
        if not self._blind.indexes(row.field):
            return False
        bind = self._blind.bind(row.field, row.mac, row.subject, row.record)
        return compare_digest(bind, row.bind)

    def _hashed(self, entry: IndexEntry) -> list[IndexRow] | Invalid:
        try:
            macs = [(i.field, self._blind.index(i)) for i in entry.identifiers]
        except Invalid as error:
            return error
        subject, record = entry.subject, entry.record
        return [
            IndexRow(
                field,
                mac,
                subject,
                record,
                self._blind.bind(field, mac, subject, record),
            )
            for field, mac in macs
        ]

    def _replace(
        self, work: IdentityWork, entry: IndexEntry, rows: list[IndexRow]
    ) -> AllodError | None:
        fault = self._fault(work, entry, rows)
        if fault is None:
            work.drop_identifiers(entry.subject, entry.record)
            for row in rows:
                work.add_identifier(row)
        return fault

    def _fault(
        self, work: IdentityWork, entry: IndexEntry, rows: list[IndexRow]
    ) -> AllodError | None:
        if work.fenced(entry.subject):
            return KeyDestroyed("this customer was erased")
        now = unix(self._clock.now())
        for row in rows:
            mac = self._blind.suppressed(row.field, row.mac)
            if self._suppression.keeps_out(work, mac, now):
                return erased()
            there = work.identifier(row.field, row.mac)
            if there is not None and there.subject != entry.subject:
                return Taken(row.field, there.subject)
        return None
