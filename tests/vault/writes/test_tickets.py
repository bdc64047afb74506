"""Tickets: a write is decided, on record, and checked where it is done."""

import copy
import threading
from collections.abc import Callable

import pytest
from bundles import changed, shipped
from engines import FakeEngine, allowing
from few_policies import altered
from houses import HISTORY, IDEA, PROFILE, Story, caring, opened
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


def ticket(story: Story, question: Question = CASE, name: str = "ada") -> WriteTicket:
    target = Target(story.subject(name), TARGET, frozenset({"name"}))
    return story.house.vault.tickets.ask_one(question, target)


def void(story: Story, given: WriteTicket) -> bool:
    """Tell whether a unit of work that begins now would refuse the ticket."""
    try:
        with story.house.vault.tickets.unit_of_work(given):
            return False
    except TicketVoid:
        return True


def put(story: Story, question: Question, name: str = "ada") -> None:
    story.house.intake.put(question, name, Item("profile", NAME))


def outcomes(story: Story, name: str = "ada") -> list[str]:
    return [each.outcome for each in story.writes(name)]


def test_a_write_is_on_record_before_it_is_done_and_after(story: Story) -> None:
    story.customer()
    put(story, CASE)
    *_, intent, done = story.writes()
    assert (intent.outcome, done.outcome) == ("intended", "written")
    assert intent.decision == done.decision
    assert (intent.purpose, intent.principal) == ("support.case", "shop")
    assert (intent.collection, intent.fields) == ("profile", "name")
    assert (intent.records, done.records) == (b"", b"")


