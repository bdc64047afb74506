"""Erasure certificates: what was destroyed, when, and what nobody can promise.

A certificate is a signed document (ledger.formats.note) that carries the receipt of its
own erasure entry. Anybody verifies it with a trust policy and no server: the signature
is the log's, the receipt leads to a signed root, and its payload commits to this order.

A certificate never says more than was done. Its `finality` is

    not_scheduled  copies in backups may exist, and no date for their end is known
    scheduled      they can be opened until `final_at`, and by nobody after
    final          that date has passed
    unprovable     the key provider cannot prove that it destroyed its own copies

It is signed once and never again, in the moment when the log has signed the tree with
its entry and no witness has seen that tree. What a verifier asks for who wants a quorum
of witnesses stands beside it, unsigned, as `proof`: an extension
(`ledger.formats.checkpoint`) from that tree to one that was cosigned. A file of a
certificate is

    {"document": …, "note": signature line}, and "proof": text or null, or without it
"""

from collections.abc import Mapping
from typing import Any, Final

from ledger.formats.encoding import encode64
from ledger.formats.entries import ErasureOpening
from ledger.formats.note import sign_document
from ledger.formats.receipt import Receipt
from ledger.formats.signing import Signer

CONTEXT: Final = "allod/certificate/v1"
VERSION: Final = 1
PROOF: Final = "proof"


def make_certificate(
    statement: Mapping[str, Any],
    *,
    opening: ErasureOpening,
    receipt: Receipt,
    signer: Signer,
) -> dict[str, Any]:
    """Sign what was done, together with the proof that the log says so.

    `statement` holds scope, times, keys, stores, recipients, finality and limits.
    """
    document = {
        **statement,
        "v": VERSION,
        "id": opening.order.hex(),
        "log": signer.name,
        "order_salt": encode64(opening.salt_o),
        "receipt": receipt.encode(),
    }
    return sign_document(CONTEXT, document, signer)


def receipt_of(document: Mapping[str, Any]) -> Receipt:
    """Give the receipt that a certificate carries; it is not verified yet.

    Raises:
        ProofError: what it carries is none.

    """
    return Receipt.parse(str(document.get("receipt")))
