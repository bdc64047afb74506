"""kill -9 at any moment: nothing acknowledged is lost, and there is one history.

Several processes append and publish at once; one of them is killed, and another takes
its place while the others go on.
"""

import random
import time
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from ledger_writer import Said, digest_of, said, started
from ledgers import LedgerHouse

from ledger.checks.audit import fsck
from ledger.formats import merkle
from ledger.formats.tiles import nodes
from ledger.stores import reading

PATIENCE = 30.0


class Writers:
    """Writers on one log, and what all of them were told so far."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder = folder
        self._seeds = count()
        self._running = [self._start() for _ in range(number)]

    def kill(self, which: int) -> None:
        """Kill one and let another take its place."""
        self._end(self._running[which])
        self._running[which] = self._start()

    def kill_all(self) -> None:
        """Kill every one, and let none take their places."""
        assert all(writer.is_alive() for writer, _ in self._running)
        for writer, _ in self._running:
            writer.kill()
        for each in self._running:
            self._end(each)

    def told(self) -> Said:
        """Give everything that was acknowledged."""
        each = [said(path) for path in self._folder.glob("*.notes")]
        return Said(
            [line for one in each for line in one.committed],
            [line for one in each for line in one.published],
        )

    def _start(self) -> tuple[BaseProcess, Path]:
        seed = next(self._seeds)
        notes = self._folder / f"{seed}.notes"
        notes.touch()
        return started(self._folder, seed, notes), notes

    def _end(self, running: tuple[BaseProcess, Path]) -> None:
        writer, _ = running
        assert writer.is_alive() or writer.exitcode == -9
        writer.kill()
        writer.join(PATIENCE)
        writer.close()

    def work(self) -> None:
        """Wait until every one of them was told something, or is at work."""
        until = time.monotonic() + PATIENCE
        while not all(notes.stat().st_size for _, notes in self._running):
            assert time.monotonic() < until, "a writer never got to write"
            time.sleep(0.001)


def _survive(folder: Path, *, writers: int, kills: int) -> None:
    LedgerHouse(folder).close()
    chance = random.Random(kills)  # noqa: S311 - a rhythm, no secret
    running = Writers(folder, writers)
    running.work()
    for cycle in range(kills):
        if cycle % 4 == 0:
            running.work()
        time.sleep(chance.uniform(0, 0.03))
        running.kill(chance.randrange(writers))
    running.kill_all()
    _check(LedgerHouse(folder), running.told())


def _check(house: LedgerHouse, told: Said) -> None:
    """Hold the log to every word that was given, after the last crash is mended."""
    size = house.log.repair().size
    store = reading(house.database)
    taken: set[int] = set()
    for first, number, digest in told.committed:
        assert digest_of(store.entries(first, first + number)) == digest
        assert taken.isdisjoint(range(first, first + number))
        taken.update(range(first, first + number))
    assert told.published
    for published, root in set(told.published):
        assert published <= size
        assert merkle.root(published, nodes(store.tile)).hex() == root
    assert fsck(house.log).clean
    house.close()


def test_killed_writers_lose_nothing_and_keep_one_history(tmp_path: Path) -> None:
    _survive(tmp_path, writers=2, kills=6)


@pytest.mark.slow
def test_two_hundred_kills_lose_nothing_and_keep_one_history(tmp_path: Path) -> None:
    _survive(tmp_path, writers=4, kills=200)
