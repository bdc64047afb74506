"""From a question to what the SQL is told of it: who reaches whom, and when is now."""

from typing import Final

from pdp.decision.question import Kind
from vault._internal.records_store import Asked
from vault.gate.question import Question

NOBODY: Final = b""
REACH: Final = {
    Kind.SERVICE: "in_scope",
    Kind.CUSTOMER: "none",  # but for the rows that are their own
    Kind.STAFF: "none",  # but for the subjects that are assigned to them
    Kind.AUDITOR: "none",
}


def asked_of(question: Question, now: int) -> Asked:
    """Say how a question's principal has to do with each row, at one instant."""
    principal = question.principal
    customer = principal.kind is Kind.CUSTOMER
    return Asked(
        purpose=question.purpose,
        now=now,
        reach=REACH[principal.kind],
        staff=principal.name if principal.kind is Kind.STAFF else None,
        own=principal.subject or NOBODY if customer else None,
    )
