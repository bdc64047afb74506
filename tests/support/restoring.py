"""Older stores put back, as an operator would, and who must not come back with them."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from clocks import ManualClock
from commands import allod
from houses import CASE, Scenario, lived_in, opened

from kit.errors import Conflict, NotFound
from ledger.checks.audit import fsck
from server.cli.console import ExitCode


@contextmanager
def by_hand(home: Path) -> Iterator[sqlite3.Connection]:
    file = sqlite3.connect(home / "data" / "vault.db", isolation_level=None)
    with closing(file):
        yield file


def people(scenario: Scenario) -> None:
    for name in ("ada", "bob"):
        scenario.customer(name)
        scenario.profile(name)
        scenario.grant(name)


@contextmanager
def restored(
    home: Path,
    clock: ManualClock,
    live: Callable[[Scenario], object],
    *,
    before: Callable[[Scenario], object] = people,
    parts: tuple[str, ...] = ("data",),
) -> Iterator[Scenario]:
    """Live, with copies of some parts from before; then bring the copies back."""
    with lived_in(home, clock) as scenario:
        before(scenario)
    for part in parts:
        shutil.copytree(home / part, home.parent / part)
    with opened(home, clock) as scenario:
        live(scenario)
    for part in parts:
        shutil.rmtree(home / part)
        (home.parent / part).rename(home / part)
    if "data" in parts:
        assert allod("ledger", "restore", "--home", home).code == ExitCode.OK
    with opened(home, clock) as scenario:
        yield scenario
        assert fsck(scenario.house.log).clean
        assert list(scenario.house.vault.rowcheck.findings()) == []


def erase(scenario: Scenario) -> None:
    scenario.house.erasure.erase(scenario.subject("ada"))


def is_gone(scenario: Scenario) -> None:
    with pytest.raises(NotFound):
        scenario.house.gate.list_records(CASE, "ada", "profile")
    with pytest.raises(Conflict) as refusal:
        scenario.register("ada")
    assert refusal.value.reason_code == "customer.unavailable"
    assert scenario.house.gate.list_records(CASE, "bob", "profile").items
