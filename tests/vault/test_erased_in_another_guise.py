"""Whoever was erased does not come back under another id, in part or in whole."""

from pathlib import Path

import pytest
from houses import HISTORY, Scenario
from import_files import codes, run
from reaching import refusal

from vault import Item, Wanted, WriteResult
from vault.writes.in_use import MAX_TIMES

ADA = {"name": "Ada", "email": "ada@example.org", "phone": "+49 30 5550170"}
BOUGHT = {"date": "2026-01-02", "quantity": 1, "amount": 2.5}


@pytest.fixture(autouse=True)
def _erased(scenario: Scenario) -> None:
    scenario.customer("ada")
    scenario.put("ada", "profile", ADA)
    scenario.house.erasure.erase(scenario.subject("ada"))
    scenario.register_many(["eve", "bob"])


def _put(scenario: Scenario, *wanted: Wanted) -> list[str]:
    outcomes = scenario.house.intake.put_many(HISTORY, wanted)
    return [
        each.outcome if isinstance(each, WriteResult) else each.reason_code
        for each in outcomes
    ]


def _bought(name: str, key: str) -> Wanted:
    return Wanted(name, Item("purchase", BOUGHT, key))


def _profile(name: str, key: str, **values: str) -> Wanted:
    return Wanted(name, Item("profile", {"name": name} | values, key))


def _held(scenario: Scenario) -> int:
    reader = scenario.house.vault_db.reader()
    return int(reader.execute("SELECT count(*) FROM vault_record").fetchone()[0])


def test_nothing_of_a_customer_is_written_beside_an_identifier_of_the_erased(
    scenario: Scenario,
) -> None:
    outcomes = _put(
        scenario,
        _bought("eve", "1"),
        _bought("bob", "2"),
        _profile("eve", "3", email="Ada@example.org"),
        _bought("eve", "4"),
    )
    out = "customer.unavailable"
    assert outcomes == [out, "created", out, out]
    assert _held(scenario) == 1


def test_one_customer_kept_out_is_one_answer_of_those_that_are_counted(
    scenario: Scenario,
) -> None:
    many = [_bought("eve", f"b{n}") for n in range(2 * MAX_TIMES)]
    outcomes = _put(scenario, _profile("eve", "1", email="ada@example.org"), *many)
    assert set(outcomes) == {"customer.unavailable"}
    assert _put(scenario, _bought("bob", "2")) == ["created"]


def test_a_shared_number_alone_keeps_nobody_out_however_often_it_is_said(
    scenario: Scenario,
) -> None:
    phone = ADA["phone"]
    wanted = [_profile("eve", str(n), phone=phone) for n in range(2)]
    assert _put(scenario, *wanted, _bought("eve", "3")) == ["created"] * 3


@pytest.mark.parametrize(
    "email",
    [
        "Ada@EXAMPLE.org",
        " ada@example.org",
        "ada\uff20example\uff0eorg",
        "a\u200bda@example.org",
    ],
)
def test_nor_by_their_address_in_another_writing(
    scenario: Scenario, email: str
) -> None:
    scenario.customer("cat")
    with refusal("customer.unavailable"):
        scenario.put("cat", "profile", {"name": "Cat", "email": email})


@pytest.mark.parametrize(
    "customer_id", ["ADA", "Ada", "a\u00adda", "\ufeffada", "\uff41da", "ada ", "ada"]
)
def test_nor_by_their_id_in_another_writing(
    scenario: Scenario, customer_id: str
) -> None:
    with refusal("customer.unavailable"):
        scenario.customer(customer_id)
    assert scenario.register(customer_id, readmit="they asked")
    assert scenario.house.customers.subject_of(customer_id)


MAP = """\
version: 1
format: csv
header: true
customer: {columns: [id], region: eu, minor: "no"}
records:
  profile:
    each: customer
    fields:
      name: {column: name}
      email: {column: email}
      phone: {column: phone}
  purchase:
    id: [order]
    fields:
      date: {column: day, type: date}
      quantity: {column: pieces, type: integer}
      amount: {column: sum, type: decimal}
"""
HEAD = "id,name,email,phone,order,day,pieces,sum\n"
BUYS = "2026-01-02,1,2.50\n"


@pytest.mark.parametrize(
    "email", ["ada@example.org", "ADA@EXAMPLE.ORG", "a\u200bda\uff20example.org"]
)
def test_a_line_with_their_address_is_refused_whole_and_makes_nobody_known(
    scenario: Scenario, tmp_path: Path, email: str
) -> None:
    lines = f"new,Ada,{email},,o1,{BUYS}zoe,Zoe,zoe@example.org,,o2,{BUYS}"
    report = run(scenario.house.imports, tmp_path, HEAD + lines, MAP)
    assert {code for _, code, _ in codes(report)} == {"fence.erased"}
    assert (report.written, report.refused) == (1, 1)
    assert scenario.house.customers.subject_of("new") is None
    assert _held(scenario) == 2


def test_a_line_with_their_shared_number_alone_is_somebody_elses(
    scenario: Scenario, tmp_path: Path
) -> None:
    line = f"new,Ada,,{ADA['phone']},o1,{BUYS}"
    report = run(scenario.house.imports, tmp_path, HEAD + line, MAP)
    assert (report.written, report.refused) == (1, 0)


def test_an_imported_id_is_one_customers_in_any_writing_and_in_another_case_nobodys(
    scenario: Scenario, tmp_path: Path
) -> None:
    lines = (
        f"zoe,Zoe,zoe@example.org,,o1,{BUYS}\ufeffzo\u200be,Zoe,zoe@example.org,,o1,"
        f"{BUYS}Zoe,Zoe,,,o2,{BUYS}..,Dot,,,o3,{BUYS}{'x' * 129},Ex,,,o4,{BUYS}"
    )
    report = run(scenario.house.imports, tmp_path, HEAD + lines, MAP)
    said = sorted({(line, code) for line, code, _ in codes(report)})
    assert said == [
        (4, "customer.alike"),
        (5, "identifier.invalid"),
        (6, "identifier.invalid"),
    ]
    assert _held(scenario) == 2
