"""Reads each of the API's answers into its type."""

import base64
import binascii

from allod import _wire as wire
from allod._consents import (
    Consent,
    ConsentEvent,
    Notice,
    Restriction,
    RestrictionGround,
    Use,
)
from allod._errors import UnexpectedAnswer
from allod._problems import read_reasons
from allod._types import (
    Access,
    Authorization,
    Batch,
    CaseFault,
    Cases,
    ConsistencyProof,
    Corrected,
    Disclosure,
    Erasure,
    Group,
    InclusionProof,
    Kept,
    Numbers,
    Page,
    Policies,
    PolicyFile,
    Profile,
    Purpose,
    Recipient,
    Removal,
    Roster,
    ScanEnd,
    Verified,
    Withheld,
    Written,
)
from allod._wire import Object


def authorization(source: Object) -> Authorization:
    """Read where a contributed item stands."""
    return Authorization(
        wire.text(source, "status"), wire.maybe(source, "until", wire.instant)
    )


def _authorization(source: Object, name: str) -> Authorization:
    return authorization(wire.mapping(source, name))


def disclosure(source: Object) -> Disclosure:
    """Read one disclosed record."""
    return Disclosure(
        customer_id=wire.text(source, "customer_id"),
        record_id=wire.text(source, "record_id"),
        version=wire.integer(source, "version"),
        collection=wire.text(source, "collection"),
        values=wire.mapping(source, "values"),
        masks=wire.mapping(source, "masks"),
        omitted=wire.texts(source, "omitted"),
        authorization=wire.maybe(source, "authorization", _authorization),
        decision_id=wire.text(source, "decision_id"),
        undeclared=wire.maybe(source, "undeclared", wire.mapping) or {},
    )


def _count(source: Object, name: str) -> int:
    """Read a count that an older server does not give."""
    return wire.maybe(source, name, wire.integer) or 0


def page(source: Object) -> Page:
    """Read a page of disclosures."""
    return Page(
        items=wire.each(source, "items", disclosure),
        withheld=wire.integer(source, "withheld"),
        decision_id=wire.text(source, "decision_id"),
        next=wire.maybe(source, "next", wire.text),
        damaged=_count(source, "damaged"),
        undecided=_count(source, "undecided"),
    )


def batch(source: Object) -> Batch:
    """Read the answers to a batch."""
    return Batch(wire.each(source, "items", _answer), wire.text(source, "decision_id"))


def _answer(source: Object) -> Disclosure | Withheld:
    if "error" not in source:
        return disclosure(source)
    error = wire.mapping(source, "error")
    return Withheld(
        status=wire.integer(error, "status"),
        code=wire.text(error, "code"),
        detail=wire.text(error, "detail"),
        reasons=read_reasons(error),
        text=wire.maybe(error, "text", wire.text) or "",
    )


def scan_end(source: Object) -> ScanEnd:
    """Read the last line of a scan."""
    return ScanEnd(
        wire.integer(source, "disclosed"),
        wire.integer(source, "withheld"),
        _count(source, "damaged"),
        _count(source, "undecided"),
    )


def numbers(source: Object) -> Numbers:
    """Read numbers about groups."""
    return Numbers(
        groups=wire.each(source, "groups", _group),
        withheld_groups=wire.integer(source, "withheld_groups"),
        decision_id=wire.text(source, "decision_id"),
        damaged=_count(source, "damaged"),
        undecided=_count(source, "undecided"),
    )


def verified(source: Object) -> Verified:
    """Read whether a value is the one held."""
    return Verified(wire.flag(source, "matches"), wire.text(source, "decision_id"))


def _group(source: Object) -> Group:
    return Group(wire.mapping(source, "key"), wire.maybe(source, "value", wire.number))


def written(source: Object) -> Written:
    """Read what came of a write."""
    return Written(
        record_id=wire.text(source, "record_id"),
        version=wire.integer(source, "version"),
        index=wire.maybe(source, "index", wire.integer),
        authorization=wire.maybe(source, "authorization", _authorization),
        doubtful=wire.doubts(source),
    )


def notice(source: Object) -> Notice:
    """Read a notice."""
    return Notice(
        purpose=wire.text(source, "purpose"),
        title=wire.text(source, "title"),
        version=wire.integer(source, "version"),
        language=wire.text(source, "language"),
        text=wire.text(source, "text"),
    )


def consent(source: Object) -> Consent:
    """Read where a purpose stands."""
    return Consent(
        purpose=wire.text(source, "purpose"),
        title=wire.text(source, "title"),
        state=wire.text(source, "state"),
        article=wire.text(source, "article"),
        at=wire.maybe(source, "at", wire.instant),
        until=wire.maybe(source, "until", wire.instant),
        notice_version=wire.maybe(source, "notice_version", wire.integer),
        language=wire.maybe(source, "language", wire.text),
        uses=wire.each(source, "uses", _use),
    )


def _use(source: Object) -> Use:
    return Use(
        collection=wire.text(source, "collection"),
        title=wire.text(source, "title"),
        basis=wire.text(source, "basis"),
        stop=wire.maybe(source, "stop", wire.text),
        stopped=wire.flag(source, "stopped"),
        code=wire.text(source, "code"),
        article=wire.text(source, "article"),
        text=wire.text(source, "text"),
    )


