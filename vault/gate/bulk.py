"""Bulk reading: page after page, each judged, and on record before it is opened.

A page (at most 1,000 records) has its own durable event. The event of the next page
is written while this one is opened, so that a scan does not wait for the disk. Pages
come in the order of subjects, and their events carry the scan they belong to, one for
each outcome: so whoever looks for a person seeks one page of a scan.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace

from kit.ids import new_id
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
    scans: defaultdict[str, bytes] = defaultdict(new_id)
    for rows in pages:
        reading = judged(rows)
        events = reading.events(collection=collection)
        waits = [log.submit(replace(it, scan=scans[it.outcome])) for it in events]
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
