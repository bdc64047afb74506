"""Check time stamps: that each is of the checkpoint it is kept for, in both places.

What is checked is that a token is one of the chain that is kept beside it, over the
checkpoint of its size. Whether that chain is an authority's is not for the house to
say: whoever verifies brings the certificates that they trust. Two processes may have
asked for the same checkpoint, so database and mirror may hold two tokens for it.
"""

from collections.abc import Iterator

from kit.errors import IntegrityFault
from ledger.checks.audit import LedgerFinding
from ledger.formats.timestamp import Chain, TimestampError, verify
from ledger.log import Log
from ledger.ports import StampedCheckpoint
from ledger.stores import reading_times


def findings(log: Log) -> Iterator[LedgerFinding]:
    """Give what is wrong with the time stamps, the lowest size first."""
    for row in reading_times(log.database).all():
        detail = _fault(log, row)
        if detail is not None:
            yield LedgerFinding(
                "time", None, f"the time stamp of size {row.size}: {detail}"
            )


def _fault(log: Log, row: StampedCheckpoint) -> str | None:
    size, note, token, pem = row
    copy = log.mirror.time(size)
    if copy is None:
        return "the mirror has none"
    try:
        signed = log.publication.read(note.decode("utf-8", "replace"))
        text, chain = signed.checkpoint.encode(), Chain.parse(pem)
        verify(token, text, chain)
        verify(copy, text, chain)
    except (IntegrityFault, TimestampError) as error:
        return error.detail
    return None
