"""Where a purpose stands for a person: their last word, its article, and each use."""

from collections.abc import Mapping
from dataclasses import dataclass

from consent.events import ConsentEvent
from consent.facts import ConsentWord
from consent.purposes import LawfulBasis, Purpose
from consent.uses import Use, article_of, uses_of


@dataclass(frozen=True, slots=True)
class ConsentStatus:
    """Where one purpose stands for one person, and the event that put it there.

    `event` is None where the person said nothing; `article` is that of the state. Of a
    purpose that has left the tables nothing is used.
    """

    purpose: str
    title: str
    state: ConsentWord
    article: str
    event: ConsentEvent | None
    uses: tuple[Use, ...]


def standing_of(
    name: str,
    known: Purpose | None,
    bound: Mapping[str, LawfulBasis],
    said: tuple[ConsentWord, ConsentEvent | None],
) -> ConsentStatus:
    """Tell where a purpose stands after a person's last word on it."""
    word, event = said
    uses = uses_of(known, bound, word) if known else ()
    return ConsentStatus(
        purpose=name,
        title=known.title if known else name,
        state=word,
        article=article_of(known, word, uses),
        event=event,
        uses=uses,
    )
