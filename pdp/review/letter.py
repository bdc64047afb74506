"""A decision in sentences that can be sent to the person whose data it was about.

Who asked, by kind and without a name; for what; what came of it and why; by which
article of the customer's own law; and what they can do. Nothing here decides: the
sentences are the bundle's own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from kit.errors import Reason
from pdp.bundle.bundle import Bundle
from pdp.bundle.language import Speaker, filled
from pdp.bundle.language_source import languages_of
from pdp.bundle.regions import regions_of
from pdp.decision.decision import denied
from pdp.engines.regorus import Workbench
from pdp.review.cases import answer

_PART: Final = re.compile(r"(\D*[^\W\d]) (.+)")
UNDECIDED: Final = "gate.engine_error"
SEPARATOR: Final = "; "
"""Between the laws in an article: `GDPR 6(1)(a); PIPL 13(1)`."""
ALONG: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"GDPR": ("ePrivacy",)})
"""What is law beside a law, for the same people."""


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What is told of a decision; `shown` are names in the reader's language."""

    date: str
    caller: str
    action: str
    purpose: str
    allowed: bool
    region: str = ""
    shown: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


def letter(speaker: Speaker, tables: Mapping[str, Any], told: LetterFacts) -> str:
    """Write a decision down for the customer, a paragraph a line."""
    return "\n".join(filter(None, _paragraphs(speaker, tables, told)))


def _paragraphs(
    speaker: Speaker, tables: Mapping[str, Any], told: LetterFacts
) -> Iterator[str]:
    yield speaker.sentence(
        "asked",
        date=told.date,
        caller=speaker.name("callers", told.caller),
        action=speaker.name("actions", told.action),
        purpose=speaker.purpose(told.purpose),
    )
    law = law_of(tables, told.region)
    if told.allowed:
        row = tables["purposes"].get(told.purpose, {})
        yield speaker.joined(_allowed(speaker, told.shown, row.get("article", ""), law))
    # Of several records some may be allowed; then not all of it was refused.
    refused = "" if told.allowed else speaker.sentence("refused")
    why = [_why(speaker, each, law) for each in told.reasons]
    yield speaker.joined([refused, *why])
    yield speaker.sentence("rights")


def _allowed(
    speaker: Speaker, shown: Sequence[str], article: str, law: str
) -> Iterator[str]:
    yield speaker.sentence("allowed")
    if shown:
        yield speaker.sentence("shown", names=speaker.listed(shown))
    if own := cited(speaker, article, law):
        yield speaker.sentence("law", article=own)


def _why(speaker: Speaker, reason: Reason, law: str) -> str:
    said = speaker.to_customer(reason) or reason.fix or reason.code
    article = cited(speaker, reason.article, law)
    if not article:
        return said
    return speaker.sentence("why", why=said, article=article) or said


def law_of(tables: Mapping[str, Any], region: str) -> str:
    """Name the law of a region; nothing where the tables do not say it."""
    found = regions_of(tables).get(region)
    return found.law if found else ""


def cited(speaker: Speaker, article: str, law: str) -> str:
    """Cite the parts of an article that are of a law, with the law written out."""
    return SEPARATOR.join(_named(speaker, each) for each in own_parts(article, law))


def own_parts(article: str, law: str) -> list[str]:
    """Give the parts of an article that are of a law, and of what goes along with it.

    Another's law is not cited to anybody: nothing is, where an article has no such
    part. All of it is where it is not known whose law counts.
    """
    parts = [each for each in article.split(SEPARATOR) if each]
    laws = tuple(f"{each} " for each in (law, *ALONG.get(law, ())))
    return [each for each in parts if not law or each.startswith(laws)]


def _named(speaker: Speaker, part: str) -> str:
    """Write out which law a part is of: `PIPL 13(1)`."""
    found = _PART.fullmatch(part)
    if found is None:
        return part
    frame = speaker.name("laws", found[1])
    return part if frame == found[1] else filled(frame, {"article": found[2]})


def rehearsed(
    bundle: Bundle, question: Mapping[str, Any], wanted: Sequence[str], date: str
) -> str:
    """Write the letter that would be sent, were a question asked of a bundle.

    Raises:
        PolicyFault: the bundle cannot be compiled.

    """
    with Workbench(bundle, coverage=False) as bench:
        decision = answer(bench, question)
    speaker = languages_of(bundle).speak(wanted)
    given = denied(UNDECIDED) if isinstance(decision, str) else decision
    masks = given.masks.items()
    told = LetterFacts(
        date=date,
        caller=_word(question, "principal", "kind"),
        action=_word(question, "action"),
        purpose=_word(question, "purpose"),
        allowed=given.allow,
        region=_word(question, "resource", "region"),
        shown=tuple(_masked(speaker, each, mask) for each, mask in masks),
        reasons=given.reasons,
    )
    return letter(speaker, bundle.tables, told)


def _word(question: object, *path: str) -> str:
    """Take a word out of a question that may lack it; the gate has refused it then."""
    for name in path:
        question = question.get(name, "") if isinstance(question, Mapping) else ""
    return question if isinstance(question, str) else ""


def _masked(speaker: Speaker, data_class: str, mask: str) -> str:
    name, how = speaker.name("classes", data_class), speaker.name("masks", mask)
    return speaker.sentence("masked", name=name, mask=how) or name
