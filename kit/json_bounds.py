"""How deep and how large a JSON text is, told from its bytes before a value is built.

Building is what costs: half a million empty objects are a megabyte on the wire, and
hundreds in memory. Strings are cut out first (a bracket or comma in one means nothing);
then counting is one pass over the bytes for each of a few characters.
"""

import re
from typing import Final

from kit.errors import Malformed

# A string is one token, whatever stands in it; one that is not closed is cut out too.
_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_BRACKETS: Final = re.compile(rb"[\[{\]}]")
_OPEN: Final = frozenset({b"[", b"{"})
_STRINGS_EACH: Final = 2  # a member's name and its value


def require_bounded(data: bytes, *, depth: int, elements: int | None) -> None:
    """Check a JSON text's depth, and how many members, items and containers it has.

    What is no JSON at all may pass: whoever parses it finds that out.

    Raises:
        Malformed: it is nested too deep, or has too many elements.

    """
    most = 0 if elements is None else _STRINGS_EACH * elements + 1
    bare, strings = _STRING.subn(b"", data, count=most)
    if elements is not None and (strings == most or _elements(bare) > elements):
        raise Malformed(f"the JSON text has more than {elements} elements")
    if bare.count(b"[") + bare.count(b"{") > depth:
        _require_shallow(bare, depth)


def _elements(bare: bytes) -> int:
    return bare.count(b",") + bare.count(b"[") + bare.count(b"{")


def _require_shallow(bare: bytes, limit: int) -> None:
    depth = 0
    for token in _BRACKETS.finditer(bare):
        depth += 1 if token[0] in _OPEN else -1
        if depth > limit:
            raise Malformed(f"the JSON text is nested deeper than {limit} levels")
