"""P6, for the access log: whatever somebody with the file does to it is found.

The ledger's own tampering tests are in tests/ledger/checks/test_audit.py,
test_mutants.py and test_rollback.py. Here a careful hand changes the log's rows, and
even computes every hash anew; what it cannot change are the lane's heads in the signed
ledger.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from houses import CASE, Scenario

from vault._internal.ports.access_log import AccessRow
from vault.audit.access_log import GENESIS, _link

READS = 6
Row = list[Any]
Forgery = Callable[[list[Row]], list[Row]]


def _lived(scenario: Scenario) -> None:
    scenario.customer()
    profile = scenario.profile()
    for _ in range(READS):
        scenario.read(CASE, "ada", profile)
    scenario.house.vault.heartbeat.run_once()


def _rewrite(scenario: Scenario, forge: Forgery, *, carefully: bool) -> None:
    names = ", ".join(AccessRow._fields)
    with closing(sqlite3.connect(scenario.house.audit_db.path)) as connection:
        found = connection.execute(f"SELECT {names} FROM audit_event ORDER BY seq")  # noqa: S608
        rows = forge([list(row) for row in found])
        connection.execute("DELETE FROM audit_event")
        for row in _rehashed(rows) if carefully else rows:
            marks = ", ".join("?" * len(row))
            connection.execute(
                f"INSERT INTO audit_event ({names}) VALUES ({marks})",  # noqa: S608
                row,
            )
        connection.commit()


def _rehashed(rows: list[Row]) -> list[Row]:
    """Number the rows and chain them, as the writer would have."""
    previous, made = GENESIS, []
    for number, row in enumerate(rows, 1):
        values = [row[0], number, *row[2:-2]]
        digest = _link(previous, values)
        made.append([*values, previous, digest])
        previous = digest
    return made


def _findings(scenario: Scenario) -> set[str]:
    return {each.code for each in scenario.house.vault.rowcheck.findings()}


def _set(column: str, value: object) -> Forgery:
    def forge(rows: list[Row]) -> list[Row]:
        rows[2][AccessRow._fields.index(column)] = value
        return rows

    return forge


def _other(value: object) -> object:
    if isinstance(value, int):
        return value + 1
    return "other" if isinstance(value, str) else b"\x07" * 16


FORGERIES: dict[str, Forgery] = {
    "a row deleted": lambda rows: rows[:2] + rows[3:],
    "the first row deleted": lambda rows: rows[1:],
    "the last row deleted": lambda rows: rows[:-1],
    "every row deleted": lambda _: [],
    "a row put in": lambda rows: [*rows[:2], [*rows[1]], *rows[2:]],
    "two rows exchanged": lambda rows: [rows[1], rows[0], *rows[2:]],
    "an outcome changed": _set("outcome", "refused"),
    "a purpose changed": _set("purpose", "self.access"),
    "a principal changed": _set("principal", "nobody"),
    "a subject changed": _set("subject", bytes(16)),
}


def test_a_log_that_nobody_touched_is_clean(scenario: Scenario) -> None:
    _lived(scenario)
    assert _findings(scenario) == set()
    _rewrite(scenario, lambda rows: rows, carefully=True)
    assert _findings(scenario) == set()


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_with_every_hash_computed_anew_is_found(
    scenario: Scenario, forgery: str
) -> None:
    _lived(scenario)
    _rewrite(scenario, FORGERIES[forgery], carefully=True)
    assert "access_log.head" in _findings(scenario)


def test_a_value_changed_in_any_column_is_found(scenario: Scenario) -> None:
    _lived(scenario)
    kept: list[Row] = []

    def keep(rows: list[Row]) -> list[Row]:
        kept[:] = [[*row] for row in rows]
        return rows

    _rewrite(scenario, keep, carefully=False)
    for column in set(AccessRow._fields) - {"lane", "seq"}:
        value = kept[2][AccessRow._fields.index(column)]
        _rewrite(scenario, _set(column, _other(value)), carefully=False)
        assert _findings(scenario) & {"access_log.lane", "access_log.head"}, column
        _rewrite(scenario, lambda _: [[*row] for row in kept], carefully=False)
        assert _findings(scenario) == set()
