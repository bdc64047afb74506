"""Versions of the text that a person is shown before they decide.

A consent is worth what its notice said (GDPR Art. 7(1), 13), so a grant names the
version and language that the person saw, and a published version never changes. The
languages of one version are published together: they say the same thing.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import func
from sqlmodel import col, select

from consent._rows import NoticeRow
from consent.purposes import CurrentPurposes
from kit.clock import Clock, from_unix, unix
from kit.db import ReadSession, WriteSession
from kit.errors import CannotStart, Conflict, Fault, Invalid
from kit.yaml_shapes import MisshapenError, Text, shaped
from ledger.formats.order_kinds import neither

MAX_TEXT: Final = 20_000
neither("notice.published")

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # BCP 47, the common shape


@dataclass(frozen=True, slots=True)
class Notice:
    """One language of one version of a purpose's text."""

    purpose: str
    version: int
    language: str
    text: str = field(repr=False)
    digest: bytes  # SHA-256 of the text in UTF-8
    at: datetime


class NoticesError(CannotStart):
    """The file of notices cannot be used; the message says why."""

    code = "notices_damaged"


class Notices:
    """The texts that were ever published, and which of them is current."""

    def __init__(self, purposes: CurrentPurposes, clock: Clock) -> None:
        self._purposes = purposes
        self._clock = clock

    def publish(
        self, session: WriteSession, purpose: str, texts: Mapping[str, str]
    ) -> tuple[Notice, ...]:
        """Publish the next version of a purpose's notice, one text per language.

        Publishing the current texts again makes no new version.

        Raises:
            Invalid: the purpose is unknown or a text or language is not fit.

        """
        self._purposes().get(purpose)
        _check(texts)
        current = self.current(session, purpose)
        if {notice.language: notice.text for notice in current} == dict(texts):
            return current
        version = current[0].version + 1 if current else 1
        at = unix(self._clock.now())
        rows = [
            _row(purpose, version, language, text, at)
            for language, text in sorted(texts.items())
        ]
        session.add_all(rows)
        session.flush()
        return tuple(_notice(row) for row in rows)

    def current(
        self, session: ReadSession | WriteSession, purpose: str
    ) -> tuple[Notice, ...]:
        """List the newest version of a purpose's notice, by language; may be empty."""
        newest = (
            select(func.max(NoticeRow.version))
            .where(col(NoticeRow.purpose) == purpose)
            .scalar_subquery()
        )
        rows = session.exec(
            select(NoticeRow)
            .where(col(NoticeRow.purpose) == purpose)
            .where(col(NoticeRow.version) == newest)
            .order_by(col(NoticeRow.language))
        )
        return tuple(_notice(row) for row in rows)

    def get(
        self,
        session: ReadSession | WriteSession,
        purpose: str,
        *,
        version: int,
        language: str,
    ) -> Notice:
        """Give one text that was published, however old.

        Raises:
            Invalid: there is no such version in that language (`notice.unknown`).

        """
        row = session.get(NoticeRow, (purpose, version, language))
        if row is None:
            raise Invalid(
                "no notice of that version and language was published",
                code="notice.unknown",
                faults=(Fault("/notice_version", "name a published version"),),
                fix="ask for the current notices and show one of them",
            )
        return _notice(row)

    def shown(
        self, session: WriteSession, purpose: str, *, version: int, language: str
    ) -> Notice:
        """Give the text that a person was shown just now, in order to consent to it.

        Raises:
            Invalid: it was never published.
            Conflict: a newer version has replaced it (`notice.outdated`).

        """
        notice = self.get(session, purpose, version=version, language=language)
        if version != self.current(session, purpose)[0].version:
            raise Conflict(
                "this notice has been replaced by a newer version",
                code="notice.outdated",
                fix="show the current notice and ask again",
            )
        return notice


def read_notices(path: Path) -> dict[str, dict[str, str]]:
    """Read the texts to publish from YAML: purpose, then language, then text.

    Raises:
        NoticesError: the file cannot be read, or has another shape.

    """
    try:
        return shaped(path.read_bytes(), dict[str, dict[str, Text]])
    except OSError:
        raise NoticesError(f"{path.name} is missing or cannot be read") from None
    except MisshapenError as error:
        told = "\n".join(each.told(path.name) for each in error.faults)
        raise NoticesError(
            f"the notices cannot be read:\n{told}",
            fix="name purposes, their languages, and a text in each",
        ) from None


def _check(texts: Mapping[str, str]) -> None:
    faults = []
    if not texts:
        faults.append(Fault("", "give the text in at least one language"))
    if not all(_LANGUAGE.fullmatch(language) for language in texts):
        faults.append(Fault("", "name each language by its tag, for example en or zh"))
    if not all(0 < len(text.strip()) <= MAX_TEXT for text in texts.values()):
        faults.append(Fault("", f"a text has from 1 to {MAX_TEXT} characters"))
    if faults:
        raise Invalid("the notice cannot be published", faults=tuple(faults))


def _row(purpose: str, version: int, language: str, text: str, at: int) -> NoticeRow:
    digest = hashlib.sha256(text.encode()).digest()
    return NoticeRow(
        purpose=purpose,
        version=version,
        language=language,
        text=text,
        digest=digest,
        at=at,
    )


def _notice(row: NoticeRow) -> Notice:
    return Notice(
        purpose=row.purpose,
        version=row.version,
        language=row.language,
        text=row.text,
        digest=row.digest,
        at=from_unix(row.at),
    )
