"""`verify`: yes or no for one value that the caller sees masked, and few of them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from clocks import ManualClock
from houses import CASE, PROFILE, SUPPORT, Scenario, opened
from reaching import KIM, care, caring, refusal, soon

from kit.errors import Damaged, Invalid, NotFound, Refused, TooMany
from pdp.decision.question import Kind
from vault import Access, Principal, Question
from vault.gate.verifying import Claim, ComparedClaim

PHONE = "+49 151 1234-5678"
STAFF = replace(CASE, principal=KIM)
OFFICER = replace(
    CASE, principal=Principal(Kind.STAFF, "ann", roles=("privacy_officer",))
)


def _ask(
    scenario: Scenario,
    value: str = PHONE,
    field: str = "phone",
    *,
    name: str = "ada",
    question: Question = CASE,
) -> bool:
    claim = Claim("profile", field, value)
    return scenario.house.gate.verify(question, name, claim).matches


def _events(scenario: Scenario, name: str = "ada") -> list[Access]:
    return [each for each in scenario.on_record(name) if each.action == "verify"]


def _lived(scenario: Scenario, *names: str) -> Scenario:
    for name in names or ("ada",):
        scenario.customer(name)
        address = {"email": f"{name}@example.org"}
        scenario.put(name, "profile", PROFILE | address | {"city": "Pforzheim"})
    return scenario


def _by(number: int) -> Question:
    return replace(CASE, principal=replace(SUPPORT, name=f"desk-{number}"))


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("phone", "+4915112345678", True),
        ("phone", "+49 (151) 1234 56-78", True),
        ("phone", "+4915112345679", False),
        ("phone", "5678", False),
        ("email", "ada@example.org", True),
        ("email", " ADA@Example.org", True),
        ("email", "eve@example.org", False),
        ("city", "Pforzheim", True),
        ("city", "pforzheim", False),
        ("city", "heim", False),
    ],
)
def test_one_exact_value_is_verified_in_any_spelling_that_intake_takes_as_one(
    scenario: Scenario,
    field: str,
    value: str,
    told: bool,  # noqa: FBT001 - drawn
) -> None:
    assert _ask(_lived(scenario), value, field) is told


def test_a_question_is_on_record_with_its_field_and_never_with_a_value(
    scenario: Scenario,
) -> None:
    _lived(scenario)
    _ask(scenario, "+4915100000042")
    _ask(scenario, PHONE)
    events = _events(scenario)
    assert [each.fields for each in events] == ["phone", "phone"]
    assert {each.principal for each in events} == {"helpdesk"}
    assert "42" not in repr([(e.fields, e.reasons, e.collection) for e in events])


@pytest.mark.parametrize(
    ("field", "question", "code"),
    [
        ("name", CASE, "verify.clear"),
        ("phone", OFFICER, "verify.clear"),
        ("phone", replace(CASE, purpose="ugc.display"), "purpose.role"),
        ("email", Question(SUPPORT, "intake.event"), "purpose.action"),
    ],
)
def test_what_is_clear_and_what_the_law_does_not_open_is_refused_and_not_counted(
    scenario: Scenario, field: str, question: Question, code: str
) -> None:
    _lived(scenario)
    if question is OFFICER:
        care(scenario).assignments.assign(
            caring("lea"), "ada", staff="ann", until=soon(scenario)
        )
    with pytest.raises(Refused) as refused:
        _ask(scenario, question=question, field=field)
    assert code in {reason.code for reason in refused.value.reasons}
    rows = scenario.house.vault_db.reader().execute("SELECT * FROM vault_verification")
    assert rows.fetchall() == []


def test_a_field_that_is_dropped_is_not_asked_about(scenario: Scenario) -> None:
    scenario.customer()
    scenario.put("ada", "ticket", {"subject": "A", "text": "B", "health": "nickel"})
    claim = Claim("ticket", "health", "nickel")
    with pytest.raises(Invalid):  # a text has no one spelling
        scenario.house.gate.verify(CASE, "ada", claim)


@pytest.mark.parametrize("field", ["iq", "password"])
def test_an_undeclared_field_is_unknown(scenario: Scenario, field: str) -> None:
    with refusal("field.unknown"):
        _ask(_lived(scenario), "7", field)


def test_a_field_of_few_values_is_not_verified(scenario: Scenario) -> None:
    _lived(scenario)
    for field, value in (("status", "open"), ("text", "B")):
        with refusal("field.not_verifiable"):
            scenario.house.gate.verify(CASE, "ada", Claim("ticket", field, value))


def test_absent_anothers_and_out_of_reach_are_one_answer(scenario: Scenario) -> None:
    _lived(scenario, "ada", "bob")
    answers = set()
    for name in ("ada", "nobody", "x" * 300):
        with pytest.raises(NotFound) as absent:
            _ask(scenario, name=name, question=STAFF)
        answers.add((absent.value.detail, absent.value.reason_code))
    own = scenario.own("bob", "support.case")
    with pytest.raises(NotFound) as absent:
        _ask(scenario, name="ada", question=own)
    assert answers == {(absent.value.detail, absent.value.reason_code)}


def test_five_an_hour_and_twenty_a_day_about_one_customer_whoever_asks(
    scenario: Scenario,
) -> None:
    _lived(scenario, "ada", "bob")
    for hour in range(4):
        for number in range(5):
            assert _ask(scenario, question=_by(5 * hour + number))
        with pytest.raises(TooMany) as limited:
            _ask(scenario, question=_by(99))
        assert 0 < limited.value.retry_after <= 3600 or hour == 3
        scenario.clock.advance(hours=1, seconds=1)
    with pytest.raises(TooMany) as limited:
        _ask(scenario, question=_by(100))
    assert limited.value.retry_after > 3600
    assert _ask(scenario, name="bob", question=_by(101))
    scenario.clock.advance(days=1)
    assert _ask(scenario, question=_by(102))
    assert _events(scenario)[-2].reasons == "limit.verify"


def test_thirty_an_hour_of_one_caller_known_customers_and_unknown_alike(
    scenario: Scenario,
) -> None:
    _lived(scenario)
    for number in range(30):
        with pytest.raises(NotFound):
            _ask(scenario, name=f"nobody-{number}")
    for name in ("ada", "nobody"):
        with pytest.raises(TooMany):
            _ask(scenario, name=name)
    assert _ask(scenario, question=_by(1))
    scenario.clock.advance(hours=1, seconds=1)
    assert _ask(scenario)


def test_a_restart_forgets_nothing_and_two_processes_count_together(
    scenario: Scenario, clock: ManualClock
) -> None:
    _lived(scenario)
    for _ in range(3):
        _ask(scenario)
    with opened(scenario.home, clock) as other:
        for _ in range(2):
            _ask(other)
        with pytest.raises(TooMany):
            _ask(other)
    with pytest.raises(TooMany):
        _ask(scenario)


def test_questions_asked_at_once_are_no_more_than_one_after_another(
    scenario: Scenario,
) -> None:
    _lived(scenario)

    def ask(number: int) -> bool:
        try:
            return _ask(scenario, question=_by(number))
        except TooMany:
            return False

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(16)))
    assert answers.count(True) == 5


def test_an_erasure_takes_the_count_along(scenario: Scenario) -> None:
    _lived(scenario)
    _ask(scenario)
    subject = scenario.subject("ada")
    scenario.house.erasure.erase(subject)
    rows = scenario.house.vault_db.reader().execute(
        "SELECT count(*) FROM vault_verification WHERE subject IS NOT NULL"
    )
    assert rows.fetchone() == (0,)
    with pytest.raises(NotFound):
        _ask(scenario)


def test_a_customer_without_a_record_and_one_without_the_field(
    scenario: Scenario,
) -> None:
    scenario.customer("ada")
    with pytest.raises(NotFound):
        _ask(scenario)
    scenario.put("ada", "profile", {"name": "Ada"})
    assert not _ask(scenario)


# A help desk finds the caller.


def test_support_finds_the_caller_sees_masks_and_verifies(scenario: Scenario) -> None:
    _lived(scenario)
    page = scenario.house.gate.find(CASE, "profile", "email", "ada@example.org")
    (found,) = page.items
    assert found.customer_id == "ada"
    assert found.values["phone"] == "•••5678"
    assert "email" in found.omitted
    assert _ask(scenario)


def test_a_look_up_by_a_masked_field_is_a_question_and_counts(
    scenario: Scenario,
) -> None:
    _lived(scenario)
    find = scenario.house.gate.find
    for _ in range(5):
        assert find(CASE, "profile", "email", "ada@example.org").items
    with pytest.raises(NotFound):
        find(CASE, "profile", "email", "ada@example.org")
    with pytest.raises(TooMany):
        _ask(scenario)


def test_trying_values_counts_though_nobody_is_found(scenario: Scenario) -> None:
    _lived(scenario)
    find = scenario.house.gate.find
    for number in range(30):
        with pytest.raises(NotFound):
            find(CASE, "profile", "email", f"a{number}@example.org")
    with pytest.raises(TooMany):
        find(CASE, "profile", "email", "ada@example.org")
    with pytest.raises(TooMany):
        find(CASE, "profile", "email", "nobody@example.org")


def test_a_look_up_by_a_masked_field_finds_nobody_out_of_reach(
    scenario: Scenario,
) -> None:
    _lived(scenario)
    with pytest.raises(NotFound):
        scenario.house.gate.find(STAFF, "profile", "email", "ada@example.org")
    care(scenario).assignments.assign(
        caring("ann"), "ada", staff="kim", until=soon(scenario)
    )
    assert scenario.house.gate.find(STAFF, "profile", "email", "ada@example.org").items


def test_every_record_is_compared_to_the_last_and_a_damaged_one_is_no_answer(
    scenario: Scenario,
) -> None:
    collection = scenario.house.catalog.collection("profile")
    told = ComparedClaim.of(collection, Claim("profile", "phone", PHONE))
    other, same = {"phone": "+4930000000"}, {"phone": "+4915112345678"}
    assert told.matches([other, same, other])
    assert told.matches([Damaged(), same])
    assert not told.matches([other, {}, {"phone": 7}, None])
    with pytest.raises(Damaged):
        told.matches([other, Damaged()])
    with pytest.raises(NotFound):
        told.matches([None, None])
    assert PHONE not in repr((told, Claim("profile", "phone", PHONE)))
