"""Trusted time: a token for a checkpoint now and then, and the evidence made of it.

One token bears on every entry below its checkpoint's size, so one an interval is
enough, and none is asked for while nothing new is published. An authority that is
down, slow or wrong never stands in the way of anything: publishing is done before it
is asked, and it is asked again later. That the newest token has grown too old is an
alarm. A token is verified before it is stored, in the mirror first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from kit import telemetry
from kit.canonical import canonical
from kit.clock import Clock, from_unix, unix
from kit.db import Database
from kit.errors import Conflict, IntegrityFault, Unavailable
from ledger.formats import evidence
from ledger.formats.checkpoint import SignedCheckpoint
from ledger.formats.commitment import Opening
from ledger.formats.evidence import Evidence
from ledger.formats.receipt import Receipt
from ledger.formats.timestamp import Chain, TimestampError, request, verify
from ledger.log import Log
from ledger.stores import reading_times, writing_times

INTERVAL: Final = timedelta(hours=1)
RETRY: Final = timedelta(minutes=5)
TOO_OLD: Final = 3


class Tsa(Protocol):
    """The way to a time-stamping authority."""

    def ask(self, query: bytes) -> bytes:
        """Send a request (TimeStampReq, in DER); gives the answer, unverified.

        Raises:
            Unavailable: there is no answer in time, or not one of this protocol.

        """


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority that is asked: how, whom its chain ends in, and how often."""

    tsa: Tsa
    chain: Chain
    interval: timedelta = INTERVAL


class TrustedTime:
    """Has checkpoints stamped, if an authority is set, and makes evidence of it."""

    def __init__(
        self,
        database: Database,
        *,
        log: Log,
        clock: Clock,
        authority: Authority | None = None,
    ) -> None:
        self._database = database
        self._log = log
        self._clock = clock
        self._authority = authority
        self._tried: datetime | None = None

    def run_once(self) -> None:
        """Have the newest checkpoint stamped, if that is due. Never raises for a TSA.

        Never inside a unit of work, and after publishing.
        """
        authority, now = self._authority, self._clock.now()
        signed = self._log.latest()
        if authority is None or signed is None or not self._due(authority, signed, now):
            return
        self._tried = now
        try:
            self._stamp(authority, signed)
        except (TimestampError, Unavailable) as error:
            self._complain(authority, error.reason_code, now)
        else:
            self._tried = None

    def evidence(
        self,
        index: int,
        opening: Opening,
        *,
        certificate: Mapping[str, Any] | None = None,
    ) -> Evidence:
        """Make the evidence that an entry existed, by the earliest token over it.

        Raises:
            Conflict: no token covers the entry yet.
            IntegrityFault: opening, entry and stored checkpoint do not fit.

        """
        row = reading_times(self._database).covering(index)
        if row is None:
            raise Conflict(
                "no time stamp covers this entry yet",
                code="time.none",
                fix="ask again later; if no authority is set, there will be none",
            )
        size, note, token, chain = row
        signed = self._log.publication.read(note.decode("utf-8", "replace"))
        if opening.entry().encode() != self._log.entry(index):
            raise IntegrityFault("an opening does not open its entry")
        path = tuple(self._log.inclusion(index, size))
        return evidence.of(
            Receipt(index, path, signed.note, opening),
            signed.checkpoint,
            token=token,
            chain=chain,
            policy=self._log.policy,
            certificate=None if certificate is None else canonical(certificate),
        )

    def _due(
        self, authority: Authority, signed: SignedCheckpoint, now: datetime
    ) -> bool:
        newest = reading_times(self._database).newest()
        if newest is not None:
            size, at = newest
            if size >= signed.checkpoint.size:
                return False
            if now < from_unix(at) + authority.interval:
                return False
        return self._tried is None or now >= self._tried + RETRY

    def _stamp(self, authority: Authority, signed: SignedCheckpoint) -> None:
        text, size = signed.checkpoint.encode(), signed.checkpoint.size
        asked = request(text)
        token = authority.tsa.ask(asked.der)
        verify(token, text, authority.chain, nonce=asked.nonce)
        self._log.mirror.put_time(size, signed.note, token)
        with self._database.write() as session:
            writing_times(session).add(
                size, token, authority.chain.pem, unix(self._clock.now())
            )

    def _complain(self, authority: Authority, code: str, now: datetime) -> None:
        telemetry.note("the time-stamping authority gave no good answer", code=code)
        newest = reading_times(self._database).newest()
        limit = authority.interval * TOO_OLD
        if newest is None or now >= from_unix(newest[1]) + limit:
            telemetry.alarm("the newest trusted time is too old", code="time_overdue")
