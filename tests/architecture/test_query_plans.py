"""To answer about one, no statement reads all there are; or a line here says why."""

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Final

import pytest
from clocks import ManualClock
from houses import CASE, Scenario, opened, settle
from query_plans import Noted, Statement, call_anyhow, noting, scanned, unreached

from kit.db import raw
from ledger.stores import reading, reading_times, sequencer, writing, writing_times
from server.auth.sqlite.tokens import SqliteTokens, TokenEraser
from server.house.house import House
from vault._internal.data_store import access_store, data_store, identity_store
from vault._internal.row_macs import RowMacs

SMALL: Final = frozenset(
    {
        "wanted",  # what is asked for, in the statement itself
        *("lanes", "scans", "named"),  # likewise: of processes, scans, one person
        *("alembic_version", "sqlite_master", "sqlite_schema"),
        *("vault_installation", "identity_installation", "audit_installation"),
        *("vault_customer_class", "vault_record_class"),  # interned: dozens, hundreds
        *("identity_epoch", "identity_secret", "identity_order", "identity_tally"),
        "identity_leaving",  # of erasures under way
        *("vault_unit", "vault_unit_closure", "vault_post"),  # the house's own people
    }
)
"""Tables that do not grow with customers, their data, or time by the day."""

_LAST: Final = "reads the last row by its key, and stops"
_SOUND: Final = "for `fsck` and `doctor`, which hold every row to another"
_UPGRADE: Final = "for an upgrade, which goes through a home once"
_LISTED: Final = "gives an operator the whole list"
_RESTORED: Final = "for a start after a restore, or one without orders"
_COUNTED: Final = "counts all there are, for `doctor`"
WHOLE: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            *("active", "active_digest", "SqliteLedger.newest_note"),
            *("SqliteCatalogues.digest", "SqliteCatalogues.newest"),
            *("SqliteOrderChain.newest", "SqliteTimes.newest"),
        ),
        _LAST,
    ),
    "SqliteOrderChain.newest_sent": f"{_LAST}: nearly all are sent",
    "SqliteChanges.drop": "the oldest, in their order, as far as a beat may drop",
    "SqliteLedger.newest_operator": f"{_LAST}: a lane head is a beat away",
    **dict.fromkeys(
        (
            *("notice_faults", "SqliteTokens.lying", "SqliteRowMacs.wrong", "unfound"),
            *("SqliteIdentityReads.all_suppressed", "SqliteIdentityReads.identifiers"),
            *("SqliteIdentityReads.count_without", "SqliteLedger.count"),
            *("SqliteLedger.notes", "SqliteLedger.operators_with"),
            *("SqliteLedger.tile_widths", "SqliteOrders.chains"),
            *("SqliteOrders.count_stamped", "SqliteOrders.purged"),
            *("SqliteOrders.unkeyed", "SqliteSubjects.count_all_openings"),
            "SqliteSubjects.stamped",
        ),
        _SOUND,
    ),
    **dict.fromkeys(
        ("SqliteRowMacs.give", "SqliteRowMacs.lacking", "SqliteTokens.unvouched"),
        _UPGRADE,
    ),
    **dict.fromkeys(
        (
            *("SqliteImports.runs", "SqliteOrders.all", "SqliteTimes.all"),
            "SqliteTokens.listed",
        ),
        _LISTED,
    ),
    "SqliteSubjects.all": f"{_SOUND}; {_RESTORED}",
    "SqliteTokens.made_until": _RESTORED,
    **dict.fromkeys(
        ("SqliteSubjects.count", "SqliteSubjects.regions", "SqliteOrders.count"),
        _COUNTED,
    ),
    "SqliteIdentityReads.shared_fields": "asked when a catalogue is accepted",
    "SqliteRecords.collections": "asked when a catalogue is accepted",
    "SqliteImports.begin": "one row for each import: no number of them is large",
    "SqliteImports.end": "once an import, and of one that wrote nothing alone",
    "SqliteMade.tally": "counts what an import made, once, for taking it back",
    "SqliteAccessStore.of_decision": "few ever ask, and each event would pay for it",
}
"""What reads a table whole that grows, and why it may."""


