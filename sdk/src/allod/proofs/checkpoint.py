"""Checkpoints: a log's name, its size and the root of its tree (C2SP tlog-checkpoint).

Three lines and no extension: what a log adds below the root, nobody audits.
"""

from dataclasses import dataclass

from ._strict import check_name, decimal, unbase64
from .errors import VerificationError
from .merkle import EMPTY_ROOT, HASH_BYTES

_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree: that of the log `origin` when it held `size` entries."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a checkpoint's text, which is a note's without the signatures.

        Raises:
            VerificationError: not three lines, or one of them is malformed.

        """
        lines = text.split("\n")
        if len(lines) != _LINES + 1 or lines[-1]:
            raise VerificationError("a checkpoint has three lines")
        check_name(lines[0])
        size, root = decimal(lines[1]), unbase64(lines[2], length=HASH_BYTES)
        if size == 0 and root != EMPTY_ROOT:
            raise VerificationError("an empty tree has another root")
        return cls(lines[0], size, root)
