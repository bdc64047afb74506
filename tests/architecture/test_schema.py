"""The live schema: each column has a class, each subject an eraser, code and disk one.

What is walked is what the migrations make, not only what the code declares.
"""

import re
import sqlite3
import warnings
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from schemas import METADATA, lying, migrated, unclassified, unmarked, unowned
from sqlalchemy import Column, LargeBinary, MetaData, Table, create_engine
from sqlalchemy.pool import NullPool

from consent import eraser
from kit.schema import IDENTITY, VAULT, Privacy
from kit.triggers import declared
from server.auth.sqlite.tokens import TokenEraser
from server.house.migrations import MigratedStore
from vault._internal.ports.subjects import OWNED
from vault._internal.sqlite.feed_triggers import TRIGGERS

# What a purge empties in the data store, by whoever owns it (server/house/wiring.py).
EMPTIED = {*OWNED, *eraser.tables, *TokenEraser.tables}
# What the register empties in the identity store.
UNKEYED = {
    *("identity_key", "identity_customer", "identity_index"),
    "identity_leaving",
}
KEPT = {
    "vault_change": "that a person was erased, for whoever has to be told, 30 days",
    "vault_erasure": "the order itself: the proof that the erasure was done",
    "identity_fence": "refuses whatever comes late for the erased",
    "audit_event": "who was told what, about a number that leads to nobody",
    "audit_page": "where those are found that name many, by the same number",
    "audit_mention": "likewise",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[MigratedStore, ...]:
    return migrated(tmp_path_factory.mktemp("migrated"))


@pytest.mark.parametrize("name", METADATA)
def test_every_column_says_what_it_would_tell_a_thief(name: str) -> None:
    assert unclassified(METADATA[name]) == []


@pytest.mark.parametrize("name", METADATA)
def test_every_live_column_is_one_of_the_code(
    made: tuple[MigratedStore, ...], name: str
) -> None:
    (store,) = (each for each in made if each.name == name)
    tables = METADATA[name].tables
    with closing(sqlite3.connect(store.path)) as connection:
        live = connection.execute(
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c"
            " WHERE m.type = 'table' AND m.name <> 'alembic_version'"
            " AND m.name <> 'sqlite_sequence'"  # SQLite's own, for numbers used once
        ).fetchall()
    assert {(t, c.name) for t in tables for c in tables[t].columns} == set(live)


@pytest.mark.parametrize("name", METADATA)
def test_the_migrations_make_what_the_code_declares(
    made: tuple[MigratedStore, ...], name: str
) -> None:
    (store,) = (each for each in made if each.name == name)
    assert _differences(store.path, METADATA[name]) == []


@pytest.mark.parametrize("name", METADATA)
def test_checks_keys_and_row_numbers_are_those_of_the_code(
    made: tuple[MigratedStore, ...], name: str, tmp_path: Path
) -> None:
    (store,) = (each for each in made if each.name == name)
    declared = tmp_path / "declared.db"
    engine = create_engine(f"sqlite:///{declared}", poolclass=NullPool)
    METADATA[name].create_all(engine)
    engine.dispose()
    assert _parts(lying(store.path)) == _parts(lying(declared))


def test_the_triggers_are_letter_by_letter_those_of_the_code(
    made: tuple[MigratedStore, ...],
) -> None:
    assert _triggers(made[0].path) == TRIGGERS
    assert {name: each.text for name, each in declared().items()} == TRIGGERS
    assert not any(_triggers(store.path) for store in made[1:])


def test_every_table_about_a_subject_says_so() -> None:
    assert [t for metadata in METADATA.values() for t in unmarked(metadata)] == []


def test_every_table_about_a_subject_has_an_eraser() -> None:
    owned = EMPTIED | UNKEYED | set(KEPT)
    assert [t for m in METADATA.values() for t in unowned(m, owned)] == []


def test_no_eraser_claims_what_is_not_there() -> None:
    assert set(VAULT.tables) >= EMPTIED
    assert set(IDENTITY.tables) >= UNKEYED
    assert not (EMPTIED | UNKEYED) & set(KEPT)


def test_no_table_has_two_erasers() -> None:
    claimed = [*OWNED, *eraser.tables, *TokenEraser.tables]
    assert len(claimed) == len(set(claimed))


def test_what_is_sealed_is_marked_personal_and_nothing_else_is() -> None:
    personal = {
        f"{table.name}.{each.name}"
        for metadata in METADATA.values()
        for table in metadata.tables.values()
        for each in table.columns
        if each.info["privacy"] is Privacy.PERSONAL
    }
    assert {name.rpartition(".")[2] for name in personal} == {"sealed", "wrapped"}


def test_a_column_without_a_class_is_found() -> None:
    metadata = MetaData()
    Table("crm_note", metadata, Column("body", LargeBinary))
    assert unclassified(metadata) == ["crm_note.body"]


def test_a_table_about_a_subject_that_nobody_owns_is_found() -> None:
    metadata = MetaData()
    subject = Column("subject", LargeBinary)
    Table("crm_score", metadata, subject, info={"subject": None})
    assert unmarked(metadata) == ["crm_score"]
    Table("crm_segment", metadata, info={"subject": "subject"})
    assert unowned(metadata, EMPTIED) == ["crm_segment"]


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE vault_record ADD COLUMN plain TEXT",
        "CREATE TABLE crm_shadow (subject BLOB PRIMARY KEY)",
        "DROP INDEX ix_vault_opening_tag",
        "DROP TABLE vault_part",
    ],
)
def test_a_schema_that_drifted_is_found(tmp_path: Path, change: str) -> None:
    (store, _, _) = migrated(tmp_path / "home")
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute(change)
    assert _differences(store.path, VAULT)


def _differences(path: Path, metadata: MetaData) -> list[object]:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection, warnings.catch_warnings():
        # Indexes of expressions are compared by their text, with the keys, above.
        warnings.filterwarnings("ignore", ".*expression-based index")
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True},
        )
        found = compare_metadata(context, metadata)
    engine.dispose()
    return [each for each in found if "alembic_version" not in str(each)]


def _parts(statements: dict[str, str]) -> dict[str, set[str]]:
    """Cut each statement into its parts, whose order says nothing."""
    return {
        name: {part.strip(" ,") for part in re.split(r",(?![^()]*\))", _inner(sql))}
        for name, sql in statements.items()
    }


def _triggers(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        )
        return dict(found.fetchall())


def _inner(sql: str) -> str:
    head, _, rest = sql.partition("(")
    inner, _, tail = rest.rpartition(")")
    # SQLite quotes the name of a table that was renamed.
    head = head.replace('"', "")
    return f"{head.strip()}, {inner.strip()}, {tail.strip()}"
