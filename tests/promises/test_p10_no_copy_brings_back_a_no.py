"""P10: no copy brings back what was forbidden, whatever of it is how old.

Random schedules of acts, copies, crashes and restores (tests/support/schedules.py),
with the mirror whole, then with one that is cut, altered or forged.
"""

import random
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from clocks import ManualClock
from commands import allod
from houses import Scenario, lived_in, opened
from schedules import (
    PEOPLE,
    QUESTIONS,
    STORES,
    Answers,
    Crash,
    World,
    act,
    answers,
    copied,
    crashing,
    instant,
    let_go,
    put_back,
    restore_ledger,
    settle,
)

from kit.errors import CannotStart, Refused
from kit.settings import Settings
from ledger.checks.audit import fsck
from pdp.change.active import active
from pdp.decision.question import Kind
from server.auth.principals import Bearer
from server.cli.console import ExitCode
from server.house.wiring import open_house
from vault import Principal
from vault.erasure.order_check import OrdersLost

SEEDS = [
    seed if seed < 4 else pytest.param(seed, marks=pytest.mark.slow)
    for seed in range(40)
]
DAMAGES = ("cut", "altered", "forged", "gone")


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    home = tmp_path_factory.mktemp("founded") / "home"
    world = World(home, ManualClock(), random.Random(0))  # noqa: S311 - no secret
    with lived_in(home, world.clock) as scenario:
        settle(world, scenario)
        for name in ("kim", "lee"):
            bearer = Bearer(Principal(Kind.STAFF, name, roles=("support",)), (), ())
            with scenario.house.vault_db.write() as session:
                text = scenario.house.tokens.mint(
                    session, bearer, life=timedelta(days=300)
                )
            (home.parent / name).write_text(text)
    return world


def begun(founded: World, folder: Path, seed: int) -> World:
    home = folder / "home"
    shutil.copytree(founded.home, home)
    chance = random.Random(seed)  # noqa: S311 - no secret
    return World(
        *(home, ManualClock(), chance, dict(founded.ideas), dict(founded.tokens)),
        digest=founded.digest,
    )


class Schedule:
    """One random life of a home, with copies of its stores on the way."""

    def __init__(self, world: World, patch: pytest.MonkeyPatch) -> None:
        self.world, self.patch = world, patch
        self.copies = world.home.parent / "copies"
        self.copies.mkdir()
        self.at_copy: dict[str, Answers] = {}
        self.last: Answers = {}
        self.holds: dict[str, set[bytes]] = {}

    def live(self, sessions: int = 3, acts: int = 14) -> None:
        ages = {
            store: self.world.chance.randrange(sessions)
            for store in self.world.chance.sample(
                STORES, self.world.chance.randint(1, len(STORES))
            )
        }
        for number in range(sessions):
            self.session(acts)
            for store, age in ages.items():
                if age == number:
                    copied(self.world.home, store, self.copies)
                    self.at_copy[store] = dict(self.last)
                    if store == "vault.db":
                        self.world.opened_since.clear()

    def session(self, acts: int) -> None:
        with opened(self.world.home, self.world.clock) as scenario:
            for _ in range(acts):
                act(self.world, scenario)
            self.note(scenario)
        if self.world.chance.random() < 0.5:
            self.crash()

    def crash(self) -> None:
        where = self.world.chance.choice(("append", "sent"))
        house = open_house(Settings(home=self.world.home), clock=self.world.clock)
        scenario = Scenario(house, self.world.clock, self.world.home)
        with crashing(self.patch, where):
            for _ in range(6):
                before = answers(self.world, scenario)
                try:
                    act(self.world, scenario)
                except Crash:
                    self.last = {k: v and before[k] for k, v in self.last.items()}
                    break
        let_go(scenario)
        with opened(self.world.home, self.world.clock) as scenario:
            self.note(scenario)

    def note(self, scenario: Scenario) -> None:
        self.last = answers(self.world, scenario)
        with scenario.house.vault_db.read() as session:
            self.world.digest = active(session).digest
        there = scenario.house.customers.subject_of
        self.world.erased |= {name for name in PEOPLE if there(name) is None}
        self.holds = held(scenario)

    def restore(self) -> None:
        for store in self.at_copy:
            put_back(self.world.home, store, self.copies)
        if "vault.db" in self.at_copy:
            restore_ledger(self.world.home)


