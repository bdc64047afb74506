"""The question that policies are asked: a class of facts, no identity and no clock.

The vault turns who asks into roles and a reach, and instants into states, before it
asks. So a decision is a pure function of what is written here, can be remembered,
and can be shown to anybody. Version 1; optional fields may be added to it, a field
whose meaning changes makes version 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

VERSION = 1


class Action(StrEnum):
    """What is to be done with the data."""

    READ = "read"
    SEARCH = "search"
    EXPORT = "export"
    AGGREGATE = "aggregate"
    WRITE = "write"
    VERIFY = "verify"


class Kind(StrEnum):
    """What sort of principal asks."""

    SERVICE = "service"
    STAFF = "staff"
    CUSTOMER = "customer"
    AUDITOR = "auditor"


class Reach(StrEnum):
    """How the principal has to do with the person whose data it is."""

    SELF = "self"
    ASSIGNED = "assigned"
    IN_SCOPE = "in_scope"
    GRANTED = "granted"
    NONE = "none"


class CustomerState(StrEnum):
    """Whether the customer is open to processing (GDPR Art. 17 and 18)."""

    ACTIVE = "active"
    RESTRICTED = "restricted"
    ERASED = "erased"


class Minor(StrEnum):
    """Whether the customer is a child (GDPR Art. 8, PIPL Art. 31)."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Retention(StrEnum):
    """Whether the record's period has ended (GDPR Art. 5(1)(e))."""

    WITHIN = "within"
    EXPIRED = "expired"


class Basis(StrEnum):
    """The lawful basis of this data for the asked purpose (GDPR Art. 6(1))."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"
    NONE = "none"


class Condition(StrEnum):
    """The condition under which special categories are held (GDPR Art. 9(2))."""

    EXPLICIT_CONSENT = "9(2)(a)"
    EMPLOYMENT = "9(2)(b)"
    VITAL_INTERESTS = "9(2)(c)"
    MEMBERS = "9(2)(d)"
    MADE_PUBLIC = "9(2)(e)"
    LEGAL_CLAIMS = "9(2)(f)"
    PUBLIC_INTEREST = "9(2)(g)"
    HEALTH_CARE = "9(2)(h)"
    PUBLIC_HEALTH = "9(2)(i)"
    RESEARCH = "9(2)(j)"
    NONE = "none"


class Consent(StrEnum):
    """What the customer said about the asked purpose (GDPR Art. 7 and 21)."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OBJECTED = "objected"
    UNKNOWN = "unknown"


class Ugc(StrEnum):
    """The contribution's authorization, compared with the asked purpose."""

    NONE = "none"
    UNASKED = "unasked"
    GRANTED = "granted"
    RESTRICTED = "restricted"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as a policy may know; `assurance` 1 (token) to 3 (passkey)."""

    kind: Kind
    roles: tuple[str, ...] = ()
    region: str = ""
    assurance: int = 1


@dataclass(frozen=True, slots=True)
class ResourceClass:
    """What is asked about: everything that distinguishes records for a policy."""

    collection: str
    classes: tuple[str, ...]
    reach: Reach
    region: str
    state: CustomerState = CustomerState.ACTIVE
    minor: Minor = Minor.UNKNOWN
    retention: Retention = Retention.WITHIN
    hold: bool = False
    basis: Basis = Basis.NONE
    consent: Consent = Consent.UNKNOWN
    ugc: Ugc = Ugc.NONE
    condition: Condition = Condition.NONE


def common(action: str, purpose: str, caller: Caller) -> dict[str, Any]:
    """Give the part of a question that all items of one batch share."""
    return {
        "v": VERSION,
        "action": str(action),
        "purpose": purpose,
        "principal": {
            "kind": str(caller.kind),
            "roles": sorted(set(caller.roles)),
            "region": caller.region,
            "assurance": caller.assurance,
        },
    }


def item(resource: ResourceClass) -> dict[str, Any]:
    """Give the part of a question that is one item of a batch."""
    said = {
        "collection": resource.collection,
        "classes": sorted(set(resource.classes)),
        "reach": str(resource.reach),
        "region": resource.region,
        "state": str(resource.state),
        "minor": str(resource.minor),
        "retention": str(resource.retention),
        "hold": resource.hold,
        "basis": str(resource.basis),
        "consent": str(resource.consent),
        "ugc": str(resource.ugc),
    }
    # Version 1 was first written without this word.
    if resource.condition is not Condition.NONE:
        said["condition"] = str(resource.condition)
    return said


def document(
    action: str, purpose: str, caller: Caller, resource: ResourceClass
) -> dict[str, Any]:
    """Write one whole question, as it stands in the decision log."""
    return {**common(action, purpose, caller), "resource": item(resource)}


def batch(
    action: str, purpose: str, caller: Caller, resources: Sequence[ResourceClass]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Write one question about many resources: the common part and the items."""
    return common(action, purpose, caller), [item(resource) for resource in resources]
