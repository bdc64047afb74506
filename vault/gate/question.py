"""Who is asking, for what, about whom: what every read begins with.

A customer names nobody: their records are their own, and an id would only tell who
else is here. Everybody else names a customer by the controller's own id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pdp.decision.question import Caller, Kind
from vault._internal.customer_lookup import CustomerIds
from vault._internal.ports.records import ReadContext


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. `name` is a service's or a person's token name, never data.

    `subject` is set for a customer, and for nobody else.
    """

    kind: Kind
    name: str
    roles: tuple[str, ...] = ()
    region: str = "eu"
    assurance: int = 1
    subject: bytes | None = None

    def caller(self) -> Caller:
        """Give what the policy may know of the principal: no name, no subject."""
        return Caller(
            kind=self.kind,
            roles=tuple(sorted(self.roles)),
            region=self.region,
            assurance=self.assurance,
        )


@dataclass(frozen=True, slots=True)
class Question:
    """One wish to read: who, for which purpose, doing what.

    `fields` narrows what is wanted; None is all that the decision leaves. `request`
    is the caller's request id, for the access log.
    """

    principal: Principal
    purpose: str
    action: str = "read"
    fields: frozenset[str] | None = None
    request: str = ""


NOBODY: Final = b""
REACH: Final = {
    Kind.SERVICE: "in_scope",
    Kind.CUSTOMER: "none",  # but for the rows that are their own
    Kind.STAFF: "none",  # but for the subjects that are assigned to them
    Kind.AUDITOR: "none",
}


def asked_of(question: Question, now: int) -> ReadContext:
    """Say how a question's principal has to do with each row, at one instant."""
    principal = question.principal
    customer = principal.kind is Kind.CUSTOMER
    return ReadContext(
        purpose=question.purpose,
        now=now,
        reach=REACH[principal.kind],
        staff=principal.name if principal.kind is Kind.STAFF else None,
        own=principal.subject or NOBODY if customer else None,
    )


class Naming:
    """Turns the names that callers use into subjects."""

    def __init__(self, ids: CustomerIds) -> None:
        self._ids = ids

    def subject(self, principal: Principal, customer: str | None) -> bytes | None:
        """Give the subject that a caller means; None if they cannot mean it."""
        if principal.kind is Kind.CUSTOMER:
            return principal.subject if customer is None else None
        return None if customer is None else self._ids.resolve(customer)

    def subjects(
        self, principal: Principal, customers: set[str | None]
    ) -> Mapping[str | None, bytes]:
        """Give the subjects that a caller means; as `subject`, for many at once."""
        if principal.kind is Kind.CUSTOMER:
            return {None: principal.subject} if principal.subject else {}
        found = self._ids.resolve_many(each for each in customers if each)
        return dict(found.items())
