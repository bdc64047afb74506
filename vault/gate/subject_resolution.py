"""Whom a caller means by a customer id, if they can mean anybody by it.

A customer names nobody: their records are their own, and an id would only tell who
else is here. Everybody else names a customer by the controller's own id.
"""

from collections.abc import Mapping

from pdp.decision.question import Kind
from vault._internal.customer_registry import Register
from vault.gate.question import Principal


class Naming:
    """Turns the names that callers use into subjects."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def subject(self, principal: Principal, customer: str | None) -> bytes | None:
        """Give the subject that a caller means; None if they cannot mean it."""
        if principal.kind is Kind.CUSTOMER:
            return principal.subject if customer is None else None
        return None if customer is None else self._register.resolve(customer)

    def subjects(
        self, principal: Principal, customers: set[str | None]
    ) -> Mapping[str | None, bytes]:
        """Give the subjects that a caller means; as `subject`, for many at once."""
        if principal.kind is Kind.CUSTOMER:
            return {None: principal.subject} if principal.subject else {}
        found = self._register.resolve_many(each for each in customers if each)
        return dict(found.items())
