"""Reads the server's JSON, member by member, and says so when it is not as promised.

Members that are not known are passed over: the API grows by adding some. No message
holds a value that was read.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

from allod._errors import UnexpectedAnswer

Value = TypeVar("Value")

Object: TypeAlias = Mapping[str, Any]
"""A JSON object; what stands in it is checked when it is taken out."""


def as_object(value: object) -> Object:
    """Take a JSON object."""
    if not isinstance(value, dict):
        raise UnexpectedAnswer("the answer should be an object here")
    return value


def text(source: Object, name: str) -> str:
    """Take a string."""
    return _take(source, name, str)


def integer(source: Object, name: str) -> int:
    """Take an integer."""
    return _take(source, name, int)


def number(source: Object, name: str) -> float:
    """Take a number, whole or not."""
    found = source.get(name)
    return found if isinstance(found, float) else float(integer(source, name))


def flag(source: Object, name: str) -> bool:
    """Take true or false."""
    found = source.get(name)
    if not isinstance(found, bool):
        raise _wrong(name)
    return found


def instant(source: Object, name: str) -> datetime:
    """Take a point in time (RFC 3339)."""
    try:
        at = datetime.fromisoformat(text(source, name))
    except ValueError:
        raise _wrong(name) from None
    if at.tzinfo is None:
        raise _wrong(name)
    return at


def mapping(source: Object, name: str) -> Mapping[str, Any]:
    """Take an object as it is."""
    return MappingProxyType(_take(source, name, dict))


def texts(source: Object, name: str) -> tuple[str, ...]:
    """Take a list of strings."""
    found = _take(source, name, list)
    if not all(isinstance(each, str) for each in found):
        raise _wrong(name)
    return tuple(found)


def doubts(source: Object) -> tuple[str, ...]:
    """Take the fields that a write names as doubtful, if it names any."""
    return texts(source, "doubtful") if "doubtful" in source else ()


def integers(source: Object, name: str) -> tuple[int, ...]:
    """Take a list of integers."""
    found = _take(source, name, list)
    if not all(type(each) is int for each in found):
        raise _wrong(name)
    return tuple(found)


def each(
    source: Object, name: str, read: Callable[[Object], Value]
) -> tuple[Value, ...]:
    """Take a list of objects, each read by `read`."""
    return tuple(read(as_object(one)) for one in _take(source, name, list))


def maybe(
    source: Object, name: str, read: Callable[[Object, str], Value]
) -> Value | None:
    """Take what may be null or left out."""
    return None if source.get(name) is None else read(source, name)


def _take(source: Object, name: str, kind: type[Value]) -> Value:
    found = source.get(name)
    # A bool is an int to Python, and is none to JSON.
    if not isinstance(found, kind) or isinstance(found, bool):
        raise _wrong(name)
    return found


def _wrong(name: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"the answer's member {name} is missing or not as promised")
