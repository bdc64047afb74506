"""The access log: who asked what, for which purpose, and how it was decided.

An event is durable before anything it speaks of is disclosed. One thread per process
writes, and takes whatever queued while its last fsync ran (group commit without a
timer); what one turn of an event loop brings is queued at once, so that the writer
wakes once for it. A reply waits for the batch that holds its event. If the log cannot
be written, the waiting reads fail, and nothing is disclosed. After each commit the rows
are looked for; if they are not there as they were written, or the log's file is not the
one at its path any more, the log is dead: no read passes until somebody has looked.

Each process writes its own lane, and each row carries the hash of the row before it
in that lane. Never in a row: values, identifiers, query text.
"""

import asyncio
import hashlib
import queue
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest
from operator import attrgetter
from typing import Any, Final

from kit import telemetry
from kit.clock import Clock, unix
from kit.errors import IntegrityFault, Unavailable
from kit.framing import framed
from kit.ids import new_id
from kit.storage import in_words
from vault._internal.ports.access_log import AccessRow, AccessStore
from vault.audit.access import Access

GENESIS: Final = bytes(32)
MAX_QUEUED: Final = 10_000
MAX_BATCH: Final = 512
UNNOTED: Final = "the access log could not say what came of a write"


@dataclass(frozen=True, slots=True)
class LaneHead:
    """The newest row of one writer's lane: what the ledger is told of the log."""

    lane: bytes
    seq: int
    hash: bytes


class LogCounters:
    """What this process wrote so far, for whoever watches it."""

    def __init__(self) -> None:
        self.commits = 0
        self._events: Counter[tuple[str, str]] = Counter()

    def add(self, events: Sequence[Access]) -> None:
        """Count a commit."""
        self.commits += 1
        self._events.update((each.outcome, each.purpose) for each in events)

    def events(self) -> list[tuple[tuple[str, str], int]]:
        """Give how many events there were of each outcome and purpose."""
        return list(self._events.copy().items())


# Between an event's place and what links it: what the event says.
_values = attrgetter(*AccessRow._fields[3:-2])

# A caller that blocks waits on a Future; one on an event loop on the loop's own.
Waiter = Future[None] | asyncio.Future[None]
Waiting = list[tuple[Access | None, Waiter]]


