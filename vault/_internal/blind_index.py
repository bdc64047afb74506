"""The blind index: exact look-up of identifiers, by keyed hash.

Nothing else is searchable on disk. An identifier belongs to one customer, or to several
where the catalogue says that it is shared; a row is bound to its subject and record by
a MAC, so that whoever can write to the store still cannot point a victim's address at
another account.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple

from kit.clock import Clock, unix
from kit.errors import AllodError, Conflict, Fault, IntegrityFault, Invalid
from vault._internal.customer_lookup import Blind
from vault._internal.identifiers import Identifier, IdentifierKind, spelled
from vault._internal.keyring import KeyDestroyed, Keyring
from vault._internal.ports.identity import (
    MAX_HOLDERS,
    IdentityReads,
    IdentityStore,
    IdentityWork,
    IndexRow,
)
from vault._internal.suppression import Suppression, erased

_TOGETHER: Final = 2


class _Asked(NamedTuple):
    """An identifier as it would be suppressed, whether several may have it, and what.

    It is suppressed if any of the hashes is; `indexed` is each of them as the index has
    it. Of what is shared, one number in two
    fields is one.
    """

    suppressed: tuple[bytes, ...]
    indexed: tuple[tuple[str, bytes], ...]
    shared: bool
    said: tuple[IdentifierKind, str]


class _Hashed(NamedTuple):
    """An identifier as index rows, by every rule, and as it would be suppressed."""

    rows: tuple[IndexRow, ...]
    asked: _Asked


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """All identifiers of one record; they replace those it was found by before."""

    subject: bytes
    record: bytes
    identifiers: tuple[Identifier, ...]


Put = Callable[[IndexEntry], AllodError | None]


class Taken(Conflict):
    """An identifier is another customer's: in which field, and whose it is."""

    def __init__(self, field: str, holder: bytes) -> None:
        self.field = field.rpartition(".")[2]
        self.holder = holder
        super().__init__(
            "an identifier belongs to another customer",
            code="identifier.taken",
            faults=(Fault(f"/{self.field}", "another customer has this already"),),
            fix="leave it out or correct it; or declare the field `shared`",
        )


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

    @contextmanager
    def indexing(self, entries: Iterable[IndexEntry]) -> Iterator[Put]:
        """Open one transaction, and give what makes records be found in it.

        It gives for each of the entries what keeps it out, and it alone: `Invalid`
        without a spelling, `Refused` with `fence.erased`, `Conflict` when an identifier
        is another customer's, `KeyDestroyed` when the subject was erased.
        """
        # Before the lock: a field's secret may be drawn here, in a transaction.
        self._blind.prepare()
        hashed = {entry: self._hashed(entry) for entry in entries}
        with self._identity.work() as work:

            def put(entry: IndexEntry) -> AllodError | None:
                rows = hashed[entry]
                if isinstance(rows, Invalid):
                    return rows
                return self._replace(work, entry, rows)

            yield put

    def find(self, identifier: Identifier) -> list[Found]:
        """Find whose an identifier is: nobody's, somebody's, or several customers'.

        Raises:
            Invalid: it has no spelling that could be indexed.
            IntegrityFault: a row was not written here for its subject.

        """
        reads, field = self._identity.reads, identifier.field
        rows = [
            row
            for mac in self._blind.index(identifier)
            for row in reads.holders(field, mac, MAX_HOLDERS)
        ]
        if not all(map(self._blind.is_bound, rows)):
            raise IntegrityFault("an index row is not bound to its subject")
        # In the order of the subjects, by whichever rule they were found.
        found = sorted({(row.subject, row.record) for row in rows})
        return [Found(*each) for each in found[:MAX_HOLDERS]]

    def keeps_out(self, lines: Iterable[Sequence[Identifier]]) -> list[bool]:
        """Tell of each line whether its identifiers are of somebody who was erased.

        All that one line says is weighed together, whatever records it is to become. An
        identifier without a spelling says nothing here: it is refused where it stands.
        """
        self._blind.prepare()
        known = list(lines)
        # Without a secret of its field nothing was indexed, and so nothing suppressed.
        fields = {each.field for line in known for each in line}
        used = {each for each in fields if self._blind.indexes(each)}
        asked = [list(self._all_asked(line, used)) for line in known]
        standing = self._standing(self._identity.reads, chain.from_iterable(asked))
        return [_is_erased(line, standing) for line in asked]

    def several(self) -> dict[str, int]:
        """Say of which fields identifiers are several customers', and of how many."""
        return dict(self._identity.reads.shared_fields())

    def unbound(self) -> int:
        """Count the rows that were not written here for their subject and record."""
        rows = self._identity.reads.identifiers()
        return sum(not self._blind.is_bound(row) for row in rows)

    def _all_asked(
        self, line: Sequence[Identifier], fields: Container[str]
    ) -> Iterator[_Asked]:
        for each in line:
            if each.field in fields:
                with suppress(Invalid):
                    yield self._asked(each, self._blind.index(each))

    def _asked(self, each: Identifier, macs: Iterable[bytes]) -> _Asked:
        indexed = tuple((each.field, mac) for mac in macs)
        suppressed = tuple(self._blind.suppressed(*each) for each in indexed)
        return _Asked(suppressed, indexed, each.shared, (each.kind, spelled(each)))

    def _standing(self, reads: IdentityReads, asked: Iterable[_Asked]) -> set[bytes]:
        """Give what is suppressed of what is asked about, or about to be."""
        now, asked = unix(self._clock.now()), list(asked)
        macs = {mac for each in asked for mac in each.suppressed}
        indexed = {one for each in asked for one in each.indexed}
        leaving = self._suppression.of_leavers(reads, indexed, now)
        return self._suppression.standing(reads, macs, now) | {
            self._blind.suppressed(*each) for each in leaving
        }

    def _hashed(self, entry: IndexEntry) -> list[_Hashed] | Invalid:
        try:
            macs = [(each, self._blind.index(each)) for each in entry.identifiers]
        except Invalid as error:
            return error
        return [
            _Hashed(
                tuple(self._row(entry, each.field, mac) for mac in by_rule),
                self._asked(each, by_rule),
            )
            for each, by_rule in macs
        ]

    def _row(self, entry: IndexEntry, field: str, mac: bytes) -> IndexRow:
        place = field, mac, entry.subject, entry.record
        return IndexRow(*place, self._blind.bind(*place))

    def _replace(
        self, work: IdentityWork, entry: IndexEntry, hashed: Sequence[_Hashed]
    ) -> AllodError | None:
        fault = self._fault(work, entry, hashed)
        if fault is None:
            work.drop_identifiers(entry.subject, entry.record)
            for each in hashed:
                newest, *earlier = each.rows
                work.add_identifier(newest)
                # Beside the others who have it: it is theirs together, by their rule.
                for row in earlier:
                    if _others(work, row):
                        work.add_identifier(row)
        return fault

    def _fault(
        self, work: IdentityWork, entry: IndexEntry, hashed: Sequence[_Hashed]
    ) -> AllodError | None:
        if work.fenced(entry.subject):
            return KeyDestroyed("this customer was erased")
        asked = [each.asked for each in hashed]
        if _is_erased(asked, self._standing(work, asked)):
            return erased()
        unique = [row for e in hashed if not e.asked.shared for row in e.rows]
        for row in unique:
            for there in _others(work, row):
                return Taken(row.field, there.subject)
        return None


def _others(work: IdentityWork, row: IndexRow) -> list[IndexRow]:
    """Give one who has an identifier, other than whom a row is about, if anybody."""
    there = work.holders(row.field, row.mac, _TOGETHER)
    return [each for each in there if each.subject != row.subject][:1]


def _is_erased(asked: Iterable[_Asked], standing: set[bytes]) -> bool:
    """Tell whether identifiers are of somebody who was erased.

    A number that a household had may be another's by now: what is shared keeps nobody
    out by itself, but two such together do.
    """
    kept = [each for each in asked if not standing.isdisjoint(each.suppressed)]
    together = len({each.said for each in kept}) >= _TOGETHER
    return together or any(not each.shared for each in kept)
