"""What every identity store does, tried on whatever makes one."""

from collections.abc import Callable
from typing import Final, TypeAlias

import pytest

from kit.sqlite import ConstraintBroken
from ledger.formats.order import NOTHING, OrderRef
from vault._internal.envelope import KID_FROM
from vault._internal.ports.identity import (
    MAIN,
    SCHEMA_VERSION,
    CustomerRow,
    EpochRow,
    IdentityStore,
    IndexRow,
    KeyRow,
    LeavingRow,
    SecretRow,
    SuppressedRow,
    TallyRow,
)

MakeIdentity: TypeAlias = Callable[[], IdentityStore]
ADA, BOB = b"a" * 16, b"b" * 16
EMAIL: Final = "email"
MAC, OTHER = b"m" * 32, b"n" * 32
ORDER: Final = b"o" * 16


class _Undone(Exception):
    """Undoes a unit of work."""


def _epoch(number: int) -> EpochRow:
    return EpochRow(number, 1, b"wrapped %d" % number, number * 10)


def _key(subject: bytes, epoch: int = 1, scope: str = MAIN) -> KeyRow:
    kid = bytes([epoch]) + scope.encode().ljust(4) + subject[:11]
    return KeyRow(kid, subject, scope, epoch, b"wrapped")


def _customer(subject: bytes) -> CustomerRow:
    sealed = bytes(KID_FROM) + _key(subject).kid + b"the rest"
    return CustomerRow(subject * 2, subject, sealed, b"row mac")


def _index(
    subject: bytes, record: bytes = b"r" * 16, mac: bytes = MAC, field: str = EMAIL
) -> IndexRow:
    return IndexRow(field, mac, subject, record, b"bind")


def _with(make: MakeIdentity, *subjects: bytes) -> IdentityStore:
    """Make a store with two epochs, and all that leads to some subjects."""
    store = make()
    with store.work() as work:
        work.add_epoch(_epoch(2))
        work.add_epoch(_epoch(1))
        work.add_keys([_key(each) for each in subjects])
        work.add_customers([_customer(each) for each in subjects])
        for each in subjects:
            work.add_identifier(_index(each))
    return store


def a_store_says_which_installation_it_is_of(make: MakeIdentity) -> None:
    store = make()
    assert store.reads.installation() is None
    with store.work() as work:
        work.add_installation(b"v" * 16)
    assert store.reads.installation() == (b"v" * 16, SCHEMA_VERSION)
    with store.work() as work:
        work.set_schema_version(9)
    assert store.reads.installation() == (b"v" * 16, 9)


def epochs_are_oldest_first_and_wrapped_anew_in_their_place(make: MakeIdentity) -> None:
    store = make()
    assert (store.reads.newest_epoch(), store.reads.epochs()) == (None, [])
    store = _with(make)
    assert (store.reads.newest_epoch(), store.reads.epoch(3)) == (2, None)
    assert store.reads.epochs() == [_epoch(1), _epoch(2)]
    with store.work() as work:
        work.rewrap_epoch(EpochRow(1, 2, b"anew", 99))
    assert store.reads.epoch(1) == EpochRow(1, 2, b"anew", _epoch(1).at)
    assert [store.reads.names_root(each) for each in (1, 2, 3)] == [True, True, False]


def a_secret_keeps_its_generations_and_says_when_one_ended(make: MakeIdentity) -> None:
    store = _with(make)
    rows = [
        SecretRow(name, generation, 1, b"wrapped", 7, None)
        for name, generation in (("rows", 2), ("index", 1), ("rows", 1))
    ]
    with store.work() as work:
        for row in rows:
            work.add_secret(row)
        work.retire_secret("rows", 1, 8)
    old = rows[2]._replace(retired=8)
    assert store.reads.secrets("rows") == [old, rows[0]]
    assert store.reads.all_secrets() == [rows[1], old, rows[0]]
    assert store.reads.secrets("else") == []


def a_key_is_found_under_its_own_subject_alone(make: MakeIdentity) -> None:
    store = _with(make, ADA, BOB)
    reads, ada, bob = store.reads, _key(ADA), _key(BOB)
    assert reads.key(ADA, ada.kid) == ada
    assert reads.key(BOB, ada.kid) is None
    asked = [(ADA, ada.kid), (BOB, bob.kid), (ADA, bob.kid)]
    assert sorted(reads.keys(asked)) == sorted([ada, bob])
    assert (reads.keys([]), reads.main_keys([]), reads.named([])) == ([], {}, [])


def the_key_of_the_newest_epoch_seals(make: MakeIdentity) -> None:
    store = _with(make, ADA)
    newer, other = _key(ADA, 2), _key(ADA, 2, "else")
    with store.work() as work:
        work.add_keys([other, newer])
    assert store.reads.main_keys([ADA, BOB]) == {ADA: newer}
    by_epoch_and_id = [_key(ADA), *sorted([newer, other])]
    assert store.reads.keys_of(ADA) == by_epoch_and_id


