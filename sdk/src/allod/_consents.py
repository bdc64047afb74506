"""What a customer said about purposes, and what it leads to, as values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """A text that a person is shown before they decide about a purpose."""

    purpose: str
    title: str
    version: int
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Use:
    """One collection that a purpose uses, on which ground, and whether that rests.

    `stop` is the no that ends it (withdrawal, objection), or None; `code` and `article`
    say why it rests, or why it goes on, and `text` says it in words.
    """

    collection: str
    title: str
    basis: str
    stop: str | None
    stopped: bool
    code: str
    article: str
    text: str


@dataclass(frozen=True, slots=True)
class Consent:
    """Where one purpose stands for a customer, since when, and what it is used on.

    `at` is None where the customer never said anything about it.
    """

    purpose: str
    title: str
    state: str
    article: str
    at: datetime | None = None
    until: datetime | None = None
    notice_version: int | None = None
    language: str | None = None
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class RestrictionGround:
    """A ground on which a customer restricts the use of their data, since when."""

    ground: str
    since: datetime
    article: str


@dataclass(frozen=True, slots=True)
class Restriction:
    """Whether the use of a customer's data is restricted, by whom, and since when."""

    restricted: bool
    by_staff: bool
    grounds: tuple[RestrictionGround, ...]
    text: str


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """Something a customer said about one purpose, at one instant."""

    act: str
    purpose: str
    at: datetime
    until: datetime | None = None
    notice_version: int | None = None
    language: str | None = None
