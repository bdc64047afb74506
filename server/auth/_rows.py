"""Tables of the edge: bearer tokens, by their hash alone."""

from kit.schema import Privacy, VaultRow, column, table


class TokenRow(VaultRow, table=True):
    """One bearer token; who reads this row cannot use it."""

    __tablename__ = "server_token"
    __table_args__ = table(subject="subject")

    hash: bytes = column(Privacy.OPERATIONAL, primary_key=True)
    kind: str = column(Privacy.OPERATIONAL)
    name: str = column(Privacy.OPERATIONAL, index=True)
    subject: bytes | None = column(Privacy.PSEUDONYMOUS, default=None, index=True)
    roles: str = column(Privacy.OPERATIONAL)
    purposes: str = column(Privacy.OPERATIONAL)
    scopes: str = column(Privacy.OPERATIONAL)
    region: str = column(Privacy.OPERATIONAL)
    assurance: int = column(Privacy.OPERATIONAL)
    created: int = column(Privacy.OPERATIONAL)
    expires: int = column(Privacy.OPERATIONAL)
    revoked: int | None = column(Privacy.OPERATIONAL, default=None)
    version: int | None = column(Privacy.OPERATIONAL, default=None)
    mac: bytes | None = column(Privacy.OPERATIONAL, default=None)
