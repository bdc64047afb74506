"""Consent and authorization against oracles that know nothing but a list.

Anything that people can say, in any order, while time passes: after each step every
word that the gate could ask for is compared, in SQL and in Python, with an oracle
that replays what was said.
"""

from datetime import timedelta
from typing import ClassVar

import pytest
from clocks import ManualClock
from consents import ConsentHouse
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from consent import ConsentWord, LawfulBasis, UgcWord
from consent.facts import (
    CONSENT_CODE,
    CONSENT_WORDS,
    UGC_WORDS,
    consent_join,
    ugc_code,
    ugc_join,
)
from kit.db import Database
from kit.errors import AllodError, Conflict, Invalid
from kit.ids import new_id

CONSENTED = ("marketing.email", "marketing.sms", "sales.offer")
PURPOSES = (*CONSENTED, "analytics.aggregate")
USES = ("ugc.display", "ugc.advertise")
RUNS = settings(max_examples=25, stateful_step_count=25, deadline=None)

CONSENT_ASKED = " ".join(
    ("SELECT", CONSENT_CODE, "FROM (SELECT 1)", consent_join(":subject"))
)
UGC_ASKED = " ".join(
    ("SELECT", ugc_code("1"), "FROM (SELECT 1)", ugc_join(":subject", ":record"))
)

purposes, uses = st.sampled_from(PURPOSES), st.sampled_from(USES)
seconds = st.integers(1, 5)


class ConsentMachine(RuleBasedStateMachine):
    database: ClassVar[Database]

    def __init__(self) -> None:
        super().__init__()
        self.house = ConsentHouse(self.database, ManualClock())
        self.house.bound["analytics.aggregate"] = {
            "profile": LawfulBasis.LEGITIMATE_INTERESTS
        }
        self.said: list[tuple[str, str, int | None]] = []

    def _last(self, purpose: str) -> tuple[str, int | None] | None:
        said = [(act, until) for act, name, until in self.said if name == purpose]
        return said[-1] if said else None

    def _expected(self, purpose: str) -> ConsentWord:
        act, until = self._last(purpose) or ("unknown", None)
        if act == "granted" and until is not None and until <= self.house.now:
            return ConsentWord.EXPIRED
        return ConsentWord("unknown" if act == "objection_withdrawn" else act)

    @rule(purpose=st.sampled_from(CONSENTED), lasts=st.none() | seconds)
    def grant(self, purpose: str, lasts: int | None) -> None:
        house = self.house
        end = None if lasts is None else house.clock.now() + timedelta(seconds=lasts)
        with house.database.write() as session:
            version = house.notices.current(session, purpose)[0].version
            house.grants.grant(
                session,
                house.anna,
                purpose,
                notice_version=version,
                language="en",
                until=end,
            )
        event = ("granted", purpose, None if lasts is None else house.now + lasts)
        if (event[0], event[2]) != self._last(purpose):
            self.said.append(event)

    @rule(purpose=purposes)
    def withdraw(self, purpose: str) -> None:
        with self.house.database.write() as session:
            self.house.grants.withdraw(session, self.house.anna, purpose)
        self._said(purpose, "withdrawn" if purpose in CONSENTED else "objected")

    @rule(purpose=purposes)
    def object_(self, purpose: str) -> None:
        with self.house.database.write() as session:
            self.house.grants.object_(session, self.house.anna, purpose)
        self._said(purpose, "withdrawn" if purpose == "sales.offer" else "objected")

    def _said(self, purpose: str, act: str) -> None:
        outweighed = act == "withdrawn" and self._expected(purpose) == "objected"
        if not outweighed and (self._last(purpose) or ("",))[0] != act:
            self.said.append((act, purpose, None))

    @rule(purpose=purposes)
    def end_objection(self, purpose: str) -> None:
        last, act = (self._last(purpose) or ("",))[0], "objection_withdrawn"
        try:
            with self.house.database.write() as session:
                self.house.grants.end_objection(session, self.house.anna, purpose)
        except Conflict:
            assert last not in {"objected", act}
        else:
            self._said(purpose, act)

    @rule(purpose=purposes)
    def fail_half_way(self, purpose: str) -> None:
        with pytest.raises(RuntimeError), self.house.database.write() as session:
            self.house.grants.withdraw(session, self.house.anna, purpose)
            raise RuntimeError
        del self.house.stamp.entries[len(self.said) :]

    @rule(amount=st.integers(1, 4))
    def wait(self, amount: int) -> None:
        self.house.clock.advance(seconds=amount)

    @invariant()
    def every_purpose_stands_where_the_last_word_put_it(self) -> None:
        house, reader = self.house, self.house.database.reader()
        for purpose in PURPOSES:
            expected = self._expected(purpose)
            with house.database.read() as session:
                assert house.grants.state(session, house.anna, purpose) is expected
            row = reader.execute(
                CONSENT_ASKED,
                {"subject": house.anna, "purpose": purpose, "now": house.now},
            ).fetchone()
            assert CONSENT_WORDS[row[0]] is expected

    @invariant()
    def the_history_is_what_was_said_and_stamped(self) -> None:
        with self.house.database.read() as session:
            history = self.house.grants.history(session, self.house.anna)
        assert [(event.act.value, event.purpose) for event in history] == [
            (act, purpose) for act, purpose, _ in self.said
        ]
        contents = [entry.content for entry in self.house.stamp.entries]
        assert [event.content() for event in history] == contents


