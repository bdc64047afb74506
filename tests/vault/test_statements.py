"""The statements of the hot paths go through indexes, never over a whole table."""

import re
import sqlite3
from collections.abc import Callable

import pytest
from houses import Scenario

from kit.db import Database
from vault._internal.data_store import data_store
from vault._internal.ports.records import ReadContext
from vault._internal.sqlite.records import SqliteRecords, _next_page, bound_by, select

# The rows that a statement brings along itself may be gone through.
OWN_ROWS = re.compile(r"SCAN (w|(\d+ )?CONSTANT ROWS?)$")
SERVICE = ReadContext("support.case", 0, "in_scope")
STAFF = ReadContext("support.case", 0, "none", staff="somebody")
CUSTOMER = ReadContext("self.access", 0, "self", own=bytes(16))


def _plans(database: Database, work: Callable[[], object]) -> list[list[str]]:
    """Give the query plan of each statement that some work runs on this thread."""
    reader, seen = database.reader(), list[str]()
    reader.set_trace_callback(seen.append)
    try:
        work()
    finally:
        reader.set_trace_callback(None)
    assert seen
    return [_plan(reader, statement) for statement in seen]


def _plan(reader: sqlite3.Connection, statement: str) -> list[str]:
    return [row[3] for row in reader.execute(f"EXPLAIN QUERY PLAN {statement}")]


def _scans(plans: list[list[str]]) -> list[str]:
    steps = [step for plan in plans for step in plan if step.startswith("SCAN")]
    return [step for step in steps if not OWN_ROWS.match(step)]


@pytest.mark.parametrize("asked", [SERVICE, STAFF, CUSTOMER])
@pytest.mark.parametrize("many", [1, 2, 100])
def test_reads_of_records_scan_no_table(
    scenario: Scenario, asked: ReadContext, many: int
) -> None:
    database = scenario.house.vault_db
    records = SqliteRecords(database)
    wanted = [(bytes([i] * 16), bytes(16)) for i in range(many)]

    def work() -> None:
        records.point(asked, *wanted[0])
        records.many(asked, wanted)
        records.page(asked, wanted[0][0], [1, 2], after=b"", limit=10)
        records.reaches(asked, wanted[0][0])
        records.collection_of(*wanted[0])

    assert _scans(_plans(database, work)) == []


def test_a_bulk_read_looks_consent_up_once_for_a_customers_records(
    scenario: Scenario,
) -> None:
    database = scenario.house.vault_db
    numbers = data_store(database, scenario.house.vault.rows).classes.numbers_of(
        "profile"
    )
    statement = select(SERVICE, _next_page(numbers or [1]))
    bound = bound_by(SERVICE, low=bytes(16), after=b"", high=b"\xff" * 16, limit=10)
    rows = database.reader().execute(f"EXPLAIN QUERY PLAN {statement}", bound)
    steps = [row[3] for row in rows if row[1] == 0]
    outer = [step for step in steps if "SEARCH" in step]
    assert [step.split()[1] for step in outer] == ["s", "f", "r", "u"]
    # A page begins where the last one ended, and nothing is sorted for it.
    assert "(subject=? AND record>?)" in outer[2]
    assert not any("B-TREE" in step for step in steps)


def test_look_ups_of_keys_and_customers_scan_no_table(scenario: Scenario) -> None:
    database = scenario.house.identity_db
    scenario.customer("ada")
    subject = scenario.subject("ada")
    ids = scenario.house.gate._naming._ids
    register = scenario.house.registration._register

    def work() -> None:
        ids.resolve("ada")
        ids.customer_ids_of([subject, bytes(16)])
        register.state(subject)
        register.inventory(subject)

    assert _scans(_plans(database, work)) == []


def test_looking_a_token_up_scans_no_table(scenario: Scenario) -> None:
    tokens = scenario.house.tokens
    text = "al_service_" + "x" * 43
    assert _scans(_plans(scenario.house.vault_db, lambda: tokens.find(text))) == []
