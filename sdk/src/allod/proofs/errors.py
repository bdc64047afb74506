"""The one error of the verifier, and three that say more of what was established.

A message says what was expected and what was found where that is public: a place, a
size, a root, a key's id. Of whatever else was checked it holds nothing.
"""

from typing import Self

NOT_RECOGNISED = "not-recognised"


class VerificationError(Exception):
    """Something does not verify, or is not what it claims to be.

    Nothing read from the rejected bytes may be believed. The message says which
    rule was broken, and `code` in a word what was established; docs/cli.md lists the
    codes. `file` is the path of the file at fault, where it is one of an archive.
    """

    code = "refused"

    def __init__(self, detail: str, *, code: str = "", file: str = "") -> None:
        super().__init__(detail)
        self.code = code or self.code
        self.file = file

    def at(self, where: str = "", *, file: str = "") -> Self:
        """Say where it was: in words before the message, and in which file."""
        self.args = (f"{where}: {self}",) if where else self.args
        self.file = self.file or file
        return self


class UnknownSignerError(VerificationError):
    """No key that the policy trusts has signed it; it may be genuine all the same."""

    code = "unknown-signer"


class WrongSignatureError(VerificationError):
    """A trusted key's signature is wrong: this is not what that key has signed."""

    code = "wrong-signature"


class ProvisionalError(VerificationError):
    """The log has signed it, and too few witnesses have cosigned its tree so far.

    `size` is that tree's, in entries: `Ledger.extension(size)` fetches the proof.
    """

    code = "provisional"

    def __init__(self, size: int) -> None:
        super().__init__(
            f"provisional: too few witnesses have cosigned the tree of {size} entries;"
            f" fetch the proof again from /v1/ledger/extension?from={size}, and give"
            " both"
        )
        self.size = size
