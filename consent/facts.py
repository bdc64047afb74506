"""What a policy question needs to know of consent: one word, for one purpose, now.

This is the PIP of the gate. The vault embeds these expressions in the statement that
reads the records, so that rows, consent and the instant come from one snapshot, and a
licence that lapses changes the record's class without anybody writing anything.

Named parameters: `:purpose` (the asked purpose) and `:now` (unix seconds). Aliases:
`f` is `consent_fact` and `u` is `consent_ugc`, both joined by the functions below.
Each word is a small integer, its place in the enumeration, so that the gate can pack
several into one number. `consent_word` and `ugc_word` say the same in Python; a test
holds the two equal.

Every branch that is not foreseen leads to a word that allows nothing.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class ConsentWord(StrEnum):
    """Where the asked purpose stands for the subject."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OBJECTED = "objected"
    UNKNOWN = "unknown"

    @property
    def code(self) -> int:
        """The word as a number from 0 to 4."""
        return _CONSENT_CODES[self]


class UgcWord(StrEnum):
    """Whether the author of a contributed item allows the asked purpose."""

    NONE = "none"
    UNASKED = "unasked"
    GRANTED = "granted"
    RESTRICTED = "restricted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OUT_OF_SCOPE = "out_of_scope"

    @property
    def code(self) -> int:
        """The word as a number from 0 to 6."""
        return _UGC_CODES[self]


CONSENT_WORDS: Final = tuple(ConsentWord)
UGC_WORDS: Final = tuple(UgcWord)
_CONSENT_CODES: Final = {word: code for code, word in enumerate(CONSENT_WORDS)}
_UGC_CODES: Final = {word: code for code, word in enumerate(UGC_WORDS)}

CONSENT_CODE: Final = """
CASE f.state
  WHEN 0 THEN CASE WHEN f.until IS NULL OR :now < f.until THEN 0 ELSE 2 END
  WHEN 1 THEN 1
  WHEN 3 THEN 3
  ELSE 4
END"""

_LICENCE: Final = """
EXISTS (
  SELECT 1 FROM consent_licence AS l
  WHERE l.subject = u.subject AND l.record = u.record AND l.purpose = :purpose
    AND """
_LIVE: Final = _LICENCE + "l.since <= :now AND :now < l.until)"
_LAPSED: Final = _LICENCE + "l.until <= :now)"


def consent_join(subject: str) -> str:
    """Join the consent facts as `f`; `subject` is the SQL of the row's subject."""
    return (
        f"LEFT JOIN consent_fact AS f ON f.subject = {subject} AND f.purpose = :purpose"
    )


def ugc_join(subject: str, record: str) -> str:
    """Join the authorizations as `u`; the arguments are SQL of the row's keys."""
    return (
        f"LEFT JOIN consent_ugc AS u ON u.subject = {subject} AND u.record = {record}"
    )


def ugc_code(contributed: str) -> str:
    """Give the SQL of the `UgcWord` code for the asked purpose.

    `contributed` is SQL that is true for a record of a collection of contributions.
    Such a record without a row in `consent_ugc` is unasked, never free to use.
    """
    return f"""
CASE
  WHEN u.status IS NULL THEN CASE WHEN {contributed} THEN 1 ELSE 0 END
  WHEN u.status IN (3, 4) THEN u.status
  WHEN u.status <> 2 THEN 1
  WHEN u.until <= :now THEN 5
  WHEN {_LIVE} THEN 2
  WHEN {_LAPSED} THEN 5
  ELSE 6
END"""


def status_code(contributed: str) -> str:
    """Give the SQL of the item's own status, whatever the purpose.

    This is what is shown with the item. It is never `out_of_scope`: that is a word
    about one purpose.
    """
    return f"""
CASE
  WHEN u.status IS NULL THEN CASE WHEN {contributed} THEN 1 ELSE 0 END
  WHEN u.status IN (3, 4) THEN u.status
  WHEN u.status <> 2 THEN 1
  WHEN u.until <= :now THEN 5
  ELSE 2
END"""


def consent_word(state: int | None, until: int | None, now: int) -> ConsentWord:
    """Say in Python what `CONSENT_CODE` says of one fact; None means no row."""
    if state == ConsentWord.GRANTED.code:
        live = until is None or now < until
        return ConsentWord.GRANTED if live else ConsentWord.EXPIRED
    if state == ConsentWord.WITHDRAWN.code:
        return ConsentWord.WITHDRAWN
    if state == ConsentWord.OBJECTED.code:
        return ConsentWord.OBJECTED
    return ConsentWord.UNKNOWN


def status_word(
    status: int | None, until: int | None, now: int, *, contributed: bool = True
) -> UgcWord:
    """Say in Python what `status_code` says of one item."""
    if status is None:
        return UgcWord.UNASKED if contributed else UgcWord.NONE
    if status in {UgcWord.RESTRICTED.code, UgcWord.WITHDRAWN.code}:
        return UGC_WORDS[status]
    if status != UgcWord.GRANTED.code:
        return UgcWord.UNASKED
    if until is not None and until <= now:
        return UgcWord.EXPIRED
    return UgcWord.GRANTED


def ugc_word(status: UgcWord, licences: Iterable[tuple[int, int]], now: int) -> UgcWord:
    """Say in Python what `ugc_code` says of one item.

    `status` is the item's own (`status_word`); `licences` are the spans, from `since`
    to before `until`, of its licences for the asked purpose.
    """
    if status is not UgcWord.GRANTED:
        return status
    spans = list(licences)
    if any(since <= now < until for since, until in spans):
        return UgcWord.GRANTED
    if any(until <= now for _, until in spans):
        return UgcWord.EXPIRED
    return UgcWord.OUT_OF_SCOPE
