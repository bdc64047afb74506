"""Unlinking: as long however much is held, and nobody comes back in between."""

from datetime import timedelta

import pytest
from clocks import ManualClock
from growing import counted
from indexed import index_many

from kit.db import Database, raw
from kit.errors import IntegrityFault, Refused
from kit.ids import new_id
from ledger.formats.order import OrderRef
from vault._internal.blind_index import BlindIndex, Found, IndexEntry
from vault._internal.customer_registry import Register
from vault._internal.identifiers import Identifier, IdentifierKind
from vault._internal.keyring import KeyDestroyed
from vault._internal.ports.identity import IdentityStore
from vault._internal.sqlite.identity import SqliteIdentityWork
from vault._internal.unlinking import LOT

ANN = Identifier("profile.email", IdentifierKind.EMAIL, "ann@example.org")
HOME = Identifier("profile.phone", IdentifierKind.PHONE, "+49301234567", shared=True)
BASIS = "GDPR 6(1)(f)"


def _mail(number: int) -> Identifier:
    value = f"ann-{number}@example.org"
    return Identifier("profile.email", IdentifierKind.EMAIL, value)


def _indexed(
    register: Register, index: BlindIndex, name: str, *said: Identifier
) -> bytes:
    subject = register.register(name).subject
    index_many(index, [IndexEntry(subject, new_id(), (each,)) for each in said])
    return subject


def _unlink(register: Register, clock: ManualClock, subject: bytes) -> None:
    until, ref = clock.now() + timedelta(days=365), OrderRef(1, bytes(32))
    register.unlink(subject, order_id=new_id(), until=until, basis=BASIS, ref=ref)


def _let_go(register: Register, clock: ManualClock, subject: bytes) -> int | None:
    until = clock.now() + timedelta(days=365)
    named = register.let_go(subject, until=until, basis=BASIS)
    register.settle(subject)
    return named


def _is_kept_out(index: BlindIndex, *said: Identifier) -> bool:
    return index.keeps_out([said]) == [True]


def test_what_is_found_by_many_identifiers_is_unlinked_in_the_same_steps(
    register: Register, index: BlindIndex, clock: ManualClock, identity_db: Database
) -> None:
    work = []
    for name, many in (("warm", 1), ("few", 2), ("many", 600)):
        said = [_mail(number * 1_000 + many) for number in range(many)]
        subject = _indexed(register, index, name, *said)
        with identity_db.write() as session:
            connection = raw(session)
        with counted(connection) as taken:
            _unlink(register, clock, subject)
        work.append(taken.steps)
    assert work[2] < 2 * work[1]


def test_between_the_two_they_lead_nowhere_and_keep_out(
    register: Register, index: BlindIndex, clock: ManualClock
) -> None:
    subject = _indexed(register, index, "ann", ANN)
    assert index.find(ANN) != []
    _unlink(register, clock, subject)
    assert index.find(ANN) == []
    assert _is_kept_out(index, ANN)
    with pytest.raises(Refused):
        register.register("ann")
    other = register.register("other").subject
    (refused,) = index_many(index, [IndexEntry(other, new_id(), (ANN,))])
    (late,) = index_many(index, [IndexEntry(subject, new_id(), (_mail(1),))])
    assert (type(refused), type(late)) == (Refused, KeyDestroyed)
    assert _let_go(register, clock, subject) == 1
    assert _is_kept_out(index, ANN)


def test_what_another_living_person_has_keeps_nobody_out_in_between(
    register: Register, index: BlindIndex, clock: ManualClock
) -> None:
    subject = _indexed(register, index, "ann", HOME, ANN)
    other = _indexed(register, index, "bob", HOME)
    _unlink(register, clock, subject)
    assert not _is_kept_out(index, HOME)
    assert [each.subject for each in index.find(HOME)] == [other]
    _let_go(register, clock, subject)
    assert [each.subject for each in index.find(HOME)] == [other]


def test_who_comes_back_in_between_is_not_kept_from_what_is_theirs(
    register: Register, index: BlindIndex, clock: ManualClock
) -> None:
    subject = _indexed(register, index, "ann", ANN)
    _unlink(register, clock, subject)
    again = register.register("ann", again=True).subject
    assert not _is_kept_out(index, ANN)
    record = new_id()
    index_many(index, [IndexEntry(again, record, (ANN,))])
    assert _let_go(register, clock, subject) == 1
    assert index.find(ANN) == [Found(again, record)]
    assert not _is_kept_out(index, ANN)


def test_a_suppression_that_is_due_is_not_called_off_by_hand(
    register: Register, index: BlindIndex, clock: ManualClock, identity_db: Database
) -> None:
    subject = _indexed(register, index, "ann", ANN)
    _unlink(register, clock, subject)
    with identity_db.write() as session:
        raw(session).execute("UPDATE identity_leaving SET until = 0")
    assert _is_kept_out(index, ANN)
    _let_go(register, clock, subject)
    assert _is_kept_out(index, ANN)


def test_lots_that_were_cut_off_go_on_and_count_what_there_was(
    register: Register,
    index: BlindIndex,
    clock: ManualClock,
    identity: IdentityStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = [_mail(number) for number in range(LOT + 20)]
    subject = _indexed(register, index, "ann", *said)
    _unlink(register, clock, subject)
    with monkeypatch.context() as patch:
        drop, calls = SqliteIdentityWork.drop_indexed, []

        def cut(work: SqliteIdentityWork, rows: object) -> None:
            calls.append(rows)
            if len(calls) > 1:
                raise IntegrityFault("cut off")
            drop(work, rows)  # type: ignore[arg-type]

        patch.setattr(SqliteIdentityWork, "drop_indexed", cut)
        with pytest.raises(IntegrityFault):
            _let_go(register, clock, subject)
    assert 0 < len(identity.reads.index_of(subject)) < len(said)
    assert _is_kept_out(index, said[0])
    assert _is_kept_out(index, said[-1])
    assert _let_go(register, clock, subject) == len(said)
    assert all(_is_kept_out(index, each) for each in (said[0], said[-1]))
    assert not identity.reads.is_anybody_leaving()
    assert len({row.lot for row in identity.reads.all_suppressed()}) == 1


def test_two_of_one_household_who_leave_at_once_leave_nothing(
    register: Register, index: BlindIndex, clock: ManualClock, identity: IdentityStore
) -> None:
    ann = _indexed(register, index, "ann", HOME, ANN)
    bob = _indexed(register, index, "bob", HOME, _mail(1))
    _unlink(register, clock, ann)
    _unlink(register, clock, bob)
    for subject in (bob, ann):
        _let_go(register, clock, subject)
    assert identity.reads.identifiers() == []
    assert _is_kept_out(index, HOME, ANN)
    assert _is_kept_out(index, HOME, _mail(1))
