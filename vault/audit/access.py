"""What the access log is told: one access, and about whom it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from kit.ids import ID_BYTES


@dataclass(frozen=True, slots=True)
class Access:
    """One event: an intent to disclose, a refusal, or what came of an intent.

    `subject` is set when the event is about one person; a page of a scan packs
    16-byte subjects, 16-byte records and 4-byte versions instead. `scan` names the
    scan that it is a page of: by that alone its row is found, and it is no part of it.
    """

    principal_kind: str
    principal: str
    purpose: str
    action: str
    revision: str
    decision: bytes
    outcome: str
    reasons: str = ""
    collection: str = ""
    subject: bytes | None = None
    subjects: bytes = b""
    records: bytes = b""
    versions: bytes = b""
    fields: str = ""
    disclosed: int = 0
    withheld: int = 0
    request: str = ""
    scan: bytes = b""

    @property
    def about(self) -> frozenset[bytes]:
        """The subjects that the event is about; none of them is named in words."""
        packed = self.subjects
        many = [packed[at : at + ID_BYTES] for at in range(0, len(packed), ID_BYTES)]
        return frozenset([*many, self.subject] if self.subject else many)

    def names(self, subject: bytes) -> bool:
        """Tell whether the event is about a subject."""
        return self.subject == subject or any(True for _ in self.places(subject))

    def places(self, subject: bytes) -> Iterator[int]:
        """Give which of the packed subjects are a given one, and so which records."""
        at = self.subjects.find(subject)
        while at >= 0:
            # Between two others the same bytes are nobody.
            if at % ID_BYTES == 0:
                yield at // ID_BYTES
            at = self.subjects.find(subject, at + 1)
