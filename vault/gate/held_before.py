"""As what a record may have been judged since a position: which packed classes it had.

The rows of the feed say how each fact stood before it changed. All facts since, each in
every way that it stood, are put together: that is more than what was so at any moment,
and never less, so who was shown a record is told when it is gone. Licences are the one
fact whose earlier state is not kept: one that changed or ended counts as given.
"""

from collections.abc import Sequence
from itertools import islice, product
from typing import Final

from consent.facts import ConsentWord, UgcWord, consent_word
from vault._internal.classes import CUSTOMER_SHIFT, REACHES, RECORD_SHIFT
from vault._internal.feed import CLASS, CONSENT, LICENCE, RECORD
from vault._internal.ports.changes import ChangeRow, PersonFacts
from vault._internal.ports.records import SealedRow
from vault.gate.feed_look import FeedLook, Which, class_of

MOST: Final = 1_000
"""So many ways are tried, of those that a record may have stood in."""


class Before:
    """The ways in which the records of one look may have stood since its position."""

    def __init__(
        self,
        look: FeedLook,
        *,
        purpose: str,
        since: int,
        reach: str,
        numbers: Sequence[int],
    ) -> None:
        self._look = look
        self._purpose = purpose
        # A consent that ends at the very instant may have been told of as given.
        self._since = since - 1
        self._reach = REACHES.index(reach)
        self._numbers = frozenset(numbers)

    def ks(self, which: Which, *, ugc: bool) -> list[int]:
        """Give the packed classes that a record may have had; none if it was not."""
        subject, record = which
        facts, row = self._look.facts.get(subject), self._look.rows.get(which)
        if facts is None:  # erased since, which is told of the person
            return []
        history = self._look.history.get(subject, ())
        own = [each for each in history if each.record == record]
        ways = product(
            _classes(facts, history),
            self._held(row, own),
            self._consents(facts, history),
            _licences(row, own, ugc=ugc),
        )
        return [
            person << CUSTOMER_SHIFT | held | consent << 8 | licence << 5 | self._reach
            for person, held, consent, licence in islice(ways, MOST)
        ]

    def _held(self, row: SealedRow | None, own: Sequence[ChangeRow]) -> set[int]:
        """Give class, retention and hold of a record, as a packed class holds them."""
        stood = [
            (each.was >> 1, each.was & 1, each.until)
            for each in own
            if each.kind == RECORD and each.was is not None
        ]
        if row is not None:
            stood.append((class_of(row), row.k >> 3 & 1, row.retain_until))
        return {
            number << RECORD_SHIFT
            | (until is not None and until <= self._since) << 4
            | hold << 3
            for number, hold, until in stood
            if number in self._numbers
        }

    def _consents(self, facts: PersonFacts, history: Sequence[ChangeRow]) -> set[int]:
        stood = [(facts.state, facts.until)] + [
            (each.was, each.until)
            for each in history
            if each.kind == CONSENT and each.purpose == self._purpose
        ]
        return {consent_word(*each, self._since).code for each in stood}


def _classes(facts: PersonFacts, history: Sequence[ChangeRow]) -> set[int]:
    before = {each.was for each in history if each.kind == CLASS}
    return {facts.class_number} | {each for each in before if each is not None}


def _licences(
    row: SealedRow | None, own: Sequence[ChangeRow], *, ugc: bool
) -> set[int]:
    if not ugc:
        return {UgcWord.NONE.code}
    now = set() if row is None else {row.k >> 5 & 7}
    changed = row is None or any(each.kind == LICENCE for each in own)
    ended = UgcWord.EXPIRED.code in now
    return now | ({UgcWord.GRANTED.code} if changed or ended else set())


def best(
    people: Sequence[int], numbers: Sequence[int], reach: str, *, ugc: bool
) -> list[int]:
    """Give the packed classes of records for which most speaks: the person said yes."""
    licence = (UgcWord.GRANTED if ugc else UgcWord.NONE).code
    said = ConsentWord.GRANTED.code << 8 | licence << 5 | REACHES.index(reach)
    ways = product(people, numbers)
    return [
        person << CUSTOMER_SHIFT | number << RECORD_SHIFT | said
        for person, number in islice(ways, MOST)
    ]
