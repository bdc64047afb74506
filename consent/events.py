"""What people said about purposes, as events that are never rewritten."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from consent._rows import ConsentEventRow
from consent.facts import ConsentWord
from kit.canonical import canonical
from kit.clock import from_unix, iso

Event = TypeVar("Event")


class ConsentAct(StrEnum):
    """What a person can say about a purpose."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    OBJECTED = "objected"
    OBJECTION_WITHDRAWN = "objection_withdrawn"


# Whoever takes an objection back neither consents by it nor says no: it is unsaid.
STATE_AFTER: Final[Mapping[ConsentAct, ConsentWord]] = MappingProxyType(
    {
        ConsentAct.GRANTED: ConsentWord.GRANTED,
        ConsentAct.WITHDRAWN: ConsentWord.WITHDRAWN,
        ConsentAct.OBJECTED: ConsentWord.OBJECTED,
        ConsentAct.OBJECTION_WITHDRAWN: ConsentWord.UNKNOWN,
    }
)
"""The fact that each act leaves."""


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """Something a person said about one purpose, at one instant."""

    subject: bytes = field(repr=False)
    seq: int
    act: ConsentAct
    purpose: str
    at: datetime
    notice_version: int | None = None
    language: str | None = None
    notice_digest: bytes | None = None
    until: datetime | None = None

    def content(self) -> bytes:
        """Give the canonical JSON that the ledger's entry commits to."""
        return canonical(
            {
                "v": 1,
                "act": self.act.value,
                "at": iso(self.at),
                "language": self.language,
                "notice_sha256": self.notice_digest and self.notice_digest.hex(),
                "notice_version": self.notice_version,
                "purpose": self.purpose,
                "seq": self.seq,
                "until": self.until and iso(self.until),
            }
        )


@dataclass(frozen=True, slots=True)
class Recorded(Generic[Event]):
    """What saying something led to: an event, and the index of its ledger entry.

    `index` is None when it was so already: nothing was added, and `event` is the
    earlier one that says so.
    """

    event: Event
    index: int | None


def event_of(row: ConsentEventRow) -> ConsentEvent:
    """Turn an event's row into the event."""
    return ConsentEvent(
        subject=row.subject,
        seq=row.seq,
        act=ConsentAct(row.act),
        purpose=row.purpose,
        at=from_unix(row.at),
        notice_version=row.notice_version,
        language=row.language,
        notice_digest=row.notice_digest,
        until=None if row.until is None else from_unix(row.until),
    )
