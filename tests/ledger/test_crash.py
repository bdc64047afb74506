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


def _started(folder: Path, seed: int) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(ROOT), str(WRITER.parent)])
    return subprocess.Popen(
        [sys.executable, str(WRITER), str(folder), str(seed)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
    )


def _killed(writer: subprocess.Popen[str], after: float) -> dict[str, int]:
    """Kill a writer a moment after its first word; tells what it acknowledged."""
    assert writer.stdout is not None
    said = [writer.stdout.readline()]
    time.sleep(after)
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
        moment = random.Random(seed).uniform(0, 0.06)  # noqa: S311 - no secret
        acknowledged = _killed(_started(folder, seed), moment)
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


def test_two_processes_that_append_and_publish_keep_one_history(
    tmp_path: Path,
) -> None:
    LedgerHouse(tmp_path).close()
    writers = [_started(tmp_path, seed) for seed in (1, 2)]
    acknowledged = [_killed(writer, 0.3) for writer in writers]
    house = LedgerHouse(tmp_path)
    assert house.size >= max(each["committed"] for each in acknowledged)
    assert house.log.repair().size == house.size
    assert fsck(house.log).clean
    house.close()


@pytest.mark.slow
def test_many_killed_writers_lose_nothing(tmp_path: Path) -> None:
    _survives(tmp_path, kills=25)
