"""Who is asking, and for what: the two things every read begins with."""

from dataclasses import dataclass

from pdp.decision.question import Caller, Kind


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
