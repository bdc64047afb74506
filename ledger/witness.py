"""Witnesses (C2SP tlog-witness): who cosigns that a log has shown it one history.

A witness keeps, for each log that it trusts, the last checkpoint that it cosigned. It
cosigns another only if that begins with all of the last one. So it never signs two
histories, however often and by whomever it is asked. Two rules carry this: the state
is durable before the cosignature leaves, and looking and saving are one step that no
other request, in whatever process, comes between.

`AddCheckpoint` is the one request that there is, written by logs and read here.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Final, Protocol, Self

from kit.clock import Clock, unix
from kit.errors import Conflict, Invalid, Malformed, NotFound, Reason, Refused
from ledger.checkpoint import Checkpoint, CheckpointError
from ledger.extension import MAX_EXTENSION_BYTES, Extension, ExtensionError
from ledger.merkle import ProofError, verify_consistency
from ledger.note import open_note
from ledger.policy import LOG_KEYS
from ledger.signing import Cosigner, NoteError, Verifier

MAX_REQUEST_BYTES: Final = MAX_EXTENSION_BYTES


class WitnessError(Malformed):
    """The bytes are not a request to a witness, or not a list of logs."""

    code, title = "witness_malformed", "Not what a witness reads"


class OtherState(Conflict):
    """The witness last cosigned another tree than the request starts from."""

    code, title = "witness_state", "The witness has another state"

    def __init__(self, size: int) -> None:
        super().__init__("the witness last cosigned another tree")
        self.size = size


class AddCheckpoint(Extension):
    """A checkpoint to be cosigned, and the proof that it extends an older size."""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a request's body; nothing in it is verified yet.

        Raises:
            WitnessError: it is none, or not spelled the one way.

        """
        try:
            return super().parse(data)
        except ExtensionError as error:
            raise WitnessError(error.detail) from None


class State(Protocol):
    """What a witness remembers. It has to survive a crash right after `put`."""

    def held(self) -> AbstractContextManager[None]:
        """Keep every other thread and process out for the length of a block."""

    def get(self, origin: str) -> Checkpoint | None:
        """Give the last checkpoint that was cosigned; None if none ever was.

        Raises:
            IntegrityFault: there was one, and it cannot be read.

        """

    def put(self, checkpoint: Checkpoint) -> None:
        """Remember a checkpoint as its log's last; durable when this returns."""


class Witness:
    """Cosigns checkpoints of the logs that it trusts, each only ever forward."""

    def __init__(
        self,
        cosigner: Cosigner,
        *,
        logs: Iterable[Verifier],
        state: State,
        clock: Clock,
    ) -> None:
        self._cosigner = cosigner
        self._logs = _by_origin(logs)
        self._state = state
        self._clock = clock

    @property
    def verifier(self) -> Verifier:
        """The key that its cosignatures are verified with."""
        return self._cosigner.verifier

    def add(self, body: bytes) -> str:
        """Cosign what is asked, if it is right; gives the signature line.

        Raises:
            WitnessError: the request is malformed, or starts beyond its own end.
            NotFound: the log is none of those that are trusted.
            Refused: no trusted key of the log signed the checkpoint.
            OtherState: the last checkpoint that was cosigned is another one.
            Invalid: the proof does not show that the checkpoint extends the last one.

        """
        asked = AddCheckpoint.parse(body)
        checkpoint = self._read(asked.note)
        if asked.old > checkpoint.size:
            raise WitnessError("the old size is beyond the checkpoint's")
        with self._state.held():
            last = self._state.get(checkpoint.origin)
            _require_extends(last, asked, checkpoint)
            if checkpoint != last:
                self._state.put(checkpoint)
        return self._cosigner.line(checkpoint.encode(), unix(self._clock.now()))

    def _read(self, note: str) -> Checkpoint:
        """Read a checkpoint; whose it is decides which keys may have signed it."""
        text, blank, _ = note.rpartition("\n\n")
        try:
            checkpoint = Checkpoint.parse(text + "\n")
        except CheckpointError:
            raise WitnessError("the request holds no checkpoint") from None
        if not blank:
            raise WitnessError("the request holds no checkpoint")
        keys = self._logs.get(checkpoint.origin)
        if keys is None:
            raise NotFound("this witness does not know the log")
        try:
            open_note(note, keys)
        except NoteError:
            raise Refused(
                "no trusted key of the log signed the checkpoint",
                reasons=(Reason("witness.signature"),),
            ) from None
        return checkpoint


def read_logs(text: str) -> list[Verifier]:
    """Read a list of logs: a verifier key on a line; `#` begins a remark.

    Raises:
        WitnessError: a line is neither; the message gives its number.

    """
    logs: list[Verifier] = []
    for number, line in enumerate(text.split("\n"), start=1):
        vkey = line.strip()
        if not vkey or vkey.startswith("#"):
            continue
        try:
            log = Verifier.parse(vkey)
        except NoteError as error:
            raise WitnessError(f"line {number}: {error.detail}") from None
        if log.algorithm not in LOG_KEYS:
            raise WitnessError(f"line {number}: this is no log's key")
        logs.append(log)
    return logs


def _require_extends(
    last: Checkpoint | None, asked: AddCheckpoint, checkpoint: Checkpoint
) -> None:
    size = last.size if last else 0
    if asked.old != size:
        raise OtherState(size)
    if last and size == checkpoint.size and last.root != checkpoint.root:
        raise OtherState(size)
    try:
        if last and size:
            path, root = asked.proof, checkpoint.root
            verify_consistency(size, checkpoint.size, path, last.root, root)
        elif asked.proof:
            raise ProofError("every tree extends the empty one")
    except ProofError:
        raise Invalid(
            "the proof does not show that the checkpoint extends the last one",
            code="witness.proof",
        ) from None


def _by_origin(logs: Iterable[Verifier]) -> Mapping[str, list[Verifier]]:
    known: dict[str, list[Verifier]] = {}
    for log in logs:
        known.setdefault(log.name, []).append(log)
    return known