def a_customer_comes_with_the_key_that_their_id_names(make: MakeIdentity) -> None:
    store, gone = _with(make, ADA), _customer(BOB)
    with store.work() as work:
        work.add_customers([gone])
    assert sorted(store.reads.named([ADA, BOB, b"c" * 16])) == [
        (_customer(ADA), _key(ADA)),
        (gone, None),
    ]
    handles = [_customer(ADA).handle, b"h" * 32]
    assert store.reads.by_handles(handles) == [_customer(ADA)]
    assert store.reads.by_handles([]) == []
    assert store.reads.customer_of(BOB) == gone
    assert store.reads.subjects(b"", 1) == [ADA]
    assert store.reads.subjects(ADA, 9) == [BOB]
    assert store.reads.count_without(EMAIL) == 1


def an_identifier_moves_with_its_subject_and_is_shared_between(
    make: MakeIdentity,
) -> None:
    store, moved = _with(make, ADA), _index(ADA, b"s" * 16)
    with store.work() as work:
        work.add_identifier(moved)
        work.add_identifier(_index(BOB))
        work.add_identifier(_index(BOB, mac=OTHER))
    assert store.reads.holders(EMAIL, MAC, 9) == [moved, _index(BOB)]
    assert store.reads.holders(EMAIL, MAC, 1) == [moved]
    assert store.reads.shared_fields() == [(EMAIL, 1)]
    assert store.reads.index_of(BOB) == [_index(BOB), _index(BOB, mac=OTHER)]
    assert len(store.reads.identifiers()) == 3


def what_a_record_was_found_by_is_forgotten_whole_or_by_a_field(
    make: MakeIdentity,
) -> None:
    store, phone = _with(make, ADA), _index(ADA, field="phone")
    other = _index(ADA, b"s" * 16, OTHER)
    with store.work() as work:
        work.add_identifier(phone)
        work.add_identifier(other)
        work.drop_identifier(ADA, phone.record, EMAIL)
    assert store.reads.index_of(ADA) == [other, phone]
    with store.work() as work:
        work.drop_identifiers(ADA, phone.record)
    assert store.reads.index_of(ADA) == [other]


def an_erasure_leaves_nothing_that_leads_to_a_subject(make: MakeIdentity) -> None:
    store = _with(make, ADA, BOB)
    held = store.reads.held(ADA)
    assert held == ((_key(ADA).kid,), ((EMAIL, MAC),), _customer(ADA).handle, 1)
    assert not store.reads.fenced(ADA)
    with store.work() as work:
        work.drop_identifiers(BOB, b"r" * 16)
        assert work.names(held)
        work.add_identifier(_index(ADA, bytes(16), OTHER))
        work.erase(ADA, ORDER, 7, b"row mac")
        work.erase(ADA, b"p" * 16, 8, b"row mac")
        assert work.links(ADA).nothing
        assert work.index_next(ADA, 9) == [_index(ADA)]
        work.drop_indexed(work.index_next(ADA, 1))
        assert not work.names(held)
    assert store.reads.held(ADA).nothing
    assert (store.reads.fenced(ADA), store.reads.fence(ADA)) == (True, ORDER)
    assert store.reads.keys_of(BOB) == [_key(BOB)]


def who_is_leaving_is_known_until_it_is_said_that_they_left(
    make: MakeIdentity,
) -> None:
    store = _with(make, ADA, BOB)
    row = LeavingRow(ADA, b"l" * 16, 7, None, b"row mac")
    assert not store.reads.is_anybody_leaving()
    with store.work() as work:
        work.add_identifier(_index(ADA, bytes(16), OTHER))
        work.add_identifier(_index(ADA, b"s" * 16, OTHER, field="phone"))
        work.set_leaving(row)
        work.set_leaving(row._replace(named=2))
    reads, now = store.reads, row._replace(named=2)
    assert (reads.leaving(ADA), reads.leaving(BOB)) == (now, None)
    assert (reads.leaving_with(row.lot), reads.leaving_with(ADA)) == ([now], [])
    assert reads.leavers(EMAIL, MAC) == [(_index(ADA), now)]
    assert (reads.count_named(ADA), reads.count_named(BOB)) == (2, 1)
    assert reads.index_said(ADA, b"r" * 16) == [_index(ADA)]
    with store.work() as work:
        work.drop_leaving(ADA)
    assert not reads.is_anybody_leaving()


