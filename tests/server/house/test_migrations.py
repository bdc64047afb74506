"""Migrations: they lose nothing, or nothing happens; what is unknown is not opened."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from schemas import downgrade, lying, migrated

from kit.db import Database
from kit.errors import CannotStart, IntegrityFault
from server.house.migrations import MigratedStore, require_current, upgrade
from server.house.resources import shipped
from vault._internal.sqlite.feed_triggers import TRIGGERS

PARENTS, CHILDREN = 3, 5
NEXT = "9000"
LATER = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade():
{up}


def downgrade():
{down}
"""
# SQLite cannot change a column: Alembic copies the table, drops the old, renames.
MADE_ANEW = """    with op.batch_alter_table("{table}", recreate="always") as table:
        table.{change}
"""


@pytest.fixture
def store(tmp_path: Path) -> MigratedStore:
    made, _, _ = migrated(tmp_path / "home")
    with closing(sqlite3.connect(made.path)) as connection:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(
            "INSERT INTO vault_customer_class VALUES (1, 'eu', 'active', 'no', NULL)"
        )
        connection.execute(
            "INSERT INTO vault_record_class VALUES (1, 'idea', '[]', NULL)"
        )
        for parent in range(PARENTS):
            subject = bytes([parent]) * 16
            connection.execute(
                "INSERT INTO vault_subject VALUES (?, 1, NULL, NULL)", (subject,)
            )
            for child in range(CHILDREN):
                connection.execute(
                    "INSERT INTO vault_record"
                    " VALUES (?, ?, 1, 1, '1', NULL, 0, 0, 0, x'00', x'00')",
                    (subject, bytes([child]) * 16),
                )
        connection.commit()
    return made


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(
        shutil.copytree(shipped("migrations"), tmp_path / "scripts", ignore=ignored)
    )


def _later(scripts: Path, up: str, down: str = "    pass") -> str:
    """Write a revision after the newest one there is; gives the newest one's name."""
    versions = scripts / "vault" / "versions"
    newest = max(path.name[:4] for path in versions.glob("*.py"))
    text = LATER.format(revision=NEXT, before=newest, up=up, down=down)
    (versions / f"{NEXT}_change.py").write_text(text, "utf-8")
    return newest


def _counts(store: MigratedStore) -> tuple[int, int]:
    with closing(sqlite3.connect(store.path)) as connection:
        count = "SELECT count(*) FROM "
        return (
            connection.execute(count + "vault_subject").fetchone()[0],
            connection.execute(count + "vault_record").fetchone()[0],
        )


def _version(store: MigratedStore) -> str:
    with closing(sqlite3.connect(store.path)) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0])


@pytest.mark.parametrize("table", ["vault_subject", "vault_record"])
def test_a_table_that_is_made_anew_keeps_its_rows_and_its_childrens(
    store: MigratedStore, scripts: Path, table: str
) -> None:
    add = 'add_column(sa.Column("extra", sa.Integer(), nullable=True))'
    drop = 'drop_column("extra")'
    newest = _later(
        scripts,
        MADE_ANEW.format(table=table, change=add),
        MADE_ANEW.format(table=table, change=drop),
    )
    before = lying(store.path)
    upgrade(store, scripts)
    # Its triggers went with it, and until they are made again nobody writes.
    with (
        closing(Database(store.path)) as database,
        pytest.raises(IntegrityFault),
        database.write(),
    ):
        pass
    assert (_version(store), _counts(store)) == (NEXT, (PARENTS, PARENTS * CHILDREN))
    downgrade(store, scripts, revision=newest)
    assert (_version(store), _counts(store)) == (newest, (PARENTS, PARENTS * CHILDREN))
    lost = {name for name in TRIGGERS if name.startswith(table)}
    assert lying(store.path).keys() == before.keys() - lost


@pytest.mark.parametrize(
    "harm",
    [
        'op.execute("DELETE FROM vault_record WHERE record = zeroblob(16)")',
        'op.execute("DELETE FROM vault_subject")',
        'op.execute("UPDATE vault_record SET class_number = 99")',
    ],
)
def test_a_migration_that_would_lose_rows_changes_nothing(
    store: MigratedStore, scripts: Path, harm: str
) -> None:
    newest = _later(scripts, f"    {harm}")
    with pytest.raises(IntegrityFault):
        upgrade(store, scripts)
    assert (_version(store), _counts(store)) == (newest, (PARENTS, PARENTS * CHILDREN))


