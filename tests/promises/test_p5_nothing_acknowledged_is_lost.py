"""P5: what was acknowledged survives kill -9, and what was erased stays erased."""

import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from clocks import ManualClock
from house_writer import NAMES
from houses import Scenario, opened, settle
from one_verifier import verify_certificate, verify_receipt
from source_rules import ROOT

from kit.errors import NotFound
from ledger.checks.audit import fsck

WRITER: Final = ROOT / "tests" / "support" / "house_writer.py"


@dataclass
class Acknowledged:
    """What a writer was told is done, as far as it lived to say so."""

    written: dict[str, dict[bytes, str]] = field(default_factory=dict)
    erased: list[bytes] = field(default_factory=list)
    # Whose erasure was begun, and not acknowledged: it may or may not have been kept.
    unsure: str | None = None

    def hear(self, line: str) -> None:
        what, *words = line.split()
        if what == "registered":
            self.written[words[0]] = {}
        elif what == "put":
            name, record, number = words
            self.written[name][bytes.fromhex(record)] = f"text {number}"
        elif what == "erasing":
            self.unsure = words[0]
        elif what == "erased":
            self.unsure = None
            del self.written[words[0]]
            self.erased.append(bytes.fromhex(words[1]))


def _killed_after(home: Path, seed: int, heard: Acknowledged) -> None:
    chance = random.Random(seed)  # noqa: S311 - a rhythm, no secret
    command = [sys.executable, str(WRITER), "write", str(home), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        time.sleep(chance.uniform(0.02, 0.4))
        writer.send_signal(signal.SIGKILL)
        said = writer.stdout.read()
    complete, _, _ = said.rpartition("\n")
    for line in complete.splitlines():
        heard.hear(line)


def _check(scenario: Scenario, heard: Acknowledged) -> None:
    for name in NAMES:
        there = scenario.house.vault.customers.subject_of(name) is not None
        if name == heard.unsure and not there:
            heard.written.pop(name, None)
        elif name in heard.written:
            _all_there(scenario, name, heard.written[name])
        elif there:  # registered, and killed before that was said
            heard.written[name] = {}
    heard.unsure = None
    for order in heard.erased:
        signed = scenario.house.erasure.certificate(order)
        verify_certificate(signed, scenario.house.log.policy)
    assert fsck(scenario.house.log).clean
    assert list(scenario.house.access_log.faults()) == []


def _all_there(scenario: Scenario, name: str, written: dict[bytes, str]) -> None:
    own = scenario.own(name)
    for record, text in written.items():
        try:
            found = scenario.house.gate.read(own, None, record)
        except NotFound:
            pytest.fail("an acknowledged record is gone")
        assert found.values["text"] == text
        receipt = scenario.house.receipts.of_record(scenario.subject(name), record)
        verify_receipt(receipt, scenario.house.log.policy)


def _survives(home: Path, kills: int) -> None:
    settle(home, ManualClock())
    heard, written = Acknowledged(), 0
    for seed in range(kills):
        _killed_after(home, seed, heard)
        with opened(home, ManualClock()) as scenario:
            _check(scenario, heard)
        written = max(written, sum(map(len, heard.written.values())))
    assert written > 1
    assert heard.erased


def test_a_killed_house_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    _survives(tmp_path / "home", kills=8)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_house_killed_many_times_loses_nothing(tmp_path: Path) -> None:
    _survives(tmp_path / "home", kills=30)
