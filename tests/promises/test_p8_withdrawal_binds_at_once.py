"""P8: a no binds the first read that starts after its acknowledgement.

Reads race withdrawals and objections from several threads, from an event loop and from
a second
process. A read that began before the acknowledgement may disclose; none after it.
"""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from asking import ask, disclosed
from clocks import ManualClock
from houses import CAMPAIGN, PRODUCT, Scenario, lived_in
from source_rules import ROOT

from kit.errors import Refused
from vault import Question, WriteResult

READER = ROOT / "tests" / "support" / "house_reader.py"
ROUNDS = 4
READERS = 5
DRAIN = 0.1
"""Seconds in which reads end that began while closed, before the next grant."""


@dataclass
class Race:
    """What was read when, and between which instants reading was forbidden."""

    reads: list[tuple[int, bool]] = field(default_factory=list)
    closed: list[tuple[int, int]] = field(default_factory=list)

    def violations(self) -> int:
        return sum(
            shown and any(since < began < until for since, until in self.closed)
            for began, shown in self.reads
        )

    def counted(self) -> tuple[int, int]:
        """Count the reads that disclosed, and those that began while closed."""
        shut = [
            began
            for began, _ in self.reads
            if any(since < began < until for since, until in self.closed)
        ]
        return sum(shown for _, shown in self.reads), len(shut)


def _opening_and_closing(scenario: Scenario, race: Race, no: str = "withdraw") -> None:
    """Grant and say no, noting from when to when nothing may be disclosed."""
    for _ in range(ROUNDS):
        scenario.grant("ada")
        time.sleep(0.03)
        scenario.say_no("ada", no)
        acknowledged = time.monotonic_ns()
        time.sleep(0.03)
        race.closed.append((acknowledged, time.monotonic_ns()))
        time.sleep(DRAIN)


@contextmanager
def _reading(read: Callable[[], bool], race: Race, threads: int) -> Iterator[None]:
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            began = time.monotonic_ns()
            race.reads.append((began, read()))

    readers = [threading.Thread(target=run) for _ in range(threads)]
    for reader in readers:
        reader.start()
    try:
        yield
    finally:
        stop.set()
        for reader in readers:
            reader.join()


@pytest.mark.parametrize("no", ["withdraw", "object_"])
@pytest.mark.parametrize("way", ["read", "read_async", "read_many", "list", "scan"])
def test_no_read_that_begins_after_the_acknowledgement_discloses(
    scenario: Scenario, way: str, no: str
) -> None:
    scenario.customer()
    profile, race = scenario.profile(), Race()
    read = lambda: disclosed(ask(way, scenario, CAMPAIGN, profile))  # noqa: E731
    with _reading(read, race, READERS):
        _opening_and_closing(scenario, race, no)
    shown, shut = race.counted()
    assert race.violations() == 0
    assert shown >= ROUNDS
    assert shut >= ROUNDS


def test_a_second_process_is_bound_too(tmp_path: Path) -> None:
    with lived_in(tmp_path / "home", ManualClock()) as scenario:
        scenario.customer()
        profile, race = scenario.profile(), Race()
        scenario.grant("ada")
        with _second_process(scenario, profile) as reader:
            assert reader.stdout is not None
            assert reader.stdout.readline().endswith("disclosed\n")
            _opening_and_closing(scenario, race)
            said, _ = reader.communicate("stop\n", timeout=30)
        for line in said.splitlines():
            began, answer = line.split()
            race.reads.append((int(began), answer == "disclosed"))
    shown, shut = race.counted()
    assert race.violations() == 0
    assert shown >= 1
    assert shut >= ROUNDS


@contextmanager
def _second_process(
    scenario: Scenario, profile: WriteResult
) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, str(READER), str(scenario.home), "ada"]
    with subprocess.Popen(
        [*command, profile.record.hex()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        try:
            yield reader
        finally:
            reader.kill()


def test_a_hundred_reads_that_race_a_withdrawal_end_with_it(scenario: Scenario) -> None:
    scenario.customer()
    profile = scenario.profile()
    scenario.grant("ada")
    gate = scenario.house.gate

    async def read() -> tuple[int, bool]:
        began = time.monotonic_ns()
        try:
            await gate.read_async(CAMPAIGN, "ada", profile.record)
        except Refused:
            return began, False
        return began, True

    async def race() -> tuple[int, list[tuple[int, bool]]]:
        early = [asyncio.create_task(read()) for _ in range(50)]
        await asyncio.to_thread(scenario.withdraw, "ada")
        acknowledged = time.monotonic_ns()
        late = [asyncio.create_task(read()) for _ in range(50)]
        return acknowledged, await asyncio.gather(*early, *late)

    acknowledged, reads = asyncio.run(race())
    assert len(reads) == 100
    assert not [began for began, shown in reads if shown and began > acknowledged]


def test_a_licence_that_is_withdrawn_binds_at_once_too(scenario: Scenario) -> None:
    scenario.customer()
    idea = scenario.idea()
    scenario.license("ada", idea, "ugc.product_development")
    question = Question(PRODUCT, "ugc.product_development")
    assert scenario.read(question, "ada", idea).values["title"]
    with scenario.house.vault_db.write() as session:
        scenario.house.authorizations.withdraw(
            session, scenario.subject("ada"), idea.record
        )
    with pytest.raises(Refused) as refusal:
        scenario.read(question, "ada", idea)
    assert refusal.value.reasons[0].code == "ugc.withdrawn"


def test_a_scan_asked_for_before_a_withdrawal_and_begun_after_it_shows_nothing(
    scenario: Scenario,
) -> None:
    scenario.customer()
    scenario.profile()
    scenario.grant("ada")
    scan = scenario.house.gate.scan(CAMPAIGN, "profile")
    scenario.withdraw("ada")
    # A generator begins when it is first asked: after the withdrawal, that is.
    assert [page.items for page in scan] == [()]
