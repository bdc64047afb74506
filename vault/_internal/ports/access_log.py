"""The access log as a store keeps it."""

from collections.abc import Iterator, Mapping
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

    def insert(self, rows: list[AccessRow], scans: Mapping[int, bytes]) -> None:
        """Make the next rows of one lane durable, all or none, and look for them.

        `scans` names by its number the scan that a row is a page of. A page that goes
        on, in the order of subjects, from where the scan was is found by where it
        begins and ends; of any other row each packed subject is entered by itself.

        Raises:
            IntegrityFault: they were committed, and what is there is something else.

        """

    def of_subject(self, subject: bytes) -> Iterator[AccessRow]:
        """Give the rows that may name a subject, singly or packed, oldest first.

        Of each scan those alone in whose span the subject is: it need not be named
        there, and whoever asks compares (`Access.names`). It takes as long as there
        are such rows and scans, however many persons those are about.
        """

    def unfound(self) -> int:
        """Count where `of_subject` and the rows differ.

        None: each row is found by everybody whom it names, whatever was done to what
        it is found by.
        """

    def of_decision(self, decision: bytes) -> list[AccessRow]:
        """Give the rows of one decision, oldest first; no index, since few ever ask."""

    def lane(self, lane: bytes) -> Iterator[AccessRow]:
        """Give one writer's rows in their order."""

    def hash_at(self, lane: bytes, seq: int) -> bytes | None:
        """Give the hash of one row of a lane."""

    def heads(self) -> list[tuple[bytes, int, bytes]]:
        """Give each lane's newest sequence number and hash, by lane."""