def whatever_comes_late_for_the_erased_leads_nowhere(make: MakeIdentity) -> None:
    store, key, customer = _with(make, BOB), _key(ADA), _customer(ADA)
    with store.work() as work:
        work.erase(ADA, ORDER, 7, b"row mac")
        work.add_keys([key])
        work.add_customers([customer])
        work.add_identifier(_index(ADA))
    reads = store.reads
    assert (reads.key(ADA, key.kid), reads.keys_of(ADA)) == (None, [])
    assert (reads.keys([(ADA, key.kid)]), reads.main_keys([ADA])) == ([], {})
    assert (reads.by_handles([customer.handle]), reads.named([ADA])) == ([], [])
    assert reads.holders(EMAIL, MAC, 9) == [_index(BOB)]
    assert reads.shared_fields() == []
    assert reads.held(ADA) == ((key.kid,), ((EMAIL, MAC),), customer.handle, 1)
    assert (reads.customer_of(ADA), reads.index_of(ADA)) == (customer, [_index(ADA)])
    assert len(reads.identifiers()) == 2


def a_suppression_stands_in_the_place_of_the_one_before(make: MakeIdentity) -> None:
    store = make()
    first = SuppressedRow(MAC, 10, "objection", b"l" * 16, None)
    beside = SuppressedRow(OTHER, 20, "objection", b"l" * 16, b"row mac")
    longer = first._replace(until=30)
    with store.work() as work:
        for row in (first, beside, longer):
            work.suppress(row)
    reads = store.reads
    assert (reads.suppression(MAC), reads.suppression(b"x" * 32)) == (longer, None)
    assert reads.suppressions([MAC, b"x" * 32]) == [longer]
    assert reads.suppressions([]) == []
    assert sorted(reads.all_suppressed()) == [longer, beside]
    assert sorted(reads.suppressed_with(OTHER)) == [longer, beside]
    assert (reads.lapsed(19), reads.lapsed(20)) == ([], [beside])
    with store.work() as work:
        work.drop_suppressed(MAC)
    assert reads.all_suppressed() == [beside]


def a_tally_and_the_place_of_an_order_are_the_newest(make: MakeIdentity) -> None:
    store, row = make(), TallyRow("identity_suppressed", 1, b"s" * 32, 1, b"row mac")
    assert (store.reads.tally(row.name), store.reads.applied()) == (None, NOTHING)
    for rows, number in ((1, 5), (2, 3), (3, 5)):
        with store.work() as work:
            work.set_tally(row._replace(rows=rows))
            work.set_applied(number, b"%d" % rows * 32)
    assert store.reads.tally(row.name) == row._replace(rows=3)
    assert store.reads.applied() == OrderRef(5, b"1" * 32)


def a_unit_of_work_sees_itself_and_is_undone_whole(make: MakeIdentity) -> None:
    store = _with(make, ADA)
    with pytest.raises(_Undone), store.work() as work:
        work.add_keys([_key(BOB)])
        work.erase(ADA, ORDER, 7, b"row mac")
        assert (work.keys_of(BOB), work.fenced(ADA)) == ([_key(BOB)], True)
        assert (store.reads.keys_of(BOB), store.reads.fenced(ADA)) == ([], False)
        raise _Undone
    assert store.reads.keys_of(ADA) == [_key(ADA)]
    assert (store.reads.keys_of(BOB), store.reads.fenced(ADA)) == ([], False)


def who_is_here_already_undoes_the_unit_of_work(make: MakeIdentity) -> None:
    store = _with(make, ADA)
    twice: tuple[CustomerRow, ...] = (
        _customer(ADA),
        _customer(BOB)._replace(subject=ADA),
        _customer(BOB)._replace(handle=_customer(ADA).handle),
    )
    for row in twice:
        with pytest.raises(ConstraintBroken), store.work() as work:
            work.add_keys([_key(BOB)])
            work.add_customers([row])
    assert store.reads.keys_of(BOB) == []
    assert store.reads.customer_of(ADA) == _customer(ADA)


def whoever_commits_changes_the_version(make: MakeIdentity) -> None:
    store = _with(make)
    before = store.version()
    assert store.version() == before
    with store.work() as work:
        work.set_applied(1, b"d" * 32)
    store.truncate_log()
    assert store.version() != before
    assert store.reads.applied() == OrderRef(1, b"d" * 32)


EXERCISES: Final[tuple[Callable[[MakeIdentity], None], ...]] = (
    a_store_says_which_installation_it_is_of,
    epochs_are_oldest_first_and_wrapped_anew_in_their_place,
    a_secret_keeps_its_generations_and_says_when_one_ended,
    a_key_is_found_under_its_own_subject_alone,
    the_key_of_the_newest_epoch_seals,
    a_customer_comes_with_the_key_that_their_id_names,
    an_identifier_moves_with_its_subject_and_is_shared_between,
    what_a_record_was_found_by_is_forgotten_whole_or_by_a_field,
    an_erasure_leaves_nothing_that_leads_to_a_subject,
    who_is_leaving_is_known_until_it_is_said_that_they_left,
    whatever_comes_late_for_the_erased_leads_nowhere,
    a_suppression_stands_in_the_place_of_the_one_before,
    a_tally_and_the_place_of_an_order_are_the_newest,
    a_unit_of_work_sees_itself_and_is_undone_whole,
    who_is_here_already_undoes_the_unit_of_work,
    whoever_commits_changes_the_version,
)
