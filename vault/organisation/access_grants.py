"""Time-limited grants: somebody lets a colleague reach one customer for one purpose.

For the case that was not foreseen ("break-glass"). Four things keep it an exception:
another principal gives it, and says why; the purpose's own row in the policy tables
must let it be reached so; it ends by itself, after seven days at most; and it stands
in the customer's own chain, with its reason, when they take their data with them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from consent.purposes import CurrentPurposes
from kit.clock import Clock, from_unix, iso, unix
from kit.errors import Fault, Invalid, NotFound
from kit.ids import new_id
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import StoreName, declare_order, narrows, neither
from ledger.ports import Ordering
from vault._internal.ports.organisation import CareStore, GrantRow
from vault.gate.question import Question
from vault.organisation.organisation import require_coming, require_other
from vault.organisation.staff_actions import Acting, Acts, require_reason

GRANTED: Final = "access.granted"
REVOKED: Final = "access.revoked"
REACH: Final = "granted"
MAX_GRANT: Final = timedelta(days=7)
"""The longest that a grant may last; what lasts longer is an assignment."""

entry_kinds.declare(GRANTED, entry_kinds.EntryType.SUBJECT)
entry_kinds.declare(REVOKED, entry_kinds.EntryType.SUBJECT)
declare_order(REVOKED, StoreName.DATA, sealed=True)
narrows(REVOKED, REVOKED)
neither(GRANTED)


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """A purpose for which a member of staff reaches a customer until an instant."""

    grant_id: bytes
    staff: str
    purpose: str
    until: datetime


class AccessGrants:
    """The time-limited grants of one installation."""

    def __init__(
        self,
        *,
        care: CareStore,
        acts: Acts,
        orders: Ordering,
        purposes: CurrentPurposes,
        clock: Clock,
    ) -> None:
        self._care = care
        self._acts = acts
        self._orders = orders
        self._purposes = purposes
        self._clock = clock

    def give(
        self,
        question: Question,
        customer_id: str,
        *,
        staff: str,
        purpose: str,
        until: datetime,
        reason: str,
    ) -> AccessGrant:
        """Let a colleague reach a customer for a purpose; it binds the next read.

        Raises:
            NotFound: no such customer.
            Invalid: no such purpose, one that is not open to grants, no reason, or an
                end that has passed or is more than seven days away.
            Refused: the giver would be the one who reaches.

        """
        by = question.principal.name
        require_other(staff, by)
        reason = require_reason(reason)
        self._require_open(purpose)
        self._require_soon(until)
        row = GrantRow(new_id(), staff, purpose, unix(until))
        facts = {
            "staff": staff,
            "purpose": purpose,
            "until": iso(until),
            "reason": reason,
        }

        def work(acting: Acting) -> None:
            self._care.grant(*acting, row)
            self._acts.note(*acting, GRANTED, facts, by=by, act_id=row.grant_id)

        self._acts.about(question, customer_id, work)
        return _given(row)

    def revoke(self, question: Question, customer_id: str, grant_id: bytes) -> None:
        """End a grant before its time; it binds the next read.

        Raises:
            NotFound: no such customer, or no such grant that is still in force.

        """
        now, facts = unix(self._clock.now()), {"grant_id": grant_id.hex()}

        def work(acting: Acting) -> None:
            self._orders.confirm(acting.session)
            if not self._care.revoke(*acting, grant_id, now):
                raise NotFound
            self._acts.note(*acting, REVOKED, facts, by=question.principal.name)
            self._orders.add(acting.session, REVOKED, facts, subject=acting.subject)

        self._acts.about(question, customer_id, work)

    def of(self, customer_id: str) -> tuple[AccessGrant, ...]:
        """List the grants that are in force, the first to end first.

        Raises:
            NotFound: no such customer.

        """
        subject, now = self._acts.subject_of(customer_id), unix(self._clock.now())
        return tuple(map(_given, self._care.grants(subject, now)))

    def _require_open(self, purpose: str) -> None:
        if REACH not in self._purposes().get(purpose).reach:
            raise Invalid(
                "this purpose is not open to time-limited grants",
                code="grant.purpose_closed",
                fix='a purpose is open if "reach" in its row of tables/data.json'
                ' holds "granted"',
            )

    def _require_soon(self, until: datetime) -> None:
        require_coming(until, self._clock)
        if until > self._clock.now() + MAX_GRANT:
            fault = Fault("/until", f"at most {MAX_GRANT.days} days from now")
            raise Invalid(
                "a grant does not last so long",
                faults=(fault,),
                fix="assign the customer, if the need is a lasting one",
            )


def _given(row: GrantRow) -> AccessGrant:
    return AccessGrant(row.grant_id, row.staff, row.purpose, from_unix(row.until))
