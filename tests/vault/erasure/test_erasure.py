"""Erasure: repeatable steps, and a certificate that says no more than was done."""

import json
from collections.abc import Mapping
from threading import Thread
from typing import Any

import pytest
from houses import CASE, Scenario, opened
from one_verifier import verify_certificate, verify_receipt
from ordering import mirrored

import kit.db
from kit.db import raw
from kit.errors import Conflict, Gone, NotFound, Unavailable
from vault._internal.ports.orders import ErasureOrder, OrderMoved
from vault.erasure.erasure import CERTIFIED, WAITS, Erasure

STEPS = 5
LEFT = {"vault_erasure": 1, "identity_fence": 1, "vault_change": 1}


def _lived(scenario: Scenario, name: str = "ada") -> bytes:
    subject = scenario.customer(name)
    scenario.profile(name)
    scenario.idea(name)
    scenario.grant(name)
    return subject


def _rows_about(scenario: Scenario, subject: bytes) -> dict[str, int]:
    found = {}
    for database in (scenario.house.vault_db, scenario.house.identity_db):
        reader = database.reader()
        tables = reader.execute(
            "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c"
            " WHERE m.type = 'table' AND c.name = 'subject'"
        ).fetchall()
        for (table,) in tables:
            counted = reader.execute(
                f"SELECT count(*) FROM {table} WHERE subject = ?",  # noqa: S608 - names out of the schema
                (subject,),
            ).fetchone()[0]
            if counted:
                found[table] = counted
    return found


def test_what_remains_of_the_erased_is_order_fence_and_that_they_were_erased(
    scenario: Scenario,
) -> None:
    subject = _lived(scenario)
    scenario.house.erasure.erase(subject)
    assert _rows_about(scenario, subject) == LEFT


def test_the_certificate_verifies_offline_and_names_what_was_destroyed(
    scenario: Scenario,
) -> None:
    subject = _lived(scenario)
    scenario.read(CASE, "ada", scenario.profile())
    ordered = scenario.house.erasure.erase(subject)
    state = scenario.house.erasure.state(ordered.order_id, ordered.secret)
    assert state.step == CERTIFIED
    assert state.certificate is not None
    document = verify_certificate(state.certificate, scenario.house.log.policy).document
    assert document["finality"] == "not_scheduled"
    assert document["erased"]["rows"]["vault_record"] == 3
    assert document["erased"]["keys"] == 1
    assert document["recipients"][0]["name"] == "helpdesk"
    assert len(document["keys"]) == 1


def test_a_certificate_names_nobody(scenario: Scenario) -> None:
    subject = _lived(scenario)
    ordered = scenario.house.erasure.erase(subject)
    text = json.dumps(scenario.house.erasure.certificate(ordered.order_id))
    for secret in (subject.hex(), "Ada Example", "example.org"):
        assert secret not in text


def test_only_the_secret_given_with_it_reads_an_erasure(scenario: Scenario) -> None:
    ordered = scenario.house.erasure.erase(_lived(scenario))
    for order_id, secret in [
        (ordered.order_id, "guess"),
        (b"x" * 16, ordered.secret),
        (ordered.order_id, ""),
    ]:
        with pytest.raises(NotFound):
            scenario.house.erasure.state(order_id, secret)


def test_the_erased_come_back_only_by_an_explicit_registration(
    scenario: Scenario,
) -> None:
    subject = _lived(scenario)
    scenario.house.erasure.erase(subject)
    with pytest.raises(Conflict) as refusal:
        scenario.register("ada")
    assert refusal.value.reason_code == "customer.unavailable"
    scenario.register("ada", readmit="she asked to come back")
    assert scenario.subject("ada") != subject
    page = scenario.house.gate.list_records(scenario.own("ada"), None, "profile")
    assert page.items == ()


def test_a_receipt_taken_before_still_verifies_and_no_new_one_is_made(
    scenario: Scenario,
) -> None:
    subject = scenario.customer()
    idea = scenario.idea()
    receipt = scenario.house.receipts.of_record(subject, idea.record)
    scenario.house.erasure.erase(subject)
    assert verify_receipt(receipt, scenario.house.log.policy).index == idea.index
    with pytest.raises(Gone):
        scenario.house.receipts.of_record(subject, idea.record)


