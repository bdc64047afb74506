"""The one error of the verifier, and two that say more of what was established."""


class VerificationError(Exception):
    """Something does not verify, or is not what it claims to be.

    Nothing read from the rejected bytes may be believed. The message says which
    rule was broken, and holds no part of what was checked; `code` tells what was
    established in one word.
    """

    code = "refused"


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
