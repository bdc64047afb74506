"""What orders about consent bring back after a restore, and what ends if some are lost.

An order holds a ceiling: what was allowed at most after it. Brought back is the
narrower of that and what is there, as an event of its own, stamped like any other; so
the history says that it was a restore that withdrew, and facts follow from it as ever.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from sqlmodel import and_, col, select

from consent._rows import ConsentEventRow, ConsentFactRow, LicenceRow
from consent._ugc_rows import event_row, licence_rows
from consent.authorization import UgcAct
from consent.events import ConsentAct
from consent.facts import ConsentWord, UgcWord
from consent.grants import (
    OBJECTED,
    OBJECTION_WITHDRAWN,
    SHORTENED,
    WITHDRAWN,
    Grants,
)
from consent.terms import Licence
from consent.ugc import LIFTED, NARROWED, Authorizations
from kit.clock import Clock, from_unix, unix
from kit.db import WriteSession
from kit.errors import Gone, IntegrityFault, NotFound
from ledger.ports import OrderWaiting, Replayer, required

NO_KEY: Final = "key.not_provisioned"
"""The code of the fault that a person's key is not in keys/."""


class ConsentCeilings:
    """Brings back what orders about consent say, and closes what they cannot."""

    def __init__(
        self, grants: Grants, authorizations: Authorizations, clock: Clock
    ) -> None:
        self._grants = grants
        self._authorizations = authorizations
        self._clock = clock

    def replayers(self) -> dict[str, Replayer]:
        """Give what brings each kind of orders back."""
        return {
            WITHDRAWN: self._withdrawn,
            OBJECTED: self._objected,
            OBJECTION_WITHDRAWN: self._objection_withdrawn,
            SHORTENED: self._shortened,
            NARROWED: self._narrowed,
            LIFTED: self._lifted,
        }

    def close(self, session: WriteSession, until: int) -> None:
        """End each consent and licence that was given up to an instant (unix seconds).

        Whoever gave one opens it again by an act of their own. Nothing is left to end
        of people who were erased.

        Raises:
            OrderWaiting: there are people whose key, or row, is not here, so nothing
            can be
                said of them; whatever could be ended was.

        """
        waiting = 0
        for subject, purpose in session.exec(_granted(until)).all():
            act = partial(self._withdrawn, session, subject, {"purpose": purpose})
            waiting += not _is_done(session, act)
        licensed = select(LicenceRow.subject, LicenceRow.record).distinct()
        for subject, record in session.exec(licensed).all():
            act = partial(self._withdraw_item, session, subject, record, until)
            waiting += not _is_done(session, act)
        if waiting:
            raise OrderWaiting(f"{waiting} consents and licences wait for newer keys/")

    def _withdrawn(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject, purpose = required(subject), result["purpose"]
        fact = session.get(ConsentFactRow, (subject, purpose))
        no = {ConsentWord.WITHDRAWN.code, ConsentWord.OBJECTED.code}
        if fact is None or fact.state not in no:
            row = self._grants.plain(ConsentAct.WITHDRAWN, subject, purpose)
            self._grants.say(session, row)

    def _objected(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        act, purpose = ConsentAct.OBJECTED, result["purpose"]
        row = self._grants.plain(act, required(subject), purpose)
        self._grants.say(session, row)

    def _objection_withdrawn(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject, purpose = required(subject), result["purpose"]
        fact = session.get(ConsentFactRow, (subject, purpose))
        if fact is not None and fact.state == ConsentWord.OBJECTED.code:
            act = ConsentAct.OBJECTION_WITHDRAWN
            self._grants.say(session, self._grants.plain(act, subject, purpose))

    def _shortened(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        until: int = result["until"]
        fact = session.get(ConsentFactRow, (required(subject), result["purpose"]))
        if fact is None or not self._grants.shortens(fact, until):
            return
        last = session.get_one(ConsentEventRow, (fact.subject, fact.seq))
        row = ConsentEventRow(**last.model_dump())
        # It stays as old as it was: nobody gave it anew.
        row.until = until
        self._grants.say(session, row)

    def _narrowed(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject, record = required(subject), bytes.fromhex(result["record"])
        status = UgcWord(result["status"])
        stands = self._authorizations.get(session, subject, record).status
        if status is UgcWord.WITHDRAWN:
            self._say(session, subject, record, UgcAct.WITHDRAWN)
        elif stands in {UgcWord.GRANTED, UgcWord.EXPIRED}:
            self._shorten(session, subject, record, result["licences"])
        if status is UgcWord.RESTRICTED and stands is not UgcWord.WITHDRAWN:
            self._say(session, subject, record, UgcAct.RESTRICTED)

    def _lifted(
        self, session: WriteSession, subject: bytes | None, result: Mapping[str, Any]
    ) -> None:
        subject, record = required(subject), bytes.fromhex(result["record"])
        stands = self._authorizations.get(session, subject, record).status
        if stands is UgcWord.RESTRICTED:
            self._say(session, subject, record, UgcAct.LIFTED)

    def _shorten(
        self, session: WriteSession, subject: bytes, record: bytes, most: list[Any]
    ) -> None:
        """Cut each licence to the one of the same use among those that are allowed."""
        spans = {
            (purpose, product, place): span for purpose, product, place, *span in most
        }
        for row in licence_rows(session, subject, record):
            since, until = spans.get((row.purpose, row.product, row.territory), (0, 0))
            since = max(row.since, since)
            until = max(min(row.until, until), since)
            if (since, until) == (row.since, row.until):
                continue
            licence = Licence(
                *(row.purpose, row.product, row.territory),
                *(from_unix(since), from_unix(until)),
            )
            event = event_row(subject, record, UgcAct.LICENSED, self._now(), licence)
            self._authorizations.say(session, event, licence)

    def _withdraw_item(
        self, session: WriteSession, subject: bytes, record: bytes, until: int
    ) -> None:
        given: list[int] = []
        for each in self._authorizations.history(session, subject, record):
            if each.act is UgcAct.WITHDRAWN:
                given.clear()
            elif each.act is UgcAct.LICENSED:
                given.append(unix(each.at))
        if min(given, default=until) <= until:
            self._say(session, subject, record, UgcAct.WITHDRAWN)

    def _say(
        self, session: WriteSession, subject: bytes, record: bytes, act: UgcAct
    ) -> None:
        row = event_row(subject, record, act, self._now())
        self._authorizations.say(session, row, None)

    def _now(self) -> int:
        return unix(self._clock.now())


def _is_done(session: WriteSession, act: Callable[[], None]) -> bool:
    """Do one act about a person, or nothing; False if nothing can be said of them."""
    try:
        with session.begin_nested():
            act()
    except Gone:
        return True
    except NotFound:  # a row that was not written here, or one on its way out
        return False
    except IntegrityFault as error:
        if error.reason_code != NO_KEY:
            raise
        return False
    return True


def _granted(until: int) -> Any:  # noqa: ANN401 - SQLModel's own
    same = and_(
        col(ConsentEventRow.subject) == col(ConsentFactRow.subject),
        col(ConsentEventRow.seq) == col(ConsentFactRow.seq),
    )
    return (
        select(ConsentFactRow.subject, ConsentFactRow.purpose)
        .join(ConsentEventRow, same)
        .where(col(ConsentFactRow.state) == ConsentWord.GRANTED.code)
        .where(col(ConsentEventRow.at) <= until)
    )
