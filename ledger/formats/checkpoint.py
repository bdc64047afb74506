"""Checkpoints (C2SP tlog-checkpoint): a log's name, size and root, in three lines.

A log here writes no extension lines below them and a verifier reads none: monitors
cannot audit them. Witnesses, who cosign other people's logs, pass over them (`head`).
Only a checkpoint that was read out of a verified note means anything.
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
