"""Extensions: a checkpoint, and the proof that its tree begins with an older one.

The text is the body of C2SP tlog-witness's `add-checkpoint`: `old SIZE`, the
consistency proof, a blank line, the signed checkpoint. A log sends it to a witness;
and it is the *cosigned proof* of whatever was signed before witnesses had seen it. A
receipt leads to the tree that the log had just signed; the extension leads on, from
that tree to one that the quorum has cosigned (`ledger.formats.trust_policy`). It holds
nothing about anybody, one serves every receipt under that tree, and it can be made at
any later time.
"""

from dataclasses import dataclass
from typing import Final, Self

from kit.errors import Malformed
from ledger.formats.encoding import decimal, decode64, encode64
from ledger.formats.merkle import HASH_BYTES

MAX_EXTENSION_BYTES: Final = 1 << 16
MAX_PATH: Final = 63
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
