"""Parts a stream of bytes into lines at newlines, and at nothing else.

JSON may hold U+2028 and its kind as they are, at which `str.splitlines`, and with it
the HTTP library's own line reader, would cut a record in two.
"""

from allod._errors import Truncated, UnexpectedAnswer

MAX_LINE = 16 * 1024 * 1024


class Lines:
    """Collects bytes, and gives the lines that are whole."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes as they came; give the lines that they complete.

        Raises:
            UnexpectedAnswer: a line is longer than `MAX_LINE` bytes.

        """
        first, *others = data.split(b"\n")
        self._rest += first
        if len(self._rest) > MAX_LINE:
            raise UnexpectedAnswer("a line of the answer is too long")
        if not others:
            return []
        whole = [bytes(self._rest), *others[:-1]]
        self._rest = bytearray(others[-1])
        return [line for line in whole if line]

    def end(self) -> None:
        """Say that no more bytes come.

        Raises:
            Truncated: the last line is not whole.

        """
        if self._rest:
            raise Truncated("the answer ended in the middle of a line")