class AccessLog:
    """Appends events durably and reads them back."""

    def __init__(self, store: AccessStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        # Any thread puts, the writer alone takes. An item is what one turn brought
        # together; None is the end, and comes of `close`.
        self._queue: queue.Queue[Waiting | None] = queue.Queue(MAX_QUEUED)
        # By loop, and touched only on that loop's own thread: so it needs no lock.
        self._gathered: dict[asyncio.AbstractEventLoop, Waiting] = {}
        # Held only to start the writer, so that there is one; never while anything is
        # written.
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        # The writer's thread alone sets it. Others may read it at any time: it is one
        # reference to a value that does not change, and never ahead of the disk.
        self._head = LaneHead(new_id(), 0, GENESIS)
        # Set once, by the writer, and never taken back: only a new process trusts the
        # file.
        self._dead: Unavailable | None = None
        # A deque's append and popleft are atomic; the writer takes as many as there
        # were.
        self._notes: deque[Access] = deque()
        self.tally = LogCounters()

    def append(self, event: Access) -> None:
        """Write an event and wait until it is durable.

        Raises:
            Unavailable: the log cannot be written; disclose nothing.

        """
        self.submit(event).result()

    def append_all(self, events: Sequence[Access]) -> None:
        """Write events together and wait until all are durable; else as `append`."""
        for waiter in [self.submit(each) for each in events]:
            waiter.result()

    def submit(self, event: Access) -> Future[None]:
        """Queue an event; the future resolves when it is durable, or fails."""
        waiter: Future[None] = Future()
        self._put([(event, waiter)])
        return waiter

    def note(self, event: Access) -> None:
        """Keep an event that nobody waits for: what came of one that is durable.

        It is written with the next event, or at the next beat of the heartbeat: a
        write does not cost a second commit of the log. One that cannot be written
        raises an alarm.
        """
        self._notes.append(event)

    def flush(self) -> None:
        """Write what was noted, and wait until it is durable.

        Raises:
            Unavailable: the log cannot be written.

        """
        if self._notes:
            waiter: Future[None] = Future()
            self._put([(None, waiter)])
            waiter.result()

    async def append_async(self, event: Access) -> None:
        """Write an event and wait, on an event loop, until it is durable.

        Raises:
            Unavailable: the log cannot be written; disclose nothing.

        """
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        gathered = self._gathered.setdefault(loop, [])
        gathered.append((event, waiter))
        # The first of a turn sees to the handing over; the others are in the same list.
        if len(gathered) == 1:
            # What this turn of the loop still brings goes along: the writer wakes once.
            loop.call_soon(self._hand_over, loop)
        await waiter

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting = self._gathered.pop(loop)
        try:
            self._put(waiting)
        except Unavailable as error:
            _resolve([waiter for _, waiter in waiting], error)

    def _put(self, waiting: Waiting) -> None:
        if self._thread is None:
            self._start()
        try:
            self._queue.put_nowait(waiting)
        except queue.Full:
            raise Unavailable("the access log cannot keep up") from None

    def _start(self) -> None:
        # Looked at again under the lock: two callers may have found no writer.
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="access-log")
                # It may hold up no exit; `close` is what waits for the last batch.
                thread.daemon = True
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        while batch := self._take():
            # Before those who wait: what came of an earlier event stands before later
            # ones.
            noted = [self._notes.popleft() for _ in range(len(self._notes))]
            asked = [event for event, _ in batch if event is not None]
            # A dead log is not written to again, or its chain would go on over the
            # damage.
            error = self._dead or self._tried(noted + asked)
            if error is not None and noted:
                telemetry.alarm(UNNOTED)
            _resolve([waiter for _, waiter in batch], error)

    def _tried(self, events: Sequence[Access]) -> Unavailable | None:
        """Write events; gives what kept them from being durable."""
        try:
            self._write(events)
        except IntegrityFault as error:
            telemetry.alarm("the access log is dead", code=error.reason_code)
            self._dead = Unavailable(
                "the access log does not keep what is written to it",
                code="access_log.dead",
                fix="stop the server, run `allod doctor`, find out who changed it",
            )
            return self._dead
        except Unavailable as error:
            return error
        except Exception as error:  # noqa: BLE001 - whatever it was: fail those who wait
            known = in_words(error) if isinstance(error, OSError) else None
            return known or Unavailable("the access log cannot be written")
        return None

    def _take(self) -> Waiting:
        batch = list(self._queue.get() or ())
        while batch and len(batch) < MAX_BATCH:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            # Put back: it ends the writer once what is queued by then is written.
            if item is None:
                self._queue.put(None)
                break
            batch += item
        return batch

    def _write(self, events: Sequence[Access]) -> None:
        at = unix(self._clock.now())
        head, rows = self._head, []
        scans: dict[int, bytes] = {}
        # Each row carries the hash of the one before: taken in queue order, by one
        # thread.
        lane, seq, previous = head.lane, head.seq, head.hash
        for event in events:
            seq += 1
            values = (lane, seq, at, *_values(event))
            digest = _link(previous, values)
            rows.append(AccessRow._make((*values, previous, digest)))
            previous = digest
            if event.scan:
                scans[seq] = event.scan
        self._store.insert(rows, scans)
        # Only now: a batch that failed leaves the chain where it was.
        self._head = LaneHead(lane, seq, previous)
        self.tally.add(events)

    @property
    def queued(self) -> int:
        """How many turns wait for the writer."""
        return self._queue.qsize()

    def of_subject(self, subject: bytes) -> Iterator[tuple[int, Access]]:
        """Give each event that names a subject, with its time, oldest first.

        What this process noted before is among them.
        """
        self.flush()
        for row in self._store.of_subject(subject):
            event = _event(row)
            if event.names(subject):
                yield row.at, event

    def of_decision(self, decision: bytes) -> list[tuple[int, Access]]:
        """Give the events of one decision, with their times, oldest first."""
        self.flush()
        return [(row.at, _event(row)) for row in self._store.of_decision(decision)]

    def head(self) -> LaneHead | None:
        """Give the head of this process's own lane; None before its first row.

        What was noted is part of it.
        """
        self.flush()
        head = self._head
        return head if head.seq else None

    def heads(self) -> list[LaneHead]:
        """Give the head of every lane, for the ledger to commit to."""
        return [LaneHead(*head) for head in self._store.heads()]

    def holds(self, head: LaneHead) -> bool:
        """Tell whether a lane still has the row that was once its head."""
        found = self._store.hash_at(head.lane, head.seq)
        return found is not None and compare_digest(found, head.hash)

    def faults(self) -> Iterator[str]:
        """Re-hash every lane and name the first row that does not follow its own."""
        for head in self.heads():
            previous, expected = GENESIS, 1
            for row in self._store.lane(head.lane):
                said = row[:-2]
                linked = (*said, previous, _link(previous, said))
                if row.seq != expected or row != linked:
                    yield f"access log lane {head.lane.hex()} breaks at row {expected}"
                    break
                previous, expected = row.hash, expected + 1

    def unfound(self) -> int:
        """Count where the events and what they are found by, for a person, differ."""
        return self._store.unfound()

    def require_alive(self) -> None:
        """Check that the log was not found dead.

        Raises:
            Unavailable: it was; nothing is disclosed until somebody has looked.

        """
        if self._dead is not None:
            raise self._dead

    def close(self) -> None:
        """Write what is queued and stop the writer."""
        with suppress(Unavailable):  # there is an alarm already
            self.flush()
        if self._thread is not None:
            self._queue.put(None)
            # After it, nobody owns the head; a new writer begins from it.
            self._thread.join()
            self._thread = None


def _link(previous: bytes, values: Sequence[Any]) -> bytes:
    # No subject and an empty one hash alike; no event has an empty one.
    plain = (b"" if value is None else value for value in values)
    return hashlib.sha256(previous + framed(*plain)).digest()


def _event(row: AccessRow) -> Access:
    return Access(*row[3:-2])


def _resolve(waiters: Iterable[Waiter], error: Unavailable | None) -> None:
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = defaultdict(
        list
    )
    for waiter in waiters:
        if isinstance(waiter, asyncio.Future):
            loops[waiter.get_loop()].append(waiter)
        elif error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(error)
    for loop, waiting in loops.items():
        if not loop.is_closed():
            # An asyncio future belongs to its loop's thread, and this is the writer's.
            loop.call_soon_threadsafe(_settle, waiting, error)


def _settle(waiters: list[asyncio.Future[None]], error: Unavailable | None) -> None:
    for waiter in waiters:
        if waiter.done():  # the caller went away meanwhile
            continue
        if error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(error)
