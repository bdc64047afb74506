"""What a certificate must say, gathered while it can still be known.

Key commitments and the head of the customer's chain need the key, so they go into the
order before the first destructive step; that takes a moment, however much is held.
Who was given data stands in the access log and needs no key: their copies are out of
reach here, so they are named and told (GDPR 19).
"""

from collections.abc import Mapping
from typing import Any, Final

from kit.clock import from_unix, iso
from ledger.formats.encoding import encode64
from vault._internal.customer_registry import Register
from vault._internal.keyring import KeyDestroyed, NotProvisioned
from vault._internal.ports.identity import Held
from vault.audit.access_log import AccessLog
from vault.proofs.openings import Openings

SUPPRESSION_BASIS: Final = "GDPR 6(1)(f), 21(1)"


class CertificateFacts:
    """Reads about one subject, for their erasure order."""

    def __init__(
        self, *, register: Register, openings: Openings, log: AccessLog
    ) -> None:
        self._register = register
        self._openings = openings
        self._log = log

    def with_key(self, subject: bytes) -> dict[str, Any]:
        """Give what only the key can tell; no personal data."""
        held = self._register.inventory(subject)
        entries, head = self._openings.head(subject)
        return {
            "keys": [
                {"kid": kid.hex(), "commitment": encode64(commitment), "epoch": epoch}
                for kid, commitment, epoch in zip(
                    held.kids, held.commitments, held.epochs, strict=True
                )
            ],
            "identifiers": 0,  # counted when they go
            "chain": {"entries": entries, "head": head and encode64(head)},
        }

    def at_hand(self, subject: bytes) -> dict[str, Any]:
        """Give the same of a subject whose key may be destroyed already."""
        try:
            return self.with_key(subject)
        except (KeyDestroyed, NotProvisioned):
            entries = self._openings.count(subject)
            chain = {"entries": entries, "head": None}
            return {"keys": [], "identifiers": 0, "chain": chain}

    def without_key(self, subject: bytes) -> dict[str, Any]:
        """Give what the access log tells: how often, and to whom data went."""
        last: dict[tuple[str, str], int] = {}
        accesses = 0
        for accesses, (at, event) in enumerate(self._log.of_subject(subject), 1):  # noqa: B007 - told below
            if event.outcome == "disclosed" and event.principal_kind != "customer":
                last[event.principal, event.purpose] = at
        return {
            "accesses": accesses,
            "recipients": [
                {"name": name, "purpose": purpose, "last": iso(from_unix(at))}
                for (name, purpose), at in sorted(last.items())
            ],
        }


def statement(document: Mapping[str, Any]) -> dict[str, Any]:
    """Say what was done and what cannot be promised, from a finished order."""
    until = iso(from_unix(document["suppressed_until"]))
    return {
        "scope": document["scope"],
        "ordered_at": document["ordered_at"],
        "live_erased_at": document["live_erased_at"],
        "finality": "not_scheduled",
        "keys": document["keys"],
        "chain": document["chain"],
        "erased": {
            "keys": len(document["keys"]),
            "identifiers": document["identifiers"],
            "rows": document["erased"],
        },
        "kept": [
            {
                "what": "access log rows about a subject that leads to nobody",
                "rows": document["accesses"],
                "article": "GDPR 5(2)",
            },
            {
                "what": "keyed hashes of the identifiers, so that a repeated import"
                " does not bring the person back",
                "until": until,
                "article": SUPPRESSION_BASIS,
            },
        ],
        "recipients": document["recipients"],
        "not_proven": [
            "copies that the recipients hold: they are to be told (GDPR 19)",
            "wrapped keys in backups of the identity store, until those are destroyed",
            "that a file holding a root key was not copied",
        ],
    }


def destroyed(document: Mapping[str, Any], held: Held) -> dict[str, Any]:
    """Say which of the keys that were counted really went.

    Where nothing was left to destroy, an earlier attempt did it, in one transaction
    that looked for them: then what was counted before it is what went.
    """
    if held.nothing:
        return {}
    kids = {kid.hex() for kid in held.kids}
    return {"keys": [each for each in document["keys"] if each["kid"] in kids]}
