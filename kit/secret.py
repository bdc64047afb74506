"""Secrets in memory: no print, no core dump, no memory to whoever asks.

Keys and records in clear are in this process's memory. A core file would hold them, and
so would what a debugger of the same user reads (prctl(2), PR_SET_DUMPABLE; core(5)).
Files that somebody forgot to give a mode are their owner's alone.
"""

import ctypes
import os
import resource
from typing import Final, NoReturn, final


@final
class Secret:
    """Key material; its repr is three asterisks.

    `reveal()` is the one way to the bytes, and easy to search for.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """Give the bytes, for the one call that needs them."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


_PR_SET_DUMPABLE: Final = 4
_OWNER_ALONE: Final = 0o077  # a umask: what others are not given


def harden() -> None:
    """Let this process, and those that it starts, leave nothing readable behind."""
    os.umask(_OWNER_ALONE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Linux alone has it; a new program (exec) is dumpable again, so each one asks.
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
