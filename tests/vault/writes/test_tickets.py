"""Tickets: a write is decided, on record, and checked where it is done."""

import copy
import threading
from collections.abc import Callable

import pytest
from bundles import changed, shipped
from engines import FakeEngine, allowing
from few_policies import altered
from houses import HISTORY, IDEA, PROFILE, Scenario, caring, opened
from reaching import KIM, WHY, care, post, refusal, soon, unit

from kit.clock import unix
from kit.errors import Conflict, NotFound, Refused, Unavailable
from pdp.decision.question import Kind
from vault import BatchEntry, Item, NewCustomer, Principal, Question
from vault._internal import ticket as tickets
from vault._internal.classes import RecordClass
from vault._internal.ticket import WriteTicket
from vault.writes.tickets import Tickets, TicketVoid
from vault.writes.write_events import Target

SHOP = Principal(Kind.SERVICE, "shop", roles=("support",))
CASE = Question(SHOP, "support.case")
TARGET = RecordClass("profile", ("identity",))
NAME = {"name": "Ada Other"}


def ticket(
    scenario: Scenario, question: Question = CASE, name: str = "ada"
) -> WriteTicket:
    target = Target(scenario.subject(name), TARGET, frozenset({"name"}))
    return scenario.house.vault.tickets.ask_one(question, target)


def void(scenario: Scenario, given: WriteTicket) -> bool:
    """Tell whether a unit of work that begins now would refuse the ticket."""
    try:
        with scenario.house.vault.tickets.unit_of_work(given):
            return False
    except TicketVoid:
        return True


def put(scenario: Scenario, question: Question, name: str = "ada") -> None:
    scenario.house.intake.put(question, name, Item("profile", NAME))


def outcomes(scenario: Scenario, name: str = "ada") -> list[str]:
    return [each.outcome for each in scenario.writes(name)]


def test_a_write_is_on_record_before_it_is_done_and_after(scenario: Scenario) -> None:
    scenario.customer()
    put(scenario, CASE)
    *_, intent, done = scenario.writes()
    assert (intent.outcome, done.outcome) == ("intended", "written")
    assert intent.decision == done.decision
    assert (intent.purpose, intent.principal) == ("support.case", "shop")
    assert (intent.collection, intent.fields) == ("profile", "name")
    assert (intent.records, done.records) == (b"", b"")


