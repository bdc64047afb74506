"""Whoever writes to a store by hand opens nothing by it, and is found out.

Every column of the live schema has an answer to a change by hand: it is found by
`fsck`, or it says here why nothing hangs on it. What is found is tried, column by
column, in one house in which there is a row of each sort.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from by_hand import changed, named, undone
from clocks import ManualClock
from houses import Scenario, caring, lived_in
from reaching import WHY, care, grant, post, soon, unit

from kit.db import Database
from kit.schema import AUDIT, IDENTITY, VAULT
from pdp.decision.question import Kind
from server.auth.principals import Bearer, Scope
from vault.gate.question import Principal

FOUND = "found by fsck"
ENVELOPE = "authenticated with its record's envelope, or sealed (AAD)"
LISTS = "for lists; what is loaded is what the entries bear out (pdp.change.provenance)"
LEDGER = "held to the tree and its checkpoints (ledger.checks.audit)"
LANES = "held to the lane's hashes and the ledger (vault.audit.access_log)"
INDEX = "follows from the events: fsck finds what hides one (test_access_index)"
WRAPPED = "bound to what it wraps (AAD): changed, the home does not open"
SHOWN = "shown, and nothing is decided by it"
ORDER = "an order: replayed from the mirror; its end is signed"
CURSOR = "where an import goes on; a line that comes again is known"


def _each(table: str, columns: str, answer: str) -> dict[str, str]:
    return {f"{table}.{column}": answer for column in columns.split()}


ANSWERS: dict[str, str] = {
    **dict.fromkeys(
        (
            *("consent_event", "consent_fact", "consent_licence", "consent_notice"),
            *("consent_ugc", "consent_ugc_event", "server_token"),
            *("vault_access_grant", "vault_act", "vault_assignment", "vault_birth"),
            *("vault_chain", "vault_customer_class", "vault_hold", "vault_opening"),
            *("vault_placement", "vault_post", "vault_record_class"),
            *("vault_subject", "vault_unit", "vault_unit_closure"),
            *("identity_customer", "identity_fence", "identity_index"),
            *("identity_key", "identity_suppressed", "identity_tally"),
        ),
        FOUND,
    ),
    "consent_notice.at": SHOWN,
    "consent_notice.language": "its text is found under another language, or none",
    **_each("vault_record", "subject record version schema_version sealed", ENVELOPE),
    **_each("vault_record", "class_number retain_until contributed", ENVELOPE),
    "vault_record.fingerprint": "a keyed hash: at worst a repeated write is refused",
    "vault_record.hold": FOUND,
    "vault_record.hour": SHOWN,
    **_each("vault_part", "subject record part sealed", ENVELOPE),
    **_each("vault_erasure", "order_id step document", ORDER),
    **_each("vault_erasure", "secret_hash certificate", ORDER),
    "vault_erasure.subject": FOUND,
    **_each("vault_order", "number kind line digest", FOUND),
    "vault_order.sent": "sent again; if it is not there, the next start stops",
    "vault_order.waiting": "the mirror has the order, of somebody without a key here",
    "vault_lost_orders": "a yes counts with its MAC alone: see test_lost_orders.py",
    "vault_verification": "a count; the questions themselves are in the access log",
    "identity_leaving": "there during an erasure alone: see test_unlinking.py",
    "identity_order": "set back, its orders are brought back again, to the same end",
    **dict.fromkeys(("vault_import_run.source", "vault_import_run.line"), CURSOR),
    "vault_import_run": SHOWN,
    "vault_imported": "at worst a line is refused or replaces what others changed,"
    " or a record goes with an import that is taken back",
    "vault_installation.vault_id": "compared with the other stores at each start",
    "vault_installation.origin": "the name in every checkpoint's signature",
    "vault_installation.created": SHOWN,
    "vault_installation.feed_floor": "followers begin anew, or miss what was dropped",
    "vault_change": "a follower is told late, or not; what it is shown is decided",
    **_each("pdp_activation", "number digest at entry", LISTS),
    **_each("pdp_approval", "proposal approver widening reason at entry", LISTS),
    **_each("pdp_proposal", "number digest base proposer at entry state", LISTS),
    **_each("pdp_proposal", "widens rollback reason", LISTS),
    "pdp_divergence": SHOWN,
    **_each("vault_removed", "subject record", FOUND),
    "vault_removed.at": SHOWN,
    "vault_removed.settled": "set back, the logs are cut again; set, later",
    "vault_catalogue": "the entry decides; a row of another digest stops writes",
    **dict.fromkeys(
        (
            *("ledger_checkpoint", "ledger_entry", "ledger_head"),
            *("ledger_operator", "ledger_tile", "ledger_time"),
        ),
        LEDGER,
    ),
    **_each("identity_epoch", "epoch root_version wrapped", WRAPPED),
    "identity_epoch.at": SHOWN,
    **_each("identity_secret", "name generation epoch wrapped", WRAPPED),
    "identity_secret.at": SHOWN,
    "identity_secret.retired": "the ledger says which keys are retired",
    "identity_installation.vault_id": WRAPPED,
    "identity_installation.schema_version": "made to look older, the ledger says no",
    **dict.fromkeys(("audit_event", "audit_installation"), LANES),
    **dict.fromkeys(("audit_page", "audit_mention"), INDEX),
}
COLUMNS = [
    (metadata_name, table.name, column.name)
    for metadata_name, metadata in (
        ("vault", VAULT),
        ("identity", IDENTITY),
        ("audit", AUDIT),
    )
    for table in metadata.sorted_tables
    for column in table.columns
]


def _answer(table: str, column: str) -> str | None:
    return ANSWERS.get(f"{table}.{column}") or ANSWERS.get(table)


TRIED = [each for each in COLUMNS if _answer(*each[1:]) == FOUND]
# Fewer identifiers find less; records and orders are tests of their own; without a
# birth date, the word that was decided last stays.
NARROWER = {
    *("identity_index", "vault_birth", "vault_erasure", "vault_order", "vault_record"),
}
TABLES = sorted({each[:2] for each in TRIED if each[1] not in NARROWER})


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    with lived_in(
        tmp_path_factory.mktemp("by_hand") / "home", ManualClock()
    ) as scenario:
        _live(scenario)
        assert named(scenario) == []
        yield scenario


def _live(scenario: Scenario) -> None:
    """Have a row of each sort come to be."""
    for name in ("ada", "bob", "cleo"):
        scenario.customer(name)
        scenario.profile(name)
        idea = scenario.idea(name)
        scenario.grant(name)
        scenario.license(name, idea, "ugc.display")
        care(scenario).holds.set(caring("ann"), name, reason=WHY, record=idea.record)
    scenario.withdraw("bob")
    gone = scenario.idea("bob").record
    scenario.house.vault.righting.removals.remove_own(scenario.own("bob"), gone)
    unit(scenario, "school")
    unit(scenario, "north", "school")
    post(scenario, "school")
    care(scenario).organisation.place(caring("ann"), "ada", "north")
    care(scenario).assignments.assign(
        caring("ann"), "ada", staff="lee", until=soon(scenario)
    )
    grant(scenario)
    scenario.register("eve", birth_date="1980-02-29")
    scenario.customer("dora")
    scenario.profile("dora")
    scenario.house.erasure.erase(scenario.subject("dora"))
    for days in (1, 30):
        _mint(scenario, f"shop-{days}", timedelta(days=days))


def _mint(scenario: Scenario, name: str, life: timedelta) -> str:
    bearer = Bearer(
        Principal(Kind.SERVICE, name, roles=("support",)),
        ("support.case",),
        (Scope.RECORDS_READ,),
    )
    with scenario.house.vault_db.write() as session:
        return scenario.house.tokens.mint(session, bearer, life=life)


def _store(scenario: Scenario, name: str) -> Database:
    house = scenario.house
    return {"vault": house.vault_db, "identity": house.identity_db}[name]


def test_every_column_has_an_answer_to_a_change_by_hand() -> None:
    assert [f"{t}.{c}" for _, t, c in COLUMNS if _answer(t, c) is None] == []


def test_no_answer_is_about_a_column_that_is_not_there() -> None:
    there = {f"{t}.{c}" for _, t, c in COLUMNS} | {t for _, t, _ in COLUMNS}
    assert set(ANSWERS) <= there


@pytest.mark.parametrize(
    ("store", "table", "column"), TRIED, ids=[f"{t}.{c}" for _, t, c in TRIED]
)
def test_a_column_changed_by_hand_is_found(
    full: Scenario, store: str, table: str, column: str
) -> None:
    with undone(_store(full, store), table) as connection:
        (value,) = connection.execute(f"SELECT {column} FROM {table}").fetchone()  # noqa: S608
        connection.execute(
            f"UPDATE {table} SET {column} = ? WHERE {column} IS ?",  # noqa: S608
            (_another(table, column, value), value),
        )
        connection.commit()
        assert named(full) != []
    assert named(full) == []


def _another(table: str, column: str, value: object) -> object:
    allowed = {("consent_fact", "state"): 3, ("consent_ugc", "status"): 4}
    return allowed.get((table, column), changed(value))


@pytest.mark.parametrize(("store", "table"), TABLES, ids=[t for _, t in TABLES])
def test_rows_taken_away_by_hand_are_found(
    full: Scenario, store: str, table: str
) -> None:
    with undone(_store(full, store), table) as connection:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        connection.commit()
        assert named(full) != []


def test_a_post_that_was_set_back_is_found_after_the_next_change_as_well(
    tmp_path: Path,
) -> None:
    with lived_in(tmp_path / "home", ManualClock()) as scenario:
        unit(scenario, "north")
        post(scenario, "north")
        with closing(sqlite3.connect(scenario.house.vault_db.path)) as file:
            row = file.execute("SELECT * FROM vault_post").fetchone()
            care(scenario).organisation.unpost("kim", "north", by="ann")
            file.execute("INSERT INTO vault_post VALUES (?, ?, ?, ?, ?)", row)
            file.commit()
        assert named(scenario) != []
        unit(scenario, "south")
        care(scenario).organisation.unpost("kim", "north", by="ann")
        assert named(scenario) != []