def held(scenario: Scenario) -> dict[str, set[bytes]]:
    holds = scenario.house.vault.reach.holds
    names = [n for n in PEOPLE if scenario.house.customers.subject_of(n) is not None]
    return {name: {each.hold_id for each in holds.of(name)} for name in names}


@pytest.mark.parametrize("seed", SEEDS)
def test_with_a_whole_mirror_no_answer_is_wider_and_nobody_is_harmed(
    founded: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    world = begun(founded, tmp_path, seed)
    schedule = Schedule(world, monkeypatch)
    schedule.live()
    schedule.restore()
    with opened(world.home, world.clock) as scenario:
        now = answers(world, scenario)
        assert [key for key in now if now[key] and not schedule.last[key]] == []
        assert held(scenario) == schedule.holds
        assert scenario.house.bundle.digest == world.digest
        assert list(still_closed(schedule, now)) == []
        assert fsck(scenario.house.log).clean
        if "audit.db" not in schedule.at_copy:
            assert list(scenario.house.vault.rowcheck.findings()) == []
    with opened(world.home, world.clock) as scenario:
        assert scenario.house.vault.replay.run({}) == 0
        assert answers(world, scenario) == now


def still_closed(schedule: Schedule, now: Answers) -> Iterator[tuple[str, str]]:
    """Give what was open in the copy and at the end, and is closed without a reason.

    What somebody opened again since the copy may be lost with it.
    """
    copies = schedule.at_copy.values()
    for key, answer in schedule.last.items():
        was_open = answer and all(each[key] for each in copies)
        if was_open and not now[key] and key not in schedule.world.opened_since:
            yield key


def damage(mirror: Path, how: str, chance: random.Random) -> None:
    folder = mirror / "orders"
    path = max(folder.glob("*.orders"))
    lines = path.read_bytes().splitlines(keepends=True)
    if how == "cut":
        lines = lines[: chance.randint(2, len(lines) - 1)]
    elif how == "altered":
        at = chance.randint(1, len(lines) - 1)
        lines[at] = lines[at].replace(b'"subject":', b'"subjecT":', 1)
    elif how == "forged":
        lines.append(lines[-1].replace(b'"n":', b'"n":1', 1))
    path.write_bytes(b"".join(lines))
    if how == "gone":
        path.unlink()


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("seed", SEEDS[:1] + SEEDS[-9:])
def test_with_a_damaged_mirror_it_stops_and_two_principals_go_on(
    founded: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    how: str,
) -> None:
    world = begun(founded, tmp_path, 100 + seed)
    schedule = Schedule(world, monkeypatch)
    schedule.live(sessions=2)
    since = instant(world)
    schedule.restore()
    damage(world.home / "mirror", how, world.chance)
    with pytest.raises(CannotStart, match="order") as stopped:
        open_house(Settings(home=world.home), clock=world.clock)
    assert isinstance(stopped.value, OrdersLost)
    assert "--accept-lost-orders" in stopped.value.fix
    accepted(founded, world, since)
    with opened(world.home, world.clock) as scenario:
        now = answers(world, scenario)
        assert not any(now["campaign", name] for name in PEOPLE)
        assert not any(now["advertise", name] for name in PEOPLE)
        assert not any(now["token", name] for name in world.tokens)
        reopen(world, scenario)
        assert fsck(scenario.house.log).clean


def accepted(founded: World, world: World, since: str) -> None:
    arguments = ("restore", "--accept-lost-orders", "--since", since)
    home, folder = ("--home", world.home), founded.home.parent
    alone = allod(*arguments, *home, "--token-file", folder / "kim")
    assert alone.code == ExitCode.NO
    again = allod(*arguments, *home, "--token-file", folder / "kim")
    assert again.code == ExitCode.NO
    both = allod(*arguments, *home, "--token-file", folder / "lee")
    assert both.code == ExitCode.OK, both.out


def reopen(world: World, scenario: Scenario) -> None:
    """Have whoever stayed open theirs again, by their own act.

    What still keeps them closed was said of the person, not lost with the orders.
    """
    for name in world.people():
        if scenario.house.customers.subject_of(name) is not None:
            scenario.grant(name)
            assert closed_by(scenario, name) <= {"state.restricted", "minor.guardian"}


def closed_by(scenario: Scenario, name: str) -> set[str]:
    """Give the codes for which a campaign may not see somebody; none if it may."""
    question, collection = QUESTIONS["campaign"]
    try:
        page = scenario.house.gate.list_records(question, name, collection)
    except Refused as refused:
        return {each.code for each in refused.reasons}
    return {"withheld"} if page.withheld else set()
