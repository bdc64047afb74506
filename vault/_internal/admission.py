"""Admission: how somebody becomes a customer, by an id that is theirs alone.

An id is found as it was given, and as it is read. Who is new is kept from an id that
is another's but for its case, which no reader of a list would tell apart; of two who
have such ids since an earlier version each is found by their own. They are told to be
alike by a row of the blind index, of no field of the catalogue and of no record.

Who was erased is kept out under every spelling of their id, unless they come back on
purpose.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from kit.clock import Clock, unix
from kit.errors import AllodError, Conflict, Invalid
from kit.ids import new_id
from ledger.formats.order_kinds import neither
from vault._internal.customer_lookup import (
    CUSTOMER,
    CUSTOMER_ID,
    NO_RECORD,
    TABLE,
    VERSION,
    Blind,
    require_ours,
)
from vault._internal.envelope import CustomerKeys
from vault._internal.identifiers import CustomerName, customer_name, require_new
from vault._internal.keyring import Keyring
from vault._internal.ports.identity import (
    CustomerRow,
    IdentityReads,
    IdentityStore,
    IdentityWork,
    IndexRow,
    KeyRow,
)
from vault._internal.suppression import Suppression, erased

_ANY: Final = 1

# Coming back lifts a suppression: like a grant, it may be lost with a copy.
neither("customer.registered")


@dataclass(frozen=True, slots=True)
class RegisteredSubject:
    """A customer's subject, and whether this registration drew it.

    `lifted`: they had been erased, and their suppression was lifted by it.
    """

    subject: bytes
    created: bool
    lifted: bool = False


class Alike(Conflict):
    """An id differs from another customer's by its case alone: whose that is."""

    def __init__(self, holder: bytes) -> None:
        self.holder = holder
        super().__init__(
            "another customer's id differs from this one by upper and lower case alone",
            code="customer.alike",
            fix="write it as it was registered, or give the customer another id",
        )


Outcome = RegisteredSubject | AllodError


class _Draft(NamedTuple):
    """A customer made ready before the write lock is taken."""

    handle: bytes
    likeness: IndexRow
    suppressed: frozenset[bytes]
    key: KeyRow
    sealed: bytes

    @property
    def subject(self) -> bytes:
        """The subject that was drawn for them."""
        return self.key.subject


class Admission:
    """Lets customers in."""

    def __init__(self, identity: IdentityStore, keyring: Keyring, clock: Clock) -> None:
        self._identity = identity
        self._keyring = keyring
        self._blind = Blind(keyring)
        self._rows = keyring.rows
        self._suppression = Suppression(self._blind, keyring.rows)
        self._clock = clock

    def admit(self, given: Iterable[str], *, again: bool) -> dict[str, Outcome]:
        """Let many in by one transaction; tells of each who they are, or why not.

        With `again` one who was erased comes back. Who was let in before is found,
        also by an id that nobody gets any more.
        """
        outcome: dict[str, Outcome] = {}
        missing: dict[str, CustomerName] = {}
        reads = self._identity.reads
        for each in given:
            try:
                name = customer_name(each)
                there = self._there(reads, self._blind.handles(name))
                if there is None:
                    require_new(name)
                    missing[each] = name
                else:
                    outcome[each] = RegisteredSubject(there, created=False)
            except Invalid as error:
                outcome[each] = error
        # Keys are drawn and ids sealed before the lock is taken, not under it.
        drafts = self._drafts(missing)
        if drafts:
            with self._identity.work() as work:
                outcome |= self._place(work, drafts, again=again)
        return outcome

    def likeness(self, subject: bytes, name: CustomerName) -> IndexRow:
        """Make the row by which a customer's id is told to be like another's."""
        place = CUSTOMER, self._blind.likeness(name), subject, NO_RECORD
        return IndexRow(*place, self._blind.bind(*place))

    def _drafts(self, names: Mapping[str, CustomerName]) -> dict[str, _Draft]:
        made = self._keyring.create(new_id() for _ in names)
        return {
            given: self._draft(name, row, keys)
            for (given, name), (row, keys) in zip(names.items(), made, strict=True)
        }

    def _draft(self, name: CustomerName, row: KeyRow, keys: CustomerKeys) -> _Draft:
        handles = self._blind.handles(name)
        likeness = self.likeness(row.subject, name)
        return _Draft(
            handle=handles[0],
            likeness=likeness,
            suppressed=frozenset(
                self._blind.suppressed(CUSTOMER, mac)
                for mac in (*handles, likeness.mac)
            ),
            key=row,
            sealed=CUSTOMER_ID.seal(keys, row.subject, VERSION, name.read.encode()),
        )

    def _place(
        self, work: IdentityWork, drafts: Mapping[str, _Draft], *, again: bool
    ) -> dict[str, Outcome]:
        return {
            given: self._placed(work, draft, again=again)
            for given, draft in drafts.items()
        }

    def _placed(self, work: IdentityWork, draft: _Draft, *, again: bool) -> Outcome:
        """Let one in, unless they were let in meanwhile, or something keeps them out.

        They may stand in the list twice, by two writings of one id.
        """
        there = self._there(work, [draft.handle])
        if there is not None:
            return RegisteredSubject(there, created=False)
        now = unix(self._clock.now())
        suppressed = self._suppression.standing(work, draft.suppressed, now)
        if suppressed and not again:
            return erased()
        for other in work.holders(CUSTOMER, draft.likeness.mac, _ANY):
            return Alike(other.subject)
        self._keep(work, draft)
        return RegisteredSubject(draft.subject, created=True, lifted=bool(suppressed))

    def _keep(self, work: IdentityWork, draft: _Draft) -> None:
        for mac in draft.suppressed:
            self._suppression.lift(work, mac)
        columns = draft.handle, draft.subject, draft.sealed
        row = CustomerRow(*columns, self._rows.of(TABLE, *columns))
        work.add_keys([draft.key])
        work.add_customers([row])
        work.add_identifier(draft.likeness)

    def _there(self, reads: IdentityReads, handles: Sequence[bytes]) -> bytes | None:
        """Find whose an id is; as it was given goes before as it is read."""
        found = {row.handle: row for row in reads.by_handles(handles)}
        for row in (found[each] for each in reversed(handles) if each in found):
            require_ours(self._rows, row)
            return row.subject
        return None
