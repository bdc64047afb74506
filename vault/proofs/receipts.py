"""Receipts: what a customer carries away to prove what they contributed.

A receipt opens one ledger entry and nothing else: it holds salt and payload, neither
the content nor the link of the customer's hidden chain. After an erasure the vault
cannot make it again; a copy that the customer took keeps verifying.
"""

from kit.errors import NotFound
from ledger.formats.cose import CoseReceipt
from ledger.formats.receipt import Receipt
from ledger.log import Log
from vault.proofs.openings import Openings, Stamped


class Receipts:
    """Makes receipts of a customer's entries, under the newest checkpoint."""

    def __init__(self, *, openings: Openings, log: Log) -> None:
        self._openings = openings
        self._log = log

    def of_record(self, subject: bytes, record: bytes) -> Receipt:
        """Make the receipt of a record's newest entry.

        Raises:
            NotFound: nothing about such a record of this customer was ever stamped.

        """
        return self._receipts([self._newest(subject, record)])[0]

    def cose_of_record(self, subject: bytes, record: bytes) -> CoseReceipt:
        """Make the same receipt in COSE (RFC 9942).

        Raises:
            NotFound: nothing about such a record of this customer was ever stamped.

        """
        newest = self._newest(subject, record)
        self._cover([newest])
        return self._log.cose_receipt(newest.index, newest.opening.opening)

    def of_subject(self, subject: bytes) -> list[tuple[Stamped, Receipt]]:
        """Make the receipts of all of a customer's entries, in chain order."""
        stamped = self._openings.of(subject)
        return list(zip(stamped, self._receipts(stamped), strict=True))

    def _newest(self, subject: bytes, record: bytes) -> Stamped:
        stamped = self._openings.of(subject, record)
        if not stamped:
            raise NotFound
        return stamped[-1]

    def _cover(self, stamped: list[Stamped]) -> None:
        """Publish, if the newest checkpoint does not cover all of these entries."""
        signed = self._log.latest()
        covered = 0 if signed is None else signed.checkpoint.size
        if any(each.index >= covered for each in stamped):
            self._log.publish()

    def _receipts(self, stamped: list[Stamped]) -> list[Receipt]:
        self._cover(stamped)
        opened = ((each.index, each.opening.opening) for each in stamped)
        return list(self._log.receipts(opened))
