"""Who reaches whom, as values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the organisation, and the unit that it is directly in."""

    unit: str
    kind: str
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A unit that a member of staff holds until an instant."""

    staff: str
    unit: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Org:
    """The organisation as it stands now."""

    units: tuple[Unit, ...]
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A member of staff who looks after a customer until an instant."""

    staff: str
    until: datetime


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """One purpose for which a member of staff reaches a customer for some days."""

    grant_id: str
    staff: str
    purpose: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on one record, or (None) on all that is held about a customer."""

    hold_id: str
    record_id: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerReach:
    """Who reaches one customer now, and what is held; `state` is active|restricted."""

    state: str
    units: tuple[str, ...]
    assignments: tuple[Assignment, ...]
    grants: tuple[AccessGrant, ...]
    holds: tuple[Hold, ...]
