"""The one error of the verifier."""


class VerificationError(Exception):
    """Something does not verify, or is not what it claims to be.

    Nothing read from the rejected bytes may be believed. The message says which
    rule was broken, and holds no part of what was checked.
    """


class ProvisionalError(VerificationError):
    """The log has signed it, and too few witnesses have cosigned its tree so far.

    `size` is that tree's, in entries: `Ledger.extension(size)` fetches the proof.
    """

    def __init__(self, size: int) -> None:
        super().__init__(
            f"provisional: too few witnesses have cosigned the tree of {size} entries;"
            f" fetch the proof again from /v1/ledger/extension?from={size}, and give"
            " both"
        )
        self.size = size
