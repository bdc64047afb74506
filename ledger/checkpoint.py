"""Checkpoints (C2SP tlog-checkpoint): a log's name, size and root, in three lines.

There are no extension lines, neither written nor read: monitors cannot audit them.
Only a checkpoint that was read out of a verified note means anything.
"""

from dataclasses import dataclass
from typing import Self

from kit.errors import Malformed
from ledger.merkle import EMPTY_ROOT, HASH_BYTES
from ledger.strict import decimal, decode64, encode64, is_name


class CheckpointError(Malformed):
    """The text is not a checkpoint."""

    code, title = "checkpoint_invalid", "Not a checkpoint"


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
        try:
            origin, size, root, end = text.split("\n")
            checkpoint = cls(origin, decimal(size), decode64(root))
        except ValueError:
            raise CheckpointError("a checkpoint is origin, size and root") from None
        if end:
            raise CheckpointError("a checkpoint ends with a newline")
        return checkpoint


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint and the note, byte for byte, that it was read from."""

    checkpoint: Checkpoint
    note: str
