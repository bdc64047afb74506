"""The register: one subject for a customer, and none again for one who was erased."""

import secrets
import threading
import time
import unicodedata
from datetime import timedelta

import pytest
from clocks import ManualClock
from indexed import index_many

import kit.db
from kit.db import Database, raw
from kit.errors import IntegrityFault, Invalid, Refused, Unavailable
from kit.ids import new_id
from ledger.formats.order import OrderRef
from vault._internal.admission import Alike
from vault._internal.blind_index import BlindIndex, IndexEntry
from vault._internal.customer_lookup import Blind
from vault._internal.customer_registry import Register, SubjectState
from vault._internal.identifiers import Identifier, IdentifierKind
from vault._internal.keyring import KeyDestroyed, Keyring
from vault._internal.ports.identity import IdentityStore

BASIS = "GDPR 6(1)(f)"
ORDER = OrderRef(1, bytes(32))


def _mail(value: str) -> Identifier:
    return Identifier("profile.email", IdentifierKind.EMAIL, value)


def _phone(value: str) -> Identifier:
    return Identifier("profile.phone", IdentifierKind.PHONE, value)


def _erase(register: Register, clock: ManualClock, subject: bytes) -> None:
    until = clock.now() + timedelta(days=365)
    register.erase(subject, order_id=new_id(), until=until, basis=BASIS, ref=ORDER)


# Registering.


def test_a_customer_has_one_subject_however_often_they_are_registered(
    register: Register,
) -> None:
    first, second = register.register("c-1"), register.register("c-1")
    assert (first.created, second.created) == (True, False)
    assert first.subject == second.subject == register.resolve("c-1")
    assert register.register("c-2").subject != first.subject
    assert register.resolve("c-3") is None


def test_an_id_is_one_in_either_unicode_form(register: Register) -> None:
    composed = unicodedata.normalize("NFC", "Zoë")
    subject = register.register(unicodedata.normalize("NFD", "Zoë")).subject
    assert register.resolve(composed) == subject
    assert register.customer_ids_of([subject]) == {subject: composed}


@pytest.mark.parametrize("unfit", ["", "a\x00", "\ud800", "x" * 257])
def test_an_id_that_nobody_can_have_registers_nobody(
    register: Register, unfit: str
) -> None:
    with pytest.raises(Invalid):
        register.register(unfit)
    assert register.resolve(unfit) is None


def test_a_subject_can_be_sealed_for_as_soon_as_it_is_registered(
    register: Register, keyring: Keyring
) -> None:
    subject = register.register("c-1").subject
    assert keyring.main(subject).subject == subject
    assert register.state(subject) is SubjectState.LIVE
    assert register.state(new_id()) is SubjectState.UNKNOWN


def test_many_are_registered_at_once_and_each_gets_their_own_answer(
    register: Register, clock: ManualClock
) -> None:
    known = register.register("c-1").subject
    gone = register.register("c-2").subject
    _erase(register, clock, gone)
    outcome = register.register_many(["c-1", "c-2", "", "c-3", "c-3", "e\u0301", "é"])
    assert outcome["c-1"] == known
    assert isinstance(outcome["c-2"], Refused)
    assert isinstance(outcome[""], Invalid)
    assert outcome["c-3"] == register.resolve("c-3")
    assert outcome["e\u0301"] == outcome["é"] == register.resolve("é")


