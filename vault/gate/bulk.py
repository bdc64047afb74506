"""Bulk reading: page after page, each judged, and on record before it is opened.

A page (at most 1,000 records) has its own durable event. The event of the next page
is written while this one is opened, so that a scan does not wait for the disk.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future

from vault._internal.ports.records import SealedRow
from vault.audit.access_log import AccessLog
from vault.gate.evaluation import Evaluation


def logged(
    log: AccessLog,
    pages: Iterable[Sequence[SealedRow]],
    judged: Callable[[Sequence[SealedRow]], Evaluation],
    collection: str,
) -> Iterator[Evaluation]:
    """Give a reading for each page, judged and on record.

    Raises:
        Unavailable: the access log cannot be written, or the engine gave no decision.

    """
    ahead = None
    for rows in pages:
        reading = judged(rows)
        waits = [log.submit(event) for event in reading.events(collection=collection)]
        if ahead is not None:
            yield _waited(*ahead)
        ahead = (reading, waits)
    if ahead is not None:
        yield _waited(*ahead)


def _waited(reading: Evaluation, waits: Sequence[Future[None]]) -> Evaluation:
    for wait in waits:
        wait.result()
    reading.require_decided()
    return reading
