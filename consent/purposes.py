"""The closed list of purposes: what data may be used for, and on which ground.

The list is legal's, kept in the policy bundle (`policies/tables/data.json`), so that
the vault and the policies cannot know different purposes. A purpose's name carries
its channel (`marketing.email`). The grounds are those of GDPR Art. 6(1); consent is
one of six, and nothing here pretends that a person consented to the other five.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self, TypeAlias

from kit.errors import CannotStart, Invalid


class LawfulBasis(StrEnum):
    """A ground for processing (GDPR Art. 6(1)(a) to (f))."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"


# GDPR Art. 21(1); direct marketing is open to objection whatever its ground (21(2)).
OBJECTIONABLE = frozenset({LawfulBasis.PUBLIC_TASK, LawfulBasis.LEGITIMATE_INTERESTS})
# The channels on which direct marketing takes consent, whatever its ground.
ELECTRONIC_MAIL: Final = frozenset({"email", "sms"})


class PurposesError(CannotStart):
    """The table of purposes cannot be read; the message names the row."""

    code = "purposes_damaged"


@dataclass(frozen=True, slots=True)
class Purpose:
    """One thing that data may be used for."""

    name: str
    title: str
    article: str
    bases: frozenset[LawfulBasis]
    channel: str = ""
    use: str = ""  # the word for a use of contributed items; empty for other purposes
    direct_marketing: bool = False
    exempt: bool = False  # a legal claim, which no objection stops (GDPR 21(1))
    right: bool = False  # what the customer is entitled to, whoever says no
    reach: frozenset[str] = frozenset()  # the ways in which a caller may get at it
    actions: frozenset[str] = frozenset()  # what may be done for it

    @property
    def by_electronic_mail(self) -> bool:
        """Whether it takes consent on any basis (ePrivacy 13(1))."""
        return self.direct_marketing and self.channel in ELECTRONIC_MAIL


@dataclass(frozen=True, slots=True)
class Purposes:
    """The purposes that one policy bundle names."""

    by_name: Mapping[str, Purpose]

    @classmethod
    def parse(cls, tables: Mapping[str, object]) -> Self:
        """Read the purposes from a bundle's tables.

        Raises:
            PurposesError: there is no such table, or a row lacks what it must say.

        """
        rows = tables.get("purposes")
        if not isinstance(rows, Mapping) or not rows:
            raise PurposesError("the policy tables name no purposes")
        return cls({str(name): _purpose(str(name), row) for name, row in rows.items()})

    def get(self, name: str) -> Purpose:
        """Give a purpose by name.

        Raises:
            Invalid: there is none of that name (`purpose.unknown`).

        """
        purpose = self.by_name.get(name)
        if purpose is None:
            raise Invalid(
                "there is no purpose of that name",
                code="purpose.unknown",
                fix="use one of the purposes in the policy tables",
            )
        return purpose

    @property
    def names(self) -> frozenset[str]:
        """The names of all purposes."""
        return frozenset(self.by_name)

    def __iter__(self) -> Iterator[Purpose]:
        return iter(self.by_name.values())


CurrentPurposes: TypeAlias = Callable[[], Purposes]
"""Gives the purposes of the policies in force; asked anew each time: they change."""


def _purpose(name: str, row: object) -> Purpose:
    if not isinstance(row, Mapping):
        raise PurposesError(f"purpose {name} is not an object")
    return Purpose(
        name=name,
        title=_text(name, row, "title"),
        article=_text(name, row, "article"),
        bases=_bases(name, row.get("bases")),
        channel=_text(name, row, "channel", default=""),
        use=_text(name, row, "ugc", default=""),
        direct_marketing=row.get("direct_marketing") is True,
        exempt=row.get("objection") == "exempt",
        right=row.get("right") is True,
        reach=_words(name, row, "reach"),
        actions=_words(name, row, "actions"),
    )


def _text(
    name: str, row: Mapping[str, object], key: str, *, default: str | None = None
) -> str:
    value = row.get(key, default)
    if not isinstance(value, str):
        raise PurposesError(f"purpose {name} needs a text under {key}")
    return value


def _words(name: str, row: Mapping[str, object], key: str) -> frozenset[str]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise PurposesError(f"purpose {name} needs a list of words under {key}")
    return frozenset(value)


def _bases(name: str, value: object) -> frozenset[LawfulBasis]:
    if not isinstance(value, list) or not value:
        raise PurposesError(f"purpose {name} needs a list of lawful bases")
    try:
        return frozenset(LawfulBasis(item) for item in value)
    except ValueError:
        raise PurposesError(
            f"purpose {name} names a lawful basis that GDPR Art. 6(1) does not"
        ) from None
