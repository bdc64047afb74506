"""Let tables say what changes in them, for whoever follows.

Of what happened before nothing is said: whoever follows begins with what is there.

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_LAPSING = (
    (
        *("ix_consent_fact_until", "consent_fact", ("purpose", "until")),
        "until IS NOT NULL",
    ),
    ("ix_consent_licence_until", "consent_licence", ("purpose", "until"), None),
    ("ix_consent_licence_since", "consent_licence", ("purpose", "since"), None),
    ("ix_consent_ugc_until", "consent_ugc", ("until",), "until IS NOT NULL"),
    (
        *("ix_vault_record_retain_until", "vault_record", ("retain_until",)),
        "retain_until IS NOT NULL",
    ),
)
_MINUTE = "CAST(strftime('%s', 'now') AS INTEGER) / 60"
_TRIGGERS = (
    (
        "CREATE TRIGGER vault_record_added AFTER INSERT ON vault_record BEGIN"
        " INSERT INTO vault_change (kind, subject, minute, record,"
        " class_number)"
        " VALUES ('record', NEW.subject, @minute, NEW.record, NEW.class_number); END"
    ),
    (
        "CREATE TRIGGER vault_record_changed AFTER UPDATE ON vault_record"
        " WHEN NEW.version IS NOT OLD.version OR NEW.class_number IS NOT"
        " OLD.class_number OR NEW.hold IS NOT OLD.hold OR NEW.retain_until IS"
        " NOT OLD.retain_until OR NEW.sealed IS NOT OLD.sealed BEGIN"
        " INSERT INTO vault_change (kind, subject, minute, record,"
        " class_number, was, until)"
        " VALUES ('record', NEW.subject, @minute, NEW.record, NEW.class_number,"
        " (OLD.class_number << 1) | OLD.hold, OLD.retain_until); END"
    ),
    (
        "CREATE TRIGGER vault_record_removed AFTER DELETE ON vault_record"
        " BEGIN"
        " INSERT INTO vault_change (kind, subject, minute, record,"
        " class_number, was, until)"
        " VALUES ('record', OLD.subject, @minute, OLD.record, OLD.class_number,"
        " (OLD.class_number << 1) | OLD.hold, OLD.retain_until); END"
    ),
    (
        "CREATE TRIGGER consent_fact_added AFTER INSERT ON consent_fact BEGIN"
        " INSERT INTO vault_change (kind, subject, minute, purpose)"
        " VALUES ('consent', NEW.subject, @minute, NEW.purpose); END"
    ),
    (
        "CREATE TRIGGER consent_fact_changed AFTER UPDATE ON consent_fact"
        " WHEN NEW.state IS NOT OLD.state OR NEW.until IS NOT OLD.until BEGIN"
        " INSERT INTO vault_change (kind, subject, minute, purpose, was,"
        " until)"
        " VALUES ('consent', NEW.subject, @minute, NEW.purpose, OLD.state,"
        " OLD.until); END"
    ),
    (
        "CREATE TRIGGER consent_fact_removed AFTER DELETE ON consent_fact"
        " BEGIN"
        " INSERT INTO vault_change (kind, subject, minute, purpose, was,"
        " until)"
        " VALUES ('consent', OLD.subject, @minute, OLD.purpose, OLD.state,"
        " OLD.until); END"
    ),
    (
        "CREATE TRIGGER consent_ugc_added AFTER INSERT ON consent_ugc BEGIN"
        " INSERT INTO vault_change (kind, subject, minute, record)"
        " VALUES ('licence', NEW.subject, @minute, NEW.record); END"
    ),
    (
        "CREATE TRIGGER consent_ugc_changed AFTER UPDATE ON consent_ugc WHEN"
        " NEW.status IS NOT OLD.status OR NEW.until IS NOT OLD.until BEGIN"
        " INSERT INTO vault_change (kind, subject, minute, record)"
        " VALUES ('licence', NEW.subject, @minute, NEW.record); END"
    ),
    (
        "CREATE TRIGGER consent_ugc_removed AFTER DELETE ON consent_ugc BEGIN"
        " INSERT INTO vault_change (kind, subject, minute, record)"
        " VALUES ('licence', OLD.subject, @minute, OLD.record); END"
    ),
    (
        "CREATE TRIGGER consent_licence_added AFTER INSERT ON consent_licence"
        " BEGIN"
        " INSERT INTO vault_change (kind, subject, minute, record, purpose)"
        " VALUES ('licence', NEW.subject, @minute, NEW.record, NEW.purpose); END"
    ),
    (
        "CREATE TRIGGER consent_licence_changed AFTER UPDATE ON"
        " consent_licence WHEN NEW.since IS NOT OLD.since OR NEW.until IS NOT"
        " OLD.until BEGIN"
        " INSERT INTO vault_change (kind, subject, minute, record, purpose)"
        " VALUES ('licence', NEW.subject, @minute, NEW.record, NEW.purpose); END"
    ),
    (
        "CREATE TRIGGER consent_licence_removed AFTER DELETE ON"
        " consent_licence BEGIN"
        " INSERT INTO vault_change (kind, subject, minute, record, purpose)"
        " VALUES ('licence', OLD.subject, @minute, OLD.record, OLD.purpose); END"
    ),
    (
        "CREATE TRIGGER vault_subject_added AFTER INSERT ON vault_subject"
        " BEGIN"
        " INSERT INTO vault_change (kind, subject, minute)"
        " VALUES ('class', NEW.subject, @minute); END"
    ),
    (
        "CREATE TRIGGER vault_subject_changed AFTER UPDATE ON vault_subject"
        " WHEN NEW.class_number IS NOT OLD.class_number BEGIN"
        " INSERT INTO vault_change (kind, subject, minute, was)"
        " VALUES ('class', NEW.subject, @minute, OLD.class_number); END"
    ),
    (
        "CREATE TRIGGER vault_subject_removed AFTER DELETE ON vault_subject"
        " BEGIN"
        " DELETE FROM vault_change WHERE subject = OLD.subject;"
        " INSERT INTO vault_change (kind, subject, minute)"
        " VALUES ('erased', OLD.subject, @minute); END"
    ),
)


def upgrade() -> None:
    op.create_table(
        "vault_change",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("record", sa.LargeBinary(), nullable=True),
        sa.Column("class_number", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("was", sa.Integer(), nullable=True),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_vault_change")),
        info={"subject": "subject"},
        sqlite_autoincrement=True,
    )
    op.create_index("ix_vault_change_subject", "vault_change", ["subject"])
    for name, kinds in (
        ("ix_vault_change_facts", "kind IN ('class', 'consent', 'erased')"),
        ("ix_vault_change_start", "kind = 'start'"),
    ):
        op.create_index(name, "vault_change", ["number"], sqlite_where=sa.text(kinds))
    op.add_column(
        "vault_installation", sa.Column("feed_floor", sa.Integer(), nullable=True)
    )
    for name, table, columns, where in _LAPSING:
        op.create_index(
            name, table, list(columns), sqlite_where=where and sa.text(where)
        )
    for trigger in _TRIGGERS:
        op.execute(trigger.replace("@minute", _MINUTE))


def downgrade() -> None:
    for trigger in _TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger.split()[2]}")
    for name, table, *_ in _LAPSING:
        op.drop_index(name, table)
    op.drop_column("vault_installation", "feed_floor")
    op.drop_table("vault_change")
