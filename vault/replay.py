"""Erasures once more, after a restore: no backup brings the erased back.

The mirror's orders say who was erased. A subject whom the identity store does not
fence off, or whom the data store knows, came out of an older copy of one of them; they
are erased again at the start, before anything is answered. The certificate that was
given stays true.
"""

from collections.abc import Iterator
from datetime import timedelta

from kit import telemetry
from kit.canonical import parse
from kit.clock import Clock
from kit.db import Database
from kit.errors import CannotStart, Malformed
from kit.ids import parse_id
from ledger.mirror import Mirror
from vault._internal.register import Register, SubjectState
from vault._internal.subjects import SqliteSubjects
from vault.gathering import SUPPRESSION_BASIS
from vault.purging import Purging


class Replay:
    """Compares the stores with the mirror's orders."""

    def __init__(
        self,
        *,
        database: Database,
        subjects: SqliteSubjects,
        register: Register,
        mirror: Mirror,
        purging: Purging,
        clock: Clock,
        suppression: timedelta,
    ) -> None:
        self._database = database
        self._subjects = subjects
        self._register = register
        self._mirror = mirror
        self._purging = purging
        self._clock = clock
        self._suppression = suppression

    def run(self) -> int:
        """Erase again whoever came back; tells how many they were.

        For the start, after unfinished erasures were finished.

        Raises:
            CannotStart: an order in the mirror cannot be read.

        """
        returned = [each for each in self._ordered() if self._is_back(each[1])]
        for order_id, subject in returned:
            self._erase(order_id, subject)
        if returned:
            self._database.truncate_wal()
            telemetry.alarm("a backup brought the erased back", count=len(returned))
        return len(returned)

    def _ordered(self) -> Iterator[tuple[bytes, bytes]]:
        for order_id, data in self._mirror.orders():
            try:
                subject = parse_id(parse(data)["subject"])
            except (Malformed, KeyError, TypeError):
                subject = None
            if subject is None:
                raise CannotStart(
                    "an erasure order in the mirror cannot be read",
                    fix="bring mirror/orders back from its backup",
                )
            yield order_id, subject

    def _is_back(self, subject: bytes) -> bool:
        fenced = self._register.state(subject) is SubjectState.DESTROYED
        return not fenced or self._subjects.said_of(subject) is not None

    def _erase(self, order_id: bytes, subject: bytes) -> None:
        self._register.erase(
            subject,
            order_id=order_id,
            until=self._clock.now() + self._suppression,
            basis=SUPPRESSION_BASIS,
        )
        with self._database.write() as session:
            self._purging.purge(session, subject)
        self._purging.require_gone(subject)
