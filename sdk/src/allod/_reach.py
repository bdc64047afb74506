"""Who reaches whom, as values, and how they are read from the server's answer."""

from dataclasses import dataclass
from datetime import datetime

from allod import _wire as wire


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
class Reached:
    """Who reaches one customer now, and what is held; `state` is active|restricted."""

    state: str
    units: tuple[str, ...]
    assignments: tuple[Assignment, ...]
    grants: tuple[AccessGrant, ...]
    holds: tuple[Hold, ...]


def org(source: wire.Object) -> Org:
    """Read the organisation."""
    return Org(
        units=wire.each(source, "units", _unit),
        posts=wire.each(source, "posts", _post),
    )


def reached(source: wire.Object) -> Reached:
    """Read who reaches a customer."""
    return Reached(
        state=wire.text(source, "state"),
        units=wire.texts(source, "units"),
        assignments=wire.each(source, "assignments", _assignment),
        grants=wire.each(source, "grants", grant),
        holds=wire.each(source, "holds", hold),
    )


def grant(source: wire.Object) -> AccessGrant:
    """Read a grant."""
    return AccessGrant(
        grant_id=wire.text(source, "grant_id"),
        staff=wire.text(source, "staff"),
        purpose=wire.text(source, "purpose"),
        until=wire.instant(source, "until"),
    )


def hold(source: wire.Object) -> Hold:
    """Read a hold."""
    return Hold(
        hold_id=wire.text(source, "hold_id"),
        record_id=wire.maybe(source, "record_id", wire.text),
    )


def _unit(source: wire.Object) -> Unit:
    return Unit(
        unit=wire.text(source, "unit"),
        kind=wire.text(source, "kind"),
        within=wire.maybe(source, "within", wire.text),
    )


def _post(source: wire.Object) -> Post:
    return Post(
        staff=wire.text(source, "staff"),
        unit=wire.text(source, "unit"),
        until=wire.instant(source, "until"),
    )


def _assignment(source: wire.Object) -> Assignment:
    return Assignment(
        staff=wire.text(source, "staff"), until=wire.instant(source, "until")
    )
