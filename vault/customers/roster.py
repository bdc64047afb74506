"""The roster: who is registered, page by page, as far as a caller reaches.

Each customer's row is a question of its own on collection `customer`: that somebody is
a customer at all is personal data. It is decided by classes, like any read, and on
record before a name is opened. A page looks at so many subjects and shows those that
may be shown; its cursor is sealed, since a subject is nobody's to see.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from kit.clock import Clock, unix
from kit.errors import Fault, Invalid, Reason, Refused
from kit.framing import framed
from kit.ids import new_id
from pdp.decision.decision import Decision
from pdp.decision.question import Action, Consent, Minor, Reach, ResourceClass
from vault._internal.aead import Aead, Unsealable, derive
from vault._internal.classes import REACH_BITS, Classes, RecordClass, Unpacked
from vault._internal.customer_registry import Register
from vault._internal.ports.people import PeopleStore
from vault.audit.access_log import AccessLog
from vault.catalog.catalog import CUSTOMER, Catalog
from vault.gate.masking import unmet
from vault.gate.policies import InForce, Policies
from vault.gate.policy_input import registration, resource_of, undecidable
from vault.gate.question import Question, asked_of
from vault.writes.write_events import Intent, Target
from vault.writes.write_verdicts import WriteVerdict, require_decided

IDENTITY: Final = "identity"
REGISTRATION: Final = RecordClass(CUSTOMER, (IDENTITY,))
ABSENT: Final = WriteVerdict((), visible=False)
NOT_CLEAR: Final = Reason(
    "selection.not_clear",
    "GDPR 5(1)(c); PIPL 6(2)",
    "list customers for a purpose that shows who they are in clear",
)


class Known(NamedTuple):
    """A customer, as they are registered."""

    customer_id: str
    region: str
    minor: str


@dataclass(frozen=True, slots=True)
class RosterPage:
    """Some customers of one decision, how many were withheld, and where to read on."""

    items: tuple[Known, ...]
    withheld: int
    decision_id: bytes
    following: str | None


class Roster:
    """Lists customers."""

    def __init__(
        self,
        *,
        people: PeopleStore,
        classes: Classes,
        catalog: Catalog,
        policies: Policies,
        register: Register,
        log: AccessLog,
        clock: Clock,
        key: Callable[[], bytes],
    ) -> None:
        self._store = people
        self._classes = classes
        self._catalog = catalog
        self._policies = policies
        self._register = register
        self._log = log
        self._clock = clock
        self._key = key

    def page(self, question: Question, *, after: str = "", limit: int) -> RosterPage:
        """List the next customers within the caller's reach, in no order of names.

        A page can show nobody and yet not be the last. What could not be decided is
        withheld like what is refused.

        Raises:
            Refused: nobody may be shown for this purpose: not of all who are within
                reach, nor an adult of the caller's own region who said yes.
            Invalid: unknown purpose, or a cursor that is none of this list.
            Unavailable: engine or access log cannot answer.

        """
        force = self._policies.current
        force.purposes.get(question.purpose)
        question = replace(question, action=Action.READ)
        begin = self._place(question, after)
        asked = asked_of(question, unix(self._clock.now()))
        rows = self._store.following(asked, after=begin, limit=limit)
        people = self._people(rows)
        verdicts = self._verdicts(force, question, people)
        decision_id = new_id()
        intent = Intent(question, force.pdp.revision, decision_id)
        self._on_record(intent, verdicts)
        require_decided(list(verdicts.values()), decision_id)
        shown = [each for each, verdict in verdicts.items() if verdict.allowed]
        more = len(rows) == limit
        if not shown and not after:
            against = self._against_all(force, question) if more else _first(verdicts)
            _require_some(against, decision_id)
        names = self._register.customer_ids_of(shown)
        return RosterPage(
            items=tuple(
                Known(
                    names[each],
                    people[each].customer.region,
                    people[each].customer.minor,
                )
                for each in shown
                if each in names  # erased since
            ),
            withheld=len(verdicts) - len(shown),
            decision_id=decision_id,
            following=self._sealed(question, rows[-1][0]) if more else None,
        )

    def _people(
        self, rows: Sequence[tuple[bytes, int | None]]
    ) -> dict[bytes, Unpacked]:
        """Put what is there and within reach into words; the erased are not."""
        found = {
            subject: self._classes.unpack_new(k, REGISTRATION, contributed=False)
            for subject, k in rows
            if k is not None and k & REACH_BITS
        }
        return {s: each for s, each in found.items() if each.customer.state != "erased"}

    def _verdicts(
        self, force: InForce, question: Question, people: Mapping[bytes, Unpacked]
    ) -> dict[bytes, WriteVerdict]:
        resources = {s: self._resource(each, question) for s, each in people.items()}
        distinct = list(dict.fromkeys(each for each in resources.values() if each))
        caller = question.principal.caller()
        decisions = force.pdp.decide(
            caller, question.purpose, question.action, distinct
        )
        said = dict(zip(distinct, map(_reasons, decisions), strict=True))
        unknown = (Reason("gate.unknown_word"),)
        return {
            subject: WriteVerdict(said[each] if each else unknown, visible=True)
            for subject, each in resources.items()
        }

    def _against_all(self, force: InForce, question: Question) -> tuple[Reason, ...]:
        """Say what is against showing even whom most speaks for; nothing if unsaid."""
        caller = question.principal.caller()
        basis = self._catalog.basis_for(CUSTOMER, question.purpose)
        plain = registration(Reach.IN_SCOPE, caller.region, Minor.NO.value, basis)
        plain = replace(plain, consent=Consent.GRANTED)
        (decision,) = force.pdp.decide(
            caller, question.purpose, question.action, [plain]
        )
        reasons = _reasons(decision)
        return () if undecidable(reasons) else reasons

    def _resource(self, each: Unpacked, question: Question) -> ResourceClass | None:
        try:
            return resource_of(each, self._catalog, question.purpose)
        except ValueError:  # a word that no policies know
            return None

    def _on_record(
        self, intent: Intent, verdicts: Mapping[bytes, WriteVerdict]
    ) -> None:
        targets = [Target(each, REGISTRATION) for each in verdicts]
        pairs = (targets, list(verdicts.values()))
        if not targets:
            pairs = ([Target(None, REGISTRATION)], [ABSENT])
        waits = [self._log.submit(each) for each in intent.events(*pairs, "shown")]
        for wait in waits:
            wait.result()

    def _sealed(self, question: Question, subject: bytes) -> str:
        sealed = self._aead().seal(subject, _bound(question))
        return urlsafe_b64encode(sealed).decode().rstrip("=")

    def _place(self, question: Question, after: str) -> bytes:
        if not after:
            return b""
        try:
            padded = after + "=" * (-len(after) % 4)
            sealed = urlsafe_b64decode(padded.encode())
            return self._aead().open(sealed, _bound(question))
        except (ValueError, Unsealable):
            fault = Fault("/after", "`next` of the page before, for the same purpose")
            raise Invalid("the list has no such place", faults=(fault,)) from None

    def _aead(self) -> Aead:
        return Aead(derive(self._key(), b"allod/roster/v1"))


def _bound(question: Question) -> bytes:
    principal = question.principal
    return framed(principal.kind.value, principal.name, question.purpose)


def _reasons(decision: Decision) -> tuple[Reason, ...]:
    if not decision.allow:
        return decision.reasons or (Reason("gate.no_reason"),)
    if decision.masks.get(IDENTITY) != "clear":
        return (NOT_CLEAR,)
    duty = unmet(decision.obligations, persons=1)
    return (Reason("obligation." + duty),) if duty else ()


def _first(verdicts: Mapping[bytes, WriteVerdict]) -> tuple[Reason, ...]:
    """Say why the law refuses the first of some; nothing if none was decided."""
    refused = [each.reasons for each in verdicts.values() if not each.broken]
    return refused[0] if refused else ()


def _require_some(reasons: tuple[Reason, ...], decision_id: bytes) -> None:
    if reasons:
        raise Refused(
            "the policy refuses to have customers listed for this purpose",
            reasons=reasons,
            decision_id=decision_id.hex(),
        )