class _Undone(Exception):
    """Undoes a unit of work."""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Give the tables that are read whole, by what reads them."""
    home, clock = tmp_path_factory.mktemp("asked") / "home", ManualClock()
    settle(home, clock)
    with pytest.MonkeyPatch.context() as patch:
        noted = noting(patch)
        with opened(home, clock) as scenario:
            _live(scenario)
        with opened(home, clock) as scenario:
            _call_all(scenario.house)
            assert unreached(noted) == []
            return _whole(scenario.house, noted)


def _live(scenario: Scenario) -> None:
    for name in ("ada", "bob"):
        scenario.customer(name)
        scenario.read(CASE, name, scenario.profile(name))
        scenario.grant(name)
        scenario.license(name, scenario.idea(name), "ugc.display")
    house = scenario.house
    list(house.gate.scan(CASE, "profile"))
    some = [(name, scenario.idea(name).record) for name in ("ada", "bob")]
    asyncio.run(house.gate.read_many(CASE, some))
    scenario.withdraw("ada")
    house.vault.heartbeat.run_once()
    list(house.exports.write(scenario.subject("ada")))
    house.erasure.erase(scenario.subject("bob"))
    house.vault.heartbeat.run_once()
    assert list(house.findings()) == []


def _call_all(house: House) -> None:
    rows, vault = RowMacs(lambda: b"r" * 32), house.vault_db
    data, identity = data_store(vault, rows), identity_store(house.identity_db)
    adapters = [
        *(getattr(data, each.name) for each in fields(data)),
        *(SqliteTokens(vault, rows), TokenEraser(), access_store(house.audit_db)),
        *(identity, identity.reads),
        *(reading(vault), reading_times(vault), sequencer(vault, backlog=9)),
    ]
    with vault.write() as session:
        raw(session).execute("UPDATE vault_customer_class SET mac = NULL")
    for each in adapters:
        call_anyhow(each, None)
    with suppress(_Undone), vault.write() as session:
        for each in adapters:
            call_anyhow(each, session)
        for each in (writing(session), writing_times(session)):
            call_anyhow(each, None)
        raise _Undone
    with suppress(_Undone), identity.work() as work:
        call_anyhow(work, None)
        raise _Undone


def _whole(house: House, noted: Noted) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    databases = house.vault_db, house.identity_db, house.audit_db
    for statement in list(noted.statements.values()):
        for database in databases:
            with suppress(sqlite3.Error):  # a table of another store
                tables = scanned(database, statement) - SMALL
                if tables:
                    found[statement.where] |= tables
    return found


def test_what_is_read_whole_is_known(asked: dict[str, set[str]]) -> None:
    assert {
        where: tables for where, tables in asked.items() if where not in WHOLE
    } == {}


def test_no_reason_stands_for_what_is_not_read_whole(
    asked: dict[str, set[str]],
) -> None:
    assert set(WHOLE) - set(asked) == set()


@pytest.mark.parametrize(
    ("sql", "whole"),
    [
        ("SELECT 1 FROM vault_hold WHERE subject = ?", set()),
        ("SELECT 1 FROM vault_hold WHERE record = ?", {"vault_hold"}),
        ("SELECT 1 FROM vault_record r WHERE r.version = ?", {"vault_record"}),
        ("SELECT subject FROM vault_record WHERE hold = 1 AND version = ?", set()),
        ("DELETE FROM vault_opening WHERE tag = ?", {"vault_opening"}),
    ],
)
def test_a_statement_that_reads_a_table_whole_is_found(
    scenario: Scenario, sql: str, whole: set[str]
) -> None:
    statement = Statement(sql, (b"",), "a test")
    assert scanned(scenario.house.vault_db, statement) == whole