def test_a_refused_write_is_on_record_with_its_reasons_and_touches_no_key(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.customer()
    touched: list[bytes] = []
    monkeypatch.setattr(story.house.intake._keyring, "main", touched.append)
    with pytest.raises(Refused):
        put(story, Question(SHOP, "marketing.email"))
    *_, last = story.writes()
    assert last.outcome == "refused"
    assert "purpose.action" in last.reasons
    assert touched == []


def test_nothing_is_written_that_the_access_log_did_not_take(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.customer()

    def full(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(story.house.access_log, "_write", full)
    with pytest.raises(Unavailable):
        put(story, CASE)
    rows = story.house.vault_db.reader().execute("SELECT * FROM vault_record")
    assert rows.fetchall() == []


CHANGES: dict[str, Callable[[Story], object]] = {
    "a restriction": lambda s: care(s).restrictions.restrict(
        caring("ann"), "ada", reason=WHY
    ),
    "an erasure": lambda s: s.house.erasure.erase(s.subject("ada")),
    "other policies": lambda s: s.put_in_force(
        changed("README.md", "# Policies", "# The policies")
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_ticket_is_void_after(story: Story, change: str) -> None:
    story.customer()
    given = ticket(story)
    assert not void(story, given)
    CHANGES[change](story)
    assert void(story, given)


def test_a_ticket_is_void_after_five_seconds(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.customer()
    given, later = ticket(story), tickets.time.monotonic() + tickets.LIFE_SECONDS
    monkeypatch.setattr(tickets.time, "monotonic", lambda: later)
    assert void(story, given)


def test_a_ticket_is_void_when_the_reach_that_it_stood_on_has_ended(
    story: Story,
) -> None:
    story.customer()
    care(story).assignments.assign(
        caring("ann"), "ada", staff="kim", until=soon(story, minutes=1)
    )
    given = ticket(story, Question(KIM, "support.case"))
    story.clock.advance(minutes=2)
    assert void(story, given)


def test_a_ticket_for_a_change_is_void_when_the_record_is_held_meanwhile(
    story: Story,
) -> None:
    story.customer()
    record = story.profile().record
    target = Target(story.subject("ada"), TARGET, frozenset({"name"}), record=record)
    given = story.house.vault.tickets.ask_one(CASE, target)
    care(story).holds.set(caring("ann"), "ada", record=record, reason=WHY)
    assert void(story, given)


def test_a_ticket_is_neither_made_nor_copied_by_hand(story: Story) -> None:
    story.customer()
    with pytest.raises(TypeError):
        WriteTicket(b"", CASE, ticket(story).asked, {}, {}, None, "", "", 9e9, object())
    with pytest.raises(TypeError):
        copy.copy(ticket(story))


def test_the_gate_is_not_asked_inside_a_unit_of_work(story: Story) -> None:
    story.customer()
    with pytest.raises(RuntimeError), story.house.vault_db.write():
        put(story, CASE)


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
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.customer()
    restrict = care(story).restrictions.restrict
    _after_asking(monkeypatch, lambda: restrict(caring("ann"), "ada", reason=WHY))
    with refusal("state.restricted"):
        put(story, CASE)
    assert "failed" in outcomes(story)
    rows = story.house.vault_db.reader().execute("SELECT * FROM vault_record")
    assert rows.fetchall() == []


def test_an_erasure_between_decision_and_write_wins(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = story.customer()
    _after_asking(monkeypatch, lambda: story.house.erasure.erase(subject))
    with pytest.raises(NotFound):
        put(story, CASE)


def test_a_withdrawal_between_decision_and_write_wins(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_consent = altered(_let_marketing_write, shipped())
    story.put_in_force(by_consent)
    with opened(story.home, story.clock) as later:
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
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.customer()
    turns = iter([True, False, True, False])

    def turn() -> None:
        known = "yes" if next(turns) else "no"
        with story.house.vault_db.write() as session:
            subjects = story.house.registration._subjects
            standing = subjects.class_of(story.subject("ada"), session)
            assert standing is not None
            changed = type(standing)(standing.region, standing.state, known)
            subjects.set_class(session, story.subject("ada"), changed)

    _after_asking(monkeypatch, turn, times=3)
    with pytest.raises(Conflict) as conflict:
        put(story, CASE)
    assert conflict.value.reason_code == "write.contended"
    assert outcomes(story).count("failed") == 3


def test_writes_race_a_restriction_and_none_comes_after_it(story: Story) -> None:
    story.customer()
    done, written = threading.Event(), []

    def write() -> None:
        while not done.is_set():
            try:
                put(story, CASE)
                written.append(unix(story.clock.now()))
            except (Refused, Conflict):
                continue

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    care(story).restrictions.restrict(caring("ann"), "ada", reason=WHY)
    count = "SELECT count(*) FROM vault_record"
    before = story.house.vault_db.reader().execute(count).fetchone()
    done.wait(0.2)
    done.set()
    for thread in threads:
        thread.join()
    assert story.house.vault_db.reader().execute(count).fetchone() == before


def test_a_restricted_account_takes_its_owners_write_alone(story: Story) -> None:
    story.customer()
    care(story).restrictions.restrict(caring("ann"), "ada", reason=WHY)
    for question in (CASE, HISTORY):
        with refusal("state.restricted"):
            put(story, question)
    own = story.house.intake.put_own(story.own("ada"), Item("idea", IDEA))
    assert own.created


def test_a_contribution_is_changed_by_its_author_alone(story: Story) -> None:
    story.customer()
    idea = story.idea()
    for question in (CASE, HISTORY, Question(SHOP, "intake.event")):
        with pytest.raises(Refused) as refused:
            story.house.intake.update(
                question, "ada", idea.record, IDEA | {"text": "Mine now."}, version=1
            )
        codes = {each.code for each in refused.value.reasons}
        assert "contribution.author" in codes
    own = story.own("ada")
    changed = story.house.intake.update_own(own, idea.record, IDEA, version=1)
    assert changed.version == 2


def test_staff_write_about_whom_they_reach_and_find_nobody_else(story: Story) -> None:
    story.customer()
    record = story.profile().record
    mine = Question(KIM, "support.case")
    update = story.house.intake.update
    for name in ("ada", "nobody"):
        with pytest.raises(NotFound):
            put(story, mine, name)
        with pytest.raises(NotFound):
            update(mine, name, record, {"nmae": 1}, version=1)
    until = soon(story)
    care(story).assignments.assign(caring("ann"), "ada", staff="kim", until=until)
    put(story, mine)
    assert update(mine, "ada", record, PROFILE, version=1).version == 2


def test_a_batch_has_one_ticket_and_an_event_for_each_thousand(story: Story) -> None:
    subject = story.customer()
    items = [
        BatchEntry(
            subject,
            Item("purchase", {"date": "2026-01-02", "quantity": 1, "amount": n}),
        )
        for n in range(1_001)
    ]
    before = len(story.writes())
    story.house.intake.put_batch(HISTORY, items)
    events = story.writes()[before:]
    assert [each.outcome for each in events] == ["intended"] * 2 + ["written"] * 2
    assert len({each.decision for each in events}) == 1
    assert {each.subject for each in events} == {subject}


def test_a_batch_leaves_out_what_is_refused_and_says_why(story: Story) -> None:
    one, two = story.customer("ada"), story.customer("bob")
    care(story).restrictions.restrict(caring("ann"), "ada", reason=WHY)
    items = [BatchEntry(each, Item("profile", NAME)) for each in (one, two)]
    refused, written = story.house.intake.put_batch(HISTORY, items)
    assert isinstance(refused, Refused)
    assert refused.reason_code == "state.restricted"
    assert not isinstance(written, Exception)
    assert outcomes(story)[-1] == "refused"


def test_an_engine_that_gives_no_decision_lets_nothing_be_written(
    story: Story,
) -> None:
    story.customer()
    engine = FakeEngine(allowing(identity="sparkle"), revision=shipped().digest)
    with opened(story.home, story.clock, engine) as broken:
        with pytest.raises(Unavailable):
            put(broken, CASE)
        with pytest.raises(Unavailable):
            broken.register("bob")
        assert broken.house.customers.subject_of("bob") is None


def test_a_class_that_is_not_shown_is_not_written(story: Story) -> None:
    story.customer()
    ticket_of_hers = {"subject": "A rash", "text": "Since Monday", "health": "nickel"}
    with refusal("purpose.write"):
        story.house.intake.put(CASE, "ada", Item("ticket", ticket_of_hers))
    del ticket_of_hers["health"]
    story.house.intake.put(CASE, "ada", Item("ticket", ticket_of_hers))


def test_who_was_erased_comes_back_by_an_act_with_a_reason(story: Story) -> None:
    story.house.erasure.erase(story.customer())
    with refusal("customer.unavailable"):
        story.register("ada")
    with refusal("invalid"):
        story.register("ada", readmit=" ")
    story.register("ada", readmit="she asked to come back")
    (act,) = care(story).acts.of(story.subject("ada"))
    assert (act.kind, act.document()["by"]) == ("customer.readmitted", "operator")
    assert act.document()["reason"] == "she asked to come back"


def test_an_identifier_in_use_beyond_reach_is_not_told_from_an_erased_one(
    story: Story,
) -> None:
    for name in ("ada", "bob", "eve"):
        story.customer(name)
        story.profile(name)
    story.house.erasure.erase(story.subject("eve"))
    until = soon(story)
    care(story).assignments.assign(caring("ann"), "ada", staff="kim", until=until)
    mine, said = Question(KIM, "support.case"), []
    for name in ("bob", "eve"):
        taken = Item("profile", {"name": "A", "email": f"{name}@example.org"})
        with pytest.raises(Conflict) as conflict:
            story.house.intake.put(mine, "ada", taken)
        said.append((conflict.value.reason_code, conflict.value.detail))
    assert said[0] == said[1]
    assert said[0][0] == "customer.unavailable"
    with refusal("identifier.taken"):
        story.house.intake.put(
            CASE, "ada", Item("profile", {"name": "A", "email": "bob@example.org"})
        )
    assert outcomes(story, "bob")[-1] == "unavailable"


def test_whoever_tries_many_ids_makes_nothing_new_for_an_hour(story: Story) -> None:
    story.house.erasure.erase(story.customer())
    for _ in range(30):
        with refusal("customer.unavailable"):
            story.register("ada")
    with refusal("limit.rate") as limited:
        story.register("somebody-new")
    assert 0 < limited.value.retry_after <= 3_600  # type: ignore[attr-defined]
    story.clock.advance(hours=1)
    assert story.register("somebody-new")


def test_an_unknown_region_is_refused_at_the_door(story: Story) -> None:
    with refusal("region.unknown"):
        story.register("ada", region="de")
    assert story.house.customers.subject_of("ada") is None


def test_staff_register_into_a_unit_that_they_hold(story: Story) -> None:
    unit(story, "north")
    mine, new = Question(KIM, "service.registration"), NewCustomer("ada", "eu")
    register = story.house.registration.register
    with refusal("invalid"):
        register(mine, new)
    with pytest.raises(NotFound):
        register(mine, new._replace(unit="north"))
    post(story, "north")
    assert register(mine, new._replace(unit="north"))
    assert care(story).organisation.units_of("ada") == ["north"]
