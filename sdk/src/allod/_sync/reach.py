# Generated from allod/_async by scripts/generate_sync.py; edit that.
"""Who reaches whom: the organisation, assignments, grants, holds, restriction.

For staff with the role of legal or of the privacy officer, whose token carries the
scope of the call by name. What is done stands in the customer's own chain.
"""

from datetime import datetime
from typing import Any

from allod._sync.http import Part
from allod._reach import AccessGrant, CustomerReach, Hold, Org
from allod._transport import Call, instant, segments


class Organisation(Part):
    """Units within units, who holds them, and which customers are in them."""

    def chart(self) -> Org:
        """Read all units, and the posts that have not ended."""
        return self._ask(Org, Call("GET", "/v1/org"))

    def set_unit(
        self, unit: str, *, kind: str, within: str | None = None
    ) -> None:
        """Add a unit, or move it with everything below it."""
        body = {"kind": kind, "within": within}
        self._http.fetch(Call("PUT", _unit(unit), body=body))

    def remove_unit(self, unit: str) -> None:
        """Remove a unit that nothing is in."""
        self._http.fetch(Call("DELETE", _unit(unit)))

    def post(self, staff: str, unit: str, *, until: datetime) -> None:
        """Let a colleague hold a unit until an instant."""
        body = {"until": instant(until)}
        self._http.fetch(Call("PUT", _unit(unit, "posts", staff), body=body))

    def unpost(self, staff: str, unit: str) -> None:
        """Take a unit from somebody; it binds their next read."""
        self._http.fetch(Call("DELETE", _unit(unit, "posts", staff)))

    def place(self, customer_id: str, unit: str) -> None:
        """Put a customer into a unit; they may be in several."""
        self._http.fetch(Call("PUT", _unit(unit, "customers", customer_id)))

    def displace(self, customer_id: str, unit: str) -> None:
        """Take a customer out of a unit."""
        self._http.fetch(Call("DELETE", _unit(unit, "customers", customer_id)))


class Reach(Part):
    """Who reaches one customer, and what keeps hands off what is held of theirs."""

    def get(self, customer_id: str) -> CustomerReach:
        """Read who reaches a customer now, and what is held."""
        call = Call("GET", _customer(customer_id, "reach"))
        return self._ask(CustomerReach, call)

    def assign(self, customer_id: str, staff: str, *, until: datetime) -> None:
        """Put a customer into a colleague's care until an instant."""
        where = _customer(customer_id, "assignments", staff)
        self._http.fetch(Call("PUT", where, body={"until": instant(until)}))

    def unassign(self, customer_id: str, staff: str) -> None:
        """Take a customer out of somebody's care; it binds their next read."""
        where = _customer(customer_id, "assignments", staff)
        self._http.fetch(Call("DELETE", where))

    def grant(
        self,
        customer_id: str,
        staff: str,
        *,
        purpose: str,
        until: datetime,
        reason: str,
    ) -> AccessGrant:
        """Let a colleague reach a customer for one purpose, for seven days at most."""
        body = {
            "staff": staff,
            "purpose": purpose,
            "until": instant(until),
            "reason": reason,
        }
        where = _customer(customer_id, "grants")
        call = Call("POST", where, body=body, repeatable=False)
        return self._ask(AccessGrant, call)

    def revoke(self, customer_id: str, grant_id: str) -> None:
        """End a grant before its time; it binds the next read."""
        where = _customer(customer_id, "grants", grant_id)
        self._http.fetch(Call("DELETE", where))

    def hold(
        self, customer_id: str, *, reason: str, record_id: str | None = None
    ) -> Hold:
        """Hold a record as evidence, or all that is held and comes in later."""
        body = {"record_id": record_id, "reason": reason}
        where = _customer(customer_id, "holds")
        return self._ask(Hold, Call("POST", where, body=body, repeatable=False))

    def lift(self, customer_id: str, hold_id: str, *, reason: str) -> None:
        """Lift a hold; what no other hold keeps is free."""
        where = _customer(customer_id, "holds", hold_id, "lifting")
        call = Call("POST", where, body={"reason": reason}, repeatable=False)
        self._http.fetch(call)

    def restrict(
        self,
        customer_id: str,
        *,
        reason: str,
        restricted: bool = True,
        told_at: datetime | None = None,
    ) -> None:
        """Keep what is held from use, or let it be used again (GDPR 18).

        What the customer restricted is lifted once they were told: `told_at`.
        """
        body: dict[str, Any] = {"restricted": restricted, "reason": reason}
        if told_at is not None:
            body["told_at"] = instant(told_at)
        where = _customer(customer_id, "restriction")
        self._http.fetch(Call("PUT", where, body=body))


def _unit(unit: str, *more: str) -> str:
    return segments("v1", "org", "units", unit, *more)


def _customer(customer_id: str, *more: str) -> str:
    return segments("v1", "customers", customer_id, *more)
