"""What the house says of a decision, in a language: a bundle's texts, ready to speak.

Reasons are codes with parameters; what is said of them stands in `texts/TAG.yaml` of
the bundle. A speaker speaks one language, and falls back word by word: to English,
then to what the rule or the table itself says. So a bundle that is older than the
texts is spoken for, too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from kit.errors import Reason
from kit.languages import FALLBACK, best

MACHINERY: Final = "gate"
"""The one text for all that the machinery refuses, where a code has none of its own."""
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")
_FULL_WIDTH: Final = frozenset("\u3002\uff01\uff1f")
Names = Mapping[str, Mapping[str, str]]
_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ReasonText:
    """What is said of one reason, to staff (`title`, `fix`) and to the customer.

    `can` is what the customer can do about it; without `fix`, the rule's own is said.
    """

    title: str
    customer: str
    fix: str = ""
    can: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """The texts of one language: of reasons, names by section, and sentences."""

    tag: str
    reasons: Mapping[str, ReasonText] = field(default_factory=lambda: _NONE)
    names: Names = field(default_factory=lambda: _NONE)
    sentences: Mapping[str, str] = field(default_factory=lambda: _NONE)

    def text_of(self, code: str) -> ReasonText | None:
        """Find what is said of a code, of its family, or of all the machinery."""
        for name in _families(code):
            if name in self.reasons:
                return self.reasons[name]
        return None


def _families(code: str) -> Iterable[str]:
    """Name a code, and what it was put together from: `gate.unknown` and a word."""
    yield code
    while "_" in code.rpartition(".")[2]:
        code = code.rpartition("_")[0]
        yield code
    if code.startswith(f"{MACHINERY}."):
        yield MACHINERY


def placeholders(text: str) -> frozenset[str]:
    """Name the parameters that a text has places for."""
    return frozenset(_PLACE.findall(text))


def filled(text: str, values: Mapping[str, object]) -> str:
    """Put values into a text's places; empty where one of them is not known.

    What is put in is not looked at again: a value cannot bring a place of its own.
    """
    if not placeholders(text) <= values.keys():
        return ""
    return _PLACE.sub(lambda place: str(values[place[1]]), text)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Speaks one language; what it lacks is said in the one behind it."""

    language: Language
    behind: Language
    titles: Mapping[str, str]
    """What the tables call each purpose."""

    @property
    def tag(self) -> str:
        """The language that is spoken."""
        return self.language.tag

    def to_staff(self, reason: Reason) -> str:
        """Say a reason to whoever asked: what is the matter, and what would help."""
        for language in (self.language, self.behind):
            said = language.text_of(reason.code)
            if said is not None:
                fix = filled(said.fix, dict(reason.params))
                if language.tag == FALLBACK:
                    fix = fix or reason.fix
                joined = self.sentence("staff", title=said.title, fix=fix)
                return joined if fix and joined else said.title
        return ""

    def to_customer(self, reason: Reason) -> str:
        """Say a reason to the person whose data it is about, and what they can do."""
        for language in (self.language, self.behind):
            said = language.text_of(reason.code)
            if said is not None:
                values = dict(reason.params)
                why = filled(said.customer, values) or said.title
                return self.joined([why, filled(said.can, values)])
        return ""

    def name(self, section: str, word: str) -> str:
        """Give what a word of the policies is called; else the word itself."""
        for language in (self.language, self.behind):
            found = language.names.get(section, {}).get(word)
            if found:
                return found
        return word

    def purpose(self, name: str) -> str:
        """Give what a purpose is called."""
        found = self.name("purposes", name)
        return self.titles.get(name, name) if found == name else found

    def sentence(self, name: str, /, **values: object) -> str:
        """Say one of the sentences; empty where no language has it."""
        for language in (self.language, self.behind):
            said = filled(language.sentences.get(name, ""), values)
            if said:
                return said
        return ""

    def listed(self, names: Iterable[str]) -> str:
        """Put names one after the other."""
        return (self.sentence("between") or ", ").join(names)

    @staticmethod
    def joined(parts: Iterable[str]) -> str:
        """Put sentences one after the other, as their script does."""
        whole = ""
        for part in filter(None, parts):
            between = "" if not whole or whole[-1] in _FULL_WIDTH else " "
            whole += between + part
        return whole


class Languages:
    """All languages of one bundle."""

    def __init__(
        self, languages: Iterable[Language], titles: Mapping[str, str] = _NONE
    ) -> None:
        self._by_tag = {each.tag: each for each in languages}
        self._titles = titles
        self._behind = self._by_tag.get(FALLBACK, Language(FALLBACK))

    @property
    def tags(self) -> tuple[str, ...]:
        """The languages that there are texts in."""
        return tuple(sorted(self._by_tag))

    def without_title(self, purpose: str) -> list[str]:
        """Name the languages in which a purpose is not called anything."""
        return [
            each.tag
            for each in self._by_tag.values()
            if each.tag != FALLBACK and purpose not in each.names.get("purposes", ())
        ]

    def lacking(self) -> Iterator[tuple[str, str]]:
        """Give each language with each reason that it says in English."""
        for each in self._by_tag.values():
            for code in self._behind.reasons.keys() - each.reasons.keys():
                yield each.tag, code

    def speak(self, wanted: Iterable[str] = ()) -> Speaker:
        """Choose a language by a wish, the dearest first."""
        tag = best(wanted, self._by_tag)
        language = self._by_tag.get(tag, self._behind)
        return Speaker(language, self._behind, self._titles)
