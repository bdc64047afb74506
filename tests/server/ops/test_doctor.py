"""The doctor: what would keep a server from starting is found and named."""

import sqlite3
from pathlib import Path

import pytest
from by_hand import vouched
from clocks import ManualClock
from commands import allod
from houses import opened, settle

from kit.settings import Settings
from server.cli.console import ExitCode
from server.ops.check import Check, Level
from server.ops.doctor import examine


@pytest.fixture
def settings(tmp_path: Path, clock: ManualClock) -> Settings:
    return settle(tmp_path / "home", clock)


def faults(settings: Settings) -> list[Check]:
    return [each for each in examine(settings, None) if each.level is Level.FAULT]


def test_an_empty_folder_is_no_home(tmp_path: Path) -> None:
    (found,) = faults(Settings(home=tmp_path))
    assert "no installation" in found.detail
    assert "allod init" in found.fix


def test_a_key_file_that_others_may_read_is_a_fault(settings: Settings) -> None:
    (settings.home / "keys" / "root.key").chmod(0o640)
    found = faults(settings)
    assert found[0] == Check(
        "modes",
        Level.FAULT,
        "keys/root.key is open to other users",
        "chmod 600 keys/root.key",
    )


def test_a_folder_that_others_may_enter_is_a_fault(settings: Settings) -> None:
    (settings.home / "data").chmod(0o755)
    assert [each.fix for each in faults(settings)] == ["chmod 700 data"]


def test_a_key_file_that_is_gone_is_a_fault(settings: Settings) -> None:
    (settings.home / "keys" / "root.key").unlink()
    assert "keys/root.key is missing" in [each.detail for each in faults(settings)]


def test_tables_of_another_version_are_a_fault(settings: Settings) -> None:
    with sqlite3.connect(settings.home / "data" / "vault.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'later'")
    connection.close()
    (found,) = faults(settings)
    assert "vault" in found.detail
    assert found.fix


def test_a_policy_file_that_was_changed_is_a_fault(settings: Settings) -> None:
    rule = next((settings.home / "data" / "policies").rglob("consent.rego"))
    rule.write_text(rule.read_text() + "\n# harmless\n")
    (found,) = faults(settings)
    assert "digest" in found.detail


def test_customers_of_a_region_that_the_policies_do_not_know_are_a_fault(
    settings: Settings, clock: ManualClock
) -> None:
    assert faults(settings) == []
    with opened(settings.home, clock) as scenario:
        scenario.register("ada")
        scenario.register("ben", minor="unknown")
        mars = "UPDATE vault_customer_class SET region = 'mars' WHERE minor = 'unknown'"
        vouched(scenario, mars)
    (found,) = faults(settings)
    assert found.detail == "the policies do not know the region of 1 customers"
    assert found.fix == "add to the table of residency, or correct: mars"


def test_special_categories_that_nobody_is_shown_are_a_warning(
    settings: Settings,
) -> None:
    def special() -> Check:
        (found,) = (it for it in examine(settings, None) if it.name == "special")
        return found

    assert special().level is Level.OK
    catalogue = settings.home / "data" / "catalogue.yaml"
    bound = "legal.claims: {basis: legitimate_interests, condition: 9(2)(f)}"
    text = catalogue.read_text()
    assert bound in text
    catalogue.write_text(text.replace(bound, "legal.claims: legitimate_interests"))
    accepted = allod("catalogue", "accept", "--yes", "--home", settings.home)
    assert accepted.code == ExitCode.OK
    assert special().level is Level.WARNING
    assert special().detail.endswith("shown for: legal.claims")
    ran = allod("policy", "doctor", "legal.claims", "--home", settings.home)
    assert "special categories are left out: bound under none" in ran.out


def test_a_ledger_that_was_changed_is_named_and_does_not_hide(
    settings: Settings,
) -> None:
    with sqlite3.connect(settings.home / "data" / "vault.db") as connection:
        changed = "UPDATE ledger_entry SET body = zeroblob(64) WHERE idx = 1"
        connection.execute(changed)
    connection.close()
    ran = allod("doctor", "--home", settings.home, "--json")
    assert ran.code == ExitCode.NO
    levels = {each["name"]: each["level"] for each in ran.document["checks"]}
    assert levels["ledger"] == "fault"
    fsck = allod("ledger", "fsck", "--home", settings.home, "--json")
    assert fsck.code == ExitCode.NO
    assert any(each["index"] == 1 for each in fsck.document["findings"])
