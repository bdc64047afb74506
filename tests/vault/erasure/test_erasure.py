"""Erasure: repeatable steps, and a certificate that says no more than was done."""

import json
from collections.abc import Mapping
from threading import Thread
from typing import Any

import pytest
from houses import CASE, Story, opened
from one_verifier import verify_certificate, verify_receipt
from ordering import mirrored

import kit.db
from kit.db import raw
from kit.errors import Conflict, Gone, NotFound, Unavailable
from vault._internal.ports.orders import ErasureOrder, OrderMoved
from vault.erasure.erasure import CERTIFIED, WAITS, Erasure

STEPS = 5


def _lived(story: Story, name: str = "ada") -> bytes:
    subject = story.customer(name)
    story.profile(name)
    story.idea(name)
    story.grant(name)
    return subject


def _rows_about(story: Story, subject: bytes) -> dict[str, int]:
    found = {}
    for database in (story.house.vault_db, story.house.identity_db):
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


def test_what_remains_of_the_erased_is_an_order_and_a_fence(story: Story) -> None:
    subject = _lived(story)
    story.house.erasure.erase(subject)
    assert _rows_about(story, subject) == {"vault_erasure": 1, "identity_fence": 1}


def test_the_certificate_verifies_offline_and_names_what_was_destroyed(
    story: Story,
) -> None:
    subject = _lived(story)
    story.read(CASE, "ada", story.profile())
    ordered = story.house.erasure.erase(subject)
    state = story.house.erasure.state(ordered.order_id, ordered.secret)
    assert state.step == CERTIFIED
    assert state.certificate is not None
    document = verify_certificate(state.certificate, story.house.log.policy).document
    assert document["finality"] == "not_scheduled"
    assert document["erased"]["rows"]["vault_record"] == 3
    assert document["erased"]["keys"] == 1
    assert document["recipients"][0]["name"] == "helpdesk"
    assert len(document["keys"]) == 1


def test_a_certificate_names_nobody(story: Story) -> None:
    subject = _lived(story)
    ordered = story.house.erasure.erase(subject)
    text = json.dumps(story.house.erasure.certificate(ordered.order_id))
    for secret in (subject.hex(), "Ada Example", "example.org"):
        assert secret not in text


def test_only_the_secret_given_with_it_reads_an_erasure(story: Story) -> None:
    ordered = story.house.erasure.erase(_lived(story))
    for order_id, secret in [
        (ordered.order_id, "guess"),
        (b"x" * 16, ordered.secret),
        (ordered.order_id, ""),
    ]:
        with pytest.raises(NotFound):
            story.house.erasure.state(order_id, secret)


def test_the_erased_come_back_only_by_an_explicit_registration(story: Story) -> None:
    subject = _lived(story)
    story.house.erasure.erase(subject)
    with pytest.raises(Conflict) as refusal:
        story.register("ada")
    assert refusal.value.reason_code == "customer.unavailable"
    story.register("ada", readmit="she asked to come back")
    assert story.subject("ada") != subject
    page = story.house.gate.list_records(story.own("ada"), None, "profile")
    assert page.items == ()


def test_a_receipt_taken_before_still_verifies_and_no_new_one_is_made(
    story: Story,
) -> None:
    subject = story.customer()
    idea = story.idea()
    receipt = story.house.receipts.of_record(subject, idea.record)
    story.house.erasure.erase(subject)
    assert verify_receipt(receipt, story.house.log.policy).index == idea.index
    with pytest.raises(Gone):
        story.house.receipts.of_record(subject, idea.record)


