"""What was imported: each import with its account, and the records that it wrote.

By the first an interrupted import goes on where it was, and the sums of its report are
those of the whole. By the second an import knows what was changed since by others, and
can be taken back.
"""

from typing import ClassVar

from kit.schema import Privacy, VaultRow, column, table

OPERATIONAL, PSEUDONYMOUS = Privacy.OPERATIONAL, Privacy.PSEUDONYMOUS


class ImportRunTable(VaultRow, table=True):
    """One import; moves in the transaction of each batch. Lines, then records.

    `source` names file and map by a keyed hash, `digest` is the beginning of the
    file's SHA-256. One that wrote nothing leaves no row when it ends. `removed` are the
    records that went when it was taken back, `reason` is why.
    """

    __tablename__: ClassVar[str] = "vault_import_run"

    number: int = column(OPERATIONAL, primary_key=True)
    source: bytes = column(OPERATIONAL)
    digest: bytes = column(OPERATIONAL)
    at: int = column(OPERATIONAL)
    state: str = column(OPERATIONAL)
    line: int = column(OPERATIONAL)
    written: int = column(OPERATIONAL)
    already: int = column(OPERATIONAL)
    refused: int = column(OPERATIONAL)
    skipped: int = column(OPERATIONAL)
    records_written: int = column(OPERATIONAL)
    records_replaced: int = column(OPERATIONAL)
    records_already: int = column(OPERATIONAL)
    records_refused: int = column(OPERATIONAL)
    customers: int = column(OPERATIONAL)
    ended: int | None = column(OPERATIONAL, default=None)
    removed: int | None = column(OPERATIONAL, default=None)
    reason: str | None = column(OPERATIONAL, default=None)


class ImportedTable(VaultRow, table=True):
    """A record that imports wrote: which made it, which wrote it last, and what.

    `made` is empty where the record was there before. `fingerprint` is that of what
    was written last, under the customer's key.
    """

    __tablename__: ClassVar[str] = "vault_imported"
    __table_args__: ClassVar[dict[str, object]] = table(subject="subject")

    subject: bytes = column(
        PSEUDONYMOUS, primary_key=True, foreign_key="vault_subject.subject"
    )
    record: bytes = column(PSEUDONYMOUS, primary_key=True)
    made: int | None = column(OPERATIONAL, default=None)
    number: int = column(OPERATIONAL)
    version: int = column(PSEUDONYMOUS)
    fingerprint: bytes = column(PSEUDONYMOUS)
