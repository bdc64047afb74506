"""What orders about reach, holds, states and words bring back after a restore.

An order holds the result of an act as a ceiling. Brought back is the narrower of that
and what is there, with an act in the customer's own chain that says who did it: a
restore. What an act undid is undone again, or a hold that was lifted would stand.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from kit.clock import Clock, from_unix, iso, unix
from kit.db import WriteSession
from kit.errors import Gone, NotFound
from ledger.log import Log
from ledger.ports import Replayer, required
from vault._internal.ports.organisation import (
    AssignmentRow,
    CareStore,
    HoldRow,
    PostRow,
    UnitStore,
)
from vault._internal.ports.subjects import SubjectStore
from vault.organisation import (
    access_grants,
    assignments,
    holds,
    organisation,
    restricted,
)
from vault.organisation.restrictions import Restrictions
from vault.organisation.staff_actions import Acts

BY: Final = "restore"
REASON: Final = "brought back by a restore of an older copy"


class Ceilings:
    """Brings back what staff ended, held, restricted, or took out of reach."""

    def __init__(
        self,
        *,
        care: CareStore,
        units: UnitStore,
        subjects: SubjectStore,
        acts: Acts,
        restrictions: Restrictions,
        log: Log,
        pseudonym: Callable[[str], str],
        clock: Clock,
    ) -> None:
        self._care = care
        self._units = units
        self._subjects = subjects
        self._acts = acts
        self._restrictions = restrictions
        self._log = log
        self._pseudonym = pseudonym
        self._clock = clock

    def replayers(self) -> dict[str, Replayer]:
        """Give what brings each kind of orders back."""
        return {
            holds.SET: self._held,
            holds.LIFTED: self._unheld,
            restricted.SET: self._restricted,
            restricted.LIFTED: self._unrestricted,
            restricted.CLAIMED: self._claimed,
            restricted.RELEASED: self._released,
            access_grants.REVOKED: self._revoked,
            assignments.ASSIGNED: self._assigned,
            assignments.UNASSIGNED: self._unassigned,
            organisation.DISPLACED: self._displaced,
            organisation.MOVED: self._moved,
            organisation.REMOVED: self._removed,
            organisation.POSTED: self._posted,
        }

    def _held(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject, hold_id = required(subject), bytes.fromhex(result["hold"])
        named = result["record"]
        record = None if named is None else bytes.fromhex(named)
        if self._care.is_hold(session, subject, hold_id):
            return
        facts = {"reason": REASON}
        self._note(*(session, subject, holds.SET, facts), act_id=hold_id, record=record)
        self._care.hold(session, subject, HoldRow(hold_id, record))
        self._care.mark(session, subject)

    def _unheld(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject, hold_id = required(subject), bytes.fromhex(result["hold"])
        if self._care.lift(session, subject, hold_id):
            self._care.mark(session, subject)
            facts = {"hold_id": hold_id.hex(), "reason": REASON}
            self._note(session, subject, holds.LIFTED, facts)

    def _restricted(
        self, session: WriteSession, subject: bytes | None, _: Mapping[str, Any]
    ) -> None:
        standing = self._standing(session, required(subject))
        if standing is not None and not standing.by_staff:
            self._restrict_by(session, required(subject), restricted.SET, {})

    def _unrestricted(
        self, session: WriteSession, subject: bytes | None, _: Mapping[str, Any]
    ) -> None:
        standing = self._standing(session, required(subject))
        if standing is not None and standing.by_staff:
            self._restrict_by(session, required(subject), restricted.LIFTED, {})

    def _claimed(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject, claim = required(subject), bytes.fromhex(result["claim"])
        known = {each.act_id for each in self._acts.of(subject, session)}
        if claim in known or self._standing(session, subject) is None:
            return
        facts = {"ground": result["ground"]}
        self._restrict_by(session, subject, restricted.CLAIMED, facts, act_id=claim)

    def _released(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject, standing = (
            required(subject),
            self._standing(session, required(subject)),
        )
        there = standing.claims if standing else ()
        ended = {each.act_id.hex() for each in there} & set(result["claims"])
        if ended:
            facts = {"claims": sorted(ended)}
            self._restrict_by(session, subject, restricted.RELEASED, facts)

    def _standing(
        self, session: WriteSession, subject: bytes
    ) -> restricted.Restriction | None:
        """Tell what restricts an account; None for one that is under erasure."""
        try:
            return self._restrictions.of(subject, session)
        except (Gone, NotFound):
            return None

    def _restrict_by(
        self,
        session: WriteSession,
        subject: bytes,
        kind: str,
        facts: Mapping[str, Any],
        *,
        act_id: bytes | None = None,
    ) -> None:
        said = {**facts, "reason": REASON}
        self._note(session, subject, kind, said, act_id=act_id)
        self._restrictions.reconcile(session, subject)

    def _revoked(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject, grant_id = required(subject), bytes.fromhex(result["grant_id"])
        if self._care.revoke(session, subject, grant_id, self._now()):
            facts = {"grant_id": grant_id.hex()}
            self._note(session, subject, access_grants.REVOKED, facts)

    def _assigned(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject = required(subject)
        staff, until = result["staff"], result["until"]
        before = self._care.assigned_until(session, subject, staff)
        if before is not None and until < before:
            self._care.assign(session, subject, AssignmentRow(staff, until))
            facts = {"staff": staff, "until": iso(from_unix(until))}
            self._note(session, subject, assignments.ASSIGNED, facts)

    def _unassigned(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject, staff = required(subject), result["staff"]
        if self._care.unassign(session, subject, staff):
            self._note(session, subject, assignments.UNASSIGNED, {"staff": staff})

    def _displaced(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject, unit = required(subject), result["unit"]
        if self._units.displace(session, subject, unit):
            self._note(session, subject, organisation.DISPLACED, {"unit": unit})

    def _moved(
        self, session: WriteSession, _: bytes | None, result: Mapping[str, Any]
    ) -> None:
        name, within = result["unit"], result["within"]
        known = self._units.unit(session, name)
        if known is None or known.within == within:
            return
        was = self._units.state(session)
        # A unit that the copy does not know had nothing in it that could be lost.
        absent = within is not None and self._units.unit(session, within) is None
        cyclic = within is not None and self._units.is_below(session, within, name)
        self._units.move(session, name, None if absent or cyclic else within)
        self._stamp(session, "unit.set", was)

    def _removed(
        self, session: WriteSession, _: bytes | None, result: Mapping[str, Any]
    ) -> None:
        name = result["unit"]
        if self._units.unit(session, name) is None:
            return
        was = self._units.state(session)
        self._units.empty(session, name)
        if not self._units.is_used(session, name):
            self._units.remove(session, name)
        self._stamp(session, "unit.removed", was)

    def _posted(
        self, session: WriteSession, _: bytes | None, result: Mapping[str, Any]
    ) -> None:
        post = PostRow(result["staff"], result["unit"], result["until"])
        before = self._units.posted_until(session, post.staff, post.unit)
        if before is None or before <= post.until:
            return
        was = self._units.state(session)
        if post.until:
            self._units.post(session, post)
        else:
            self._units.unpost(session, post.staff, post.unit)
        self._stamp(session, "post.ended", was)

    def _note(
        self,
        session: WriteSession,
        subject: bytes,
        kind: str,
        facts: Mapping[str, Any],
        *,
        act_id: bytes | None = None,
        record: bytes | None = None,
    ) -> None:
        self._acts.note(
            session, subject, kind, facts, by=BY, act_id=act_id, record=record
        )

    def _stamp(self, session: WriteSession, change: str, was: str) -> None:
        facts = {
            "change": change,
            "by": self._pseudonym(BY),
            "was": was,
            "units": self._units.state(session),
        }
        self._log.stamp_operator(session, organisation.CHANGED, facts)

    def _now(self) -> int:
        return unix(self._clock.now())
