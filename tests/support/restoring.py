"""Older stores put back, as an operator would, and who must not come back with them."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from clocks import ManualClock
from commands import allod
from houses import CASE, Story, lived_in, opened

from kit.errors import Conflict, NotFound
from ledger.checks.audit import fsck
from server.cli.console import ExitCode


@contextmanager
def by_hand(home: Path) -> Iterator[sqlite3.Connection]:
    file = sqlite3.connect(home / "data" / "vault.db", isolation_level=None)
    with closing(file):
        yield file


def people(story: Story) -> None:
    for name in ("ada", "bob"):
        story.customer(name)
        story.profile(name)
        story.grant(name)


@contextmanager
def restored(
    home: Path,
    clock: ManualClock,
    live: Callable[[Story], object],
    *,
    before: Callable[[Story], object] = people,
    parts: tuple[str, ...] = ("data",),
) -> Iterator[Story]:
    """Live, with copies of some parts from before; then bring the copies back."""
    with lived_in(home, clock) as story:
        before(story)
    for part in parts:
        shutil.copytree(home / part, home.parent / part)
    with opened(home, clock) as story:
        live(story)
    for part in parts:
        shutil.rmtree(home / part)
        (home.parent / part).rename(home / part)
    if "data" in parts:
        assert allod("ledger", "restore", "--home", home).code == ExitCode.OK
    with opened(home, clock) as story:
        yield story
        assert fsck(story.house.log).clean
        assert list(story.house.vault.rowcheck.findings()) == []


def erase(story: Story) -> None:
    story.house.erasure.erase(story.subject("ada"))


def is_gone(story: Story) -> None:
    with pytest.raises(NotFound):
        story.house.gate.list_records(CASE, "ada", "profile")
    with pytest.raises(Conflict) as refusal:
        story.register("ada")
    assert refusal.value.reason_code == "customer.unavailable"
    assert story.house.gate.list_records(CASE, "bob", "profile").items
