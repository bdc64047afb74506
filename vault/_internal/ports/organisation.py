"""Who reaches whom, and what keeps hands off, as a store keeps it."""

from typing import NamedTuple, Protocol

from kit.db import WriteSession


class AssignmentRow(NamedTuple):
    """A member of staff who looks after a subject until an instant."""

    staff: str
    until: int


class GrantRow(NamedTuple):
    """A purpose for which a member of staff reaches a subject until an instant."""

    grant_id: bytes
    staff: str
    purpose: str
    until: int


class HoldRow(NamedTuple):
    """A hold on a record, or on all that is held about a subject."""

    hold_id: bytes
    record: bytes | None


class UnitRow(NamedTuple):
    """One unit, what it is, and the unit that it is directly in."""

    unit: str
    kind: str
    within: str | None


class PostRow(NamedTuple):
    """One member of staff in one unit, until an instant."""

    staff: str
    unit: str
    until: int


class CareStore(Protocol):
    """Assignments, grants, holds and acts."""

    def assign(self, session: WriteSession, subject: bytes, row: AssignmentRow) -> None:
        """Put a subject into a member of staff's care until an instant."""

    def unassign(self, session: WriteSession, subject: bytes, staff: str) -> bool:
        """Take a subject out of a member of staff's care; False if not in it."""

    def assignments(
        self, subject: bytes, now: int, *, lying: bool = False
    ) -> list[AssignmentRow]:
        """List who looks after a subject now; with `lying`, whoever wrote it."""

    def assigned_until(
        self, session: WriteSession, subject: bytes, staff: str
    ) -> int | None:
        """Tell until when a member of staff looks after a subject, ended or not."""

    def grant(self, session: WriteSession, subject: bytes, row: GrantRow) -> None:
        """Let a member of staff reach a subject for one purpose."""

    def revoke(
        self, session: WriteSession, subject: bytes, grant_id: bytes, now: int
    ) -> bool:
        """End a grant; False if there is none any more."""

    def grants(
        self, subject: bytes, now: int, *, lying: bool = False
    ) -> list[GrantRow]:
        """List the grants that are in force; with `lying`, whoever wrote them."""

    def hold(self, session: WriteSession, subject: bytes, row: HoldRow) -> None:
        """Keep a hold; `mark` makes the records follow."""

    def is_hold(self, session: WriteSession, subject: bytes, hold_id: bytes) -> bool:
        """Tell whether a hold stands."""

    def lift(self, session: WriteSession, subject: bytes, hold_id: bytes) -> bool:
        """Let go of a hold; False if there is none."""

    def mark(self, session: WriteSession, subject: bytes) -> None:
        """Have each record of a subject say whether a hold stands on it."""

    def is_marked(self, subject: bytes) -> bool:
        """Tell whether every record of a subject says what `mark` would have it say."""

    def holds(self, subject: bytes) -> list[HoldRow]:
        """List the holds that stand on what is held about a subject."""

    def is_held(self, session: WriteSession, subject: bytes) -> bool:
        """Tell whether any hold stands on anything about a subject."""

    def has_record(self, session: WriteSession, subject: bytes, record: bytes) -> bool:
        """Tell whether a subject has a record."""

    def keep_act(
        self, session: WriteSession, subject: bytes, act_id: bytes, sealed: bytes
    ) -> None:
        """Keep what was done about a subject."""

    def acts(
        self, subject: bytes, session: WriteSession | None = None
    ) -> list[tuple[bytes, bytes]]:
        """List what was done about a subject as (id, sealed)."""


class UnitStore(Protocol):
    """The organisation: units, posts, placements."""

    def units(self) -> list[UnitRow]:
        """List all units by name."""

    def posts(self) -> list[PostRow]:
        """List all posts, those that have ended too."""

    def state(self, session: WriteSession | None = None) -> str:
        """Give a keyed hash of all units and posts, inside a unit of work, if given."""

    def is_tree(self) -> bool:
        """Tell whether the lines between units are those that the units say."""

    def unit(self, session: WriteSession, unit: str) -> UnitRow | None:
        """Find a unit, inside a unit of work."""

    def is_below(self, session: WriteSession, unit: str, above: str) -> bool:
        """Tell whether a unit is another one, or anywhere below it."""

    def add(self, session: WriteSession, row: UnitRow) -> None:
        """Add a unit below another, or at the top."""

    def move(self, session: WriteSession, unit: str, within: str | None) -> None:
        """Hang a unit, with all below it, elsewhere; never below itself."""

    def set(self, session: WriteSession, row: UnitRow) -> None:
        """Keep what a unit is, and what it is in; `move` makes its lines follow."""

    def is_used(self, session: WriteSession, unit: str) -> bool:
        """Tell whether other units or subjects are in a unit."""

    def empty(self, session: WriteSession, unit: str) -> None:
        """Take a unit from all who hold it."""

    def remove(self, session: WriteSession, unit: str) -> None:
        """Remove a unit that nothing is in, and the posts there."""

    def post(self, session: WriteSession, row: PostRow) -> None:
        """Give a member of staff a unit until an instant, or another instant."""

    def posted_until(self, session: WriteSession, staff: str, unit: str) -> int | None:
        """Tell until when a member of staff holds a unit itself, ended or not."""

    def unpost(self, session: WriteSession, staff: str, unit: str) -> bool:
        """Take a unit from a member of staff; False if they did not hold it."""

    def holds(self, session: WriteSession, staff: str, unit: str, now: int) -> bool:
        """Tell whether a member of staff holds a unit, or one above it."""

    def place(self, session: WriteSession, subject: bytes, unit: str) -> bool:
        """Put a subject into a unit; False if they were there."""

    def displace(self, session: WriteSession, subject: bytes, unit: str) -> bool:
        """Take a subject out of a unit; False if they were not there."""

    def units_of(self, subject: bytes, *, lying: bool = False) -> list[str]:
        """List the units of a subject; with `lying`, whoever placed them there."""
