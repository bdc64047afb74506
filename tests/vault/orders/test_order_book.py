"""The order book: a row with its act, a line before the answer, and nothing else."""

import threading
from pathlib import Path
from typing import Any

import pytest
from bundles import unread, without
from clocks import ManualClock
from houses import Scenario, lived_in, opened
from ordering import kinds_in, mirrored
from schedules import Crash, crashing, let_go

from kit import telemetry
from kit.errors import CannotStart, NotFound
from kit.settings import Settings
from ledger.files.order_files import Lined, OrderFiles
from server.house.wiring import open_house
from vault.orders.order_book import MirrorUnavailable

NAMES = ("ada", "bob", "cleo", "dora")


def _people(scenario: Scenario) -> None:
    for name in NAMES:
        scenario.customer(name)
        scenario.grant(name)


@pytest.fixture
def home(tmp_path: Path, clock: ManualClock) -> Path:
    home = tmp_path / "home"
    with lived_in(home, clock) as scenario:
        _people(scenario)
    return home


@pytest.mark.parametrize(
    ("where", "there"), [("append", 1), ("sent", 2)], ids=["before", "after"]
)
def test_a_crash_around_the_line_is_mended_and_is_no_restore(
    home: Path,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    there: int,
) -> None:
    scenario = Scenario(open_house(Settings(home=home), clock=clock), clock, home)
    with crashing(monkeypatch, where), pytest.raises(Crash):
        scenario.withdraw("ada")
    let_go(scenario)
    assert len(mirrored(home)) == there
    with opened(home, clock) as scenario:
        assert kinds_in(home) == ["policy.activated", "consent.withdrawn"]
        assert scenario.house.vault.replay.run({}) == 0
        assert list(scenario.house.vault.rowcheck.findings()) == []


def test_an_act_that_fails_leaves_no_order(home: Path, clock: ManualClock) -> None:
    with opened(home, clock) as scenario:
        house, subject = scenario.house, scenario.subject("ada")
        with pytest.raises(NotFound), house.vault_db.write() as session:
            house.grants.withdraw(session, subject, "marketing.email")
            raise NotFound
        assert kinds_in(home) == ["policy.activated"]
        scenario.withdraw("ada")
        assert [each["n"] for each in mirrored(home)] == [1, 2]


def test_one_writer_writes_for_all_who_wait(
    home: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lots: list[int] = []
    append = OrderFiles.append

    def counted(files: OrderFiles, lined: list[Lined]) -> None:
        lots.append(len(lined))
        append(files, lined)

    monkeypatch.setattr(OrderFiles, "append", counted)
    with opened(home, clock) as scenario:
        threads = [
            threading.Thread(target=scenario.withdraw, args=(name,)) for name in NAMES
        ]
        with scenario.house.log.mirror.ordering():
            for each in threads:
                each.start()
            while len(scenario.house.vault.orders.chain.unsent()) < len(NAMES):
                pass
        for each in threads:
            each.join()
        assert lots == [len(NAMES)]
        assert [each["n"] for each in mirrored(home)] == [1, 2, 3, 4, 5]


def test_what_an_order_rests_on_is_lacking_and_whoever_waits_is_told(
    home: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(telemetry, "alarm", lambda _, **more: heard.append(more))
    with opened(home, clock) as scenario:
        with pytest.raises(MirrorUnavailable) as refusal:
            scenario.put_in_force(unread(without("legal/consent.rego")))
        assert refusal.value.in_force
        with pytest.raises(MirrorUnavailable):
            scenario.withdraw("ada")
    assert [each["kind"] for each in heard] == ["BundleError"] * 2
    assert kinds_in(home) == ["policy.activated"]


def test_without_the_secret_of_the_orders_nothing_opens(
    home: Path, clock: ManualClock
) -> None:
    with opened(home, clock) as scenario, scenario.house.identity_db.write() as session:
        sql = "DELETE FROM identity_secret WHERE name = 'orders'"
        session.connection().exec_driver_sql(sql)
    with pytest.raises(CannotStart, match="orders"), opened(home, clock):
        pass
