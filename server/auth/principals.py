"""Who is calling, as the token that was shown says, and what the token is good for.

A token says which roles the policies see, which purposes may be asked at all and
which calls may be made. What is then disclosed is the gate's to decide, each time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from kit.errors import Fault, Invalid, Reason, Refused
from kit.framing import framed
from pdp.decision.question import Kind
from vault.gate.question import Principal, Question
from vault.intake.storing import Item


class Scope(StrEnum):
    """Calls that a token may be good for; each route names the one it needs."""

    CUSTOMERS_REGISTER = "customers:register"
    CUSTOMERS_READMIT = "customers:readmit"
    CUSTOMERS_CORRECT = "customers:correct"
    RECORDS_READ = "records:read"
    RECORDS_WRITE = "records:write"
    RECORDS_SCAN = "records:scan"
    RECORDS_COUNT = "records:count"
    OWN_READ = "own:read"
    OWN_WRITE = "own:write"
    OWN_EXPORT = "own:export"
    OWN_ERASE = "own:erase"
    LEDGER_READ = "ledger:read"
    POLICIES_READ = "policies:read"
    POLICIES_PROPOSE = "policies:propose"
    POLICIES_APPROVE = "policies:approve"
    POLICIES_ACTIVATE = "policies:activate"
    BUNDLE_READ = "bundle:read"
    METRICS_READ = "metrics:read"
    REACH_READ = "reach:read"
    ORG_WRITE = "org:write"
    ASSIGNMENTS_WRITE = "assignments:write"
    GRANTS_WRITE = "grants:write"
    HOLDS_WRITE = "holds:write"
    RESTRICTIONS_WRITE = "restrictions:write"


_RECORDS = frozenset(
    {
        Scope.CUSTOMERS_REGISTER,
        Scope.CUSTOMERS_READMIT,
        Scope.CUSTOMERS_CORRECT,
        Scope.RECORDS_READ,
        Scope.RECORDS_WRITE,
        Scope.RECORDS_SCAN,
        Scope.RECORDS_COUNT,
    }
)
_POLICIES = frozenset(
    {
        Scope.POLICIES_READ,
        Scope.POLICIES_PROPOSE,
        Scope.POLICIES_APPROVE,
        Scope.POLICIES_ACTIVATE,
    }
)
_REACH = frozenset(
    {
        Scope.REACH_READ,
        Scope.ORG_WRITE,
        Scope.ASSIGNMENTS_WRITE,
        Scope.GRANTS_WRITE,
        Scope.HOLDS_WRITE,
        Scope.RESTRICTIONS_WRITE,
    }
)
SCOPES_OF = {
    Kind.SERVICE: _RECORDS | {Scope.BUNDLE_READ, Scope.METRICS_READ},
    Kind.STAFF: _RECORDS | _POLICIES | _REACH,
    Kind.CUSTOMER: frozenset(
        {Scope.OWN_READ, Scope.OWN_WRITE, Scope.OWN_EXPORT, Scope.OWN_ERASE}
    ),
    Kind.AUDITOR: frozenset({Scope.LEDGER_READ, Scope.RECORDS_COUNT}),
}
"""The scopes that a token of each kind may carry at all."""

BY_NAME: Final = (
    frozenset({Scope.BUNDLE_READ, Scope.METRICS_READ})
    | {Scope.CUSTOMERS_READMIT, Scope.CUSTOMERS_CORRECT}
    | (_POLICIES - {Scope.POLICIES_READ})
    | _REACH
)
"""Scopes that no token carries unless they are asked for by name."""

OWN_ACCESS: Final = "self.access"  # GDPR 15
OWN_EXPORT: Final = "self.export"  # GDPR 20
OWN_PURPOSES: Final = (OWN_ACCESS, OWN_EXPORT)
ACCOUNT_CARE: Final = "account.care"
"""What staff and commands act for who arrange an account, rather than write into it."""

UNNAMED: Final = "unnamed"
"""What the access log says where nothing asks for a write's purpose."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """A principal together with what their token is good for."""

    principal: Principal
    purposes: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()

    @classmethod
    def customer(cls, subject: bytes, *, region: str) -> Self:
        """Make the bearer that a customer is: good for all that is their own."""
        principal = Principal(
            Kind.CUSTOMER,
            "customer",
            roles=("customer",),
            region=region,
            subject=subject,
        )
        return cls(principal, OWN_PURPOSES, tuple(sorted(SCOPES_OF[Kind.CUSTOMER])))

    def asks(self, purpose: str, *, action: str = "read", request: str) -> Question:
        """Put a wish to read into the gate's question.

        Raises:
            Refused: the purpose is not among the token's.

        """
        if purpose not in self.purposes:
            raise refused("token.purpose", "ask for a token with this purpose")
        return Question(self.principal, purpose, action=action, request=request)

    def writes(self, purpose: str | None, *, decided: bool, request: str) -> Question:
        """Put a wish to write into the gate's question.

        `decided` says whether the policies in force decide writes. Where they do not,
        a purpose is not asked for, and it is not looked for among the token's.

        Raises:
            Invalid: no purpose is named, though the policies decide writes.
            Refused: the purpose is not among the token's.

        """
        if not decided:
            name = purpose or UNNAMED
            return Question(self.principal, name, action="write", request=request)
        if not purpose:
            fault = Fault("/purpose", "is required")
            raise Invalid("a parameter is missing", faults=(fault,))
        return self.asks(purpose, action="write", request=request)

    def require(self, scope: Scope) -> None:
        """Check that the token is good for one more kind of call.

        Raises:
            Refused: it is not.

        """
        if scope not in self.scopes:
            raise refused("token.scope", f"ask for a token with {scope}")

    def item(self, collection: str, values: Mapping[str, Any], key: str) -> Item:
        """Make what this bearer writes under a key; two may choose the same key.

        Where only these three give it, their text joined by `/` names the write, as it
        always did: without a `/` in name and key, and for customers, who all have one
        name. Else they are framed. What was written under the joined text before is
        still found by it, if it says the same.
        """
        kind, name = self.principal.kind, self.principal.name
        joined = f"{kind}/{name}/{key}"
        if kind is Kind.CUSTOMER or "/" not in name + key:
            return Item(collection, values, joined)
        framed_id = f"framed:{framed(kind.value, name, key).hex()}"
        return Item(collection, values, framed_id, earlier_id=joined)

    def item_of_many(
        self, collection: str, values: Mapping[str, Any], place: tuple[str, int]
    ) -> Item:
        """Make what this bearer writes under a key at its number of many."""
        name = framed(self.principal.kind.value, self.principal.name, *place)
        return Item(collection, values, f"batch:{name.hex()}")

    def own(self) -> bytes:
        """Give the customer's own subject.

        Raises:
            Refused: the bearer is no customer.

        """
        if self.principal.subject is None:
            raise refused("token.kind", "this call takes a customer's token")
        return self.principal.subject


def refused(code: str, fix: str) -> Refused:
    """Make the refusal of a token that is valid, and does not permit this call."""
    return Refused(
        "the token does not permit this call", reasons=(Reason(code, fix=fix),)
    )


def operating(purpose: str, *, region: str) -> Question:
    """Make the question of a command: whoever runs it holds the host and the keys.

    It acts where the data is kept that it is about (`region`).
    """
    principal = Principal(
        Kind.SERVICE, "operator", roles=("operator",), region=region, assurance=2
    )
    return Question(principal, purpose, action="write")
