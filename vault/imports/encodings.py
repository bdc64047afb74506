"""The encodings that a file may be declared to be in; none is ever guessed.

A byte-order mark is taken where it says what the map says, and told where it says
something else. Text of UTF-16 is handed on as UTF-8, so that line ends are found as
bytes. In all others a byte below 0x30 is never a part of another character: line
ends, quotation marks and commas are what they are.

Most encodings take nearly any bytes: what was written in one and is read as another
is garbage without an error. Its sign is a character that nobody writes.
"""

import codecs
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final
from unicodedata import category

from vault.imports.packed_files import CHUNK, Readable, SourceUnreadable

UTF_8: Final = "utf-8"
UTF_16: Final = "utf-16"

# By the name in a map, the codec. Those of East Asia are the supersets that Windows,
# and with it the exports of spreadsheets, writes under these names (as in WHATWG's
# Encoding Standard).
_CODECS: Final[Mapping[str, str]] = MappingProxyType(
    {
        UTF_8: UTF_8,
        UTF_16: UTF_8,
        "utf-16-le": UTF_8,
        "utf-16-be": UTF_8,
        "gb18030": "gb18030",
        "gbk": "gbk",
        "big5": "cp950",
        "big5-hkscs": "big5hkscs",
        "shift_jis": "cp932",
        "euc-jp": "euc_jp",
        "euc-kr": "cp949",
        "cp1250": "cp1250",
        "cp1251": "cp1251",
        "cp1252": "cp1252",
        "cp1254": "cp1254",
        "latin-1": "iso8859_1",
        "latin-9": "iso8859_15",
    }
)
ENCODINGS: Final = tuple(_CODECS)

# The longer ones first: UTF-32's begins with UTF-16's.
_MARKS: Final = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\x84\x31\x95\x33", "gb18030"),
    (b"\xef\xbb\xbf", UTF_8),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_LONGEST_MARK: Final = 4
_NOBODY_WRITES: Final = frozenset({"Cc", "Cn", "Co", "Cs"})
_REPLACEMENT: Final = "\ufffd"
_NEXT_LINE: Final = "\x85"


def plain(stream: Readable, encoding: str) -> tuple[str, Iterator[bytes]]:
    """Give the encoding that a stream is in, and its bytes with UTF-16 as UTF-8.

    Raises:
        SourceUnreadable: its byte-order mark says another, or is needed and missing.

    """
    start = b""
    while len(start) < _LONGEST_MARK and (more := stream.read(_LONGEST_MARK)):
        start += more
    found = _settled(start, encoding)
    chunks = _chunks(start, stream)
    return found, _as_utf_8(chunks, found) if found.startswith(UTF_16) else chunks


def codec(encoding: str) -> str:
    """Give the codec of the bytes that `plain` gives."""
    return _CODECS[encoding]


def shows_itself(encoding: str) -> bool:
    """Tell whether text that is in another encoding cannot be read as this one."""
    return encoding in {UTF_8, UTF_16}


def is_doubtful(text: str) -> bool:
    """Tell whether a text has a character that shows that it was decoded wrongly.

    Such are those of private use, those that are none, controls beyond ASCII, and the
    replacement character.
    """
    return not text.isascii() and any(
        category(character) in _NOBODY_WRITES or character == _REPLACEMENT
        for character in set(text)
        if not character.isascii() and character != _NEXT_LINE
    )


def _settled(start: bytes, encoding: str) -> str:
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), "")
    if encoding == UTF_16 and not marked:
        raise SourceUnreadable(
            "the file has no byte-order mark, which utf-16 needs",
            fix="write `encoding: utf-16-le` (usual) or `utf-16-be` in the map",
        )
    if marked in {"", encoding}:
        return encoding
    if encoding == UTF_16 and marked.startswith(UTF_16):
        return marked
    if marked not in _CODECS:
        fix = f"save the file as {UTF_8}, and let the map say `encoding: {UTF_8}`"
    else:
        fix = f"write `encoding: {marked}` in the map"
    raise SourceUnreadable(
        f"the file's byte-order mark says {marked}, the map says {encoding}", fix=fix
    )


def _chunks(start: bytes, stream: Readable) -> Iterator[bytes]:
    yield start
    while chunk := stream.read(CHUNK):
        yield chunk


def _as_utf_8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    # What is no character stays none, so that it is found in its line.
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    for chunk in chunks:
        yield decoder.decode(chunk).encode(UTF_8, "surrogatepass")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        yield b"\xff"  # half a character: a byte that UTF-8 does not have
