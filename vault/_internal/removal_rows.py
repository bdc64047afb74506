"""What a customer had removed: items that are gone, and whatever comes late for them.

A row says that an item was there and is no more; nothing of it. It keeps a repeated
write, a queue or yesterday's import from bringing the item back.
"""

from typing import ClassVar

from sqlalchemy import Index, text

from kit.schema import Privacy, VaultRow, column, table


class RemovedTable(VaultRow, table=True):
    """An item that its author had removed; `settled` once nothing of it lies about."""

    __tablename__: ClassVar[str] = "vault_removed"
    __table_args__: ClassVar[tuple[object, ...]] = (
        Index(
            "ix_vault_removed_unsettled", "subject", sqlite_where=text("settled = 0")
        ),
        table(subject="subject"),
    )

    subject: bytes = column(
        Privacy.PSEUDONYMOUS, primary_key=True, foreign_key="vault_subject.subject"
    )
    record: bytes = column(Privacy.PSEUDONYMOUS, primary_key=True)
    at: int = column(Privacy.PSEUDONYMOUS)
    settled: int = column(Privacy.OPERATIONAL, default=0)
