"""The blind index: whole identifiers, one owner each, bound to that owner."""

from datetime import timedelta

import pytest
from clocks import ManualClock
from indexed import index_many

from kit.db import Database, raw
from kit.errors import Conflict, IntegrityFault, Invalid, Refused
from kit.ids import new_id
from ledger.formats.order import OrderRef
from vault._internal.blind_index import BlindIndex, Found, IndexEntry, Taken
from vault._internal.customer_registry import Register
from vault._internal.identifiers import Identifier, IdentifierKind
from vault._internal.keyring import KeyDestroyed

ANN = Identifier("profile.email", IdentifierKind.EMAIL, "ann@example.org")
BOB = Identifier("profile.email", IdentifierKind.EMAIL, "bob@example.org")


def _erase(register: Register, clock: ManualClock, subject: bytes) -> None:
    ref, until = OrderRef(1, bytes(32)), clock.now()
    register.erase(subject, order_id=new_id(), until=until, basis="none", ref=ref)


def _rows(database: Database) -> list[tuple[object, ...]]:
    """Give the rows of identifiers; what a customer's own id is like is not of them."""
    rows = "SELECT * FROM identity_index WHERE field != 'customer'"
    return database.reader().execute(rows).fetchall()


def test_an_identifier_finds_its_record_in_any_spelling(
    register: Register, index: BlindIndex
) -> None:
    subject, record = register.register("c-1").subject, new_id()
    index_many(index, [IndexEntry(subject, record, (ANN,))])
    asked = Identifier("profile.email", IdentifierKind.EMAIL, " ANN@example.org ")
    assert index.find(asked) == [Found(subject, record)]
    assert index.find(BOB) == []


def test_one_value_in_two_fields_is_two_hashes(
    register: Register, index: BlindIndex, identity_db: Database
) -> None:
    subject = register.register("c-1").subject
    work = Identifier("profile.work", IdentifierKind.EMAIL, ANN.value)
    index_many(index, [IndexEntry(subject, new_id(), (ANN, work))])
    macs = {row[1] for row in _rows(identity_db)}
    assert len(macs) == 2


def test_a_record_is_found_by_what_it_says_now_and_no_longer_by_what_it_said(
    register: Register, index: BlindIndex
) -> None:
    subject, record = register.register("c-1").subject, new_id()
    index_many(index, [IndexEntry(subject, record, (ANN,))])
    index_many(index, [IndexEntry(subject, record, (BOB,))])
    assert index.find(ANN) == []
    assert index.find(BOB) == [Found(subject, record)]
    index_many(index, [IndexEntry(subject, record, ())])
    assert index.find(BOB) == []


def test_an_identifier_of_one_customer_is_not_given_to_another(
    register: Register, index: BlindIndex, identity_db: Database
) -> None:
    one, other = register.register("c-1").subject, register.register("c-2").subject
    index_many(index, [IndexEntry(one, new_id(), (ANN,))])
    before = _rows(identity_db)
    conflict, kept = index_many(
        index,
        [IndexEntry(other, new_id(), (ANN,)), IndexEntry(other, new_id(), (BOB,))],
    )
    assert isinstance(conflict, Conflict)
    assert conflict.reason_code == "identifier.taken"
    assert kept is None
    assert [row for row in _rows(identity_db) if row in before] == before


def test_the_same_customer_may_say_it_again_in_another_record(
    register: Register, index: BlindIndex
) -> None:
    subject, second = register.register("c-1").subject, new_id()
    index_many(index, [IndexEntry(subject, new_id(), (ANN,))])
    assert index_many(index, [IndexEntry(subject, second, (ANN,))]) == [None]
    assert index.find(ANN) == [Found(subject, second)]


@pytest.mark.parametrize("column", ["subject", "record", "bind"])
def test_a_row_pointed_at_another_account_is_an_integrity_fault(
    register: Register, index: BlindIndex, identity_db: Database, column: str
) -> None:
    victim, thief = register.register("c-1").subject, register.register("c-2").subject
    index_many(
        index,
        [IndexEntry(victim, new_id(), (ANN,)), IndexEntry(thief, new_id(), (BOB,))],
    )
    statement = {
        name: (
            f"UPDATE identity_index SET {name} = (SELECT {name} FROM identity_index"  # noqa: S608 - a column's name, from three
            " WHERE subject = :thief) WHERE subject = :victim"
        )
        for name in ("subject", "record", "bind")
    }[column]
    with identity_db.write() as session:
        raw(session).execute(statement, {"thief": thief, "victim": victim})
    with pytest.raises(IntegrityFault):
        index.find(ANN)


def test_an_identifier_without_a_spelling_keeps_out_its_own_entry_alone(
    register: Register, index: BlindIndex
) -> None:
    subject = register.register("c-1").subject
    empty = Identifier("profile.phone", IdentifierKind.PHONE, "none")
    invalid, kept = index_many(
        index,
        [
            IndexEntry(subject, new_id(), (BOB, empty)),
            IndexEntry(subject, new_id(), (ANN,)),
        ],
    )
    assert isinstance(invalid, Invalid)
    assert kept is None
    assert index.find(BOB) == []
    with pytest.raises(Invalid):
        index.find(empty)


