"""A stamp that keeps what it was given, in the order it was given."""

from dataclasses import dataclass, field

from kit.db import WriteSession


@dataclass(frozen=True)
class Stamped:
    subject: bytes
    kind: str
    content: bytes
    record: bytes | None


@dataclass
class RecordingStamp:
    entries: list[Stamped] = field(default_factory=list)

    def __call__(
        self,
        session: WriteSession,
        *,
        subject: bytes,
        kind: str,
        content: bytes,
        record: bytes | None = None,
    ) -> int:
        assert session.in_transaction()
        self.entries.append(Stamped(subject, kind, content, record))
        return len(self.entries) - 1
