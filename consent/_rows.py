"""Tables of consent: events that stay as they are, and facts that follow them.

The event tables are only ever added to; erasure alone removes from them. The fact
tables hold what is so now, in the shape the gate's SQL wants (`consent.facts`).
Nothing here is free text about a person: a subject is a random number, everything
else is a code, a number or an instant (unix seconds). No column holds a position in
the ledger: in clear it would tell which public entries belong together.
"""

from sqlalchemy import CheckConstraint, Index, text

from kit.schema import Privacy, VaultRow, column, table


class NoticeRow(VaultRow, table=True):
    """One language of one version of the text that people were shown."""

    __tablename__ = "consent_notice"

    purpose: str = column(Privacy.PUBLIC, primary_key=True)
    version: int = column(Privacy.PUBLIC, primary_key=True)
    language: str = column(Privacy.PUBLIC, primary_key=True)
    text: str = column(Privacy.PUBLIC)
    digest: bytes = column(Privacy.PUBLIC)
    at: int = column(Privacy.OPERATIONAL)


class ConsentEventRow(VaultRow, table=True):
    """Something a person said about one purpose; never changed afterwards."""

    __tablename__ = "consent_event"
    __table_args__ = table(subject="subject")

    subject: bytes = column(Privacy.PSEUDONYMOUS, primary_key=True)
    seq: int = column(Privacy.PSEUDONYMOUS, primary_key=True)
    act: str = column(Privacy.PSEUDONYMOUS)
    purpose: str = column(Privacy.PSEUDONYMOUS)
    notice_version: int | None = column(Privacy.PSEUDONYMOUS, default=None)
    language: str | None = column(Privacy.PSEUDONYMOUS, default=None)
    notice_digest: bytes | None = column(Privacy.PSEUDONYMOUS, default=None)
    until: int | None = column(Privacy.PSEUDONYMOUS, default=None)
    at: int = column(Privacy.PSEUDONYMOUS)


class ConsentFactRow(VaultRow, table=True):
    """Where one purpose stands for one person; `seq` names the event that says so."""

    __tablename__ = "consent_fact"
    __table_args__ = (
        CheckConstraint("state IN (0, 1, 3, 4)", name="state"),
        # What has ended since is asked at each look at the change feed.
        Index(
            "ix_consent_fact_until",
            *("purpose", "until"),
            sqlite_where=text("until IS NOT NULL"),
        ),
        table(subject="subject"),
    )

    subject: bytes = column(Privacy.PSEUDONYMOUS, primary_key=True)
    purpose: str = column(Privacy.PSEUDONYMOUS, primary_key=True)
    state: int = column(Privacy.PSEUDONYMOUS)
    until: int | None = column(Privacy.PSEUDONYMOUS, default=None)
    seq: int = column(Privacy.PSEUDONYMOUS)


class UgcEventRow(VaultRow, table=True):
    """Something an author said about one contributed item; never changed afterwards."""

    __tablename__ = "consent_ugc_event"
    __table_args__ = table(subject="subject")

    subject: bytes = column(Privacy.PSEUDONYMOUS, primary_key=True)
    record: bytes = column(Privacy.PSEUDONYMOUS, primary_key=True)
    seq: int = column(Privacy.PSEUDONYMOUS, primary_key=True)
    act: str = column(Privacy.PSEUDONYMOUS)
    purpose: str | None = column(Privacy.PSEUDONYMOUS, default=None)
    product: str | None = column(Privacy.PSEUDONYMOUS, default=None)
    territory: str | None = column(Privacy.PSEUDONYMOUS, default=None)
    since: int | None = column(Privacy.PSEUDONYMOUS, default=None)
    until: int | None = column(Privacy.PSEUDONYMOUS, default=None)
    at: int = column(Privacy.PSEUDONYMOUS)


class UgcRow(VaultRow, table=True):
    """Where one contributed item stands; no row means that nobody has asked.

    `until` is the latest end of its licences.
    """

    __tablename__ = "consent_ugc"
    __table_args__ = (
        CheckConstraint("status IN (2, 3, 4)", name="status"),
        Index("ix_consent_ugc_until", "until", sqlite_where=text("until IS NOT NULL")),
        table(subject="subject"),
    )

    subject: bytes = column(Privacy.PSEUDONYMOUS, primary_key=True)
    record: bytes = column(Privacy.PSEUDONYMOUS, primary_key=True)
    status: int = column(Privacy.PSEUDONYMOUS)
    until: int | None = column(Privacy.PSEUDONYMOUS, default=None)


class LicenceRow(VaultRow, table=True):
    """One use of one item that its author allows, from `since` to before `until`."""

    __tablename__ = "consent_licence"
    __table_args__ = (
        Index("ix_consent_licence_until", "purpose", "until"),
        Index("ix_consent_licence_since", "purpose", "since"),
        table(subject="subject"),
    )

    subject: bytes = column(Privacy.PSEUDONYMOUS, primary_key=True)
    record: bytes = column(Privacy.PSEUDONYMOUS, primary_key=True)
    purpose: str = column(Privacy.PSEUDONYMOUS, primary_key=True)
    product: str = column(Privacy.PSEUDONYMOUS, primary_key=True)
    territory: str = column(Privacy.PSEUDONYMOUS, primary_key=True)
    since: int = column(Privacy.PSEUDONYMOUS)
    until: int = column(Privacy.PSEUDONYMOUS)
