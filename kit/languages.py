"""Language tags (BCP 47), and which of the languages that there are suits a wish.

A wish is a list of language ranges, the dearest first. It is met by lookup (RFC 4647,
3.4): each range in its turn, and shortened from its end until it names a language that
there is; where none does, English.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

FALLBACK: Final = "en"
ANY: Final = "*"
TAG: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,7}")
"""A tag as RFC 5646, 2.1 has it, but for the few that are grandfathered."""


def best(wanted: Iterable[str], known: Iterable[str]) -> str:
    """Choose, of the known tags, the one that suits best; English where none does."""
    by_name = {tag.lower(): tag for tag in known}
    for each in wanted:
        for shorter in _shortened(each.lower()):
            if shorter in by_name:
                return by_name[shorter]
    return by_name.get(FALLBACK, FALLBACK)


def _shortened(tag: str) -> Iterator[str]:
    """Give a range, and what is left of it as its last subtags go, one by one."""
    parts = tag.split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()
        # RFC 4647, 3.4: a single letter means nothing without what follows it.
        while parts and len(parts[-1]) == 1:
            parts.pop()
