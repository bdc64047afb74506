"""Real files of other programs go in by maps written from the manual, value for value.

The counts are those that the files' own description states.
"""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from export_files import export_file, exported, fitting_home, imported


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fitting_home(tmp_path_factory.mktemp("exports") / "home")


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def counts(report: dict[str, Any]) -> tuple[int, int]:
    return report["written"], report["refused"]


def test_customers_of_a_telephone_company(home: Path) -> None:
    file = export_file("telco_churn.csv")
    report = imported(home, "telco_churn", file)

    assert counts(report) == (7_032, 11)
    assert report["codes"] == {"record.invalid": 11}
    blank = [at for at, row in enumerate(rows(file), 2) if row["TotalCharges"] == " "]
    assert [each["line"] for each in report["refusals"]] == blank
    assert {each["field"] for each in report["refusals"]} == {"total"}
    assert exported(home, "5575-GNVDE")["subscription"] == [
        {
            "months": 34,
            "contract": "yearly",
            "monthly": 56.95,
            "total": 1889.5,
            "senior": False,
            "left": False,
        }
    ]


def test_transactions_with_a_time(home: Path) -> None:
    file = export_file("transactions.csv")
    report = imported(home, "transactions", file)

    assert counts(report) == (15_273, 0)
    assert report["customers"] == len({row["id"] for row in rows(file)})
    days = Counter(each["day"] for each in exported(home, "2")["visit"])
    assert days == Counter(row["date"][:10] for row in rows(file) if row["id"] == "2")


def test_a_shops_customers_over_several_lines(home: Path) -> None:
    report = imported(home, "shopify_customers", export_file("shopify_customers.csv"))

    assert (report["lines"], *counts(report), report["customers"]) == (5, 2, 0, 2)
    john = exported(home, "john.doe@acme.example")
    assert john["profile"] == [
        {
            "name": "John Doe",
            "email": "john.doe@acme.example",
            "phone": "519-555-0155",
            "city": "Waterloo",
        }
    ]
    assert john["registration"]["region"] == "us"


def test_an_erps_companies_and_persons(home: Path) -> None:
    report = imported(home, "odoo_partners", export_file("odoo_partners.csv"))

    assert (report["customers"], *counts(report)) == (6, 6, 0)
    company, person = exported(home, "res_partner_1"), exported(home, "res_partner_2")
    assert company["partner"] == [{"kind": "company", "buys": True, "sells": False}]
    assert company["profile"][0]["phone"] == "123456789"
    assert company["registration"]["minor"] == "no"
    assert person["partner"] == [{"kind": "person"}]
    assert person["profile"] == [{"name": "Bob", "phone": "4157654321"}]
    assert person["registration"]["minor"] == "unknown"


def test_a_membership_systems_dates_in_five_writings(home: Path) -> None:
    file = export_file("civicrm_dates.csv")
    first = imported(home, "civicrm_month_first", file)
    second = imported(home, "civicrm_day_first", file)

    assert (*counts(first), *counts(second)) == (3, 0, 2, 0)
    for number in (4, 5, 6, 15, 16):
        held = exported(home, f"Joe:{number}")
        assert held["registration"]["birth_date"] == "2008-09-01"
        assert held["membership"] == [
            {"ended": "2008-09-01", "one": "2008-09-01", "two": "2008-09-01"}
        ]


def test_a_citys_user_list_in_shift_jis(home: Path) -> None:
    report = imported(home, "users_shift_jis", export_file("users_shift_jis.csv"))

    assert (report["lines"], report["refused"], report["customers"]) == (2, 0, 1)
    held = exported(home, "user4")
    assert held["profile"] == [
        {
            "name": "一般ユーザー4",
            "email": "user4@example.jp",
            "phone": "000-0000-0001",
        }
    ]
    assert held["account"] == [
        {"since": "2017-11-01T03:02:00Z", "until": "2017-11-02T04:52:00Z"}
    ]


def test_a_shops_orders_over_several_lines(home: Path) -> None:
    file = export_file("shopify_orders.csv")
    report = imported(home, "shopify_orders", file)

    assert (report["lines"], *counts(report)) == (5, 2, 0)
    john = exported(home, "john.doe@acme.example")
    assert john["order"] == [
        {
            "number": "#MA-1097",
            "placed": "2018-01-04T23:51:23Z",
            "currency": "USD",
            "status": "paid",
        }
    ]
    jane = exported(home, "jane.doe@acme.example")
    assert jane["order"] == [
        {
            "number": "#MA-1098",
            "placed": "2018-01-19T20:54:41Z",
            "cancelled": "2018-01-19T20:54:42Z",
            "currency": "USD",
            "status": "paid_back",
        }
    ]
