"""Bytes that must not be printed: their repr is three asterisks."""

from typing import NoReturn, final


@final
class Secret:
    """Key material. `reveal()` is the one way to the bytes, and easy to search for."""

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
