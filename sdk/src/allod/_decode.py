"""Fills frozen values from the server's JSON, by what their fields say of themselves.

A field is filled from the member of its name, or from the one that its metadata names
as `member`. Its annotation says what has to stand there, or a function in its metadata,
`read`, that takes the member. What may be null or left out is so by its type or by its
default. Members that are not known are passed over: the API grows by adding some.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, Literal, TypeAlias, TypeVar
from typing import get_args as arguments
from typing import get_origin as origin
from typing import get_type_hints as annotations

from allod import _json as json
from allod._errors import UnexpectedAnswer

Value = TypeVar("Value")

Read: TypeAlias = Callable[[Any], Any]
"""Takes a member's value, or raises `ValueError`."""


def decode(kind: type[Value], source: json.Object) -> Value:
    """Fill a value.

    Raises:
        UnexpectedAnswer: a member is missing or not as promised; its name is given.

    """
    filled = {}
    parts = _parts(kind)  # type: ignore[arg-type]  # classes have a hash
    for name, member, read, optional in parts:
        if optional and source.get(member) is None:
            continue
        filled[name] = take(source, member, read)
    return kind(**filled)


def items(
    kind: type[Value], source: json.Object, member: str = "items"
) -> tuple[Value, ...]:
    """Fill the values of a list that is a member of an object.

    Raises:
        UnexpectedAnswer: it is no list, or one of its values is not as promised.

    """
    return take(source, member, each(_reader(kind)))


def take(source: json.Object, member: str, read: Callable[[Any], Value]) -> Value:
    """Take one member of an object.

    Raises:
        UnexpectedAnswer: it is missing or not as promised; its name is given.

    """
    try:
        return read(source.get(member))
    except ValueError:
        raise UnexpectedAnswer(
            f"the answer's member {member} is missing or not as promised"
        ) from None


def each(read: Callable[[Any], Value]) -> Callable[[Any], tuple[Value, ...]]:
    """Make what takes a list out of what takes one of its values."""
    return lambda value: tuple(map(read, json.of_kind(value, list)))


@cache
def _parts(kind: type[Any]) -> tuple[tuple[str, str, Read, bool], ...]:
    hints = annotations(kind)
    return tuple(
        (
            part.name,
            part.metadata.get("member", part.name),
            part.metadata.get("read") or _reader(hints[part.name]),
            _has_default(part),
        )
        for part in fields(kind)
    )


def _has_default(part: Field[Any]) -> bool:
    return part.default is not MISSING or part.default_factory is not MISSING


def _reader(hint: Any) -> Read:  # noqa: ANN401 - an annotation is any object
    if hint in _PLAIN:
        return _PLAIN[hint]
    if is_dataclass(hint):
        # `is_dataclass` allows for instances; an annotation is a class.
        return lambda value: decode(hint, json.as_object(value))  # type: ignore[arg-type]
    return _COMPOUND[origin(hint)](*arguments(hint))


def _union(*hints: Any) -> Read:  # noqa: ANN401 - annotations are any objects
    (hint,) = (one for one in hints if one is not NoneType)
    read = _reader(hint)
    return lambda value: None if value is None else read(value)


def _literal(*words: str) -> Read:
    return lambda value: words[words.index(value)]


def _frozen(value: object) -> Mapping[str, Any]:
    return MappingProxyType(json.of_kind(value, dict))


_PLAIN: Final[Mapping[Any, Read]] = {
    str: json.text,
    int: json.integer,
    float: json.number,
    bool: json.flag,
    bytes: json.octets,
    datetime: json.instant,
}
_COMPOUND: Final[Mapping[Any, Callable[..., Read]]] = {
    tuple: lambda hint, _: each(_reader(hint)),
    dict: lambda *_: json.as_object,
    Mapping: lambda *_: _frozen,
    UnionType: _union,
    Literal: _literal,
}