class UgcMachine(RuleBasedStateMachine):
    database: ClassVar[Database]

    def __init__(self) -> None:
        super().__init__()
        self.house = ConsentHouse(self.database, ManualClock())
        self.idea = new_id()
        self.licences: dict[tuple[str, str], tuple[int, int]] = {}
        self.held = self.ended = False

    def _expected(self, purpose: str) -> UgcWord:
        now = self.house.now
        if self.held or self.ended:
            return UgcWord.RESTRICTED if self.held else UgcWord.WITHDRAWN
        if not self.licences:
            return UgcWord.UNASKED
        asked = [span for (name, _), span in self.licences.items() if name == purpose]
        if any(since <= now < until for since, until in asked):
            return UgcWord.GRANTED
        over = all(until <= now for _, until in self.licences.values())
        if over or any(until <= now for _, until in asked):
            return UgcWord.EXPIRED
        return UgcWord.OUT_OF_SCOPE

    def _say(self, name: str) -> AllodError | None:
        try:
            with self.house.database.write() as session:
                getattr(self.house.ugc, name)(session, self.house.anna, self.idea)
        except AllodError as error:
            return error
        return None

    @rule(
        purpose=uses, code=st.sampled_from("ab"), start=st.integers(-2, 3), for_=seconds
    )
    def license(self, purpose: str, code: str, start: int, for_: int) -> None:
        house, since = self.house, self.house.clock.now() + timedelta(seconds=start)
        terms = {
            "purpose": purpose,
            "product": code,
            "territory": "de",
            "since": since,
            "until": since + timedelta(seconds=for_),
        }
        try:
            with house.database.write() as session:
                house.ugc.license(session, house.anna, self.idea, terms)
        except Invalid:
            assert start + for_ <= 0
        except Conflict:
            assert self.held
        else:
            assert not self.held
            self.ended = False
            first = house.now + start
            self.licences[purpose, code] = (first, first + for_)

    @rule()
    def restrict(self) -> None:
        refused = self._say("restrict")
        assert (refused is not None) == self.ended
        self.held = not self.ended

    @rule()
    def lift(self) -> None:
        refused = self._say("lift")
        assert (refused is None) == self.held
        self.held = False

    @rule()
    def withdraw(self) -> None:
        assert self._say("withdraw") is None
        self.held, self.ended = False, True
        self.licences.clear()

    @rule(amount=st.integers(1, 4))
    def wait(self, amount: int) -> None:
        self.house.clock.advance(seconds=amount)

    @invariant()
    def every_use_is_allowed_just_as_far_as_the_author_said(self) -> None:
        house, reader = self.house, self.house.database.reader()
        for purpose in USES:
            expected = self._expected(purpose)
            with house.database.read() as session:
                word = house.ugc.word(session, house.anna, self.idea, purpose)
            row = reader.execute(
                UGC_ASKED,
                {
                    "subject": house.anna,
                    "record": self.idea,
                    "purpose": purpose,
                    "now": house.now,
                },
            ).fetchone()
            assert (word, UGC_WORDS[row[0]]) == (expected, expected)

    @invariant()
    def the_history_is_what_was_stamped(self) -> None:
        with self.house.database.read() as session:
            history = self.house.ugc.history(session, self.house.anna, self.idea)
        contents = [entry.content for entry in self.house.stamp.entries]
        assert [event.content() for event in history] == contents


@pytest.mark.parametrize("machine", [ConsentMachine, UgcMachine])
def test_whatever_is_said_in_whatever_order_the_oracle_agrees(
    vault_db: Database, machine: type[ConsentMachine | UgcMachine]
) -> None:
    machine.database = vault_db
    run_state_machine_as_test(machine, settings=RUNS)