@pytest.mark.parametrize("done", range(STEPS))
def test_an_interrupted_erasure_goes_on_at_the_next_start(
    story: Story, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    subject = _lived(story)
    erasure = story.house.erasure
    _stop_after(erasure, done, monkeypatch)
    with pytest.raises(Interrupted):
        erasure.erase(subject)
    monkeypatch.undo()
    if done:
        with pytest.raises(NotFound):
            story.house.gate.list_records(CASE, "ada", "profile")
    with opened(story.home, story.clock) as later:
        assert _rows_about(later, subject) == {"vault_erasure": 1, "identity_fence": 1}
        (document,) = _certificates(later)
        verify_certificate(document, later.house.log.policy)


@pytest.mark.parametrize("repeated", range(STEPS))
def test_a_step_that_another_worker_did_already_changes_nothing_more(
    story: Story, repeated: int
) -> None:
    subject = _lived(story)
    erasure = story.house.erasure
    name = list(erasure._steps)[repeated]
    step = erasure._steps[name]

    def twice(order: ErasureOrder) -> ErasureOrder:
        moved = step(order)
        size = story.house.log.publish().size
        with pytest.raises(OrderMoved):
            step(order)
        assert story.house.log.publish().size == size
        return moved

    erasure._steps[name] = twice
    erasure.erase(subject)
    (document,) = _certificates(story)
    verified = verify_certificate(document, story.house.log.policy).document
    assert verified["erased"]["rows"]["vault_record"] == 2


def test_workers_that_finish_one_erasure_together_make_one_entry(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = _lived(story)
    _stop_after(story.house.erasure, 2, monkeypatch)
    with pytest.raises(Interrupted):
        story.house.erasure.erase(subject)
    monkeypatch.undo()
    size = story.house.log.publish().size
    workers = [Thread(target=story.house.erasure.resume) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert story.house.log.publish().size == size + 1
    assert len(_certificates(story)) == 1


def test_two_erasures_of_one_customer_are_one(story: Story) -> None:
    subject = _lived(story)
    story.house.erasure.erase(subject)
    with pytest.raises(NotFound):
        story.house.erasure.erase(subject)
    assert len(_certificates(story)) == 1


def test_the_order_is_in_the_mirror_before_anything_is_destroyed(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = _lived(story)
    _stop_after(story.house.erasure, 1, monkeypatch)
    with pytest.raises(Interrupted):
        story.house.erasure.erase(subject)
    order = mirrored(story.home)[-1]
    assert (order["kind"], order["subject"]) == ("erasure", subject.hex())


def test_an_erasure_that_has_to_wait_for_a_reader_is_finished_at_a_later_beat(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = _lived(story)
    monkeypatch.setattr(kit.db, "PATIENCE_SECONDS", 0.05)
    with story.house.vault_db.read() as session:
        raw(session).execute("SELECT * FROM vault_record").fetchall()
        ordered = story.house.erasure.erase(subject)
        state = story.house.erasure.state(ordered.order_id, ordered.secret)
        assert (state.step, state.certificate) == ("purged", None)
        with pytest.raises(NotFound):
            story.house.gate.list_records(CASE, "ada", "profile")
    story.house.vault.heartbeat.run_once()
    state = story.house.erasure.state(ordered.order_id, ordered.secret)
    assert state.step == CERTIFIED


def test_an_erasure_that_waits_holds_no_other_and_no_start(
    story: Story, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    subjects = [_lived(story, name) for name in ("ada", "bob")]
    erasure, real = story.house.erasure, story.house.erasure.drive
    with monkeypatch.context() as patch:
        patch.setattr(erasure, "drive", lambda _: None)
        first, second = (erasure.erase(each) for each in subjects)

    def waiting(order: ErasureOrder) -> None:
        if order.order_id == first.order_id:
            raise Unavailable("a reader")
        real(order)

    monkeypatch.setattr(erasure, "drive", waiting)
    story.house.vault.settle({})
    assert WAITS in caplog.messages
    assert erasure.state(second.order_id, second.secret).step == CERTIFIED
    with pytest.raises(Unavailable):
        erasure.resume()
    monkeypatch.setattr(erasure, "drive", real)
    assert erasure.resume() == 1
    assert erasure.state(first.order_id, first.secret).step == CERTIFIED


def test_no_deleted_byte_stays_in_the_files(story: Story) -> None:
    subject = _lived(story)
    sealed = (
        story.house.vault_db.reader()
        .execute("SELECT sealed FROM vault_record WHERE subject = ?", (subject,))
        .fetchall()
    )
    wrapped = (
        story.house.identity_db.reader()
        .execute("SELECT wrapped FROM identity_key WHERE subject = ?", (subject,))
        .fetchall()
    )
    story.house.erasure.erase(subject)
    there = b"".join(
        path.read_bytes() for path in story.home.rglob("*") if path.is_file()
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


def _certificates(story: Story) -> list[Mapping[str, Any]]:
    rows = raw_rows(story, "SELECT certificate FROM vault_erasure")
    return [json.loads(row[0]) for row in rows]


def raw_rows(story: Story, statement: str) -> list[Any]:
    with story.house.vault_db.read() as session:
        return raw(session).execute(statement).fetchall()
