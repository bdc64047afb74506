"""Extensions: the proof that the tree of an older size begins a signed checkpoint's.

What a log signs is signed before its witnesses have seen it, and is not signed again.
An extension is the *cosigned proof* that can be fetched since: from the tree of a
receipt, certificate or export to one that the quorum has cosigned. Its text is that
of C2SP tlog-witness's `add-checkpoint`: `old SIZE`, hashes, a blank line, checkpoint.
"""

from dataclasses import dataclass

from ._strict import decimal, text_of, unbase64
from .errors import VerificationError
from .merkle import HASH_BYTES

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
