"""Witnesses (C2SP tlog-witness): who cosigns that a log has shown it one history.

A witness keeps, for each log that it trusts, the last checkpoint that it cosigned. It
cosigns another only if that begins with all of the last one. So it never signs two
histories, however often and by whomever it is asked. Two rules carry this: the state
is durable before the cosignature leaves, and looking and saving are one step that no
other request, in whatever process, comes between.

It cosigns with an Ed25519 key, and with an ML-DSA-44 key if it has one. Extension lines
below a checkpoint are cosigned as they are, and say nothing here: what is compared is
origin, size and root.

`AddCheckpoint` is the one request that there is, written by logs and read here.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol, Self

from kit.clock import Clock, unix
from kit.errors import (
    Conflict,
    IntegrityFault,
    Invalid,
    Malformed,
    NotFound,
    Reason,
    Refused,
)
from ledger.formats.checkpoint import (
    MAX_EXTENSION_BYTES,
    Checkpoint,
    CheckpointError,
    Extension,
    ExtensionError,
    head,
)
from ledger.formats.cosignature import MAX_NAME
from ledger.formats.merkle import EMPTY_ROOT, ProofError, verify_consistency
from ledger.formats.note import only_lines, open_note
from ledger.formats.signing import (
    Cosigner,
    NoteError,
    UnknownSigner,
    Verifier,
    WrongSignature,
)
from ledger.formats.trust_policy import LOG_KEYS

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


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The last checkpoint of a log that a witness cosigned.

    `note` holds the log's lines and the witness's own, as monitors read it; what was
    remembered before there were such notes has none.
    """

    checkpoint: Checkpoint
    note: str | None


class WitnessState(Protocol):
    """What a witness remembers. It has to survive a crash right after `put`."""

    def locked(self) -> AbstractContextManager[None]:
        """Keep every other thread and process out for the length of a block."""

    def get(self, origin: str) -> Cosigned | None:
        """Give what was last cosigned of a log; None if nothing ever was.

        Raises:
            IntegrityFault: there was something, and it cannot be read.

        """

    def put(self, cosigned: Cosigned) -> None:
        """Remember this as its log's last; durable when it returns."""


class Witness:
    """Cosigns checkpoints of the logs that it trusts, each only ever forward."""

    def __init__(
        self,
        cosigners: Sequence[Cosigner],
        *,
        logs: Iterable[Verifier],
        state: WitnessState,
        clock: Clock,
    ) -> None:
        self._cosigners = tuple(cosigners)
        self._logs = _by_origin(logs)
        self._origins = {origin_hash(origin): origin for origin in self._logs}
        self._state = state
        self._clock = clock

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        """The keys that its cosignatures are verified with."""
        return tuple(each.verifier for each in self._cosigners)

    def add(self, body: bytes) -> str:
        """Cosign what is asked, if it is right; gives a signature line of each key.

        Raises:
            WitnessError: the request is malformed, or starts beyond its own end.
            NotFound: the log is none of those that are trusted.
            Refused: no trusted key of the log signed the checkpoint, or one's is wrong.
            OtherState: the last checkpoint that was cosigned is of another size.
            Invalid: it is not shown that the checkpoint extends the last one.

        """
        asked = AddCheckpoint.parse(body)
        shown = self._shown(asked.note)
        if asked.old > shown.size:
            raise WitnessError("the old size is beyond the checkpoint's")
        with self._state.locked():
            last = self._last(shown.origin)
            _require_extends(last.checkpoint if last else None, asked, shown)
            checkpoint = Checkpoint(shown.origin, shown.size, shown.root)
            lines = self._lines(shown.text)
            # Whoever asks the witness what it saw is given what this request is given.
            self._state.put(Cosigned(checkpoint, shown.note + lines))
        return lines

    def latest(self, origin: str) -> str:
        """Give the last checkpoint that it cosigned of a log, for monitors.

        `origin` is the hash of the log's origin (`origin_hash`).

        Raises:
            NotFound: it does not know the log, or has not cosigned it yet.

        """
        name = self._origins.get(origin)
        last = self._last(name) if name is not None else None
        if last is None or last.note is None:
            raise NotFound("this witness has cosigned no checkpoint of such a log")
        return last.note

    def _lines(self, text: str) -> str:
        now = unix(self._clock.now())
        return "".join(each.line(text, now) for each in self._cosigners)

    def _last(self, origin: str) -> Cosigned | None:
        """Give what it last cosigned of a log, if it still bears its own signature."""
        last = self._state.get(origin)
        if last is not None and last.note is not None:
            try:
                open_note(last.note, self.verifiers)
            except NoteError:
                raise IntegrityFault("the witness's memory is damaged") from None
        return last

    def _shown(self, note: str) -> "_Shown":
        """Read a checkpoint; whose it is decides which keys may have signed it."""
        text = note.rpartition("\n\n")[0] + "\n"
        try:
            origin, size, root = head(text)
        except CheckpointError as error:
            raise WitnessError(error.detail) from None
        keys = self._logs.get(origin)
        if keys is None:
            raise NotFound("this witness does not know the log")
        return _Shown(origin, size, root, text, _signed(note, keys))


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a log's checkpoint says, below a trusted signature of that log."""

    origin: str
    size: int
    root: bytes
    text: str
    note: str  # with the lines of trusted keys alone


def origin_hash(origin: str) -> str:
    """Give the name that a log has in paths (C2SP tlog-witness)."""
    return hashlib.sha256(origin.encode()).hexdigest()


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
        if len(log.name.encode()) > MAX_NAME:
            raise WitnessError(f"line {number}: the log's name is too long to cosign")
        logs.append(log)
    return logs


def _signed(note: str, keys: Sequence[Verifier]) -> str:
    """Keep what trusted keys signed of a note, or say why nothing is kept."""
    try:
        return only_lines(note, keys)
    except UnknownSigner:
        why = "none of the log's keys that this witness trusts signed the checkpoint"
    except WrongSignature:
        why = "a signature of the log's key is not over this checkpoint"
    except NoteError as error:
        raise WitnessError(error.detail) from None
    raise Refused(why, reasons=(Reason("witness.signature"),))


def _require_extends(
    last: Checkpoint | None, asked: AddCheckpoint, shown: _Shown
) -> None:
    size = last.size if last else 0
    if asked.old != size:
        raise OtherState(size)
    if shown.size == 0 and shown.root != EMPTY_ROOT:
        raise Invalid("the empty tree has another root", code="witness.empty_root")
    if size == 0 or last is None:
        if asked.proof:
            raise Invalid("from size 0 on, the proof is empty", code="witness.proof")
    elif size == shown.size and last.root != shown.root:
        raise Invalid(
            "this witness cosigned another root of the same size", code="witness.root"
        )
    else:
        _require_proof(last, asked, shown)


def _require_proof(last: Checkpoint, asked: AddCheckpoint, shown: _Shown) -> None:
    try:
        verify_consistency(last.size, shown.size, asked.proof, last.root, shown.root)
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