def test_workers_that_register_one_customer_at_once_agree_on_the_subject(
    identity: IdentityStore, keyring: Keyring, clock: ManualClock
) -> None:
    names = [f"c-{n}" for n in range(20)]
    got: list[dict[str, object]] = []

    def work() -> None:
        worker = Register(identity, keyring, clock)
        got.append(dict(worker.register_many(names)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4
    assert all(answer == got[0] for answer in got)


def test_the_customer_ids_of_many_subjects_come_at_once(
    register: Register, clock: ManualClock
) -> None:
    outcome = register.register_many(f"c-{n}" for n in range(50))
    subjects = {subject: name for name, subject in outcome.items()}
    gone = outcome["c-7"]
    assert isinstance(gone, bytes)
    _erase(register, clock, gone)
    del subjects[gone]
    assert register.customer_ids_of([*subjects, gone, new_id()]) == subjects


def test_a_sealed_customer_id_moved_to_another_row_does_not_open(
    register: Register, identity_db: Database
) -> None:
    one, other = register.register("c-1").subject, register.register("c-2").subject
    with identity_db.write() as session:
        raw(session).execute(
            "UPDATE identity_customer SET sealed = (SELECT sealed FROM"
            " identity_customer WHERE subject = ?) WHERE subject = ?",
            (one, other),
        )
    with pytest.raises(IntegrityFault):
        register.customer_ids_of([other])


# Erasing.


def test_an_erased_customer_is_nobody_and_has_no_key(
    register: Register, index: BlindIndex, keyring: Keyring, clock: ManualClock
) -> None:
    subject, record = register.register("c-1").subject, new_id()
    index_many(index, [IndexEntry(subject, record, (_mail("ann@example.org"),))])
    held = register.inventory(subject)
    assert len(held.kids) == len(held.commitments) == len(held.epochs) == 1
    _erase(register, clock, subject)
    assert register.resolve("c-1") is None
    assert register.state(subject) is SubjectState.DESTROYED
    assert register.customer_ids_of([subject]) == {}
    assert register.inventory(subject).kids == ()
    assert index.find(_mail("ann@example.org")) == []
    with pytest.raises(KeyDestroyed):
        keyring.load(subject, held.kids[0])


def test_an_erased_customer_does_not_come_back_by_themselves(
    register: Register, clock: ManualClock
) -> None:
    _erase(register, clock, register.register("c-1").subject)
    with pytest.raises(Refused) as caught:
        register.register("c-1")
    assert caught.value.reason_code == "fence.erased"
    assert caught.value.fix
    assert register.resolve("c-1") is None


def test_an_erased_customer_comes_back_on_purpose_as_somebody_else(
    register: Register, index: BlindIndex, keyring: Keyring, clock: ManualClock
) -> None:
    old = register.register("c-1").subject
    mail, phone = _mail("ann@example.org"), _phone("+49 30 1234")
    index_many(index, [IndexEntry(old, new_id(), (mail, phone))])
    header = keyring.main(old).header
    _erase(register, clock, old)

    back = register.register("c-1", again=True)
    assert back.created
    assert back.subject != old
    assert keyring.main(back.subject).header != header
    assert register.state(old) is SubjectState.DESTROYED
    # Their identifiers come back with them.
    entry = IndexEntry(back.subject, new_id(), (mail, phone))
    assert index_many(index, [entry]) == [None]
    assert register.register("c-1").created is False


def test_a_suppressed_identifier_is_refused_for_anybody(
    register: Register, index: BlindIndex, clock: ManualClock
) -> None:
    old = register.register("c-1").subject
    index_many(index, [IndexEntry(old, new_id(), (_mail("ann@example.org"),))])
    _erase(register, clock, old)
    other = register.register("c-2").subject
    refused, kept = index_many(
        index,
        [
            IndexEntry(other, new_id(), (_phone("123"), _mail("ANN@example.org"))),
            IndexEntry(other, new_id(), (_mail("bob@example.org"),)),
        ],
    )
    assert isinstance(refused, Refused)
    assert refused.reason_code == "fence.erased"
    assert kept is None
    assert index.find(_phone("123")) == []


def test_a_suppression_ends_with_its_time(
    register: Register, clock: ManualClock
) -> None:
    old = register.register("c-1").subject
    _erase(register, clock, old)
    clock.advance(days=364)
    with pytest.raises(Refused):
        register.register("c-1")
    clock.advance(days=1)
    assert register.register("c-1").subject != old


def test_lapsed_suppressions_are_forgotten_at_the_next_erasure(
    register: Register, clock: ManualClock, identity_db: Database
) -> None:
    _erase(register, clock, register.register("c-1").subject)
    clock.advance(days=400)
    _erase(register, clock, register.register("c-2").subject)
    rows = identity_db.reader().execute("SELECT basis FROM identity_suppressed")
    assert rows.fetchall() == [(BASIS,)] * 2  # an id, and what it is like


def test_an_erasure_done_again_changes_nothing(
    register: Register, clock: ManualClock, identity_db: Database
) -> None:
    subject = register.register("c-1").subject
    _erase(register, clock, subject)
    tables = ("identity_fence", "identity_suppressed", "identity_key")

    def rows() -> list[list[object]]:
        reader = identity_db.reader()
        return [reader.execute(f"SELECT * FROM {t}").fetchall() for t in tables]  # noqa: S608 - the names stand above

    before = rows()
    _erase(register, clock, subject)
    assert rows() == before


def test_an_erasure_interrupted_inside_its_transaction_has_not_happened(
    register: Register, identity: IdentityStore, clock: ManualClock
) -> None:
    subject = register.register("c-1").subject
    with pytest.raises(RuntimeError), identity.work() as work:
        work.erase(subject, new_id(), 0, b"")
        raise RuntimeError
    assert register.state(subject) is SubjectState.LIVE
    assert register.resolve("c-1") == subject


def test_nothing_that_led_to_the_erased_is_left_in_any_file(
    register: Register, index: BlindIndex, clock: ManualClock, identity_db: Database
) -> None:
    names = [f"c-{n}" for n in range(60)]
    outcome = register.register_many(names)
    subjects = [each for each in outcome.values() if isinstance(each, bytes)]
    index_many(
        index,
        (
            IndexEntry(subject, new_id(), (_mail(f"{name}@example.org"),))
            for name, subject in zip(names, subjects, strict=True)
        ),
    )
    reader = identity_db.reader()
    marks = [
        mark
        for row in reader.execute(
            "SELECT k.kid, k.wrapped, c.handle, c.sealed, i.mac, i.bind"
            " FROM identity_key k JOIN identity_customer c USING (subject)"
            " JOIN identity_index i USING (subject)"
        ).fetchall()
        for mark in row
    ]
    assert any(mark in _on_disk(identity_db) for mark in marks)
    for subject in subjects:
        _erase(register, clock, subject)
    disk = _on_disk(identity_db)
    assert [mark for mark in marks if mark in disk] == []


def _on_disk(database: Database) -> bytes:
    return b"".join(
        path.read_bytes() for path in sorted(database.path.parent.iterdir())
    )


def test_nothing_of_a_customer_lies_in_plain_on_the_disk(
    register: Register, index: BlindIndex, identity_db: Database
) -> None:
    canary = secrets.token_hex(8)
    subject = register.register(f"c-{canary}").subject
    entry = IndexEntry(subject, new_id(), (_mail(f"{canary}@example.org"),))
    index_many(index, [entry])
    assert canary.encode() not in _on_disk(identity_db)
    assert subject in _on_disk(identity_db)


def test_an_erasure_says_so_when_a_reader_keeps_the_log(
    register: Register,
    clock: ManualClock,
    identity_db: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subject = register.register("c-1").subject
    # The waits of the real thing, cut short: 10 s in all, 5 s at each try.
    monkeypatch.setattr(Database.truncate_wal, "__kwdefaults__", {"patience": 0.0})
    brief = tuple(p.replace("timeout=5000", "timeout=20") for p in kit.db.PRAGMAS)
    monkeypatch.setattr(kit.db, "PRAGMAS", brief)
    with identity_db.read() as snapshot:
        raw(snapshot).execute("SELECT * FROM identity_key").fetchall()
        with pytest.raises(Unavailable):
            _erase(register, clock, subject)
    assert register.state(subject) is SubjectState.DESTROYED
    _erase(register, clock, subject)
    assert identity_db.path.with_name("identity.db-wal").stat().st_size == 0


def test_reads_of_other_threads_do_not_hold_an_erasure_up(
    register: Register, keyring: Keyring, clock: ManualClock
) -> None:
    outcome = register.register_many(f"c-{n}" for n in range(20))
    subjects = [each for each in outcome.values() if isinstance(each, bytes)]
    stop = threading.Event()
    faults: list[Exception] = []

    def read() -> None:
        while not stop.is_set():
            try:
                register.customer_ids_of(subjects)
                register.resolve("c-3")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told
                faults.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    start = time.perf_counter()
    try:
        for subject in subjects:
            _erase(register, clock, subject)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert faults == []
    assert time.perf_counter() - start < 10


# Ids that are alike.


def test_an_id_that_is_anothers_but_for_its_case_is_not_a_second_customer(
    register: Register,
) -> None:
    ada = register.register("Ada").subject
    outcome = register.register_many(["ada", "ADA", "bob", "BOB", "A\u200bda"])
    assert isinstance(outcome["ada"], Alike)
    assert outcome["ada"].holder == ada
    assert isinstance(outcome["BOB"], Alike)
    assert outcome["A\u200bda"] == ada
    assert register.resolve("ada") is None
    assert register.resolve("\ufeffAda") == ada


def _pair(register: Register, identity_db: Database) -> tuple[bytes, bytes]:
    """Register two whose ids differ by case alone, as an older version did."""
    one = register.register("Ada").subject
    with identity_db.write() as session:
        raw(session).execute("DELETE FROM identity_index")
    assert register.without_likeness() == 1
    return one, register.register("ada").subject


def test_two_of_an_older_home_whose_ids_are_alike_stay_two(
    register: Register, clock: ManualClock, identity_db: Database
) -> None:
    one, other = _pair(register, identity_db)
    register.begin_likenesses()
    register.begin_likenesses()
    assert register.without_likeness() == 0
    assert (register.resolve("Ada"), register.resolve("ada")) == (one, other)
    assert register.register("Ada").subject == one
    with pytest.raises(Alike):
        register.register("ADA")
    _erase(register, clock, one)
    assert register.resolve("ada") == other
    with pytest.raises(Refused):
        register.register("Ada")
    with pytest.raises(Alike):
        register.register("aDA")
    _erase(register, clock, other)
    with pytest.raises(Refused):
        register.register("aDA")


def test_an_id_with_what_nobody_sees_is_found_as_it_was_let_in(
    register: Register, identity_db: Database, keyring: Keyring
) -> None:
    subject = register.register("ada").subject
    handle = Blind(keyring).handle("a\u200bda")
    with identity_db.write() as session:
        row = _vouched(identity_db, subject, handle, keyring)
        raw(session).execute(
            "UPDATE identity_customer SET handle = ?, row_mac = ? WHERE subject = ?",
            (*row, subject),
        )
    assert register.resolve("a\u200bda") == subject
    assert register.register("a\u200bda").subject == subject
    with pytest.raises(Alike):
        register.register("ada")


def _vouched(
    identity_db: Database, subject: bytes, handle: bytes, keyring: Keyring
) -> tuple[bytes, bytes]:
    """Vouch for a customer's row under another handle."""
    (sealed,) = (
        identity_db.reader()
        .execute("SELECT sealed FROM identity_customer WHERE subject = ?", (subject,))
        .fetchone()
    )
    return handle, keyring.rows.of("identity_customer", handle, subject, sealed)


@pytest.mark.parametrize("unfit", [".", "..", "-v", "x" * 129, "\u200b"])
def test_no_door_lets_in_an_id_that_the_interface_could_not_name(
    register: Register, unfit: str
) -> None:
    with pytest.raises(Invalid):
        register.register(unfit)
    assert isinstance(register.register_many([unfit])[unfit], Invalid)
