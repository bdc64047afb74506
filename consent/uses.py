"""What a purpose is used on, on which ground, and what a person's word does there.

A purpose may rest on another ground for each collection: the catalogue says which. So
a person's no does not do the same everywhere. Consent is withdrawn (GDPR 7(3)); to
legitimate interests, a public task and direct marketing one objects (GDPR 21); what a
contract or a law demands neither of the two ends. Here is which, in the words that
the policies decide by (`legal/consent.rego`); a test holds the two equal.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from consent.facts import ConsentWord
from consent.purposes import OBJECTIONABLE, LawfulBasis, Purpose
from kit.errors import Invalid, Reason

Bound: TypeAlias = Callable[[bytes, str], Mapping[str, LawfulBasis]]
"""Gives the collections that a purpose may use of a subject, each with its basis."""

ARTICLES: Final[Mapping[LawfulBasis, str]] = MappingProxyType(
    {
        LawfulBasis.CONSENT: "GDPR 6(1)(a); PIPL 13(1)",
        LawfulBasis.CONTRACT: "GDPR 6(1)(b); PIPL 13(2)",
        LawfulBasis.LEGAL_OBLIGATION: "GDPR 6(1)(c); PIPL 13(3)",
        LawfulBasis.VITAL_INTERESTS: "GDPR 6(1)(d); PIPL 13(4)",
        LawfulBasis.PUBLIC_TASK: "GDPR 6(1)(e); PIPL 13(3)",
        LawfulBasis.LEGITIMATE_INTERESTS: "GDPR 6(1)(f)",
    }
)
WITHDRAWAL: Final = "GDPR 7(3); PIPL 15"
OBJECTION: Final = "GDPR 21; PIPL 44"
DIRECT_MARKETING: Final = "GDPR 21(2); PIPL 24, 44"

_WORDS: Final[Mapping[ConsentWord, tuple[str, str]]] = MappingProxyType(
    {
        ConsentWord.UNKNOWN: ("consent.missing", ARTICLES[LawfulBasis.CONSENT]),
        ConsentWord.GRANTED: ("consent.granted", ARTICLES[LawfulBasis.CONSENT]),
        ConsentWord.WITHDRAWN: ("consent.withdrawn", WITHDRAWAL),
        ConsentWord.EXPIRED: ("consent.expired", "GDPR 7(1); PIPL 14"),
        ConsentWord.OBJECTED: ("consent.objected", OBJECTION),
    }
)
_NO: Final = {ConsentWord.OBJECTED, ConsentWord.WITHDRAWN}
_FIXES: Final[Mapping[LawfulBasis, str]] = MappingProxyType(
    {
        LawfulBasis.CONSENT: "ask for consent, and withdraw it by a withdrawal",
        LawfulBasis.CONTRACT: "it ends with the contract; a restriction (GDPR 18) or an"
        " erasure (GDPR 17) may be what is wanted",
        LawfulBasis.LEGAL_OBLIGATION: "a law demands it, as long as that law says",
        LawfulBasis.VITAL_INTERESTS: "it protects somebody's life, and ends with the"
        " danger",
        LawfulBasis.PUBLIC_TASK: "say no to it by an objection",
        LawfulBasis.LEGITIMATE_INTERESTS: "say no to it by an objection",
    }
)
_RIGHT: Final = Reason(
    "basis.right", "GDPR 15, 20; PIPL 45", "this is done for nobody but the customer"
)
_LICENCE: Final = Reason(
    "basis.licence",
    "GDPR 7(2), 7(3); PIPL 14, 15",
    "each contribution has an authorization of its own: withdraw that",
)
_CLAIM: Final = Reason(
    "basis.claim",
    "GDPR 21(1); PIPL 13(3)",
    "a legal claim goes on against an objection",
)


class Stop(StrEnum):
    """The no that a use heeds."""

    WITHDRAWAL = "withdrawal"
    OBJECTION = "objection"


@dataclass(frozen=True, slots=True)
class Use:
    """One collection that a purpose uses, on one ground, as a person's word has it.

    `stop` is the no that it heeds, if any; `stopped` says whether it rests, and `code`
    and `article` why it does or why it goes on.
    """

    collection: str
    basis: LawfulBasis
    stop: Stop | None
    stopped: bool
    code: str
    article: str


def stop_of(purpose: Purpose, basis: LawfulBasis) -> Stop | None:
    """Tell which no a use on one ground heeds; None if it heeds none."""
    if purpose.right:
        return None
    if basis is LawfulBasis.CONSENT or purpose.by_electronic_mail:
        return Stop.WITHDRAWAL
    if purpose.direct_marketing or (basis in OBJECTIONABLE and not purpose.exempt):
        return Stop.OBJECTION
    return None


def stops_of(purpose: Purpose, bound: Mapping[str, LawfulBasis]) -> frozenset[Stop]:
    """Name the kinds of no that end some use of a purpose.

    Where the catalogue binds nothing, the purpose's own grounds count: a no may be
    said ahead.
    """
    bases = _used(purpose, bound).values() or purpose.bases
    stops = {stop_of(purpose, basis) for basis in bases}
    return frozenset(stop for stop in stops if stop is not None)


def uses_of(
    purpose: Purpose, bound: Mapping[str, LawfulBasis], word: ConsentWord
) -> tuple[Use, ...]:
    """List what a purpose is used on, and where that stands after a person's word."""
    return tuple(
        _use(purpose, collection, basis, word)
        for collection, basis in sorted(_used(purpose, bound).items())
    )


