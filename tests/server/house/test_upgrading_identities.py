"""Who was erased stays away from an upgraded home, by whichever program erased them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from houses import Scenario
from import_files import codes, full_width, run
from old_homes import FIRST_RELEASE, OldHome, unpacked

from kit.ids import new_id
from kit.settings import Settings
from server.house.upgrading import upgrade_home
from server.house.wiring import open_house
from vault._internal.customer_lookup import Blind
from vault._internal.identifiers import Identifier, IdentifierKind, spellings

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
    fields:
      date: {column: day, type: date}
      quantity: {value: "1", type: integer}
      amount: {value: "2.5", type: decimal}
"""
HEAD = "id,name,email,phone,day\n"
LATER = 1 << 40
FIRST = 1


@pytest.fixture
def old(tmp_path: Path) -> OldHome:
    return unpacked(FIRST_RELEASE, tmp_path / "home")


@contextmanager
def upgraded(old: OldHome) -> Iterator[Scenario]:
    settings, clock = Settings(home=old.home), old.clock()
    upgrade_home(settings, clock=clock)
    with open_house(settings, clock=clock) as house:
        yield Scenario(house, clock, old.home)


def held(scenario: Scenario) -> tuple[int, int]:
    """Count who is known and what is held."""
    counted = [
        database.reader().execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - named here
        for database, table in (
            (scenario.house.identity_db, "identity_customer"),
            (scenario.house.vault_db, "vault_record"),
        )
    ]
    return counted[0], counted[1]


def comes_back(scenario: Scenario, folder: Path, email: str, phone: str) -> bool:
    """Import somebody under another id; tells whether anything of them was written."""
    before = held(scenario)
    line = f"eve,Eve,{email},{phone},2026-01-02\n"
    report = run(scenario.house.imports, folder, HEAD + line, MAP)
    if held(scenario) != before:
        return True
    assert {code for _, code, _ in codes(report)} == {"fence.erased"}
    assert (report.refused, report.customers) == (1, 0)
    assert (report.done.records_written, report.done.records_refused) == (0, 2)
    assert scenario.house.customers.subject_of("eve") is None
    return False


def _number(scenario: Scenario, old: OldHome) -> str:
    record = old.record("ada/profile")
    phone = scenario.house.gate.read(scenario.own("ada"), None, record).values["phone"]
    return str(phone)


@pytest.mark.parametrize(
    ("email", "phone"),
    [
        ("ada@example.org", "{}"),
        (full_width("ADA@example.org"), "\u202a{}\u202c"),
        (" a\u200bda@EXAMPLE.org", ""),
        ("", "{}"),
        ("", "\uff0b{}"),
    ],
)
def test_nobody_erased_after_the_upgrade_comes_back_in_another_writing(
    old: OldHome, tmp_path: Path, email: str, phone: str
) -> None:
    with upgraded(old) as scenario:
        number = _number(scenario, old)
        scenario.house.erasure.erase(old.subject("ada"))
        phone = phone.format(number.removeprefix("+") if "\uff0b" in phone else number)
        assert not comes_back(scenario, tmp_path, email, phone)
        assert comes_back(scenario, tmp_path, "eva@example.org", "+49 30 5550199")


ZOE = {"email": "zoe@example.org", "phone": "030 5550170"}


def suppressed_before(old: OldHome, folder: Path) -> None:
    """Leave what an erasure of somebody left whose identifiers had the first rule.

    The hashes need the home's keys, which a copy of it has when it is upgraded.
    """
    with upgraded(unpacked(old.release, folder)) as scenario:
        blind = Blind(scenario.house.gate._discloser._strongroom._keyring)
        rows = []
        for name, value in ZOE.items():
            each = Identifier(f"profile.{name}", IdentifierKind(name), value)
            rules = [spelling.rule for spelling in spellings(each)]
            mac = blind.index(each)[rules.index(FIRST)]
            rows.append((blind.suppressed(each.field, mac), LATER, "", new_id()))
    with closing(sqlite3.connect(old.home / "keys" / "identity.db")) as store, store:
        store.executemany("INSERT INTO identity_suppressed VALUES (?, ?, ?, ?)", rows)


@pytest.mark.parametrize(
    ("email", "phone"),
    [
        ("zoe@example.org", "030 5550170"),
        ("ZOE@example.ORG", "(030) 555-0170"),
        ("zoe@Example.org", ""),
        ("", "030/5550170"),
    ],
)
def test_nobody_erased_before_the_upgrade_comes_back_in_another_writing(
    old: OldHome, tmp_path: Path, email: str, phone: str
) -> None:
    suppressed_before(old, tmp_path / "copy")
    with upgraded(old) as scenario:
        assert not comes_back(scenario, tmp_path, email, phone)
        assert comes_back(scenario, tmp_path, "zoa@example.org", "030 5550171")


def test_the_first_rule_is_the_one_that_the_release_wrote_by(
    old: OldHome, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(old.home / "keys" / "identity.db")) as store:
        rows = store.execute(
            "SELECT field, mac FROM identity_index WHERE subject = ?",
            (old.subject("ada"),),
        ).fetchall()
    with upgraded(unpacked(old.release, tmp_path / "copy")) as scenario:
        values = {"email": "ada@example.org", "phone": _number(scenario, old)}
        blind = Blind(scenario.house.gate._discloser._strongroom._keyring)
        for name, value in values.items():
            each = Identifier(f"profile.{name}", IdentifierKind(name), value)
            rules = [spelling.rule for spelling in spellings(each)]
            assert (each.field, blind.index(each)[rules.index(FIRST)]) in rows
