"""Checkpoints (C2SP tlog-checkpoint): a log's name, size and root, in three lines.

A log here writes no extension lines below them and a verifier reads none: monitors
cannot audit them. Witnesses, who cosign other people's logs, pass over them (`head`).
Only a checkpoint that was read out of a verified note means anything.

An extension is a checkpoint, and the proof that its tree begins with an older one. Its
text is the body of C2SP tlog-witness's `add-checkpoint`: `old SIZE`, the consistency
proof, a blank line, the signed checkpoint. A log sends it to a witness; and it is the
*cosigned proof* of whatever was signed before witnesses had seen it. A receipt leads to
the tree that the log had just signed; the extension leads on, from that tree to one
that the quorum has cosigned (`ledger.formats.trust_policy`). It holds nothing about
anybody, one serves every receipt under that tree, and it can be made at any later time.
"""

from dataclasses import dataclass
from typing import Final, Self

from kit.errors import Malformed
from ledger.formats.encoding import decimal, decode64, encode64, is_name
from ledger.formats.merkle import EMPTY_ROOT, HASH_BYTES

_LINES: Final = 3


class CheckpointError(Malformed):
    """The text is not a checkpoint."""

    code, title = "checkpoint_invalid", "Not a checkpoint"


def head(text: str) -> tuple[str, int, bytes]:
    """Read origin, size and root of a note's text, whatever lines stand below them.

    It is not told yet whether a tree of this size can have the root.

    Raises:
        CheckpointError: it does not begin as a checkpoint, or has an empty line.

    """
    origin, *lines = text.split("\n")
    if len(lines) < _LINES or lines.pop():
        raise CheckpointError("a checkpoint ends with a newline, after three lines")
    if not all(lines):
        raise CheckpointError("a checkpoint has no empty line")
    try:
        size, root = decimal(lines[0]), decode64(lines[1])
    except ValueError:
        raise CheckpointError("a checkpoint is origin, size and root") from None
    if len(root) != HASH_BYTES:
        raise CheckpointError("a checkpoint's root has 32 bytes")
    return origin, size, root


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: `size` entries under `root`."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not is_name(self.origin):
            raise CheckpointError("the origin is no name that a key can have")
        if self.size < 0 or len(self.root) != HASH_BYTES:
            raise CheckpointError("a tree has a size and a root of 32 bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise CheckpointError("the empty tree has one root")

    def encode(self) -> str:
        """Write the note's text."""
        return f"{self.origin}\n{self.size}\n{encode64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a note's text.

        Raises:
            CheckpointError: it is not exactly three lines of a checkpoint.

        """
        if text.count("\n") != _LINES:
            raise CheckpointError("a checkpoint is origin, size and root")
        return cls(*head(text))


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint and the note, byte for byte, that it was read from."""

    checkpoint: Checkpoint
    note: str


MAX_EXTENSION_BYTES: Final = 1 << 16
MAX_PATH: Final = 63  # hashes, as many as C2SP tlog-witness lets a proof have
OLD: Final = "old "


class ExtensionError(Malformed):
    """The bytes are not an extension."""

    code, title = "extension_invalid", "Not the proof that a log was extended"


@dataclass(frozen=True, slots=True)
class Extension:
    """A signed checkpoint, and the proof that it extends an older size."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    def encode(self) -> bytes:
        """Write the file."""
        hashes = [encode64(each) for each in self.proof]
        return "\n".join([f"{OLD}{self.old}", *hashes, "", self.note]).encode()

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the file; nothing in it is verified yet.

        Raises:
            ExtensionError: it is none, or not spelled the one way.

        """
        if len(data) > MAX_EXTENSION_BYTES:
            raise ExtensionError("the text is too long")
        try:
            head, blank, note = data.decode().partition("\n\n")
            first, *lines = head.split("\n")
            proof = tuple(decode64(line) for line in lines)
            old = decimal(first.removeprefix(OLD))
        except ValueError:
            raise ExtensionError("a line cannot be read") from None
        if not first.startswith(OLD) or not blank or len(proof) > MAX_PATH:
            raise ExtensionError("expected: an old size, a proof and a checkpoint")
        if any(len(each) != HASH_BYTES for each in proof):
            raise ExtensionError("a hash is not 32 bytes long")
        return cls(old, proof, note)
