"""Cosigning: each checkpoint that was published is shown to the witnesses.

In a thread of its own: a witness that is slow, down or wrong stands in the way of
neither publishing nor reading. It is asked again later. That too few of them have
cosigned the newest checkpoint for long is an alarm, and so is a witness that has seen
a tree that this ledger does not have: then somebody was shown another history.

A cosignature is verified, then added to the checkpoint's note, which stays a note. A
witness says itself which size it last cosigned, so a proof is made from there.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from kit import telemetry
from kit.clock import Clock
from kit.errors import Unavailable
from kit.ticker import ticking
from ledger.formats.checkpoint import SignedCheckpoint
from ledger.formats.encoding import decimal
from ledger.formats.note import open_note
from ledger.formats.signing import NoteError, Verifier
from ledger.formats.trust_policy import TrustPolicy
from ledger.log import Log
from ledger.outside.witness import AddCheckpoint

INTERVAL: Final = timedelta(seconds=2)
RETRY: Final = timedelta(minutes=1)
PATIENCE: Final = timedelta(minutes=10)
MAX_ANSWER_BYTES: Final = 1 << 14

_OK, _OTHER_STATE, _NOT_EXTENDED = 200, 409, 422
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """What a witness answered; nothing in it is verified."""

    status: int
    body: bytes


class WitnessTransport(Protocol):
    """The way to a witness."""

    def add_checkpoint(self, body: bytes) -> WitnessAnswer:
        """Send a request (C2SP tlog-witness); gives the answer, unverified.

        Raises:
            Unavailable: there is no answer in time.

        """


@dataclass(frozen=True, slots=True)
class WitnessTarget:
    """A witness that is asked: its key, and the way to it."""

    verifier: Verifier
    way: WitnessTransport


@dataclass(frozen=True, slots=True)
class WitnessSet:
    """The witnesses of a log, and the policy that says how many have to agree."""

    witnesses: tuple[WitnessTarget, ...]
    policy: TrustPolicy


class Cosigning:
    """Has checkpoints cosigned by a log's witnesses, if it has any."""

    def __init__(
        self, log: Log, *, clock: Clock, panel: WitnessSet | None = None
    ) -> None:
        self._log = log
        if panel is not None:
            log.expect(panel.policy)
        self._clock = clock
        self._panel = panel
        # The thread of `running` alone touches these. A size is the witness's word and
        # a guess after a start: one that is wrong is answered by the right one (409).
        self._cosigned: dict[Verifier, int] = {}
        self._rests: dict[Verifier, datetime] = {}
        self._agreed: datetime | None = None
        self._warned: datetime | None = None

    def run_once(self) -> None:
        """Show the newest checkpoint to whoever has not cosigned it yet.

        Never inside a unit of work. Never raises for a witness.
        """
        panel, signed = self._panel, self._log.latest()
        if panel is None or signed is None:
            return
        for witness in panel.witnesses:
            if not self._rested(witness) or _has(signed, witness.verifier):
                continue
            try:
                self._ask(witness, signed)
            except (NoteError, Unavailable) as error:
                self._rest(witness, error.reason_code)
        self._watch()

    def running(self, interval: timedelta = INTERVAL) -> AbstractContextManager[None]:
        """Ask in a thread of its own for the length of a block."""
        if self._panel is None:
            return nullcontext()
        complaint = "no witness can be asked"
        return ticking(
            self.run_once, every=interval, name="cosigning", complaint=complaint
        )

    def _ask(self, witness: WitnessTarget, signed: SignedCheckpoint) -> None:
        old, size = self._cosigned.get(witness.verifier, 0), signed.checkpoint.size
        for _ in range(_TRIES):
            answer = witness.way.add_checkpoint(self._request(old, signed))
            if answer.status == _OK:
                lines = answer.body.decode("utf-8", "replace")
                self._log.publication.add_cosignature(size, lines, witness.verifier)
                self._cosigned[witness.verifier] = size
                return
            if answer.status == _NOT_EXTENDED:
                # The proof is of this ledger's own making: the other tree is not.
                self._alarm(witness)
                return
            if answer.status != _OTHER_STATE:
                raise Unavailable("a witness refuses", code="witness_refuses")
            told = _size(answer.body)
            if told == old or told > size:
                self._differs(witness, told, old)
                return
            old = self._cosigned[witness.verifier] = told
        raise Unavailable(
            "the witness returned inconsistent sizes", code="witness_restless"
        )

    def _request(self, old: int, signed: SignedCheckpoint) -> bytes:
        size = signed.checkpoint.size
        path = self._log.consistency(old, size) if 0 < old < size else []
        return AddCheckpoint(old, tuple(path), signed.note).encode()

    def _differs(self, witness: WitnessTarget, told: int, old: int) -> None:
        """Judge a witness that knows another root, or a larger tree than was shown."""
        latest = self._log.latest()
        if told != old and latest is not None and told <= latest.checkpoint.size:
            # Another process published more, and showed it, in the meantime.
            self._cosigned[witness.verifier] = told
            return
        self._alarm(witness)

    def _alarm(self, witness: WitnessTarget) -> None:
        telemetry.alarm(
            "a witness has seen a tree that this ledger does not have",
            code="split_view",
        )
        self._rest(witness, "split_view")

    def _rested(self, witness: WitnessTarget) -> bool:
        until = self._rests.get(witness.verifier)
        return until is None or self._clock.now() >= until

    def _rest(self, witness: WitnessTarget, code: str) -> None:
        telemetry.note("a witness did not cosign", code=code)
        self._rests[witness.verifier] = self._clock.now() + RETRY

    def _watch(self) -> None:
        """Raise the alarm, once in a while, if the quorum is out of reach for long."""
        now, signed = self._clock.now(), self._log.latest()
        # From the first look on: a log that was just opened is not overdue.
        if self._agreed is None or (signed and self._log.agreed(signed.note)):
            self._agreed = now
        late = now - self._agreed
        again = self._warned is None or now >= self._warned + PATIENCE
        if late > PATIENCE and again:
            self._warned = now
            telemetry.alarm(
                "too few witnesses cosign",
                code="quorum_overdue",
                milliseconds=int(late.total_seconds() * 1000),
            )


def _has(signed: SignedCheckpoint, verifier: Verifier) -> bool:
    try:
        open_note(signed.note, [verifier])
    except NoteError:
        return False
    return True


def _size(body: bytes) -> int:
    try:
        return decimal(body.decode("ascii").removesuffix("\n"))
    except ValueError:
        raise Unavailable("a witness does not say its size") from None
