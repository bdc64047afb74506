"""JSON as it comes from the server: plain values, each held to the type it should have.

A value that is not as promised is a `ValueError` here, which whoever knows the name of
its member makes into an `UnexpectedAnswer`. No message holds a value that was read.
"""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from allod._errors import UnexpectedAnswer

Value = TypeVar("Value")

Object: TypeAlias = Mapping[str, Any]
"""A JSON object; what stands in it is checked when it is taken out."""


def parse_object(data: bytes) -> Object:
    """Read a JSON object.

    Raises:
        UnexpectedAnswer: it is not JSON, or no object.

    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise UnexpectedAnswer("the answer is not JSON") from None
    return as_object(value)


def as_object(value: object) -> Object:
    """Take a JSON object.

    Raises:
        UnexpectedAnswer: it is none.

    """
    if not isinstance(value, dict):
        raise UnexpectedAnswer("the answer should be an object here")
    return value


def of_kind(value: object, kind: type[Value]) -> Value:
    """Take a value of one of JSON's types.

    Raises:
        ValueError: it is of another.

    """
    # A bool is an int to Python, and is none to JSON.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError("another type than promised")
    return value


def text(value: object) -> str:
    """Take a string."""
    return of_kind(value, str)


def integer(value: object) -> int:
    """Take an integer."""
    return of_kind(value, int)


def number(value: object) -> float:
    """Take a number, whole or not."""
    return value if isinstance(value, float) else float(integer(value))


def flag(value: object) -> bool:
    """Take true or false."""
    return of_kind(value, bool)


def instant(value: object) -> datetime:
    """Take a point in time (RFC 3339)."""
    at = datetime.fromisoformat(text(value))
    if at.tzinfo is None:
        raise ValueError("an instant without its offset")
    return at


def octets(value: object) -> bytes:
    """Take bytes in base64."""
    return base64.b64decode(text(value), validate=True)
