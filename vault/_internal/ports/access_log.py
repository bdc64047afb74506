"""The access log as a store keeps it."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class AccessRow(NamedTuple):
    """One event: its place, what it says, and what links it to the one before it."""

    lane: bytes
    seq: int
    at: int
    principal_kind: str
    principal: str
    purpose: str
    action: str
    revision: str
    decision: bytes
    outcome: str
    reasons: str
    collection: str
    subject: bytes | None
    subjects: bytes
    records: bytes
    versions: bytes
    fields: str
    disclosed: int
    withheld: int
    request: str
    previous: bytes
    hash: bytes


class AccessStore(Protocol):
    """The rows of the access log."""

    def insert(self, rows: list[AccessRow]) -> None:
        """Make the next rows of one lane durable, all or none, and look for them.

        Raises:
            IntegrityFault: they were committed, and what is there is something else.

        """

    def of_subject(self, subject: bytes) -> Iterator[AccessRow]:
        """Give the rows that may name a subject, singly or packed, oldest first.

        Packed, a few too many: whoever asks compares (`Access.about`).
        """

    def of_decision(self, decision: bytes) -> list[AccessRow]:
        """Give the rows of one decision, oldest first; no index, since few ever ask."""

    def lane(self, lane: bytes) -> Iterator[AccessRow]:
        """Give one writer's rows in their order."""

    def hash_at(self, lane: bytes, seq: int) -> bytes | None:
        """Give the hash of one row of a lane."""

    def heads(self) -> list[tuple[bytes, int, bytes]]:
        """Give each lane's newest sequence number and hash, by lane."""