def test_a_migration_that_fails_half_way_changes_nothing(
    store: MigratedStore, scripts: Path
) -> None:
    before = lying(store.path)
    newest = _later(
        scripts,
        '    op.add_column("vault_part", sa.Column("extra", sa.Integer()))\n'
        '    op.execute("not a statement")',
    )
    with pytest.raises(Exception, match="not"):
        upgrade(store, scripts)
    assert (_version(store), lying(store.path)) == (newest, before)


def test_tables_of_this_program_are_opened(store: MigratedStore) -> None:
    require_current(store, shipped("migrations"))


def test_tables_of_an_older_program_are_refused_with_the_command_that_mends_it(
    store: MigratedStore, scripts: Path
) -> None:
    _later(scripts, "    pass")
    with pytest.raises(CannotStart, match="older") as refusal:
        require_current(store, scripts)
    assert "allod upgrade" in refusal.value.fix


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alembic_version SET version_num = '9999'",
        "DELETE FROM alembic_version",
        "DROP TABLE alembic_version",
    ],
)
def test_tables_of_an_unknown_program_are_refused(
    store: MigratedStore, change: str
) -> None:
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute(change)
        connection.commit()
    with pytest.raises(CannotStart, match="does not know") as refusal:
        require_current(store, shipped("migrations"))
    assert refusal.value.fix


def test_a_file_that_is_no_database_is_refused_and_left_alone(
    store: MigratedStore,
) -> None:
    store.path.write_bytes(b"something else entirely" * 100)
    before = store.path.read_bytes()
    with pytest.raises(CannotStart):
        require_current(store, shipped("migrations"))
    assert store.path.read_bytes() == before


def test_secrets_from_before_they_had_generations_are_the_first_one(
    tmp_path: Path,
) -> None:
    _, store, _ = migrated(tmp_path / "home")
    downgrade(store, shipped("migrations"), revision="0001")
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("INSERT INTO identity_epoch VALUES (1, 1, x'00', 60)")
        connection.execute("INSERT INTO identity_secret VALUES ('bundle', 1, x'01')")
        connection.commit()
    upgrade(store, shipped("migrations"))
    with closing(sqlite3.connect(store.path)) as connection:
        rows = connection.execute("SELECT * FROM identity_secret").fetchall()
    assert rows == [("bundle", 1, 1, b"\x01", 60, None)]


def test_an_objection_that_was_taken_back_is_no_withdrawal_any_more(
    tmp_path: Path,
) -> None:
    store, _, _ = migrated(tmp_path / "home")
    downgrade(store, shipped("migrations"), revision="0010")
    said = ("withdrawn", "objection_withdrawn", "objected")
    with closing(sqlite3.connect(store.path)) as connection:
        for seq, act in enumerate(said, 1):
            row = b"a" * 16, seq, act, f"purpose.{seq}"
            connection.execute(
                "INSERT INTO consent_event (subject, seq, act, purpose, at)"
                " VALUES (?, ?, ?, ?, 1)",
                row,
            )
            state = 3 if act == "objected" else 1
            connection.execute(
                "INSERT INTO consent_fact (subject, purpose, state, seq)"
                " VALUES (?, ?, ?, ?)",
                (row[0], row[3], state, seq),
            )
        connection.commit()
    facts = "SELECT state FROM consent_fact ORDER BY seq"
    for step, states in ((None, [1, 4, 3]), ("0010", [1, 1, 3])):
        if step is None:
            upgrade(store, shipped("migrations"))
        else:
            downgrade(store, shipped("migrations"), revision=step)
        with closing(sqlite3.connect(store.path)) as connection:
            assert [row[0] for row in connection.execute(facts)] == states


def test_a_chain_from_before_it_was_counted_goes_on_where_it_was(
    tmp_path: Path,
) -> None:
    store, _, _ = migrated(tmp_path / "home")
    downgrade(store, shipped("migrations"), revision="0014")
    with closing(sqlite3.connect(store.path)) as connection:
        connection.executemany(
            "INSERT INTO vault_opening VALUES (?, ?, x'00', x'00')",
            [(bytes([n % 2]) * 16, bytes([n]) * 16) for n in range(5)],
        )
        connection.commit()
    upgrade(store, shipped("migrations"))
    with closing(sqlite3.connect(store.path)) as connection:
        rows = connection.execute("SELECT * FROM vault_chain").fetchall()
    assert dict(rows) == {bytes(16): 3, b"\x01" * 16: 2}
