"""The lines of a file, in bounded memory: counted first, then taken one by one.

A line ends at a line feed, a carriage return, or both one behind the other, in every
encoding. `fingerprint` reads the whole file first, so that damage is found before
anything is imported. A line that is longer than `MAX_LINE` comes in pieces.
"""

import codecs
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from vault.imports.encodings import UTF_8, codec, is_doubtful, plain, shows_itself
from vault.imports.packed_files import DAMAGED, Readable, opened, unreadable

MAX_LINE: Final = 1 << 20

_ENDS: Final = (b"\n", b"\r")
_MARK: Final = "\ufeff"
_KEPT: Final = "surrogateescape"  # byte for byte: quotation marks stay what they are


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells one file from another, however it was compressed.

    `encoding` is the one that it is read in, of UTF-16 with the order of its bytes.
    """

    digest: bytes
    lines: int
    encoding: str = UTF_8


def fingerprint(path: Path, encoding: str = UTF_8) -> Fingerprint:
    """Hash a file's text and count its lines.

    Raises:
        SourceUnreadable: it is not there, its compression is damaged, or its
            byte-order mark says another encoding.

    """
    digest, lines, last = hashlib.sha256(), 0, b"\n"
    try:
        with opened(path) as stream:
            found, chunks = plain(stream, encoding)
            for chunk in filter(None, chunks):
                digest.update(chunk)
                lines += _ends(last, chunk)
                last = chunk[-1:]
    except DAMAGED as error:
        raise unreadable(error) from None
    return Fingerprint(digest.digest(), lines + (last not in _ENDS), found)


def _ends(before: bytes, chunk: bytes) -> int:
    pairs = chunk.count(b"\r\n") + (before == b"\r" and chunk.startswith(b"\n"))
    return chunk.count(b"\n") + chunk.count(b"\r") - pairs


class InputLine(NamedTuple):
    """A line with its end, or a piece of one that is too long; why it is no text.

    Of pieces, only the last `ends` the line. `old_number` is its number as programs
    before 0.2 counted, for whom a line feed alone ended a line.
    """

    number: int
    text: str
    fault: str = ""
    ends: bool = True
    old_number: int = 0


def read_lines(stream: Readable, encoding: str) -> Iterator[InputLine]:
    """Read the lines of a file as text, in the encoding that its map says.

    Raises:
        SourceUnreadable: its byte-order mark says another encoding.

    """
    _, chunks = plain(stream, encoding)
    name, sure = codec(encoding), shows_itself(encoding)
    number, old = 1, 1
    long: codecs.IncrementalDecoder | None = None
    for piece, ends in _pieces(chunks):
        if ends and long is None and len(piece) <= MAX_LINE:
            text, fault = _decoded(piece, name, sure=sure)
            text = text.removeprefix(_MARK) if number == 1 else text
        else:
            long = long or codecs.getincrementaldecoder(name)(_KEPT)
            text, fault = long.decode(piece, ends), "line.too_long"
        yield InputLine(number, text, fault, ends, old)
        if ends:
            number, long = number + 1, None
            old += piece.endswith(b"\n")


def _decoded(line: bytes, name: str, *, sure: bool) -> tuple[str, str]:
    try:
        text = line.decode(name)
    except UnicodeDecodeError:
        return line.decode(name, _KEPT), "line.encoding"
    return text, "" if sure or not is_doubtful(text) else "line.wrong_encoding"


def _pieces(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Cut into lines, and lines into pieces of `MAX_LINE`; tell whether one ends."""
    rest = b""
    for chunk in filter(None, chunks):
        *whole, rest = (rest + chunk).splitlines(keepends=True)
        if rest.endswith(b"\n"):  # behind "\r" there may still be one
            whole, rest = [*whole, rest], b""
        for line in whole:
            yield line, True
        while len(rest) > MAX_LINE:
            yield rest[:MAX_LINE], False
            rest = rest[MAX_LINE:]
    if rest:
        yield rest, True