def why_not(
    purpose: Purpose, bound: Mapping[str, LawfulBasis], detail: str, *, code: str
) -> Invalid:
    """Make the error of a word that would change nothing; it names each ground."""
    bases = sorted(set(_used(purpose, bound).values()) or purpose.bases)
    reasons = tuple(dict.fromkeys(_ground(purpose, basis) for basis in bases))
    return Invalid(detail, code=code, reasons=reasons, fix=reasons[0].fix)


def article_of(
    purpose: Purpose | None, word: ConsentWord, uses: Iterable[Use] = ()
) -> str:
    """Name the article by which a purpose stands as a person's word has it.

    Of a purpose that no consent is asked for, while nothing is said of it, these are
    the articles of its grounds.
    """
    if word is ConsentWord.OBJECTED and purpose and purpose.direct_marketing:
        return DIRECT_MARKETING
    if word is ConsentWord.UNKNOWN and not _rests_on_consent(uses):
        articles = (part for use in uses for part in use.article.split("; "))
        return "; ".join(dict.fromkeys(articles))
    return _WORDS[word][1]


def _rests_on_consent(uses: Iterable[Use]) -> bool:
    """Tell whether any of these uses heeds a withdrawal."""
    return any(use.stop is Stop.WITHDRAWAL for use in uses)


def _used(
    purpose: Purpose, bound: Mapping[str, LawfulBasis]
) -> Mapping[str, LawfulBasis]:
    # On a ground that the purpose does not list, nothing is read.
    return {
        name: basis
        for name, basis in bound.items()
        if purpose.right or basis in purpose.bases
    }


def _use(
    purpose: Purpose, collection: str, basis: LawfulBasis, word: ConsentWord
) -> Use:
    stop = stop_of(purpose, basis)
    stopped = _is_stopped(stop, word)
    code, article = _WORDS[word]
    if stopped and stop is Stop.OBJECTION:
        code = _WORDS[ConsentWord.OBJECTED][0]
        article = article_of(purpose, ConsentWord.OBJECTED)
    elif stopped and word is ConsentWord.OBJECTED:
        article = article_of(purpose, word)
    elif stop is not Stop.WITHDRAWAL:
        ground = _ground(purpose, basis)
        code, article = ground.code, ground.article
    return Use(collection, basis, stop, stopped, code, article)


def _is_stopped(stop: Stop | None, word: ConsentWord) -> bool:
    if stop is Stop.WITHDRAWAL:
        return word is not ConsentWord.GRANTED
    # Whoever withdrew, when the ground was another, said no as well.
    return stop is Stop.OBJECTION and word in _NO


def _ground(purpose: Purpose, basis: LawfulBasis) -> Reason:
    """Say why something goes on: what it rests on, and what ends it."""
    if purpose.right:
        return _RIGHT
    if purpose.exempt and basis in OBJECTIONABLE:
        return _CLAIM
    if purpose.use and stop_of(purpose, basis) is None:
        return _LICENCE
    return Reason(f"basis.{basis}", ARTICLES[basis], _FIXES[basis])
