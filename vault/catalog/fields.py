"""Fields of a collection: what each may hold, and whether a value is that.

A fault says what the field wants; it never repeats what was given.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from kit.clock import parse_iso
from vault._internal.identifiers import is_number, plain


class DataClass(StrEnum):
    """What kind of data a field holds; policies mask by class, never by field."""

    IDENTITY = "identity"
    CONTACT = "contact"
    PREFERENCE = "preference"
    TRANSACTION = "transaction"
    CONTENT = "content"
    SUPPORT = "support"
    SPECIAL = "special"  # GDPR Art. 9(1)


class FieldType(StrEnum):
    """What a field holds. `string` is one line; `text` may be many."""

    STRING = "string"
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"


# Characters allowed where the catalogue sets no limit of its own.
DEFAULT_MAX: Final[Mapping[FieldType, int]] = MappingProxyType(
    {
        FieldType.STRING: 1_000,
        FieldType.TEXT: 20_000,
        FieldType.EMAIL: 254,  # RFC 5321, 4.5.3.1.3, without the angle brackets
        FieldType.PHONE: 32,
        FieldType.URL: 2_048,
    }
)
_WANTED: Final[Mapping[FieldType, str]] = MappingProxyType(
    {
        FieldType.STRING: "one line of text",
        FieldType.TEXT: "a text, without control characters",
        FieldType.INTEGER: "a whole number",
        FieldType.NUMBER: "a number",
        FieldType.BOOLEAN: "true or false",
        FieldType.DATE: "a date as YYYY-MM-DD",
        FieldType.DATETIME: "an instant with its offset, such as 2026-11-22T18:00:00Z",
        FieldType.EMAIL: "an e-mail address",
        FieldType.PHONE: "a telephone number",
        FieldType.URL: "an http or https address",
    }
)
MAX_MAX: Final = 200_000
# Beyond it a number loses digits on its way through JSON (RFC 8785, 3.2.2.3).
MAX_NUMBER: Final = 2**53 - 1

_TOO_LARGE: Final = f"write a number from -{MAX_NUMBER} to {MAX_NUMBER}"

# Control characters and line separators; a lone surrogate has no encoding at all.
_NOT_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_EMAIL = re.compile(r"[^\s@\"(),:;<>\[\]\\]{1,64}@[^\s@\"(),:;<>\[\]\\.]+(\.[^\s@.]+)+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a collection, as the catalogue declares it.

    One that is `retired` keeps its class for what is stored, and takes no new values.
    `mask` says how masks are drawn of it, where its type does not say it; the value of
    a `shared` identifier may be several customers'. One that is `corrected` is put
    right by the person whom it is about, all others by the controller alone. `titles`
    are what people read. `phone_region` is where a telephone number is dialled that
    does not say its country.
    """

    name: str
    type: FieldType
    data_class: DataClass
    required: bool = False
    max: int | None = None
    enum: tuple[str | int, ...] = ()
    retired: bool = False
    mask: Mapping[str, str] = field(default_factory=dict, hash=False)
    shared: bool = False
    titles: Mapping[str, str] = field(default_factory=dict, hash=False)
    corrected: bool = False
    phone_region: str | None = None

    @property
    def wanted(self) -> str:
        """Say what the field may hold: of which type, within which bounds."""
        if self.enum:
            return f"one of: {', '.join(map(str, self.enum))}"
        most = "" if self.max is None else f", of at most {self.max} characters"
        return _WANTED[self.type] + most

    def fault(self, value: object) -> str | None:
        """Say what is wrong with a value, or None if the field may hold it."""
        message = _CHECKS[self.type](value)
        if message is not None:
            return message
        if self.max is not None and isinstance(value, str) and len(value) > self.max:
            return f"write at most {self.max} characters"
        if self.enum and value not in self.enum:
            return f"write {self.wanted}"
        return None


def _write(kind: FieldType) -> str:
    return f"write {_WANTED[kind]}"


def _string(value: object) -> str | None:
    if isinstance(value, str) and not _NOT_IN_LINE.search(value):
        return None
    return _write(FieldType.STRING)


def _text(value: object) -> str | None:
    if isinstance(value, str) and not _NOT_IN_TEXT.search(value):
        return None
    return _write(FieldType.TEXT)


def _integer(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return None if abs(value) <= MAX_NUMBER else _TOO_LARGE
    return _write(FieldType.INTEGER)


def _number(value: object) -> str | None:
    if isinstance(value, float):
        finite = math.isfinite(value) and abs(value) <= MAX_NUMBER
        return None if finite else _TOO_LARGE
    return _write(FieldType.NUMBER) if _integer(value) else None


def _boolean(value: object) -> str | None:
    return None if isinstance(value, bool) else _write(FieldType.BOOLEAN)


def _date(value: object) -> str | None:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            date.fromisoformat(value)
        except ValueError:
            return "there is no such day"
        return None
    return _write(FieldType.DATE)


def _datetime(value: object) -> str | None:
    if isinstance(value, str) and _DATETIME.fullmatch(value):
        try:
            parse_iso(value)
        except ValueError:
            return "there is no such instant"
        return None
    return _write(FieldType.DATETIME)


def _email(value: object) -> str | None:
    # As it is read: full-width signs, as typed on a Chinese keyboard, are signs.
    if not _string(value) and _EMAIL.fullmatch(plain(str(value))):
        return None
    return _write(FieldType.EMAIL)


def _phone(value: object) -> str | None:
    if not _string(value) and is_number(str(value)):
        return None
    return _write(FieldType.PHONE)


def _url(value: object) -> str | None:
    if not _string(value) and " " not in str(value):
        try:
            parts = urlsplit(str(value))
        except ValueError:
            return _write(FieldType.URL)
        if parts.scheme in {"http", "https"} and parts.hostname:
            return None
    return _write(FieldType.URL)


_CHECKS: Final[Mapping[FieldType, Callable[[object], str | None]]] = MappingProxyType(
    {
        FieldType.STRING: _string,
        FieldType.TEXT: _text,
        FieldType.INTEGER: _integer,
        FieldType.NUMBER: _number,
        FieldType.BOOLEAN: _boolean,
        FieldType.DATE: _date,
        FieldType.DATETIME: _datetime,
        FieldType.EMAIL: _email,
        FieldType.PHONE: _phone,
        FieldType.URL: _url,
    }
)
