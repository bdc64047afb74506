"""What a customer is told of one decision: looked up in the log, put into sentences.

The log says what was asked and shown, and of whom; the policies of then say why. A
decision about several customers is told to each of them alone, and of nobody else.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from kit.clock import from_unix, iso
from kit.errors import Invalid, NotFound, Reason
from pdp.bundle.language_source import languages_of
from pdp.review.explain import grounds
from pdp.review.letter import LetterFacts, letter
from server.ops.decisions import bundle_of, events_of

if TYPE_CHECKING:
    from server.house.house import House
    from vault.audit.access import Access

_NO: Final = frozenset({"refused", "not_found"})
DAY: Final = len("2026-01-01")


def letter_of(
    house: "House", decision_id: str, wanted: Sequence[str], customer: str | None = None
) -> str:
    """Write to a customer about a decision of the past, in a language.

    Raises:
        Invalid: that is no decision id, the decision was about several customers and
            none is named, or its policies are not here any more.
        NotFound: the log knows no such decision, or it was not about this customer.

    """
    events = events_of(house, decision_id)
    subject = _subject(house, [each for _, each in events], customer)
    own = [each for _, each in events if subject is None or each.names(subject)]
    at, first = events[0]
    bundle = bundle_of(house, first.revision)
    codes = sorted({code for each in own for code in each.reasons.split(",") if code})
    told = LetterFacts(
        date=iso(from_unix(at))[:DAY],
        caller=first.principal_kind,
        action=first.action,
        purpose=first.purpose,
        allowed=any(each.outcome not in _NO for each in own),
        region=_region(house, subject),
        shown=tuple(dict.fromkeys(_shown(house, own, wanted))),
        reasons=tuple(
            Reason(each.code, each.article, each.fix) for each in grounds(bundle, codes)
        ),
    )
    return letter(languages_of(bundle).speak(wanted), bundle.tables, told)


def _subject(
    house: "House", events: Sequence["Access"], customer: str | None
) -> bytes | None:
    about = {subject for each in events for subject in each.about}
    if customer is not None:
        subject = house.customers.subject_of(customer)
        if subject is None or subject not in about:
            raise NotFound("that decision was not about this customer")
        return subject
    if len(about) > 1:
        raise Invalid(
            "the decision was about several customers",
            fix="say whom you write to, with --customer",
        )
    return next(iter(about), None)


def _region(house: "House", subject: bytes | None) -> str:
    if subject is None:
        return ""
    try:
        return house.customers.standing(subject).region
    except NotFound:
        return ""


def _shown(
    house: "House", events: Sequence["Access"], wanted: Sequence[str]
) -> Iterator[str]:
    for event in events:
        # A read of single records is logged without the collection that they are in.
        named = event.collection.split(",") if event.collection else ()
        within = [each for each in house.catalog if not named or each.name in named]
        for field in filter(None, event.fields.split(",")):
            declaring = (each for each in within if field in each.fields)
            found = next(declaring, None)
            yield found.field_called(field, wanted) if found else field
