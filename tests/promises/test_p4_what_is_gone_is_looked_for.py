"""P4: nothing is certified that the database was only asked for.

Somebody who can write the files plants a trigger while the server runs, so that the
check at the start does not see it. SQLite is told to run none; and where it runs one
all the same (`unguarded`), what should be gone is found, and no certificate is made.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from asking import alarms
from callers import calling
from clocks import ManualClock
from houses import CASE, Scenario, lived_in
from one_verifier import verify_certificate

from kit.errors import IntegrityFault, NotFound
from pdp.decision.question import Kind
from server.auth.principals import Bearer
from vault import Principal
from vault._internal.ports.orders import ErasureOrder
from vault.erasure.erasure import PURGED, STAMPED, UNKEYED, Erasure

IGNORED = "BEFORE DELETE ON {table} BEGIN SELECT RAISE(IGNORE); END"
UNDONE = "AFTER DELETE ON {table} BEGIN INSERT INTO {table} VALUES ({old}); END"
STORES = {
    "identity_key": "keys/identity.db",
    "identity_index": "keys/identity.db",
    "identity_customer": "keys/identity.db",
    "vault_record": "data/vault.db",
    "vault_opening": "data/vault.db",
    "vault_subject": "data/vault.db",
    "consent_fact": "data/vault.db",
    "consent_event": "data/vault.db",
    "server_token": "data/vault.db",
}


@pytest.fixture
def unguarded(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scenario]:
    """A house whose connections run the triggers that there are."""
    monkeypatch.setattr("kit.db.refuse_triggers", lambda _: None)
    with lived_in(tmp_path / "unguarded", clock) as scenario:
        yield scenario


def _customer(scenario: Scenario) -> bytes:
    subject = scenario.customer()
    scenario.profile()
    scenario.idea()
    scenario.grant("ada")
    with scenario.house.vault_db.write() as session:
        bearer = Bearer.customer(subject, region="eu")
        scenario.house.tokens.mint(
            session, bearer, life=scenario.house.settings.tsa_interval
        )
    return subject


def _plant(scenario: Scenario, store: str, trigger: str) -> None:
    with closing(sqlite3.connect(scenario.home / store)) as connection:
        connection.execute(f"CREATE TRIGGER planted {trigger}")
        connection.commit()


def _pull_up(scenario: Scenario, store: str) -> None:
    with closing(sqlite3.connect(scenario.home / store)) as connection:
        connection.execute("DROP TRIGGER planted")
        connection.commit()


def _undone(scenario: Scenario, table: str) -> str:
    with closing(sqlite3.connect(scenario.home / STORES[table])) as connection:
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    old = ", ".join(f"OLD.{column[1]}" for column in columns)
    return UNDONE.format(table=table, old=old)


def _is_not_certified(scenario: Scenario, subject: bytes) -> None:
    with pytest.raises(IntegrityFault):
        scenario.house.erasure.erase(subject)
    assert _certificates(scenario) == [None]
    with pytest.raises(NotFound):
        scenario.house.gate.list_records(CASE, "ada", "profile")


def _certificates(scenario: Scenario) -> list[Any]:
    rows = scenario.house.vault_db.reader().execute(
        "SELECT certificate FROM vault_erasure"
    )
    return [row[0] for row in rows.fetchall()]


@pytest.mark.parametrize("table", STORES)
def test_an_erasure_whose_deletions_are_ignored_is_not_certified(
    unguarded: Scenario, table: str
) -> None:
    subject = _customer(unguarded)
    _plant(unguarded, STORES[table], IGNORED.format(table=table))
    with alarms() as codes:
        _is_not_certified(unguarded, subject)
    assert codes == ["erasure.not_done"]
    _pull_up(unguarded, STORES[table])
    assert unguarded.house.erasure.resume() == 1
    (certificate,) = _certificates(unguarded)
    assert certificate is not None


@pytest.mark.parametrize("table", ["identity_key", "vault_record", "consent_fact"])
def test_an_erasure_whose_deletions_are_undone_is_not_certified(
    unguarded: Scenario, table: str
) -> None:
    subject = _customer(unguarded)
    _plant(unguarded, STORES[table], _undone(unguarded, table))
    _is_not_certified(unguarded, subject)


@pytest.mark.parametrize("table", ["identity_key", "vault_record"])
def test_a_trigger_planted_while_the_server_runs_is_not_run(
    scenario: Scenario, table: str
) -> None:
    subject = _customer(scenario)
    _plant(scenario, STORES[table], IGNORED.format(table=table))
    with pytest.raises(IntegrityFault) as fault:
        scenario.house.erasure.erase(subject)
    assert fault.value.reason_code == "schema.planted"
    assert _certificates(scenario) == [None]


def test_an_erasure_without_its_fence_is_not_certified(unguarded: Scenario) -> None:
    subject = _customer(unguarded)
    fence = "AFTER INSERT ON identity_fence BEGIN DELETE FROM identity_fence; END"
    _plant(unguarded, "keys/identity.db", fence)
    with pytest.raises(IntegrityFault):
        unguarded.house.erasure.erase(subject)
    assert _certificates(unguarded) == [None]


def test_an_erasure_that_lets_identifiers_come_back_is_not_certified(
    unguarded: Scenario,
) -> None:
    subject = _customer(unguarded)
    lost = "BEFORE INSERT ON identity_suppressed BEGIN SELECT RAISE(IGNORE); END"
    _plant(unguarded, "keys/identity.db", lost)
    _is_not_certified(unguarded, subject)


def test_a_tombstone_that_is_not_there_stops_an_erasure(unguarded: Scenario) -> None:
    subject = _customer(unguarded)
    alive = "BEFORE UPDATE ON vault_subject BEGIN SELECT RAISE(IGNORE); END"
    _plant(unguarded, "data/vault.db", alive)
    with pytest.raises(IntegrityFault):
        unguarded.house.erasure.erase(subject)
    assert _certificates(unguarded) == [None]


@pytest.mark.parametrize("step", [UNKEYED, PURGED, STAMPED])
def test_a_key_that_is_put_back_between_the_steps_keeps_the_certificate_back(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    subject = _customer(scenario)
    row = scenario.house.identity_db.reader().execute("SELECT * FROM identity_key")
    (key,) = row.fetchall()
    _before(scenario.house.erasure, step, monkeypatch, lambda: _put_back(scenario, key))
    with pytest.raises(IntegrityFault):
        scenario.house.erasure.erase(subject)
    assert _certificates(scenario) == [None]


def test_the_counts_are_of_rows_that_went(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = _customer(scenario)
    # A record that came in after the order had been counted, and before its tombstone.
    _before(scenario.house.erasure, "ordered", monkeypatch, scenario.profile)
    there = scenario.house.identity_db.reader()
    counted = "SELECT count(*) FROM identity_index WHERE subject = ?"
    scenario.house.erasure.erase(subject)
    assert there.execute(counted, (subject,)).fetchone() == (0,)
    certificate = _certificate(scenario)
    assert certificate["erased"]["rows"]["vault_record"] == 3
    assert certificate["erased"]["rows"]["tokens"] == 1
    assert certificate["erased"]["identifiers"] == 2


async def test_over_http_nothing_is_claimed_either(unguarded: Scenario) -> None:
    _customer(unguarded)
    _plant(unguarded, "keys/identity.db", IGNORED.format(table="identity_key"))
    async with calling(unguarded) as callers:
        answer = await callers.send("POST", "/v1/me/erasure", callers.customer("ada"))
    assert answer.status_code == 500
    assert "certificate" not in answer.json()


# What else is claimed.


async def test_a_withdrawal_that_does_not_take_effect_is_not_acknowledged(
    unguarded: Scenario,
) -> None:
    _customer(unguarded)
    kept = "BEFORE UPDATE ON consent_fact BEGIN SELECT RAISE(IGNORE); END"
    _plant(unguarded, "data/vault.db", kept)
    async with calling(unguarded) as callers:
        who = callers.customer("ada")
        answer = await callers.send("DELETE", "/v1/me/consents/marketing.email", who)
    assert answer.status_code == 500


def test_a_revocation_that_does_not_take_effect_is_not_acknowledged(
    unguarded: Scenario,
) -> None:
    bearer = Bearer(Principal(Kind.AUDITOR, "eve"))
    with unguarded.house.vault_db.write() as session:
        life = unguarded.house.settings.tsa_interval
        unguarded.house.tokens.mint(session, bearer, life=life)
    kept = "BEFORE INSERT ON server_token BEGIN SELECT RAISE(IGNORE); END"
    _plant(unguarded, "data/vault.db", kept)
    with pytest.raises(IntegrityFault), unguarded.house.vault_db.write() as session:
        unguarded.house.tokens.revoke(session, "eve")


def test_a_key_that_stays_in_use_is_not_called_retired(unguarded: Scenario) -> None:
    unguarded.house.vault.keys.rotate("ledger")
    kept = "BEFORE UPDATE ON identity_secret BEGIN SELECT RAISE(IGNORE); END"
    _plant(unguarded, "keys/identity.db", kept)
    with pytest.raises(IntegrityFault):
        unguarded.house.vault.keys.retire("ledger")


def test_a_licence_that_stays_is_not_called_withdrawn(unguarded: Scenario) -> None:
    subject = unguarded.customer()
    idea = unguarded.idea()
    unguarded.license("ada", idea, "ugc.display")
    _plant(unguarded, "data/vault.db", IGNORED.format(table="consent_licence"))
    with pytest.raises(IntegrityFault), unguarded.house.vault_db.write() as session:
        unguarded.house.authorizations.withdraw(session, subject, idea.record)


def test_a_suppression_that_stays_is_not_called_lifted(unguarded: Scenario) -> None:
    unguarded.house.erasure.erase(_customer(unguarded))
    _plant(unguarded, "keys/identity.db", IGNORED.format(table="identity_suppressed"))
    with pytest.raises(IntegrityFault):
        unguarded.register("ada", readmit="she asked to come back")


def _before(
    erasure: Erasure, step: str, monkeypatch: pytest.MonkeyPatch, act: Any
) -> None:
    own = erasure._steps[step]

    def acted(order: ErasureOrder) -> ErasureOrder:
        act()
        return own(order)

    monkeypatch.setitem(erasure._steps, step, acted)


def _put_back(scenario: Scenario, key: tuple[Any, ...]) -> None:
    with closing(sqlite3.connect(scenario.house.identity_db.path)) as connection:
        marks = ", ".join("?" * len(key))
        connection.execute(f"INSERT INTO identity_key VALUES ({marks})", key)  # noqa: S608
        connection.commit()


def _certificate(scenario: Scenario) -> Any:
    reader = scenario.house.vault_db.reader()
    ((order_id,),) = reader.execute("SELECT order_id FROM vault_erasure").fetchall()
    signed = scenario.house.erasure.certificate(order_id)
    return verify_certificate(signed, scenario.house.log.policy).document
