"""What was hashed under an earlier rule of spelling is found, and keeps out, still."""

from datetime import timedelta

import pytest
from clocks import ManualClock
from indexed import index_many

from kit.db import Database, raw
from kit.errors import Refused
from kit.ids import new_id
from ledger.formats.order import OrderRef
from vault._internal.blind_index import BlindIndex, Found, IndexEntry, Taken
from vault._internal.customer_lookup import Blind
from vault._internal.customer_registry import Register
from vault._internal.identifiers import Identifier, IdentifierKind, spellings
from vault._internal.keyring import Keyring

PHONE = "+49 30 5550170"
BOX = "doe@example.org"


def phone(text: str = PHONE, *, shared: bool = False) -> Identifier:
    return Identifier(
        "profile.phone", IdentifierKind.PHONE, text, shared=shared, region="DE"
    )


def box(text: str = BOX) -> Identifier:
    return Identifier("profile.box", IdentifierKind.EMAIL, text, shared=True)


class Past:
    """Puts rows where an older program would have, under the first rule."""

    def __init__(
        self,
        register: Register,
        index: BlindIndex,
        database: Database,
        keyring: Keyring,
    ) -> None:
        self.register = register
        self.index = index
        self.database = database
        self.blind = Blind(keyring)

    def has(self, name: str, *identifiers: Identifier) -> IndexEntry:
        """Register somebody who has identifiers since an older version."""
        entry = IndexEntry(self.register.register(name).subject, new_id(), identifiers)
        assert index_many(self.index, [entry]) == [None]
        for each in identifiers:
            newest, first = self.blind.index(each)[0], self._first(each)
            place = each.field, first, entry.subject, entry.record
            with self.database.write() as session:
                raw(session).execute(
                    "UPDATE identity_index SET mac = ?, bind = ?"
                    " WHERE mac = ? AND subject = ?",
                    (first, self.blind.bind(*place), newest, entry.subject),
                )
        return entry

    def _first(self, identifier: Identifier) -> bytes:
        """Hash what rule 1 made of just this text."""
        rules = spellings(identifier)
        plain = "".join(each for each in identifier.value if each not in " ()-/")
        return self.blind.index(identifier)[rules.index((1, plain))]

    def fields(self, entry: IndexEntry) -> list[str]:
        found = self.database.reader().execute(
            "SELECT field FROM identity_index WHERE record = ? ORDER BY field",
            (entry.record,),
        )
        return [field for (field,) in found]


@pytest.fixture
def past(
    register: Register, index: BlindIndex, identity_db: Database, keyring: Keyring
) -> Past:
    register.begin_tally()
    return Past(register, index, identity_db, keyring)


def _erase(past: Past, clock: ManualClock, entry: IndexEntry) -> int:
    """Erase whom a record is of; tells by how many identifiers they were found."""
    return past.register.erase(
        entry.subject,
        order_id=new_id(),
        until=clock.now() + timedelta(days=365),
        basis="none",
        ref=OrderRef(1, bytes(32)),
    ).named


WRITINGS = ["+49 30 5550170", "0049305550170", "(030) 555-0170", "\u202a030 5550170"]


@pytest.mark.parametrize("text", WRITINGS)
def test_it_is_found_by_any_writing_and_is_nobody_elses(past: Past, text: str) -> None:
    there = past.has("ann", phone())
    assert past.index.find(phone(text)) == [Found(there.subject, there.record)]
    other = past.register.register("bob").subject
    (taken,) = index_many(past.index, [IndexEntry(other, new_id(), (phone(text),))])
    assert isinstance(taken, Taken)


def test_it_moves_to_the_newest_rule_when_its_record_is_written(past: Past) -> None:
    there = past.has("ann", phone())
    assert index_many(past.index, [there]) == [None]
    assert past.fields(there) == ["profile.phone"]
    (newest, *earlier) = past.blind.index(phone())
    reads = past.database.reader()
    count = "SELECT count(*) FROM identity_index WHERE mac = ?"
    assert [reads.execute(count, (newest,)).fetchone()] == [(1,)]
    assert all(reads.execute(count, (each,)).fetchone() == (0,) for each in earlier)


@pytest.mark.parametrize("text", WRITINGS)
def test_suppressed_under_the_first_rule_it_keeps_out_every_writing_it_had(
    past: Past, clock: ManualClock, text: str
) -> None:
    _erase(past, clock, past.has("ann", phone()))
    other = past.register.register("bob").subject
    (error,) = index_many(past.index, [IndexEntry(other, new_id(), (phone(text),))])
    assert isinstance(error, Refused)
    assert past.index.keeps_out([[phone(text)], [phone("+49 30 5550171")]]) == [
        True,
        False,
    ]


def test_suppressed_as_it_was_dialled_it_is_kept_out_with_its_country_too(
    past: Past, clock: ManualClock
) -> None:
    _erase(past, clock, past.has("ann", phone("(030) 5550170")))
    assert past.index.keeps_out([[phone()]]) == [True]


@pytest.mark.parametrize("first", ["ann", "bob"])
def test_a_number_shared_across_rules_is_suppressed_with_the_last_who_has_it(
    past: Past, clock: ManualClock, first: str
) -> None:
    there = {"ann": past.has("ann", phone(shared=True), box())}
    bob = IndexEntry(
        past.register.register("bob").subject, new_id(), (phone(shared=True), box())
    )
    assert index_many(past.index, [bob]) == [None]
    there["bob"] = bob
    assert past.index.several() == {"profile.box": 1, "profile.phone": 1}
    (last,) = there.keys() - {first}
    line = [phone(shared=True), box()]
    _erase(past, clock, there[first])
    # Who lives goes on with what was theirs, in any writing, and so do new ones.
    assert past.index.keeps_out([line]) == [False]
    assert index_many(past.index, [there[last]]) == [None]
    _erase(past, clock, there[last])
    assert past.index.keeps_out([line, line[:1]]) == [True, False]


def test_an_identifier_counts_once_by_however_many_rules_it_is_hashed(
    past: Past, clock: ManualClock
) -> None:
    past.has("ann", phone(shared=True), box())
    bob = IndexEntry(
        past.register.register("bob").subject, new_id(), (phone(shared=True), box())
    )
    assert index_many(past.index, [bob]) == [None]
    assert len(past.fields(bob)) > len(bob.identifiers)
    assert _erase(past, clock, bob) == len(bob.identifiers)


def test_one_number_in_two_fields_is_one_of_what_is_shared(
    past: Past, clock: ManualClock
) -> None:
    def other(text: str) -> Identifier:
        return Identifier("order.phone", IdentifierKind.PHONE, text, shared=True)

    both = (phone(shared=True), other(PHONE))
    ann = IndexEntry(past.register.register("ann").subject, new_id(), both)
    assert index_many(past.index, [ann]) == [None]
    _erase(past, clock, ann)
    assert past.index.keeps_out([both]) == [False]
