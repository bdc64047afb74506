"""What is found in policies before they decide: where, what, and what to write."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that may not be activated: where, what, and what to write instead."""

    file: str
    line: int
    column: int
    rule: str
    message: str
    instead: str

    @property
    def place(self) -> str:
        """The place as editors take it: `file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


def place_of(text: str, index: int) -> tuple[int, int]:
    """Give line and column, from 1, of a character of a text."""
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def use_one_of(word: object, known: Iterable[str]) -> str:
    """Say what to write instead of a word: the one that looks like it, else all."""
    words = sorted(map(str, known))
    near = get_close_matches(str(word), words, n=1)
    others = f"use one of: {', '.join(words)}"
    return f"did you mean `{near[0]}`? {others}" if near else others