@pytest.mark.parametrize("done", range(STEPS))
def test_an_interrupted_erasure_goes_on_at_the_next_start(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    subject = _lived(scenario)
    erasure = scenario.house.erasure
    _stop_after(erasure, done, monkeypatch)
    with pytest.raises(Interrupted):
        erasure.erase(subject)
    monkeypatch.undo()
    if done:
        with pytest.raises(NotFound):
            scenario.house.gate.list_records(CASE, "ada", "profile")
    with opened(scenario.home, scenario.clock) as later:
        assert _rows_about(later, subject) == LEFT
        (document,) = _certificates(later)
        verify_certificate(document, later.house.log.policy)


@pytest.mark.parametrize("repeated", range(STEPS))
def test_a_step_that_another_worker_did_already_changes_nothing_more(
    scenario: Scenario, repeated: int
) -> None:
    subject = _lived(scenario)
    erasure = scenario.house.erasure
    name = list(erasure._steps)[repeated]
    step = erasure._steps[name]

    def twice(order: ErasureOrder) -> ErasureOrder:
        moved = step(order)
        size = scenario.house.log.publish().size
        with pytest.raises(OrderMoved):
            step(order)
        assert scenario.house.log.publish().size == size
        return moved

    erasure._steps[name] = twice
    erasure.erase(subject)
    (document,) = _certificates(scenario)
    verified = verify_certificate(document, scenario.house.log.policy).document
    assert verified["erased"]["rows"]["vault_record"] == 2


def test_workers_that_finish_one_erasure_together_make_one_entry(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = _lived(scenario)
    _stop_after(scenario.house.erasure, 2, monkeypatch)
    with pytest.raises(Interrupted):
        scenario.house.erasure.erase(subject)
    monkeypatch.undo()
    size = scenario.house.log.publish().size
    workers = [Thread(target=scenario.house.erasure.resume) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert scenario.house.log.publish().size == size + 1
    assert len(_certificates(scenario)) == 1


def test_two_erasures_of_one_customer_are_one(scenario: Scenario) -> None:
    subject = _lived(scenario)
    scenario.house.erasure.erase(subject)
    with pytest.raises(NotFound):
        scenario.house.erasure.erase(subject)
    assert len(_certificates(scenario)) == 1


def test_the_order_is_in_the_mirror_before_anything_is_destroyed(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = _lived(scenario)
    _stop_after(scenario.house.erasure, 1, monkeypatch)
    with pytest.raises(Interrupted):
        scenario.house.erasure.erase(subject)
    order = mirrored(scenario.home)[-1]
    assert (order["kind"], order["subject"]) == ("erasure", subject.hex())


def test_an_erasure_that_has_to_wait_for_a_reader_is_finished_at_a_later_beat(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = _lived(scenario)
    monkeypatch.setattr(kit.db, "PATIENCE_SECONDS", 0.05)
    with scenario.house.vault_db.read() as session:
        raw(session).execute("SELECT * FROM vault_record").fetchall()
        ordered = scenario.house.erasure.erase(subject)
        state = scenario.house.erasure.state(ordered.order_id, ordered.secret)
        assert (state.step, state.certificate) == ("purged", None)
        with pytest.raises(NotFound):
            scenario.house.gate.list_records(CASE, "ada", "profile")
    scenario.house.vault.heartbeat.run_once()
    state = scenario.house.erasure.state(ordered.order_id, ordered.secret)
    assert state.step == CERTIFIED


def test_an_erasure_that_waits_holds_no_other_and_no_start(
    scenario: Scenario,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    subjects = [_lived(scenario, name) for name in ("ada", "bob")]
    erasure, real = scenario.house.erasure, scenario.house.erasure.drive
    with monkeypatch.context() as patch:
        patch.setattr(erasure, "drive", lambda _: None)
        first, second = (erasure.erase(each) for each in subjects)

    def waiting(order: ErasureOrder) -> None:
        if order.order_id == first.order_id:
            raise Unavailable("a reader")
        real(order)

    monkeypatch.setattr(erasure, "drive", waiting)
    scenario.house.vault.recover({})
    assert WAITS in caplog.messages
    assert erasure.state(second.order_id, second.secret).step == CERTIFIED
    with pytest.raises(Unavailable):
        erasure.resume()
    monkeypatch.setattr(erasure, "drive", real)
    assert erasure.resume() == 1
    assert erasure.state(first.order_id, first.secret).step == CERTIFIED


def test_no_deleted_byte_stays_in_the_files(scenario: Scenario) -> None:
    subject = _lived(scenario)
    sealed = (
        scenario.house.vault_db.reader()
        .execute("SELECT sealed FROM vault_record WHERE subject = ?", (subject,))
        .fetchall()
    )
    wrapped = (
        scenario.house.identity_db.reader()
        .execute("SELECT wrapped FROM identity_key WHERE subject = ?", (subject,))
        .fetchall()
    )
    scenario.house.erasure.erase(subject)
    there = b"".join(
        path.read_bytes() for path in scenario.home.rglob("*") if path.is_file()
    )
    for (secret,) in sealed + wrapped:
        assert secret[-24:] not in there


class Interrupted(RuntimeError):
    """The power went."""


def _stop_after(erasure: Erasure, done: int, monkeypatch: pytest.MonkeyPatch) -> None:
    name = list(erasure._steps)[done]

    def stop(_: object) -> None:
        raise Interrupted

    monkeypatch.setitem(erasure._steps, name, stop)


def _certificates(scenario: Scenario) -> list[Mapping[str, Any]]:
    rows = raw_rows(scenario, "SELECT certificate FROM vault_erasure")
    return [json.loads(row[0]) for row in rows]


def raw_rows(scenario: Scenario, statement: str) -> list[Any]:
    with scenario.house.vault_db.read() as session:
        return raw(session).execute(statement).fetchall()
