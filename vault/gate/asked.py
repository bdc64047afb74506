"""From a question to what the stores are asked: whom it means, who reaches whom, when.

A customer names nobody: their records are their own, and an id would only tell who
else is here. Everybody else names a customer by the controller's own id.
"""

from collections.abc import Mapping
from typing import Final

from pdp.decision.question import Kind
from vault._internal.customer_lookup import CustomerIds
from vault._internal.ports.records import ReadContext
from vault.gate.question import Principal, Question

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
