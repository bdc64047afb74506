"""When a customer was born: one sealed row, and no date that anybody can read."""

from typing import ClassVar

from kit.schema import Privacy, VaultRow, column, table


class BirthDateTable(VaultRow, table=True):
    """A birth date and what was stated beside it, sealed under the customer's key."""

    __tablename__: ClassVar[str] = "vault_birth"
    __table_args__: ClassVar[dict[str, object]] = table(subject="subject")

    subject: bytes = column(
        Privacy.PSEUDONYMOUS, primary_key=True, foreign_key="vault_subject.subject"
    )
    sealed: bytes = column(Privacy.PERSONAL)
