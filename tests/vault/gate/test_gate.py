"""The gate: what it opens, what it refuses, and what it leaves behind."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from houses import CAMPAIGN, CASE, MARKETING, PROFILE, SUPPORT, Scenario, caring

from kit.errors import Invalid, NotFound, Refused
from pdp.decision.question import Kind
from vault import Principal, Question

STAFF = Principal(Kind.STAFF, "kim", roles=("support",))


def _outcomes(scenario: Scenario, name: str = "ada") -> list[str]:
    return [event.outcome for event in scenario.reads(name)]


def test_support_sees_a_name_and_the_last_four_digits(scenario: Scenario) -> None:
    scenario.customer()
    profile = scenario.profile(phone="+4915112345678")
    seen = scenario.read(CASE, "ada", profile)
    assert seen.values["name"] == PROFILE["name"]
    assert seen.values["phone"] == "•••5678"
    assert seen.masks["phone"] == "last4"
    assert seen.customer_id == "ada"


def test_marketing_is_refused_without_consent_and_told_what_would_help(
    scenario: Scenario,
) -> None:
    scenario.customer()
    profile = scenario.profile()
    with pytest.raises(Refused) as refusal:
        scenario.read(CAMPAIGN, "ada", profile)
    (reason,) = refusal.value.reasons
    assert reason.code == "consent.missing"
    assert reason.article
    assert reason.fix
    assert len(refusal.value.decision_id) == 32


def test_a_granted_purpose_opens_the_gate_and_a_withdrawn_one_closes_it_at_once(
    scenario: Scenario,
) -> None:
    scenario.customer()
    profile = scenario.profile()
    scenario.grant("ada")
    assert scenario.read(CAMPAIGN, "ada", profile).values["email"] == "ada@example.org"
    scenario.withdraw("ada")
    with pytest.raises(Refused) as refusal:
        scenario.read(CAMPAIGN, "ada", profile)
    assert refusal.value.reasons[0].code == "consent.withdrawn"


def test_every_answer_is_in_the_access_log_before_it_is_given(
    scenario: Scenario,
) -> None:
    scenario.customer()
    profile = scenario.profile()
    scenario.read(CASE, "ada", profile)
    with pytest.raises(Refused):
        scenario.read(CAMPAIGN, "ada", profile)
    with pytest.raises(NotFound):
        scenario.house.gate.read(CASE, "ada", b"x" * 16)
    assert sorted(_outcomes(scenario)) == ["disclosed", "not_found", "refused"]


def test_an_event_names_fields_and_never_values(scenario: Scenario) -> None:
    scenario.customer()
    scenario.read(CASE, "ada", scenario.profile())
    (event,) = scenario.reads()
    assert {"name", "phone"} <= set(event.fields.split(","))
    assert "email" not in event.fields
    assert event.disclosed == 1
    assert "Ada" not in repr(event)


def test_absent_anothers_and_unknown_get_one_answer(scenario: Scenario) -> None:
    for name in ("ada", "bob"):
        scenario.customer(name)
    profile = scenario.profile("ada")
    wanted = [("bob", profile.record), ("ada", b"x" * 16), ("nobody", profile.record)]
    answers = set()
    for name, record in wanted:
        with pytest.raises(NotFound) as answer:
            scenario.house.gate.read(CASE, name, record)
        answers.add((answer.value.detail, answer.value.reason_code))
    assert len(answers) == 1


def test_a_customer_reads_their_own_and_nobody_elses(scenario: Scenario) -> None:
    for name in ("ada", "bob"):
        scenario.customer(name)
    mine, other = scenario.profile("ada"), scenario.profile("bob")
    own = scenario.own("ada")
    gate = scenario.house.gate
    assert gate.read(own, None, mine.record).values["phone"]
    for customer, record in [
        (None, other.record),
        ("bob", other.record),
        ("ada", mine.record),
    ]:
        with pytest.raises(NotFound):
            gate.read(own, customer, record)


def test_staff_reach_only_the_customers_assigned_to_them(scenario: Scenario) -> None:
    scenario.customer()
    profile = scenario.profile()
    question = replace(CASE, principal=STAFF)
    with pytest.raises(NotFound):
        scenario.read(question, "ada", profile)
    tomorrow = scenario.clock.now() + timedelta(days=1)
    scenario.house.vault.reach.assignments.assign(
        caring("ann"), "ada", staff="kim", until=tomorrow
    )
    assert scenario.read(question, "ada", profile).values["name"]
    scenario.clock.advance(days=2)
    with pytest.raises(NotFound):
        scenario.read(question, "ada", profile)


def test_a_consent_that_lapses_closes_the_gate_without_anybody_writing(
    scenario: Scenario,
) -> None:
    scenario.customer()
    profile = scenario.profile()
    until = scenario.clock.now().replace(hour=13)
    with scenario.house.vault_db.write() as session:
        scenario.house.grants.grant(
            session,
            scenario.subject("ada"),
            "marketing.email",
            notice_version=1,
            language="en",
            until=until,
        )
    scenario.read(CAMPAIGN, "ada", profile)
    scenario.clock.at = until
    with pytest.raises(Refused) as refusal:
        scenario.read(CAMPAIGN, "ada", profile)
    assert refusal.value.reasons[0].code == "consent.expired"


async def test_a_batch_answers_in_order_with_one_decision(scenario: Scenario) -> None:
    for name in ("ada", "bob"):
        scenario.customer(name)
    ada, bob = scenario.profile("ada"), scenario.profile("bob")
    scenario.grant("ada")
    batch = await scenario.house.gate.read_many(
        CAMPAIGN,
        [
            ("bob", bob.record),
            ("ada", ada.record),
            ("ada", bob.record),
            ("nobody", ada.record),
        ],
    )
    refused, shown, crossed, unknown = batch.answers
    assert isinstance(refused, Refused)
    assert getattr(shown, "customer_id", None) == "ada"
    assert isinstance(crossed, NotFound)
    assert isinstance(unknown, NotFound)
    assert refused.decision_id == batch.decision_id.hex()


async def test_an_event_loop_reads_what_a_thread_reads(scenario: Scenario) -> None:
    scenario.customer()
    profile = scenario.profile()
    there = await scenario.house.gate.read_async(CASE, "ada", profile.record)
    here = await asyncio.to_thread(scenario.read, CASE, "ada", profile)
    assert (there.values, there.masks) == (here.values, here.masks)


def test_a_list_counts_what_it_withholds(scenario: Scenario) -> None:
    scenario.customer()
    first, second = scenario.idea(), scenario.idea()
    scenario.license("ada", first, "ugc.display")
    question = Question(MARKETING, "ugc.display")
    page = scenario.house.gate.list_records(question, "ada", "idea")
    assert [each.record for each in page.items] == [first.record]
    assert page.withheld == 1
    assert second.record not in {each.record for each in page.items}


def test_a_list_goes_on_where_it_stopped(scenario: Scenario) -> None:
    scenario.customer()
    written = {scenario.idea().record for _ in range(7)}
    own, seen, after = scenario.own("ada"), set(), b""
    while after is not None:
        page = scenario.house.gate.list_records(own, None, "idea", after=after, limit=3)
        seen |= {each.record for each in page.items}
        after = page.following
    assert seen == written


def test_a_scan_sees_what_a_list_sees_and_logs_each_page(scenario: Scenario) -> None:
    for name in ("ada", "bob", "eve"):
        scenario.customer(name)
        scenario.profile(name)
    scenario.grant("bob")
    (page,) = scenario.house.gate.scan(CAMPAIGN, "profile")
    assert [each.customer_id for each in page.items] == ["bob"]
    assert page.withheld == 2
    assert _outcomes(scenario, "bob") == ["disclosed"]
    assert _outcomes(scenario, "ada") == ["refused"]


def test_the_log_of_a_scan_says_of_each_record_whose_it_is(scenario: Scenario) -> None:
    written = {}
    for name in ("ada", "bob"):
        scenario.customer(name)
        for _ in range(3):
            written[scenario.profile(name).record] = scenario.subject(name)
    list(scenario.house.gate.scan(CASE, "profile"))
    (event,) = scenario.reads()
    records, subjects = event.records, event.subjects
    logged = {
        records[at : at + 16]: subjects[at : at + 16]
        for at in range(0, len(records), 16)
    }
    assert logged == written


def test_a_scan_does_not_show_what_is_withdrawn_before_it_begins(
    scenario: Scenario,
) -> None:
    scenario.customer()
    scenario.profile()
    scenario.grant("ada")
    scenario.withdraw("ada")
    assert [p.items for p in scenario.house.gate.scan(CAMPAIGN, "profile")] == [()]


def test_a_record_is_found_by_an_identifier_that_is_clear(scenario: Scenario) -> None:
    scenario.customer()
    scenario.profile()
    scenario.grant("ada")
    page = scenario.house.gate.find(CAMPAIGN, "profile", "email", " ADA@Example.org ")
    assert page.items[0].customer_id == "ada"


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (Question(SUPPORT, "world.domination"), "purpose.unknown"),
        (Question(SUPPORT, "support.case", fields=frozenset({"iq"})), "field.unknown"),
    ],
)
def test_an_unknown_word_is_the_callers_fault(
    scenario: Scenario, question: Question, code: str
) -> None:
    with pytest.raises(Invalid) as fault:
        scenario.house.gate.read(question, "ada", b"x" * 16)
    assert fault.value.reason_code == code


def test_a_question_may_ask_for_fewer_fields(scenario: Scenario) -> None:
    scenario.customer()
    profile = scenario.profile()
    narrow = replace(CASE, fields=frozenset({"name"}))
    assert scenario.read(narrow, "ada", profile).values == {"name": PROFILE["name"]}


def test_the_gate_is_not_called_inside_a_unit_of_work(scenario: Scenario) -> None:
    scenario.customer()
    profile = scenario.profile()
    with scenario.house.vault_db.write(), pytest.raises(RuntimeError):
        scenario.read(CASE, "ada", profile)


def test_a_contribution_shows_its_authorization(scenario: Scenario) -> None:
    scenario.customer()
    idea = scenario.idea()
    own = scenario.own("ada")
    read = scenario.house.gate.read
    assert read(own, None, idea.record).authorization == "unasked"
    scenario.license("ada", idea, "ugc.display")
    assert read(own, None, idea.record).authorization == "granted"
    scenario.clock.advance(days=31)
    question = Question(MARKETING, "ugc.display")
    with pytest.raises(Refused) as refusal:
        scenario.read(question, "ada", idea)
    assert refusal.value.reasons[0].code == "ugc.expired"


def test_a_customer_who_searches_or_scans_still_sees_only_their_own(
    scenario: Scenario,
) -> None:
    for name in ("ada", "bob"):
        scenario.customer(name)
        scenario.profile(name)
    own = scenario.own("ada")
    pages = list(scenario.house.gate.scan(own, "profile"))
    assert {each.customer_id for page in pages for each in page.items} == {"ada"}
    with pytest.raises(NotFound):
        scenario.house.gate.find(own, "profile", "email", "bob@example.org")
    found = scenario.house.gate.find(own, "profile", "email", "ada@example.org")
    assert found.items[0].customer_id == "ada"


def test_staff_cannot_tell_an_unassigned_customer_from_none_at_all(
    scenario: Scenario,
) -> None:
    scenario.customer()
    question = replace(CASE, principal=STAFF)
    for name in ("ada", "nobody"):
        with pytest.raises(NotFound):
            scenario.house.gate.list_records(question, name, "profile")
    tomorrow = scenario.clock.now() + timedelta(days=1)
    scenario.house.vault.reach.assignments.assign(
        caring("ann"), "ada", staff="kim", until=tomorrow
    )
    assert scenario.house.gate.list_records(question, "ada", "profile").items == ()
