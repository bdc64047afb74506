"""The canary: questions whose answers are known, before a bundle decides for anybody.

They are the program's, not the bundle's: what any law here has to say, whatever its
tables hold. Customers read what is theirs (GDPR 15). Nobody reads what they have
nothing to do with, what is erased, or on a consent that does not stand; and a question
with a word that is absent or unknown is refused. An engine that does not tell these
apart, or has another bundle loaded, is not put in force.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from kit.errors import CannotStart
from pdp.bundle.bundle import Bundle
from pdp.decision.decision import Decision, Undecided, denied, parse_decision
from pdp.decision.port import Engine
from pdp.decision.question import (
    Action,
    Basis,
    Caller,
    Consent,
    CustomerState,
    Kind,
    Minor,
    Reach,
    ResourceClass,
    Ugc,
    common,
    item,
)
from pdp.review.tables import check_known

OWN_ACCESS: Final = "self.access"
STRONGEST: Final = 3
BATCH: Final = 32
_UNHEARD_OF: Final = "no such word"

Common = Mapping[str, Any]
Item = Mapping[str, Any]


class CanaryDied(CannotStart):
    """The engine does not decide by this bundle, or as every bundle has to."""

    code = "policies_canary"

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"the canary of the policies: {detail}",
            fix="run `allod policy test` on the bundle, and look after the engine",
        )


def canary(engine: Engine, bundle: Bundle) -> None:
    """Ask all the questions, before a bundle is put in force.

    Raises:
        CanaryDied: an answer is not the one that it has to be.
        Undecided: the engine does not answer.

    """
    region = brief_canary(engine, bundle)
    asked, own = _own(bundle.tables, region)
    for question in _spoiled_asking(asked):
        _require_refused(engine, bundle, question, [own])
    for question, closed in _closed(bundle.tables, region):
        _require_refused(engine, bundle, question, closed)


def brief_canary(engine: Engine, bundle: Bundle) -> str:
    """Ask the few that take three answers; gives the region they were asked from.

    For each start, and for an engine that was away.

    Raises:
        CanaryDied, Undecided: as `canary`.

    """
    for finding in check_known(bundle):
        raise CanaryDied(f"{finding.place}: {finding.message}")
    region = _region(bundle.tables)
    asked, own = _own(bundle.tables, region)
    (shown,) = _decided(engine, bundle, asked, [own])
    if not shown.allow:
        raise CanaryDied("customers are refused what is their own (GDPR 15)")
    _require_refused(engine, bundle, {}, [{}])
    _require_refused(engine, bundle, asked, [*_spoiled(own)])
    return region


def _region(tables: Mapping[str, Any]) -> str:
    """Name a region whose records may be read from within it."""
    for region, readers in tables["residency"].items():
        if region in readers:
            return str(region)
    raise CanaryDied("no region's records may be read from within it")


def _own(tables: Mapping[str, Any], region: str) -> tuple[Common, Item]:
    """Ask for all of a customer's own, as that customer."""
    caller = Caller(Kind.CUSTOMER, (), region, STRONGEST)
    resource = _open(tables, region, Reach.SELF, Basis.CONTRACT)
    return common(Action.READ, OWN_ACCESS, caller), item(resource)


def _open(
    tables: Mapping[str, Any], region: str, reach: Reach, basis: Basis
) -> ResourceClass:
    """Give the class to which no rule should have an objection of its own."""
    return ResourceClass(
        *("profile", tuple(tables["classes"]), reach, region),
        minor=Minor.NO,
        basis=basis,
        consent=Consent.GRANTED,
        ugc=Ugc.GRANTED,
    )


def _spoiled(own: Item) -> Iterator[Item]:
    """Spoil what is allowed, one word at a time: it is absent, or unheard of."""
    for name, value in own.items():
        yield _without(own, name)
        # Any text may be the name of a collection, and their own is given to customers
        # whatever region they live in.
        yield {**own, name: 0 if name in _ANY_TEXT else _wrong(value)}
    yield {**own, "reach": Reach.NONE}
    yield {**own, "state": CustomerState.ERASED}


def _spoiled_asking(asked: Common) -> Iterator[Common]:
    principal = asked["principal"]
    for name, value in asked.items():
        yield {**asked, name: _wrong(value)}
        yield _without(asked, name)
    for name, value in principal.items():
        spoiled = 0 if name in _ANY_TEXT else _wrong(value)
        yield {**asked, "principal": {**principal, name: spoiled}}
        yield {**asked, "principal": _without(principal, name)}
    for kind in (Kind.SERVICE, Kind.STAFF, Kind.AUDITOR):
        yield {**asked, "principal": {**principal, "kind": kind}}


def _wrong(value: object) -> object:
    return [_UNHEARD_OF] if isinstance(value, list) else _UNHEARD_OF


def _without(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return {key: value for key, value in document.items() if key != name}


def _closed(
    tables: Mapping[str, Any], region: str
) -> Iterator[tuple[Common, list[Item]]]:
    """Ask what no purpose may open, by each role that it is open to."""
    for purpose, row in tables["purposes"].items():
        for role in row["roles"]:
            items = [*_never(tables, row, region)]
            for kind in map(Kind, tables["roles"][role]["kinds"]):
                roles = () if kind is Kind.CUSTOMER else (role,)
                caller = Caller(kind, roles, region, STRONGEST)
                for action in row["actions"][:1]:
                    yield common(action, purpose, caller), items


def _never(
    tables: Mapping[str, Any], row: Mapping[str, Any], region: str
) -> Iterator[Item]:
    for basis in map(Basis, row["bases"] or [Basis.NONE]):
        near = _open(tables, region, Reach.IN_SCOPE, basis)
        yield item(replace(near, reach=Reach.NONE))
        yield item(replace(near, state=CustomerState.ERASED))
        if basis is Basis.CONSENT:
            for said in frozenset(Consent) - {Consent.GRANTED}:
                yield item(replace(near, consent=said))


def _require_refused(
    engine: Engine, bundle: Bundle, asked: Common, items: list[Item]
) -> None:
    for start in range(0, len(items), BATCH):
        part = items[start : start + BATCH]
        for spoiled, decision in zip(
            part, _decided(engine, bundle, asked, part), strict=True
        ):
            if decision.allow:
                raise CanaryDied(_allowed(asked, spoiled))


def _allowed(asked: Common, spoiled: Item) -> str:
    if not spoiled:
        return "an empty question was allowed"
    facts = ", ".join(f"{name} {spoiled.get(name)}" for name in _TOLD)
    return f"{asked.get('purpose')} was allowed with {facts}"


_ANY_TEXT: Final = frozenset({"collection", "region"})
_TOLD: Final = ("reach", "state", "basis", "consent")


def _decided(
    engine: Engine, bundle: Bundle, asked: Common, items: list[Item]
) -> list[Decision]:
    answer = engine.decide(asked, items)
    if answer.revision != bundle.digest:
        raise CanaryDied("the engine has another bundle loaded")
    if not isinstance(answer.results, list) or len(answer.results) != len(items):
        raise CanaryDied("each question did not get one answer")
    return [_read(each) for each in answer.results]


def _read(result: object) -> Decision:
    try:
        return parse_decision(result)
    except Undecided as error:
        return denied(error.reason_code)
