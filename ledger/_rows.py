"""The ledger's tables. All of them are public: nothing in them is about a person.

Entries and tiles are written in order and never changed (but for the right edge), so
the two tables keep SQLite's row numbers; their order is the log's own.
"""

from typing import Final

from sqlalchemy import Index, text

from kit.schema import Privacy, VaultRow, column, table

# A canonical payload ends with its kind and `","v":1}`; JSON functions are not trusted
# in a schema.
_UNTIL_KIND: Final = (
    "substr(CAST(payload AS TEXT), 1, length(CAST(payload AS TEXT)) - 8)"
)
KIND: Final = (
    f"substr({_UNTIL_KIND},"
    f" length(rtrim({_UNTIL_KIND}, 'abcdefghijklmnopqrstuvwxyz._')) + 1)"
)
"""What an operator entry says of its kind, in SQL; an index holds just this."""


class LedgerHead(VaultRow, table=True):
    """The tree as it is now: its size and compact range. One row."""

    __tablename__ = "ledger_head"

    log: int = column(Privacy.PUBLIC, primary_key=True)
    size: int = column(Privacy.PUBLIC)
    peaks: bytes = column(Privacy.PUBLIC)


class LedgerEntry(VaultRow, table=True):
    """A leaf's bytes."""

    __tablename__ = "ledger_entry"
    __table_args__ = table(sqlite_with_rowid=True)

    idx: int = column(Privacy.PUBLIC, primary_key=True)
    body: bytes = column(Privacy.PUBLIC)


class LedgerTile(VaultRow, table=True):
    """A tile, full or growing, as it is served."""

    __tablename__ = "ledger_tile"
    __table_args__ = table(sqlite_with_rowid=True)

    level: int = column(Privacy.PUBLIC, primary_key=True)
    n: int = column(Privacy.PUBLIC, primary_key=True)
    data: bytes = column(Privacy.PUBLIC)


class LedgerCheckpoint(VaultRow, table=True):
    """A checkpoint that was published, one for each size."""

    __tablename__ = "ledger_checkpoint"

    size: int = column(Privacy.PUBLIC, primary_key=True)
    note: str = column(Privacy.PUBLIC)
    signed_at: int = column(Privacy.OPERATIONAL)


class LedgerOperator(VaultRow, table=True):
    """The opening of an operator entry, which is public."""

    __tablename__ = "ledger_operator"
    __table_args__ = (
        # Of what the payload says, so that there is no second word for it.
        Index("ix_ledger_operator_kind", text(KIND)),
        table(),
    )

    idx: int = column(Privacy.PUBLIC, primary_key=True)
    salt: bytes = column(Privacy.PUBLIC)
    payload: bytes = column(Privacy.PUBLIC)


class LedgerTime(VaultRow, table=True):
    """An authority's time stamp (RFC 3161) of a checkpoint, and its certificates."""

    __tablename__ = "ledger_time"

    size: int = column(Privacy.PUBLIC, primary_key=True)
    token: bytes = column(Privacy.PUBLIC)
    chain: bytes = column(Privacy.PUBLIC)
    at: int = column(Privacy.OPERATIONAL)