def restriction(source: Object) -> Restriction:
    """Read whether the use of a customer's data is restricted."""
    return Restriction(
        restricted=wire.flag(source, "restricted"),
        by_staff=wire.flag(source, "by_staff"),
        grounds=wire.each(source, "grounds", _ground),
        text=wire.text(source, "text"),
    )


def _ground(source: Object) -> RestrictionGround:
    return RestrictionGround(
        ground=wire.text(source, "ground"),
        since=wire.instant(source, "since"),
        article=wire.text(source, "article"),
    )


def consent_event(source: Object) -> ConsentEvent:
    """Read what was said about a purpose."""
    return ConsentEvent(
        act=wire.text(source, "act"),
        purpose=wire.text(source, "purpose"),
        at=wire.instant(source, "at"),
        until=wire.maybe(source, "until", wire.instant),
        notice_version=wire.maybe(source, "notice_version", wire.integer),
        language=wire.maybe(source, "language", wire.text),
    )


def access(source: Object) -> Access:
    """Read an event of the access log."""
    return Access(
        at=wire.instant(source, "at"),
        principal_kind=wire.text(source, "principal_kind"),
        principal=wire.text(source, "principal"),
        purpose=wire.text(source, "purpose"),
        action=wire.text(source, "action"),
        outcome=wire.text(source, "outcome"),
        collection=wire.text(source, "collection"),
        fields=wire.texts(source, "fields"),
        reasons=wire.texts(source, "reasons"),
        decision_id=wire.text(source, "decision_id"),
        title=wire.maybe(source, "title", wire.text) or "",
        texts=wire.texts(source, "texts") if source.get("texts") else (),
    )


def roster(source: Object) -> Roster:
    """Read a page of customers."""
    return Roster(
        items=wire.each(source, "items", profile),
        withheld=wire.integer(source, "withheld"),
        decision_id=wire.text(source, "decision_id"),
        next=wire.maybe(source, "next", wire.text),
    )


def corrected(source: Object) -> Corrected:
    """Read what became of a correction of one's own."""
    return Corrected(
        record_id=wire.text(source, "record_id"),
        version=wire.integer(source, "version"),
        recipients=wire.each(source, "recipients", _recipient),
        doubtful=wire.doubts(source),
    )


def _recipient(source: Object) -> Recipient:
    return Recipient(
        wire.text(source, "name"),
        wire.text(source, "purpose"),
        wire.instant(source, "last"),
    )


def removal(source: Object) -> Removal:
    """Read what became of an item that was removed."""
    return Removal(
        record_id=wire.text(source, "record_id"),
        state=wire.text(source, "state"),
        removed_at=wire.instant(source, "removed_at"),
        finality=wire.text(source, "finality"),
        kept=wire.each(source, "kept", _kept),
    )


def _kept(source: Object) -> Kept:
    return Kept(wire.text(source, "what"), wire.text(source, "article"))


def profile(source: Object) -> Profile:
    """Read a customer's own registration."""
    return Profile(
        customer_id=wire.text(source, "customer_id"),
        region=wire.text(source, "region"),
        minor=wire.text(source, "minor"),
        birth_date=wire.maybe(source, "birth_date", wire.text),
    )


def erasure(source: Object) -> Erasure:
    """Read how far an erasure is."""
    return Erasure(
        state=wire.text(source, "state"),
        id=wire.maybe(source, "erasure_id", wire.text),
        secret=wire.maybe(source, "secret", wire.text),
        certificate=wire.maybe(source, "certificate", wire.mapping),
        provisional=wire.maybe(source, "provisional", wire.flag) or False,
        proof=wire.maybe(source, "proof", wire.text),
    )


def inclusion(source: Object) -> InclusionProof:
    """Read an inclusion proof."""
    return InclusionProof(
        wire.integer(source, "index"), wire.integer(source, "size"), _path(source)
    )


def consistency(source: Object) -> ConsistencyProof:
    """Read a consistency proof."""
    return ConsistencyProof(
        wire.integer(source, "from"), wire.integer(source, "to"), _path(source)
    )


def _path(source: Object) -> tuple[bytes, ...]:
    try:
        return tuple(
            base64.b64decode(each, validate=True) for each in wire.texts(source, "path")
        )
    except (ValueError, binascii.Error):
        raise UnexpectedAnswer("the answer's path is not base64") from None


def policies(source: Object) -> Policies:
    """Read what the active policies are."""
    return Policies(
        wire.text(source, "digest"), wire.each(source, "files", _policy_file)
    )


def _policy_file(source: Object) -> PolicyFile:
    return PolicyFile(wire.text(source, "path"), wire.text(source, "sha256"))


def purpose(source: Object) -> Purpose:
    """Read what a purpose is."""
    return Purpose(
        name=wire.text(source, "name"),
        title=wire.text(source, "title"),
        article=wire.text(source, "article"),
        bases=wire.texts(source, "bases"),
        channel=wire.text(source, "channel"),
    )


def cases(source: Object) -> Cases:
    """Read how the policies' cases came out."""
    return Cases(
        total=wire.integer(source, "total"),
        failed=wire.integer(source, "failed"),
        coverage=wire.number(source, "coverage"),
        faults=wire.each(source, "faults", _case_fault),
    )


def _case_fault(source: Object) -> CaseFault:
    return CaseFault(
        file=wire.text(source, "file"),
        name=wire.text(source, "name"),
        expected=wire.text(source, "expected"),
        got=wire.text(source, "got"),
    )
