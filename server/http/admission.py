"""The doors of the faces: which principal may come in by which route.

Each route has exactly one door, as a dependency, and a test walks every router and
asks for it. A door says no before any body is read. Wrong, expired and revoked
tokens get one answer.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import Request

from kit.errors import Unauthenticated
from pdp.decision.question import Kind
from server.auth.principals import Bearer, Scope, refused
from server.auth.tokens import Tokens
from server.http.turns import Turns, Work

LEGAL_ROLE: Final = "legal"
OFFICER_ROLE: Final = "privacy_officer"
ADMITTED: Final = "allod.admitted"
"""The scope's key under which a door keeps, for one request, whom it let in."""


class Door(SecurityBase):
    """Lets in the bearers of some kinds, whose token is good for one kind of call."""

    def __init__(self, *kinds: Kind, scope: Scope, roles: tuple[str, ...] = ()) -> None:
        self.model = HTTPBearer(description="al_<kind>_… as minted by `allod token`")
        self.scheme_name = "token"
        self.kinds = frozenset(kinds)
        self.scope = scope
        self.roles = roles

    async def __call__(self, request: Request) -> Bearer:
        """Let a request in, or say why not; the framework's way of asking."""
        admitted: dict[Door, Bearer] = request.scope.setdefault(ADMITTED, {})
        if self not in admitted:
            state = request.app.state
            admitted[self] = self.let_in(state.tokens, state.turns, request)
        return admitted[self]

    def let_in(self, tokens: Tokens, turns: Turns, request: Request) -> Bearer:
        """Tell whose request this is, and count it; also those that are nobody's.

        Raises:
            Unauthenticated, Refused: as `admit`.
            TooMany: this principal calls too often, or too many calls without a valid
                token came from this address.

        """
        try:
            bearer = known(tokens, request.headers)
        except Unauthenticated:
            turns.count_failure(request.client.host if request.client else "")
            raise
        turns.count_call(bearer)
        self._check(bearer)
        return bearer

    def admit(self, tokens: Tokens, headers: Mapping[str, str]) -> Bearer:
        """Tell whose request this is.

        Raises:
            Unauthenticated: no token, or not a valid one.
            Refused: a valid token that does not permit this.

        """
        bearer = known(tokens, headers)
        self._check(bearer)
        return bearer

    def _check(self, bearer: Bearer) -> None:
        if bearer.principal.kind not in self.kinds:
            raise refused("token.kind", "this call takes another kind of token")
        bearer.require(self.scope)
        if self.roles and not set(self.roles) & set(bearer.principal.roles):
            wanted = " or ".join(self.roles)
            raise refused("token.role", f"ask for a token with the role {wanted}")


def known(tokens: Tokens, headers: Mapping[str, str]) -> Bearer:
    """Tell whose token a request carries.

    Raises:
        Unauthenticated: no token, or not a valid one.

    """
    scheme, _, text = headers.get("authorization", "").partition(" ")
    bearer = tokens.find(text) if scheme.lower() == "bearer" else None
    if bearer is None:
        raise Unauthenticated("this needs a valid token")
    return bearer


def service(scope: Scope) -> Door:
    """Make a door for services, and for staff who work through one."""
    return Door(Kind.SERVICE, Kind.STAFF, scope=scope)


def counter(scope: Scope) -> Door:
    """Make a door for whoever may have numbers about groups: auditors too."""
    return Door(Kind.SERVICE, Kind.STAFF, Kind.AUDITOR, scope=scope)


def customer(scope: Scope) -> Door:
    """Make a door for customers, who reach what is their own and nothing else."""
    return Door(Kind.CUSTOMER, scope=scope)


def auditor(scope: Scope = Scope.LEDGER_READ) -> Door:
    """Make a door for auditors."""
    return Door(Kind.AUDITOR, scope=scope)


def legal(scope: Scope = Scope.POLICIES_READ) -> Door:
    """Make a door for the members of staff who answer for the policies."""
    return Door(Kind.STAFF, scope=scope, roles=(LEGAL_ROLE,))


def officer(scope: Scope) -> Door:
    """Make a door for the members of staff who decide who reaches whom."""
    return Door(Kind.STAFF, scope=scope, roles=(LEGAL_ROLE, OFFICER_ROLE))


async def anybody() -> None:
    """Let everybody in: for what is public, or carries its own secret."""


def turn(work: Work) -> Callable[[Request], AsyncIterator[None]]:
    """Make a dependency that holds a turn of heavy work, to the answer's last byte.

    Whose turn it is, the route's door has found out before.
    """

    async def taken(request: Request) -> AsyncIterator[None]:
        turns: Turns = request.app.state.turns
        (bearer,) = request.scope[ADMITTED].values()
        with turns.taken(work, bearer):
            yield

    return taken
