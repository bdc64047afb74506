"""Checkpoints: a log's name, its size and the root of its tree (C2SP tlog-checkpoint).

Three lines and no extension: what a log adds below the root, nobody audits.

An `Extension` is the proof that the tree of an older size begins a signed checkpoint's.
What a log signs is signed before its witnesses have seen it, and is not signed again;
this is the *cosigned proof* that can be fetched since: from the tree of a receipt,
certificate or export to one that the quorum has cosigned. Its text is that of C2SP
tlog-witness's `add-checkpoint`: `old SIZE`, hashes, a blank line, checkpoint.
"""

from dataclasses import dataclass

from ._strict import check_name, decimal, text_of, unbase64
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


MAX_EXTENSION_BYTES = 1 << 16
MAX_PATH = 63  # hashes, as many as C2SP tlog-witness lets a proof have

_OLD = "old "


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension as it was read; nothing in it has been verified yet."""

    old: int
    path: tuple[bytes, ...]
    note: str

    @classmethod
    def parse(cls, data: bytes | str) -> "Extension":
        """Read an extension, in the one spelling it can have.

        Raises:
            VerificationError: it is none.

        """
        if len(data) > MAX_EXTENSION_BYTES:
            raise VerificationError("the proof is too long")
        text = data if isinstance(data, str) else text_of(data)
        head, blank, note = text.partition("\n\n")
        first, *hashes = head.split("\n")
        if not blank or not first.startswith(_OLD) or len(hashes) > MAX_PATH:
            raise VerificationError("the text is not the proof of an extension")
        path = tuple(unbase64(each, length=HASH_BYTES) for each in hashes)
        return cls(decimal(first.removeprefix(_OLD)), path, note)
