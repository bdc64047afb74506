"""JSON in two strict directions: canonical out (RFC 8785), suspicious in.

`canonical` gives the one byte string of a value, for hashing and signing. `parse`
reads what a stranger sent: no duplicate names, no NaN or infinity, no lone
surrogates, a bounded depth and bounded numbers, and one error class for all of it.

How deep and how large a text is, is told from its bytes before a value is built.
Building is what costs: half a million empty objects are a megabyte on the wire, and
hundreds in memory. Strings are cut out first (a bracket or comma in one means nothing);
then counting is one pass over the bytes for each of a few characters.
"""

import json
import re
from typing import Any, Final, NoReturn

import rfc8785

from kit.errors import Malformed

MAX_DEPTH = 32
MAX_DIGITS = 20
MAX_EXACT = 2**53 - 1

# Only an escape can bring a lone surrogate in: UTF-8 has no bytes for one.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def canonical(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Give the canonical bytes of a JSON value (RFC 8785).

    Raises:
        Malformed: the value holds something that JSON cannot carry exactly.

    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise Malformed("the value cannot be written as canonical JSON") from error


def parse(
    data: bytes,
    *,
    max_depth: int = MAX_DEPTH,
    max_elements: int | None = None,
    exact: bool = False,
) -> Any:  # noqa: ANN401 - any JSON value
    """Read JSON strictly.

    Depth, and the number of members, items and containers if there is a limit to it,
    are counted before anything is built. With `exact`, each number is an integer that
    every reader takes for the same (RFC 7493, 2.2), in its one spelling.

    Raises:
        Malformed: anything at all that is not plain, bounded, unambiguous JSON.

    """
    require_bounded(data, depth=max_depth, elements=max_elements)
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_refuse_inexact if exact else _finite,
            parse_int=_exact if exact else _bounded,
        )
        if _SURROGATE.search(data):
            # A lone one is legal in JSON's grammar and in no encoding.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise Malformed(_why(error)) from None
    return value


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "the JSON text is not valid UTF-8"
    if isinstance(error, json.JSONDecodeError):
        if error.doc.startswith("\ufeff"):
            return "the JSON text begins with a byte-order mark; save it without one"
        return f"the text is not JSON (line {error.lineno}, column {error.colno})"
    return str(error)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object names a member twice")
    return value


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("NaN and infinity are not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value


def _refuse_inexact(_: str) -> NoReturn:
    raise ValueError("a number is not a plain whole number")


def _exact(text: str) -> int:
    value = _bounded(text)
    if text == "-0" or abs(value) > MAX_EXACT:
        raise ValueError("a number is not a plain whole number of at most 2^53 - 1")
    return value


def _bounded(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"an integer has more than {MAX_DIGITS} digits")
    return int(text)


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
