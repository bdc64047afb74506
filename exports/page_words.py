"""What the pages of an export say in their own name, in each language they speak."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("en", "zh")
FOLDER: Final = Path(__file__).parent / "_pages"
WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    each: json.loads((FOLDER / f"words.{each}.json").read_text("utf-8"))
    for each in LANGUAGES
}


def in_each(said: Iterable[str]) -> str:
    """Put what is said in each language side by side, once where it is the same."""
    return " · ".join(dict.fromkeys(said))


def both(word: str) -> str:
    """Say a word of the pages in every language; a word that is not theirs as it is."""
    return in_each(words.get(word, word) for words in WORDS.values())


def spoken(section: str, word: str) -> str:
    """Say a word of the house, of an outcome say, in every language."""
    return in_each(words.get(f"{section}.{word}", word) for words in WORDS.values())
