"""kill -9 at any moment: nothing acknowledged is lost, nothing half-written is left."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ledgers import LedgerHouse, leaves, naive_root

from ledger.audit import fsck

ROOT = Path(__file__).parents[2]
WRITER = ROOT / "tests" / "support" / "ledger_writer.py"


def _run_and_kill(folder: Path, seed: int) -> dict[str, int]:
    """Let a writer run for a moment, kill it, and tell what it had acknowledged."""
    path = os.pathsep.join([str(ROOT), str(WRITER.parent)])
    writer = subprocess.Popen(
        [sys.executable, str(WRITER), str(folder), str(seed)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
    )
    assert writer.stdout is not None
    said = [writer.stdout.readline()]
    time.sleep(random.Random(seed).uniform(0, 0.06))  # noqa: S311 - no secret
    writer.kill()
    said += writer.stdout.read().splitlines()
    writer.stdout.close()
    writer.wait()
    sizes = {"committed": 0, "published": 0}
    # The kill may have cut the last line short.
    sizes.update(dict(_size(line) for line in said if line.count(" ") == 1))
    return sizes


def _size(line: str) -> tuple[str, int]:
    what, size = line.split()
    return what, int(size)


def _survives(folder: Path, kills: int) -> None:
    for seed in range(kills):
        acknowledged = _run_and_kill(folder, seed)
        assert acknowledged["committed"] > 0
        house = LedgerHouse(folder)
        assert house.size >= acknowledged["committed"]
        latest = house.log.latest()
        before = latest.checkpoint.size if latest else 0
        assert before >= acknowledged["published"]
        checkpoint = house.log.repair()
        assert checkpoint.size == house.size
        assert checkpoint.root == naive_root(leaves(checkpoint.size))
        assert fsck(house.log).clean
        house.close()


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    _survives(tmp_path, kills=5)


@pytest.mark.slow
def test_many_killed_writers_lose_nothing(tmp_path: Path) -> None:
    _survives(tmp_path, kills=25)