def test_a_late_write_for_an_erased_subject_meets_the_fence(
    register: Register, index: BlindIndex, clock: ManualClock, identity_db: Database
) -> None:
    subject = register.register("c-1").subject
    _erase(register, clock, subject)
    (outcome,) = index_many(index, [IndexEntry(subject, new_id(), (ANN,))])
    assert isinstance(outcome, KeyDestroyed)
    assert _rows(identity_db) == []


def test_an_index_row_that_is_back_from_an_old_copy_finds_nobody(
    register: Register, index: BlindIndex, clock: ManualClock, identity_db: Database
) -> None:
    subject = register.register("c-1").subject
    index_many(index, [IndexEntry(subject, new_id(), (ANN,))])
    (row,) = _rows(identity_db)
    _erase(register, clock, subject)
    with identity_db.write() as session:
        raw(session).execute("INSERT INTO identity_index VALUES (?, ?, ?, ?, ?)", row)
    assert index.find(ANN) == []


# Shared identifiers.

HOME_PHONE = Identifier(
    "profile.phone", IdentifierKind.PHONE, "+49 30 5550150", shared=True
)
MAILBOX = Identifier(
    "profile.box", IdentifierKind.EMAIL, "doe@example.org", shared=True
)


def _erased(register: Register, clock: ManualClock, subject: bytes) -> None:
    ref, until = OrderRef(1, bytes(32)), clock.now() + timedelta(days=365)
    register.erase(subject, order_id=new_id(), until=until, basis="none", ref=ref)


def _household(register: Register, index: BlindIndex, *names: str) -> dict[str, bytes]:
    subjects = {name: register.register(name).subject for name in names}
    entries = [
        IndexEntry(subject, new_id(), (HOME_PHONE, MAILBOX))
        for subject in subjects.values()
    ]
    assert index_many(index, entries) == [None] * len(names)
    return subjects


def _suppressed(database: Database) -> int:
    found = database.reader().execute("SELECT count(*) FROM identity_suppressed")
    return int(found.fetchone()[0])


def test_a_shared_identifier_finds_all_who_have_it_and_refuses_none(
    register: Register, index: BlindIndex
) -> None:
    subjects = _household(register, index, "ann", "ben")
    assert {each.subject for each in index.find(HOME_PHONE)} == {*subjects.values()}
    assert index.several() == {"profile.box": 1, "profile.phone": 1}


def test_one_who_moves_out_is_not_found_by_it_and_the_others_are(
    register: Register, index: BlindIndex
) -> None:
    subjects = _household(register, index, "ann", "ben")
    (row,) = [r for r in index.find(HOME_PHONE) if r.subject == subjects["ann"]]
    index_many(index, [IndexEntry(subjects["ann"], row.record, ())])
    assert [each.subject for each in index.find(HOME_PHONE)] == [subjects["ben"]]


def test_it_is_suppressed_with_the_last_living_holder_and_not_before(
    register: Register, index: BlindIndex, clock: ManualClock, identity_db: Database
) -> None:
    register.begin_tally()
    subjects = _household(register, index, "ann", "ben")
    _erased(register, clock, subjects["ann"])
    assert _suppressed(identity_db) == 2  # her customer id, and what it is like
    assert [each.subject for each in index.find(HOME_PHONE)] == [subjects["ben"]]
    _erased(register, clock, subjects["ben"])
    assert _suppressed(identity_db) == 6
    assert register.is_tallied()


def test_suppressed_it_keeps_nobody_out_by_itself_but_together_with_another(
    register: Register, index: BlindIndex, clock: ManualClock
) -> None:
    _erased(register, clock, _household(register, index, "ann")["ann"])
    new = register.register("cat").subject
    assert index_many(index, [IndexEntry(new, new_id(), (HOME_PHONE,))]) == [None]
    (kept_out,) = index_many(index, [IndexEntry(new, new_id(), (HOME_PHONE, MAILBOX))])
    assert isinstance(kept_out, Refused)
    assert kept_out.reason_code == "fence.erased"


@pytest.mark.parametrize("by_hand", ["subject", "bind"])
def test_an_erasure_that_a_holder_put_there_by_hand_would_narrow_does_not_end(
    register: Register,
    index: BlindIndex,
    clock: ManualClock,
    identity_db: Database,
    by_hand: str,
) -> None:
    ann = _household(register, index, "ann")["ann"]
    other = register.register("other").subject
    with identity_db.write() as session:
        for row in _rows(identity_db):
            field, mac, _, record, bind = row
            bind = bind if by_hand == "subject" else bytes(32)
            raw(session).execute(
                "INSERT INTO identity_index VALUES (?, ?, ?, ?, ?)",
                (field, mac, other, record, bind),
            )
    for _ in range(2):
        with pytest.raises(IntegrityFault):
            _erased(register, clock, ann)
        assert register.resolve("ann") is None
        assert index.keeps_out([(HOME_PHONE, MAILBOX)]) == [True]


def test_what_is_unique_is_taken_with_its_field_though_another_is_shared(
    register: Register, index: BlindIndex
) -> None:
    one, other = register.register("c-1").subject, register.register("c-2").subject
    index_many(index, [IndexEntry(one, new_id(), (ANN, HOME_PHONE))])
    (taken,) = index_many(index, [IndexEntry(other, new_id(), (HOME_PHONE, ANN))])
    assert isinstance(taken, Taken)
    assert [fault.pointer for fault in taken.faults] == ["/email"]
    assert [each.subject for each in index.find(HOME_PHONE)] == [one]
