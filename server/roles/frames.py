"""Between a server and the process of a scan: a piece for each time one is asked for.

A pull is one byte; a frame is a length (4 bytes, big endian) and so many bytes, and the
empty frame is the end. Nothing is in the pipe that was not asked for, so what a client
does not take is not on its way to them either.
"""

import os
import select
from collections.abc import Callable, Iterator
from typing import IO, Final

PULL: Final = b"\n"
HEADER: Final = 4
MOST: Final = 8 << 20
"""No frame is longer: a record is at most as long as the body that it came in."""
_CHUNK: Final = 1 << 16


class Broken(Exception):
    """The other end is gone, or does not speak as it should."""


def ask(pipe: IO[bytes], frames: IO[bytes]) -> bytes:
    """Ask for the next piece; the empty one is the end.

    Raises:
        Broken: there is none, and will be none.

    """
    try:
        pipe.write(PULL)
        pipe.flush()
    except OSError:
        raise Broken from None
    length = int.from_bytes(_exactly(frames, HEADER))
    if length > MOST:
        raise Broken
    return _exactly(frames, length)


def give(pipe: IO[bytes], piece: bytes) -> None:
    """Write one frame."""
    pipe.write(len(piece).to_bytes(HEADER))
    pipe.write(piece)
    pipe.flush()


def question() -> bytes:
    """Read the first line of standard input, and not a byte more."""
    line = b""
    # Byte by byte and unbuffered: what follows the line is pulls, and `pulls` looks at
    # the descriptor itself.
    while not line.endswith(b"\n") and (one := os.read(0, 1)):
        line += one
    return line


def pulls(patience: float, forget: Callable[[], None]) -> Iterator[None]:
    """Wait for each pull on standard input, until it ends.

    Where one does not come for `patience` seconds, `forget` is called, once.
    """
    while True:
        # No pull yet: the client is slow. Keys are let go of, and the wait goes on.
        if not select.select([0], [], [], patience)[0]:
            forget()
        if not os.read(0, 1):
            return
        yield


def _exactly(frames: IO[bytes], length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        # In pieces: a length that is false must not have its memory claimed first.
        some = frames.read(min(_CHUNK, length - len(data)))
        if not some:
            raise Broken
        data += some
    return bytes(data)
