"""The organisation: units within units, who holds them, which customers are in them.

A member of staff who holds a unit reaches the customers placed in it or in any unit
below it, until the post ends. The tree has no cycle, and a unit that something is in
is not removed. Each change of the tree or of a post is an operator entry of the
ledger: what kind of change, under which pseudonym. Nobody gives themselves a post, or
brings a customer or a unit into a branch that they hold.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kit.clock import Clock, from_unix, unix
from kit.db import Database, WriteSession
from kit.errors import Conflict, Fault, Invalid, NotFound, Reason, Refused
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import StoreName, declare_order, narrows, neither
from ledger.log import Log
from ledger.ports import Ordering
from vault._internal.ports.organisation import PostRow, UnitRow, UnitStore
from vault.gate.question import Question
from vault.organisation.staff_actions import Acting, Acts

CHANGED: Final = "org.changed"
PLACED: Final = "reach.placed"
DISPLACED: Final = "reach.displaced"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")

entry_kinds.declare(CHANGED, entry_kinds.EntryType.OPERATOR)
entry_kinds.declare(PLACED, entry_kinds.EntryType.SUBJECT)
entry_kinds.declare(DISPLACED, entry_kinds.EntryType.SUBJECT)

MOVED: Final = "org.moved"
REMOVED: Final = "org.removed"
POSTED: Final = "org.posted"

for _order in (MOVED, REMOVED, POSTED):
    declare_order(_order, StoreName.DATA, sealed=False)
declare_order(DISPLACED, StoreName.DATA, sealed=True)
# A unit that moves is reached by others than before: nobody can call that wider.
narrows("org:moved", MOVED)
narrows("org:removed", REMOVED)
narrows("org:unposted", POSTED)
# A post opens, but for a sooner end than the one before it shortens.
narrows("org:posted", POSTED)
narrows(CHANGED, MOVED)
narrows(DISPLACED, DISPLACED)
neither(PLACED, "org:added", "org:called")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its name, what it is (the kinds are free), what it is directly in."""

    name: str
    kind: str
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A unit that a member of staff holds until an instant."""

    staff: str
    unit: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Chart:
    """Units and posts; in one that is to be arranged, each unit after what it is in."""

    units: tuple[Unit, ...]
    posts: tuple[Post, ...] = ()

    def walk(
        self, within: str | None = None, depth: int = 0
    ) -> Iterator[tuple[int, Unit]]:
        """Give the units from the top down, each with its depth."""
        for each in self.units:
            if each.within == within:
                yield depth, each
                yield from self.walk(each.name, depth + 1)


class Organisation:
    """The units of one installation."""

    def __init__(
        self,
        *,
        database: Database,
        store: UnitStore,
        acts: Acts,
        orders: Ordering,
        log: Log,
        pseudonym: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._database = database
        self._store = store
        self._acts = acts
        self._orders = orders
        self._log = log
        self._pseudonym = pseudonym
        self._clock = clock

    def chart(self) -> Chart:
        """Give all units, and the posts that have not ended."""
        now = unix(self._clock.now())
        return Chart(
            units=tuple(Unit(*row) for row in self._store.units()),
            posts=tuple(
                Post(row.staff, row.unit, from_unix(row.until))
                for row in self._store.posts()
                if row.until > now
            ),
        )

    def arrange(self, chart: Chart, *, by: str) -> int:
        """Add what a chart names, and move and call it as the chart does.

        All or nothing. What the chart does not name stays as it is. Gives how many
        units and posts it names.

        Raises:
            Conflict: a unit would be within itself.
            NotFound: a unit is within one that is not there.
            Invalid: a name cannot be one, or a post ends before it begins.
            Refused: the chart gives a post to whoever brings it, or moves a unit into
                a branch of theirs.

        """
        with self._database.write() as session:
            was = self._store.state(session)
            for unit in chart.units:
                self._set(session, unit, by)
            for post in chart.posts:
                self._give(session, post, by)
            self._stamp(session, "arranged", by, was)
        return len(chart.units) + len(chart.posts)

    def set_unit(self, unit: Unit, *, by: str) -> None:
        """Add a unit, or move it with all below it, or change what it is.

        Raises:
            Conflict: it would be within itself.
            NotFound: the unit that it is to be in is not there.
            Invalid: it cannot have that name or kind.
            Refused: it would be moved into a branch that the mover holds.

        """
        with self._database.write() as session:
            was = self._store.state(session)
            self._set(session, unit, by)
            self._stamp(session, "unit.set", by, was)

    def remove_unit(self, name: str, *, by: str) -> None:
        """Remove a unit, and the posts in it.

        Raises:
            NotFound: there is none of that name.
            Conflict: other units or customers are in it.

        """
        with self._database.write() as session:
            was = self._store.state(session)
            self._orders.confirm(session)
            self._require(session, name)
            if self._store.is_used(session, name):
                raise Conflict(
                    "other units or customers are in this unit",
                    code="org.not_empty",
                    fix="move them elsewhere first",
                )
            self._store.remove(session, name)
            self._orders.add(session, REMOVED, {"unit": name})
            self._stamp(session, "unit.removed", by, was)

    def post(self, post: Post, *, by: str) -> None:
        """Let a member of staff hold a unit until an instant.

        Raises:
            NotFound: there is no such unit.
            Invalid: the instant has passed, or nobody is named.
            Refused: they would give it to themselves.

        """
        with self._database.write() as session:
            was = self._store.state(session)
            self._give(session, post, by)
            self._stamp(session, "post.given", by, was)

    def unpost(self, staff: str, unit: str, *, by: str) -> None:
        """Take a unit from a member of staff; their next read reaches less.

        Raises:
            NotFound: they do not hold it.

        """
        with self._database.write() as session:
            was = self._store.state(session)
            self._orders.confirm(session)
            if not self._store.unpost(session, staff, unit):
                raise NotFound
            ended = {"staff": staff, "unit": unit, "until": 0}
            self._orders.add(session, POSTED, ended)
            self._stamp(session, "post.ended", by, was)

    def place(self, question: Question, customer_id: str, unit: str) -> None:
        """Put a customer into a unit; they may be in several.

        Raises:
            NotFound: no such customer, or no such unit.
            Refused: whoever acts holds the unit, or one above it.

        """
        by = question.principal.name

        def work(acting: Acting) -> None:
            self._require(acting.session, unit)
            self._require_others(acting.session, unit, by)
            if self._store.place(*acting, unit):
                self._acts.note(*acting, PLACED, {"unit": unit}, by=by)

        self._acts.about(question, customer_id, work)

    def displace(self, question: Question, customer_id: str, unit: str) -> None:
        """Take a customer out of a unit.

        Raises:
            NotFound: no such customer, or not in that unit.

        """
        facts = {"unit": unit}

        def work(acting: Acting) -> None:
            self._orders.confirm(acting.session)
            if not self._store.displace(*acting, unit):
                raise NotFound
            self._acts.note(*acting, DISPLACED, facts, by=question.principal.name)
            self._orders.add(acting.session, DISPLACED, facts, subject=acting.subject)

        self._acts.about(question, customer_id, work)

    def units_of(self, customer_id: str) -> list[str]:
        """List the units that a customer is placed in.

        Raises:
            NotFound: no such customer.

        """
        return self._store.units_of(self._acts.subject_of(customer_id))

    def _set(self, session: WriteSession, unit: Unit, by: str) -> None:
        _require_names(unit)
        if unit.within is not None:
            self._require(session, unit.within)
        known = self._store.unit(session, unit.name)
        if known is None:
            self._store.add(session, UnitRow(unit.name, unit.kind, unit.within))
            return
        if unit.within != known.within:
            self._move(session, unit.name, unit.within, by)
        self._store.set(session, UnitRow(unit.name, unit.kind, unit.within))

    def _move(
        self, session: WriteSession, name: str, within: str | None, by: str
    ) -> None:
        if within is not None:
            self._require_others(session, within, by)
        if within is not None and self._store.is_below(session, within, name):
            raise Conflict(
                "the unit would be within itself",
                code="org.cycle",
                fix="name a unit that is not below the one to be moved",
            )
        self._store.move(session, name, within)
        self._orders.add(session, MOVED, {"unit": name, "within": within})

    def _give(self, session: WriteSession, post: Post, by: str) -> None:
        require_other(post.staff, by)
        require_coming(post.until, self._clock)
        self._require(session, post.unit)
        row = PostRow(post.staff, post.unit, unix(post.until))
        before = self._store.posted_until(session, post.staff, post.unit)
        self._store.post(session, row)
        if before is not None and row.until < before:
            self._orders.add(session, POSTED, row._asdict())
        elif row.until == before:
            self._orders.confirm(session)

    def _require(self, session: WriteSession, unit: str) -> None:
        if self._store.unit(session, unit) is None:
            raise NotFound("there is no unit of that name")

    def _require_others(self, session: WriteSession, unit: str, by: str) -> None:
        if self._store.holds(session, by, unit, unix(self._clock.now())):
            raise _own_reach()

    def _stamp(self, session: WriteSession, change: str, by: str, was: str) -> None:
        facts = {
            "change": change,
            "by": self._pseudonym(by),
            "was": was,
            "units": self._store.state(session),
        }
        self._log.stamp_operator(session, CHANGED, facts)


def require_other(staff: str, by: str) -> None:
    """Check that nobody brings a customer within their own reach.

    Raises:
        Invalid: nobody is named.
        Refused: whoever acts would reach further by it.

    """
    if not staff:
        fault = Fault("/staff", "the name of a member of staff, as in their token")
        raise Invalid("nobody is named", faults=(fault,))
    if staff == by:
        raise _own_reach()


def _own_reach() -> Refused:
    fix = "have somebody else do it: what a principal reaches, another one decides"
    reason = Reason("reach.same_principal", "GDPR 32(4); PIPL 51", fix)
    return Refused("nobody widens their own reach", reasons=(reason,))


def require_coming(until: datetime, clock: Clock) -> None:
    """Check that an end is still to come.

    Raises:
        Invalid: it has passed.

    """
    if unix(until) <= unix(clock.now()):
        raise Invalid(
            "the end has passed already",
            faults=(Fault("/until", "an instant that is still to come"),),
        )


def _require_names(unit: Unit) -> None:
    for pointer, name in (("/unit", unit.name), ("/kind", unit.kind)):
        if not NAME.fullmatch(name):
            message = "small letters, digits, points and dashes; at most 64"
            raise Invalid(
                "a unit cannot be named so", faults=(Fault(pointer, message),)
            )
