"""Erasures after a restore: the erased do not come back, whichever store is older."""

import shutil
from pathlib import Path

import pytest
from clocks import ManualClock
from houses import CASE, Story, lived_in, opened

from kit.db import Database, raw
from kit.errors import CannotStart, Conflict, NotFound


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def _erased_with_older_keys(home: Path, clock: ManualClock) -> bytes:
    """Erase ada, then bring back the identity store from before."""
    with lived_in(home, clock) as story:
        subject = story.customer("ada")
        story.profile("ada")
        story.customer("bob")
        story.profile("bob")
    shutil.copytree(home / "keys", home.parent / "older")
    with opened(home, clock) as story:
        story.house.erasure.erase(subject)
    shutil.rmtree(home / "keys")
    (home.parent / "older").rename(home / "keys")
    return subject


def _is_gone(story: Story) -> None:
    with pytest.raises(NotFound):
        story.house.gate.list_records(CASE, "ada", "profile")
    with pytest.raises(Conflict) as refusal:
        story.register("ada")
    assert refusal.value.reason_code == "customer.unavailable"
    assert story.house.gate.list_records(CASE, "bob", "profile").items


def test_older_keys_bring_nobody_back(home: Path, clock: ManualClock) -> None:
    subject = _erased_with_older_keys(home, clock)
    with opened(home, clock) as story:
        _is_gone(story)
        assert story.house.identity_db.reader().execute(
            "SELECT count(*) FROM identity_key WHERE subject = ?", (subject,)
        ).fetchall() == [(0,)]


def test_one_who_came_back_that_way_can_register_again_and_be_erased_again(
    home: Path, clock: ManualClock
) -> None:
    _erased_with_older_keys(home, clock)
    with opened(home, clock) as story:
        story.register("ada", readmit="she asked to come back")
        story.profile("ada")
        ordered = story.house.erasure.erase(story.subject("ada"))
        assert story.house.erasure.certificate(ordered.order_id)
        _is_gone(story)


def test_rows_of_the_erased_that_are_back_in_the_data_store_are_purged(
    home: Path, clock: ManualClock
) -> None:
    with lived_in(home, clock) as story:
        subject = story.customer("ada")
        story.customer("bob")
        story.profile("bob")
        story.house.erasure.erase(subject)
        database: Database = story.house.vault_db
        with database.write() as session:
            raw(session).execute(
                "INSERT INTO vault_subject VALUES (?, 1, NULL, NULL)", (subject,)
            )
    with opened(home, clock) as story:
        _is_gone(story)
        rows = story.house.vault_db.reader().execute(
            "SELECT count(*) FROM vault_subject WHERE subject = ?", (subject,)
        )
        assert rows.fetchall() == [(0,)]


def test_an_order_that_cannot_be_read_keeps_the_house_closed(
    home: Path, clock: ManualClock
) -> None:
    _erased_with_older_keys(home, clock)
    (order,) = (home / "mirror" / "orders").glob("*.json")
    order.write_bytes(b'{"subject": "nobody"}')
    with pytest.raises(CannotStart, match="order"), opened(home, clock):
        pass


def test_a_start_without_a_restore_replays_nothing(
    home: Path, clock: ManualClock
) -> None:
    with lived_in(home, clock) as story:
        story.house.erasure.erase(story.customer("ada"))
        assert story.house.vault.replay.run() == 0
