"""The change feed: which facts about whom have changed, in one order, by triggers.

Whoever writes to a table that reads stand on, the table itself says so here: no writer
can forget. A number is never used twice (AUTOINCREMENT), and each start of the program
leaves a row, so that a place in the feed which a restored copy never had is known as
such (docs/adr/0041-change-feed.md).

`was` and `until` say where a fact stood before: only with them can a reader be told of
what it has lost, and of nothing that it never had.
"""

from typing import ClassVar, Final

from sqlalchemy import Index, text

from kit.schema import Privacy, VaultRow, column

FEED: Final = "vault_change"
RECORD: Final = "record"
CONSENT: Final = "consent"
CLASS: Final = "class"
LICENCE: Final = "licence"
ERASED: Final = "erased"
START: Final = "start"

PSEUDONYMOUS, OPERATIONAL = Privacy.PSEUDONYMOUS, Privacy.OPERATIONAL


class ChangeTable(VaultRow, table=True):
    """One change: of a record, a consent, a licence or a person's class; an erasure.

    `class_number` is the record's. `was` is how it stood before: of a consent its
    state; of a person their class; of a record its class, and in the last bit whether
    it was held; nothing where there was none. A row of a start names no subject, and
    holds its mark as `record`.
    """

    __tablename__: ClassVar[str] = FEED
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index("ix_vault_change_subject", "subject"),
        Index(
            "ix_vault_change_facts",
            "number",
            sqlite_where=text("kind IN ('class', 'consent', 'erased')"),
        ),
        Index("ix_vault_change_start", "number", sqlite_where=text("kind = 'start'")),
        {
            "info": {"subject": "subject"},
            "sqlite_with_rowid": True,
            "sqlite_autoincrement": True,
        },
    )

    number: int = column(OPERATIONAL, primary_key=True)
    kind: str = column(OPERATIONAL)
    subject: bytes | None = column(PSEUDONYMOUS, default=None)
    record: bytes | None = column(PSEUDONYMOUS, default=None)
    class_number: int | None = column(PSEUDONYMOUS, default=None)
    purpose: str | None = column(PSEUDONYMOUS, default=None)
    was: int | None = column(PSEUDONYMOUS, default=None)
    until: int | None = column(PSEUDONYMOUS, default=None)
    minute: int = column(PSEUDONYMOUS)
