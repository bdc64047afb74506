"""What an erasure must know before it begins: after it, nobody can say any more.

Key commitments, counts, the head of the customer's chain, and who was given data:
their copies are out of reach here, so they are named and told (GDPR 19).
"""

from typing import Any

from kit.clock import from_unix, iso
from ledger.strict import encode64
from vault._internal.register import Register, SubjectState
from vault._internal.subjects import SqliteSubjects
from vault.access_log import Access, AccessLog
from vault.openings import Openings


class Gathering:
    """Reads all stores about one subject, for their erasure order."""

    def __init__(
        self,
        *,
        subjects: SqliteSubjects,
        register: Register,
        openings: Openings,
        log: AccessLog,
    ) -> None:
        self._subjects = subjects
        self._register = register
        self._openings = openings
        self._log = log

    def of(self, subject: bytes) -> dict[str, Any]:
        """Give what the order and the certificate will hold; no personal data."""
        held = self._register.inventory(subject)
        accesses = list(self._log.of_subject(subject))
        chain = self._openings.of(subject)
        head = chain[-1].opening.commitment if chain else None
        return {
            "keys": [
                {"kid": kid.hex(), "commitment": encode64(commitment), "epoch": epoch}
                for kid, commitment, epoch in zip(
                    held.kids, held.commitments, held.epochs, strict=True
                )
            ],
            "chain": {"entries": len(chain), "head": head and encode64(head)},
            "rows": {
                "data": self._subjects.counts(subject),
                "identity": {
                    "identity_customer": int(
                        self._register.state(subject) is SubjectState.LIVE
                    ),
                    "identity_index": held.identifiers,
                    "identity_key": len(held.kids),
                },
                "access_log": len(accesses),
            },
            "recipients": _recipients(accesses),
        }


def _recipients(accesses: list[tuple[int, Access]]) -> list[dict[str, str]]:
    last: dict[tuple[str, str], int] = {}
    for at, event in accesses:
        if event.outcome == "disclosed" and event.principal_kind != "customer":
            last[event.principal, event.purpose] = at
    return [
        {"name": name, "purpose": purpose, "last": iso(from_unix(at))}
        for (name, purpose), at in sorted(last.items())
    ]
