"""Openings: what proves later what a ledger entry stamped, sealed for its customer.

This is the stamp that `consent` and the intake are given. It makes the entry, puts it
into the log and keeps its opening, all in the caller's unit of work: record and leaf
commit together or not at all.

A customer's entries form a chain, hidden from everybody else: each link names the
commitment before it. Handles and tags are keyed hashes under the customer's key, so
that neither the order of a customer's entries nor the record that one belongs to can
be read from the table, and nothing can once the key is gone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from kit.canonical import canonical, parse
from kit.clock import Clock, unix
from kit.db import WriteSession
from kit.errors import IntegrityFault, NotFound
from kit.ids import ID_BYTES
from ledger.formats.entries import Link, SubjectOpening, subject_entry
from ledger.log import Log
from vault._internal.envelope import CustomerKeys, Envelope
from vault._internal.keyring import Keyring
from vault._internal.ports.subjects import SubjectStore

_ENVELOPE: Final = Envelope("opening", schema="1", bucket=1)
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Stamped:
    """One entry of a customer: where it stands in the log, and what opens it."""

    index: int
    opening: SubjectOpening


class Openings:
    """Stamps events about subjects, and finds again what opens them."""

    def __init__(
        self,
        *,
        log: Log,
        subjects: SubjectStore,
        keyring: Keyring,
        clock: Clock,
        granularity: int,
    ) -> None:
        self._log = log
        self._subjects = subjects
        self._keyring = keyring
        self._clock = clock
        self._granularity = granularity

    def stamp(
        self,
        session: WriteSession,
        *,
        subject: bytes,
        kind: str,
        content: bytes,
        record: bytes | None = None,
    ) -> int:
        """Stamp an event in the caller's unit of work; gives the entry's index.

        Raises:
            NotFound: the subject is not there, or has been erased: an event that
                comes late is refused with everything else in its unit of work.

        """
        if subject not in self._subjects.active(session, [subject]):
            raise NotFound
        keys = self._keyring.main(subject)
        seq = self._subjects.number_next(session, subject)
        prev = self._before(keys, seq, session)
        entry, opening = subject_entry(
            Link(subject, seq, prev, record),
            kind=kind,
            at=unix(self._clock.now()),
            content=content,
            granularity=self._granularity,
        )
        (index,) = self._log.append(session, [entry])
        handle = _handle(keys, seq)
        self._subjects.add_opening(
            session,
            subject=subject,
            handle=handle,
            tag=_tag(keys, record),
            sealed=_ENVELOPE.seal(keys, handle, _VERSION, _written(index, opening)),
        )
        return index

    def of(self, subject: bytes, record: bytes | None = None) -> list[Stamped]:
        """Give a customer's entries, or those about one record, in chain order."""
        keys = self._keyring.main(subject)
        tag = None if record is None else _tag(keys, record)
        stamped = [
            _read(_ENVELOPE.open(keys, handle, _VERSION, sealed))
            for handle, sealed in self._subjects.openings(subject, tag)
        ]
        return sorted(stamped, key=lambda each: each.opening.link.seq)

    def last(self, subject: bytes) -> int:
        """Tell up to which number a customer's entries go, whatever was taken away."""
        there = self._subjects.count_openings(subject)
        return max(there, self._subjects.entries(subject))

    def each(self, subject: bytes, last: int) -> Iterator[Stamped]:
        """Give a customer's entries in chain order, up to a number, one at a time.

        One that was taken away is passed over: the chain shows where it was.

        Raises:
            KeyDestroyed: they were erased meanwhile.

        """
        keys = self._keyring.main(subject)
        for seq in range(1, last + 1):
            stamped = self._find(keys, seq)
            if stamped is not None:
                yield stamped
            else:
                keys = self._keyring.main(subject)

    def are_tagged(self, subject: bytes, stamped: Iterable[Stamped]) -> bool:
        """Tell whether each entry of a customer is found by the record it is about."""
        keys = self._keyring.main(subject)
        links = [each.opening.link for each in stamped]
        tags = {_handle(keys, link.seq): _tag(keys, link.record) for link in links}
        return tags == self._subjects.tags(subject)

    def count(self, subject: bytes) -> int:
        """Count a customer's entries; needs no key."""
        return self._subjects.entries(subject)

    def head(self, subject: bytes) -> tuple[int, bytes | None]:
        """Count a customer's entries, and give the newest one's commitment.

        None where it was taken away, too: who is erased is not kept for that.
        """
        keys, count = self._keyring.main(subject), self._subjects.entries(subject)
        found = self._find(keys, count)
        return count, None if found is None else found.opening.commitment

    def _before(
        self, keys: CustomerKeys, seq: int, session: WriteSession
    ) -> bytes | None:
        """Give the commitment that an entry follows; None for the first one."""
        found = self._find(keys, seq - 1, session)
        if found is None and seq > 1:
            raise IntegrityFault("a customer's chain of entries has a gap")
        return None if found is None else found.opening.commitment

    def _find(
        self, keys: CustomerKeys, seq: int, session: WriteSession | None = None
    ) -> Stamped | None:
        handle = _handle(keys, seq)
        sealed = self._subjects.opening(keys.subject, handle, session)
        if sealed is None:
            return None
        return _read(_ENVELOPE.open(keys, handle, _VERSION, sealed))


def _handle(keys: CustomerKeys, seq: int) -> bytes:
    return keys.mac("opening", seq)[:ID_BYTES]


def _tag(keys: CustomerKeys, record: bytes | None) -> bytes:
    return keys.mac("record", record or b"")[:ID_BYTES]


def _written(index: int, opening: SubjectOpening) -> bytes:
    return canonical({"index": index, "opening": opening.to_bytes().decode()})


def _read(body: bytes) -> Stamped:
    value = parse(body)
    return Stamped(value["index"], SubjectOpening.from_bytes(value["opening"].encode()))
