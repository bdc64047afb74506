"""What a validator complains of, said without a word of what was sent.

pydantic's own messages quote input in places (a union's tag, a date's text), and its
locations carry the sender's own keys. So the words come from the table below, filled
with declared limits only, and a key that no schema declares is written `*`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kit.errors import Fault, Invalid
from server.http.schemas import declared_names

MAX_FAULTS = 20
UNNAMED = "*"

_SOURCES = frozenset({"body", "query", "path", "header", "cookie"})
_WORDS: Mapping[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is not a known member",
    "string_type": "must be a string",
    "string_too_long": "has more than {max_length} characters",
    "string_too_short": "has fewer than {min_length} characters",
    "string_pattern_mismatch": "must match {pattern}",
    "string_unicode": "must be valid Unicode",
    "int_type": "must be an integer",
    "int_parsing": "must be an integer",
    "int_from_float": "must be an integer",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "too_long": "has more than {max_length} members",
    "too_short": "has fewer than {min_length} members",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "datetime_type": "must be an instant (RFC 3339) with its offset",
    "instant": "must be an instant (RFC 3339) with its offset, in the years 1 to 9999",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "list_type": "must be an array",
    "tuple_type": "must be an array",
}
_LIMITS = frozenset(
    {"max_length", "min_length", "pattern", "gt", "ge", "lt", "le", "expected"}
)


def invalid(complaints: Iterable[Mapping[str, Any]]) -> Invalid:
    """Turn a validator's complaints into the house's error, input left out."""
    known = declared_names()
    seen = dict.fromkeys(_fault(one, known) for one in complaints)
    return Invalid(
        "the content is not what this route reads", faults=tuple(seen)[:MAX_FAULTS]
    )


def too_many(most: int) -> Invalid:
    """Say that there is more to complain of than is worth being written down."""
    fault = Fault("", f"has more than {most} faults")
    return Invalid("the content is not what this route reads", faults=(fault,))


def _fault(complaint: Mapping[str, Any], known: frozenset[str]) -> Fault:
    return Fault(_pointer(complaint["loc"], known), _message(complaint))


def _message(complaint: Mapping[str, Any]) -> str:
    words = _WORDS.get(complaint["type"], "is not valid")
    given = complaint.get("ctx", {})
    return words.format_map({key: given[key] for key in _LIMITS & given.keys()})


def _pointer(location: Sequence[str | int], known: frozenset[str]) -> str:
    """Write a location as RFC 6901; where it was (body, query, path) is left out.

    Outside the body every name is a declared parameter's own.
    """
    source, *rest = location or ("body",)
    if source not in _SOURCES:
        source, rest = "body", [source, *rest]
    return "".join(f"/{_segment(one, known, body=source == 'body')}" for one in rest)


def _segment(one: str | int, known: frozenset[str], *, body: bool) -> str:
    if body and isinstance(one, str) and one not in known:
        return UNNAMED
    return str(one).replace("~", "~0").replace("/", "~1")
