"""The blind index: whole identifiers, one owner each, bound to that owner."""

import pytest
from clocks import ManualClock

from kit.db import Database, raw
from kit.errors import Conflict, IntegrityFault, Invalid
from kit.ids import new_id
from ledger.order import OrderRef
from vault._internal.blind_index import BlindIndex, Found, IndexEntry
from vault._internal.identifiers import Identifier, IdentifierKind
from vault._internal.keyring import KeyDestroyed
from vault._internal.register import Register

ANN = Identifier("profile.email", IdentifierKind.EMAIL, "ann@example.org")
BOB = Identifier("profile.email", IdentifierKind.EMAIL, "bob@example.org")


def _erase(register: Register, clock: ManualClock, subject: bytes) -> None:
    ref, until = OrderRef(1, bytes(32)), clock.now()
    register.erase(subject, order_id=new_id(), until=until, basis="none", ref=ref)


def _rows(database: Database) -> list[tuple[object, ...]]:
    return database.reader().execute("SELECT * FROM identity_index").fetchall()


def test_an_identifier_finds_its_record_in_any_spelling(
    register: Register, index: BlindIndex
) -> None:
    subject, record = register.register("c-1").subject, new_id()
    index.index_many([IndexEntry(subject, record, (ANN,))])
    asked = Identifier("profile.email", IdentifierKind.EMAIL, " ANN@example.org ")
    assert index.find(asked) == Found(subject, record)
    assert index.find(BOB) is None


def test_one_value_in_two_fields_is_two_hashes(
    register: Register, index: BlindIndex, identity_db: Database
) -> None:
    subject = register.register("c-1").subject
    work = Identifier("profile.work", IdentifierKind.EMAIL, ANN.value)
    index.index_many([IndexEntry(subject, new_id(), (ANN, work))])
    macs = {row[1] for row in _rows(identity_db)}
    assert len(macs) == 2


def test_a_record_is_found_by_what_it_says_now_and_no_longer_by_what_it_said(
    register: Register, index: BlindIndex
) -> None:
    subject, record = register.register("c-1").subject, new_id()
    index.index_many([IndexEntry(subject, record, (ANN,))])
    index.index_many([IndexEntry(subject, record, (BOB,))])
    assert index.find(ANN) is None
    assert index.find(BOB) == Found(subject, record)
    index.index_many([IndexEntry(subject, record, ())])
    assert index.find(BOB) is None


def test_an_identifier_of_one_customer_is_not_given_to_another(
    register: Register, index: BlindIndex, identity_db: Database
) -> None:
    one, other = register.register("c-1").subject, register.register("c-2").subject
    index.index_many([IndexEntry(one, new_id(), (ANN,))])
    before = _rows(identity_db)
    conflict, kept = index.index_many(
        [IndexEntry(other, new_id(), (ANN,)), IndexEntry(other, new_id(), (BOB,))]
    )
    assert isinstance(conflict, Conflict)
    assert conflict.reason_code == "identifier.taken"
    assert kept is None
    assert [row for row in _rows(identity_db) if row in before] == before


def test_the_same_customer_may_say_it_again_in_another_record(
    register: Register, index: BlindIndex
) -> None:
    subject, second = register.register("c-1").subject, new_id()
    index.index_many([IndexEntry(subject, new_id(), (ANN,))])
    assert index.index_many([IndexEntry(subject, second, (ANN,))]) == [None]
    assert index.find(ANN) == Found(subject, second)


@pytest.mark.parametrize("column", ["subject", "record", "bind"])
def test_a_row_pointed_at_another_account_is_an_integrity_fault(
    register: Register, index: BlindIndex, identity_db: Database, column: str
) -> None:
    victim, thief = register.register("c-1").subject, register.register("c-2").subject
    index.index_many(
        [IndexEntry(victim, new_id(), (ANN,)), IndexEntry(thief, new_id(), (BOB,))]
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
    invalid, kept = index.index_many(
        [
            IndexEntry(subject, new_id(), (BOB, empty)),
            IndexEntry(subject, new_id(), (ANN,)),
        ]
    )
    assert isinstance(invalid, Invalid)
    assert kept is None
    assert index.find(BOB) is None
    with pytest.raises(Invalid):
        index.find(empty)


def test_a_late_write_for_an_erased_subject_meets_the_fence(
    register: Register, index: BlindIndex, clock: ManualClock, identity_db: Database
) -> None:
    subject = register.register("c-1").subject
    _erase(register, clock, subject)
    (outcome,) = index.index_many([IndexEntry(subject, new_id(), (ANN,))])
    assert isinstance(outcome, KeyDestroyed)
    assert _rows(identity_db) == []


def test_an_index_row_that_is_back_from_an_old_copy_finds_nobody(
    register: Register, index: BlindIndex, clock: ManualClock, identity_db: Database
) -> None:
    subject = register.register("c-1").subject
    index.index_many([IndexEntry(subject, new_id(), (ANN,))])
    (row,) = _rows(identity_db)
    _erase(register, clock, subject)
    with identity_db.write() as session:
        raw(session).execute("INSERT INTO identity_index VALUES (?, ?, ?, ?, ?)", row)
    assert index.find(ANN) is None