def test_a_refused_write_is_on_record_with_its_reasons_and_touches_no_key(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.customer()
    touched: list[bytes] = []
    monkeypatch.setattr(scenario.house.intake._keyring, "main", touched.append)
    with pytest.raises(Refused):
        put(scenario, Question(SHOP, "marketing.email"))
    *_, last = scenario.writes()
    assert last.outcome == "refused"
    assert "purpose.action" in last.reasons
    assert touched == []


def test_nothing_is_written_that_the_access_log_did_not_take(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.customer()

    def full(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(scenario.house.access_log, "_write", full)
    with pytest.raises(Unavailable):
        put(scenario, CASE)
    rows = scenario.house.vault_db.reader().execute("SELECT * FROM vault_record")
    assert rows.fetchall() == []


CHANGES: dict[str, Callable[[Scenario], object]] = {
    "a restriction": lambda s: care(s).restrictions.restrict(
        caring("ann"), "ada", reason=WHY
    ),
    "an erasure": lambda s: s.house.erasure.erase(s.subject("ada")),
    "other policies": lambda s: s.put_in_force(
        changed("README.md", "# Policies", "# The policies")
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_ticket_is_void_after(scenario: Scenario, change: str) -> None:
    scenario.customer()
    given = ticket(scenario)
    assert not void(scenario, given)
    CHANGES[change](scenario)
    assert void(scenario, given)


def test_a_ticket_is_void_after_five_seconds(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.customer()
    given, later = ticket(scenario), tickets.time.monotonic() + tickets.LIFE_SECONDS
    monkeypatch.setattr(tickets.time, "monotonic", lambda: later)
    assert void(scenario, given)


def test_a_ticket_is_void_when_the_reach_that_it_stood_on_has_ended(
    scenario: Scenario,
) -> None:
    scenario.customer()
    care(scenario).assignments.assign(
        caring("ann"), "ada", staff="kim", until=soon(scenario, minutes=1)
    )
    given = ticket(scenario, Question(KIM, "support.case"))
    scenario.clock.advance(minutes=2)
    assert void(scenario, given)


def test_a_ticket_for_a_change_is_void_when_the_record_is_held_meanwhile(
    scenario: Scenario,
) -> None:
    scenario.customer()
    record = scenario.profile().record
    target = Target(scenario.subject("ada"), TARGET, frozenset({"name"}), record=record)
    given = scenario.house.vault.tickets.ask_one(CASE, target)
    care(scenario).holds.set(caring("ann"), "ada", record=record, reason=WHY)
    assert void(scenario, given)


def test_a_ticket_is_neither_made_nor_copied_by_hand(scenario: Scenario) -> None:
    scenario.customer()
    with pytest.raises(TypeError):
        WriteTicket(
            b"", CASE, ticket(scenario).asked, {}, {}, None, "", "", 9e9, object()
        )
    with pytest.raises(TypeError):
        copy.copy(ticket(scenario))


def test_the_gate_is_not_asked_inside_a_unit_of_work(scenario: Scenario) -> None:
    scenario.customer()
    with pytest.raises(RuntimeError), scenario.house.vault_db.write():
        put(scenario, CASE)


def _after_asking(
    monkeypatch: pytest.MonkeyPatch, then: Callable[[], object], *, times: int = 1
) -> None:
    """Have something happen between the decision and the unit of work."""
    left, ask = [times], Tickets.ask

    def asked(self: Tickets, *given: object, **named: object) -> object:
        # Handed on as it came; the method's own types would be written here again.
        found = ask(self, *given, **named)  # type: ignore[arg-type]
        if left[0]:
            left[0] -= 1
            then()
        return found

    monkeypatch.setattr(Tickets, "ask", asked)


def test_a_restriction_between_decision_and_write_wins(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.customer()
    restrict = care(scenario).restrictions.restrict
    _after_asking(monkeypatch, lambda: restrict(caring("ann"), "ada", reason=WHY))
    with refusal("state.restricted"):
        put(scenario, CASE)
    assert "failed" in outcomes(scenario)
    rows = scenario.house.vault_db.reader().execute("SELECT * FROM vault_record")
    assert rows.fetchall() == []


def test_an_erasure_between_decision_and_write_wins(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = scenario.customer()
    _after_asking(monkeypatch, lambda: scenario.house.erasure.erase(subject))
    with pytest.raises(NotFound):
        put(scenario, CASE)


def test_a_withdrawal_between_decision_and_write_wins(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_consent = altered(_let_marketing_write, shipped())
    scenario.put_in_force(by_consent)
    with opened(scenario.home, scenario.clock) as later:
        later.customer()
        later.grant("ada")
        mailer = Principal(Kind.SERVICE, "mailer", roles=("marketing",))
        put(later, Question(mailer, "marketing.email"))
        _after_asking(monkeypatch, lambda: later.withdraw("ada"))
        with refusal("consent.withdrawn"):
            put(later, Question(mailer, "marketing.email"))


def _let_marketing_write(tables: dict[str, dict[str, dict[str, list[str]]]]) -> None:
    tables["purposes"]["marketing.email"]["actions"].append("write")


def test_a_ticket_that_is_void_three_times_is_a_conflict(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.customer()
    turns = iter([True, False, True, False])

    def turn() -> None:
        known = "yes" if next(turns) else "no"
        with scenario.house.vault_db.write() as session:
            subjects = scenario.house.registration._subjects
            standing = subjects.class_of(scenario.subject("ada"), session)
            assert standing is not None
            changed = type(standing)(standing.region, standing.state, known)
            subjects.set_class(session, scenario.subject("ada"), changed)

    _after_asking(monkeypatch, turn, times=3)
    with pytest.raises(Conflict) as conflict:
        put(scenario, CASE)
    assert conflict.value.reason_code == "write.contended"
    assert outcomes(scenario).count("failed") == 3


def test_writes_race_a_restriction_and_none_comes_after_it(scenario: Scenario) -> None:
    scenario.customer()
    done, written = threading.Event(), []

    def write() -> None:
        while not done.is_set():
            try:
                put(scenario, CASE)
                written.append(unix(scenario.clock.now()))
            except (Refused, Conflict):
                continue

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    care(scenario).restrictions.restrict(caring("ann"), "ada", reason=WHY)
    count = "SELECT count(*) FROM vault_record"
    before = scenario.house.vault_db.reader().execute(count).fetchone()
    done.wait(0.2)
    done.set()
    for thread in threads:
        thread.join()
    assert scenario.house.vault_db.reader().execute(count).fetchone() == before


def test_a_restricted_account_takes_its_owners_write_alone(scenario: Scenario) -> None:
    scenario.customer()
    care(scenario).restrictions.restrict(caring("ann"), "ada", reason=WHY)
    for question in (CASE, HISTORY):
        with refusal("state.restricted"):
            put(scenario, question)
    own = scenario.house.intake.put_own(scenario.own("ada"), Item("idea", IDEA))
    assert own.created


def test_a_contribution_is_changed_by_its_author_alone(scenario: Scenario) -> None:
    scenario.customer()
    idea = scenario.idea()
    for question in (CASE, HISTORY, Question(SHOP, "intake.event")):
        with pytest.raises(Refused) as refused:
            scenario.house.intake.update(
                question, "ada", idea.record, IDEA | {"text": "Mine now."}, version=1
            )
        codes = {each.code for each in refused.value.reasons}
        assert "contribution.author" in codes
    own = scenario.own("ada")
    changed = scenario.house.intake.update_own(own, idea.record, IDEA, version=1)
    assert changed.version == 2


def test_staff_write_about_whom_they_reach_and_find_nobody_else(
    scenario: Scenario,
) -> None:
    scenario.customer()
    record = scenario.profile().record
    mine = Question(KIM, "support.case")
    update = scenario.house.intake.update
    for name in ("ada", "nobody"):
        with pytest.raises(NotFound):
            put(scenario, mine, name)
        with pytest.raises(NotFound):
            update(mine, name, record, {"nmae": 1}, version=1)
    until = soon(scenario)
    care(scenario).assignments.assign(caring("ann"), "ada", staff="kim", until=until)
    put(scenario, mine)
    assert update(mine, "ada", record, PROFILE, version=1).version == 2


def test_a_batch_has_one_ticket_and_an_event_for_each_thousand(
    scenario: Scenario,
) -> None:
    subject = scenario.customer()
    items = [
        BatchEntry(
            subject,
            Item("purchase", {"date": "2026-01-02", "quantity": 1, "amount": n}),
        )
        for n in range(1_001)
    ]
    before = len(scenario.writes())
    scenario.house.intake.put_batch(HISTORY, items)
    events = scenario.writes()[before:]
    assert [each.outcome for each in events] == ["intended"] * 2 + ["written"] * 2
    assert len({each.decision for each in events}) == 1
    assert {each.subject for each in events} == {subject}


def test_a_batch_leaves_out_what_is_refused_and_says_why(scenario: Scenario) -> None:
    one, two = scenario.customer("ada"), scenario.customer("bob")
    care(scenario).restrictions.restrict(caring("ann"), "ada", reason=WHY)
    items = [BatchEntry(each, Item("profile", NAME)) for each in (one, two)]
    refused, written = scenario.house.intake.put_batch(HISTORY, items)
    assert isinstance(refused, Refused)
    assert refused.reason_code == "state.restricted"
    assert not isinstance(written, Exception)
    assert outcomes(scenario)[-1] == "refused"


def test_an_engine_that_gives_no_decision_lets_nothing_be_written(
    scenario: Scenario,
) -> None:
    scenario.customer()
    engine = FakeEngine(allowing(identity="sparkle"), revision=shipped().digest)
    with opened(scenario.home, scenario.clock, engine) as broken:
        with pytest.raises(Unavailable):
            put(broken, CASE)
        with pytest.raises(Unavailable):
            broken.register("bob")
        assert broken.house.customers.subject_of("bob") is None


def test_a_class_that_is_not_shown_is_not_written(scenario: Scenario) -> None:
    scenario.customer()
    ticket_of_hers = {"subject": "A rash", "text": "Since Monday", "health": "nickel"}
    with refusal("purpose.write"):
        scenario.house.intake.put(CASE, "ada", Item("ticket", ticket_of_hers))
    del ticket_of_hers["health"]
    scenario.house.intake.put(CASE, "ada", Item("ticket", ticket_of_hers))


def test_who_was_erased_comes_back_by_an_act_with_a_reason(scenario: Scenario) -> None:
    scenario.house.erasure.erase(scenario.customer())
    with refusal("customer.unavailable"):
        scenario.register("ada")
    with refusal("invalid"):
        scenario.register("ada", readmit=" ")
    scenario.register("ada", readmit="she asked to come back")
    (act,) = care(scenario).acts.of(scenario.subject("ada"))
    assert (act.kind, act.document()["by"]) == ("customer.readmitted", "operator")
    assert act.document()["reason"] == "she asked to come back"


def test_an_identifier_in_use_beyond_reach_is_not_told_from_an_erased_one(
    scenario: Scenario,
) -> None:
    for name in ("ada", "bob", "eve"):
        scenario.customer(name)
        scenario.profile(name)
    scenario.house.erasure.erase(scenario.subject("eve"))
    until = soon(scenario)
    care(scenario).assignments.assign(caring("ann"), "ada", staff="kim", until=until)
    mine, said = Question(KIM, "support.case"), []
    for name in ("bob", "eve"):
        taken = Item("profile", {"name": "A", "email": f"{name}@example.org"})
        with pytest.raises(Conflict) as conflict:
            scenario.house.intake.put(mine, "ada", taken)
        said.append((conflict.value.reason_code, conflict.value.detail))
    assert said[0] == said[1]
    assert said[0][0] == "customer.unavailable"
    with refusal("identifier.taken"):
        scenario.house.intake.put(
            CASE, "ada", Item("profile", {"name": "A", "email": "bob@example.org"})
        )
    assert outcomes(scenario, "bob")[-1] == "unavailable"


def test_whoever_tries_many_ids_makes_nothing_new_for_an_hour(
    scenario: Scenario,
) -> None:
    scenario.house.erasure.erase(scenario.customer())
    for _ in range(30):
        with refusal("customer.unavailable"):
            scenario.register("ada")
    with refusal("limit.rate") as limited:
        scenario.register("somebody-new")
    assert 0 < limited.value.retry_after <= 3_600  # type: ignore[attr-defined]
    scenario.clock.advance(hours=1)
    assert scenario.register("somebody-new")


def test_an_unknown_region_is_refused_at_the_door(scenario: Scenario) -> None:
    with refusal("region.unknown"):
        scenario.register("ada", region="de")
    assert scenario.house.customers.subject_of("ada") is None


def test_staff_register_into_a_unit_that_they_hold(scenario: Scenario) -> None:
    unit(scenario, "north")
    mine, new = Question(KIM, "service.registration"), NewCustomer("ada", "eu")
    register = scenario.house.registration.register
    with refusal("invalid"):
        register(mine, new)
    with pytest.raises(NotFound):
        register(mine, new._replace(unit="north"))
    post(scenario, "north")
    assert register(mine, new._replace(unit="north"))
    assert care(scenario).organisation.units_of("ada") == ["north"]
