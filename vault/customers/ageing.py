"""The daily run: who is under age is decided again from birth dates.

A child comes of age without anybody writing anything, and so does a whole region when
its law, in the policies, puts the age otherwise. So each day, and after each change of
those ages, every birth date is looked at again, some at each beat. Who turns out to be
of age is said to be so (`customer.came_of_age`): a copy from before says `yes` again
until its own daily run, and nothing is forbidden by it. Who turns out to be a child is
corrected, with the order that any correction leaves.
"""

from dataclasses import replace
from datetime import date
from typing import Final

from kit import telemetry
from kit.db import Database, WriteSession
from kit.errors import Gone, IntegrityFault, NotFound
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import neither
from ledger.ports import Ordering
from vault._internal.classes import CustomerClass
from vault._internal.ports.subjects import SubjectStore
from vault.customers.births import PAGE, YES, Birth, Births
from vault.customers.corrections import CORRECTED, facts_of, ordered
from vault.organisation.staff_actions import Acts

CAME_OF_AGE: Final = "customer.came_of_age"
BY: Final = "daily run"
REASON: Final = "by the birth date, and the law of the region"

entry_kinds.declare(CAME_OF_AGE, entry_kinds.EntryType.SUBJECT)
# It permits, like a grant: it may be lost with a copy, whose daily run does it again.
neither(CAME_OF_AGE)

_Change = tuple[CustomerClass, CustomerClass, Birth]


class Ageing:
    """Decides minorities again, once a day, a thousand at a beat."""

    def __init__(
        self,
        *,
        database: Database,
        subjects: SubjectStore,
        births: Births,
        acts: Acts,
        orders: Ordering,
    ) -> None:
        self._database = database
        self._subjects = subjects
        self._births = births
        self._acts = acts
        self._orders = orders
        self._round: tuple[date, dict[str, int]] | None = None
        self._after: bytes | None = None

    def run_once(self) -> None:
        """Look at the next thousand birth dates of today's round, if there are any.

        Raises:
            Unavailable: the store, or the mirror of orders, cannot be written.

        """
        now = self._births.today, self._births.minorities
        if now != self._round:
            self._round, self._after = now, b""
        if self._after is None:
            return
        page = self._births.after(self._after, PAGE)
        damaged = sum(not self._looked_at(each) for each in page)
        self._after = page[-1] if len(page) == PAGE else None
        if damaged:
            telemetry.alarm("birth dates cannot be read", count=damaged)

    def _looked_at(self, subject: bytes) -> bool:
        """Decide about one customer; False if what is kept cannot be read."""
        try:
            if self._change(subject) is not None:
                with self._database.write() as session:
                    self._settle(session, subject)
        except (Gone, NotFound):  # erased meanwhile
            return True
        except IntegrityFault:
            return False
        return True

    def _settle(self, session: WriteSession, subject: bytes) -> None:
        change = self._change(subject, session)
        if change is None:
            return
        known, becomes, birth = change
        child = becomes.minor == YES
        kind = CORRECTED if child else CAME_OF_AGE
        facts = facts_of(known, becomes, REASON)
        self._acts.note(session, subject, kind, facts, by=BY)
        self._subjects.set_class(session, subject, becomes)
        if child:
            result = ordered(becomes, birth)
            self._orders.add(session, CORRECTED, result, subject=subject)

    def _change(
        self, subject: bytes, session: WriteSession | None = None
    ) -> _Change | None:
        known = self._subjects.class_of(subject, session)
        if known is None or known.state == "erased":
            return None
        birth = self._births.of(subject, session)
        # Where the policies give no age any more, what was decided stands.
        if birth is None or known.region not in self._births.minorities:
            return None
        becomes = replace(known, minor=self._births.word(known.region, birth))
        return None if becomes == known else (known, becomes, birth)
