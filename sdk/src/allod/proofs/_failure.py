"""The one error of the verifier."""


class VerificationError(Exception):
    """Something does not verify, or is not what it claims to be.

    Nothing read from the rejected bytes may be believed. The message says which
    rule was broken, and holds no part of what was checked.
    """
