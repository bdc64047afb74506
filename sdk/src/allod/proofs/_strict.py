"""Readers that take one spelling only: base64, decimals, JSON.

Two spellings of one value are two files that verify alike, and a place to hide
things; so each reader refuses what its writer would not have written.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from .errors import VerificationError

MAX_INTEGER = 2**63 - 1
MAX_EXACT = 2**53 - 1
MAX_JSON_BYTES = 1 << 20
MAX_DIGITS = 19
MAX_DEPTH = 32

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


def unbase64(text: str, *, length: int | None = None) -> bytes:
    """Decode standard base64 with padding, in its only canonical spelling.

    Raises:
        VerificationError: it is not, or not `length` bytes long.

    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        raise VerificationError("a value is not base64") from None
    if base64.b64encode(data).decode() != text:
        raise VerificationError("a value is base64 in an unusual spelling")
    if length is not None and len(data) != length:
        raise VerificationError(f"a value is not {length} bytes long")
    return data


def decimal(text: str) -> int:
    """Read a natural number: ASCII digits, no leading zero, below 2**63.

    Raises:
        VerificationError: it is none in this spelling.

    """
    plain = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
    if not plain or (text[0] == "0" and text != "0"):
        raise VerificationError("a number is not a plain decimal")
    value = int(text)
    if value > MAX_INTEGER:
        raise VerificationError("a number is too large")
    return value


def check_name(name: str) -> None:
    """Check a key's name: not empty, no blank of any alphabet, no control, no plus.

    Raises:
        VerificationError: it is not allowed.

    """
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise VerificationError("a key's name is not allowed")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise VerificationError("a key's name is not UTF-8") from None


def text_of(data: bytes) -> str:
    """Decode UTF-8.

    Raises:
        VerificationError: it is none.

    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise VerificationError("the bytes are not UTF-8") from None


def json_object(data: bytes, *, most: int = MAX_JSON_BYTES) -> dict[str, Any]:
    """Read a JSON object: no name twice, no fraction, no inexact number, not deep.

    `most` is how many bytes it may have.

    Raises:
        VerificationError: it is none, or one of these things is in it.

    """
    if len(data) > most:
        raise VerificationError("the JSON text is too long")
    text = text_of(data)
    _check_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse,
            parse_float=_refuse,
            parse_int=_exact,
        )
    except (ValueError, RecursionError):
        raise VerificationError("the text is not strict JSON") from None
    if not isinstance(value, dict):
        raise VerificationError("the JSON text is not an object")
    return value


def canonical(value: Mapping[str, Any]) -> bytes:
    """Write an object as canonical JSON (RFC 8785); numbers are integers here.

    Raises:
        VerificationError: it holds a value that has no canonical form.

    """
    try:
        text = json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8")
    except (UnicodeEncodeError, RecursionError):
        raise VerificationError("the object has no canonical form") from None


def member(value: Mapping[str, Any], name: str, kind: type) -> Any:  # noqa: ANN401
    """Take one member of an object, of exactly this type (a bool is no integer).

    Raises:
        VerificationError: it is missing, or of another type.

    """
    found = value.get(name)
    if type(found) is not kind:
        raise VerificationError(f"the member {name} is missing or of another type")
    return found


def only(value: Mapping[str, Any], names: frozenset[str]) -> None:
    """Check that an object has these members and no other.

    Raises:
        VerificationError: it has others, or lacks one.

    """
    if value.keys() != names:
        raise VerificationError("an object has other members than it should")


def _check_depth(text: str) -> None:
    """Check how deep a text is nested, before a value is built of it."""
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > MAX_DEPTH:
            raise VerificationError("the JSON text is nested too deeply")


def _sorted(value: object) -> object:
    match value:
        case Mapping():
            pairs = ((_name(name), _sorted(each)) for name, each in value.items())
            # RFC 8785, 3.2.3: names are ordered by their UTF-16 code units.
            return dict(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be")))
        case list() | tuple():
            return [_sorted(each) for each in value]
        case bool() | str() | None:
            return value
        case int() if abs(value) <= MAX_EXACT:
            return value
    raise VerificationError("the object holds a value without a canonical form")


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise VerificationError("a member's name is not text")
    return name


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError
    return value


def _refuse(_: str) -> object:
    raise ValueError


def _exact(text: str) -> int:
    if len(text) > MAX_DIGITS or text == "-0" or abs(int(text)) > MAX_EXACT:
        raise ValueError
    return int(text)
