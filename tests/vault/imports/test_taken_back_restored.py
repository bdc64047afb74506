"""An import that was taken back stays so, whichever older copy is put back."""

from contextlib import suppress
from pathlib import Path

import pytest
from clocks import ManualClock
from houses import CASE, HISTORY, Scenario, caring, opened
from import_files import BOTH, FIRST, run
from reaching import WHY, care
from restoring import restored

from kit.errors import NotFound
from vault._internal.sqlite.made import SqliteMade
from vault.imports.import_runs import Run, TakenBack

TABLE = FIRST + "".join(f"c{n},N,c{n}@example.org,2026-01-01,1\n" for n in range(210))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def bring(scenario: Scenario) -> None:
    assert run(scenario.house.imports, scenario.home.parent, TABLE, BOTH).refused == 0


def take(scenario: Scenario) -> TakenBack:
    taking_back = scenario.house.vault.righting.taking_back
    return taking_back.take(HISTORY, 1, reason="the wrong file")


def runs(scenario: Scenario) -> list[Run]:
    return scenario.house.vault.righting.taking_back.known()


def records(scenario: Scenario) -> int:
    find = "SELECT count(*) FROM vault_record"
    return int(scenario.house.vault_db.reader().execute(find).fetchone()[0])


def bought(scenario: Scenario, name: str) -> int:
    return len(scenario.house.gate.list_records(CASE, name, "purchase").items)


def is_back(scenario: Scenario) -> None:
    """Whoever asks finds nothing of it, and the file may come again."""
    assert (records(scenario), bought(scenario, "c7")) == (0, 0)
    with pytest.raises(NotFound):
        scenario.house.gate.find(CASE, "profile", "email", "c7@example.org")
    (it,) = runs(scenario)
    assert (it.state, it.removed, it.reason) == ("taken back", 420, "the wrong file")
    bring(scenario)
    assert (records(scenario), bought(scenario, "c7")) == (420, 1)


def test_an_older_copy_does_not_bring_it_back(home: Path, clock: ManualClock) -> None:
    with restored(home, clock, take, before=bring) as scenario:
        is_back(scenario)
    with opened(home, clock) as scenario:
        assert records(scenario) == 420
        assert scenario.house.vault.replay.run({}) == 0


def test_a_copy_from_the_midst_of_it_does_not_either(
    home: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def before(scenario: Scenario) -> None:
        bring(scenario)
        real, lots = SqliteMade.remove, iter(range(1))
        with suppress(StopIteration), monkeypatch.context() as patch:
            patch.setattr(
                SqliteMade, "remove", lambda *all_: (next(lots), real(*all_))[1]
            )
            take(scenario)
        assert 0 < records(scenario) < 420

    with restored(home, clock, take, before=before) as scenario:
        is_back(scenario)


def test_what_was_held_before_stays_and_what_is_held_later_does_not(
    home: Path, clock: ManualClock
) -> None:
    def live(scenario: Scenario) -> None:
        care(scenario).holds.set(caring("ann"), "c1", reason=WHY)
        taken = take(scenario)
        assert (taken.removed, dict(taken.stays)) == (418, {"held": 2})
        care(scenario).holds.set(caring("ann"), "c2", reason=WHY)

    with restored(home, clock, live, before=bring) as scenario:
        assert [bought(scenario, name) for name in ("c1", "c2", "c3")] == [1, 0, 0]
        assert (records(scenario), runs(scenario)[0].removed) == (2, 418)


def test_another_import_that_got_its_number_in_the_copy_is_not_meant(
    home: Path, clock: ManualClock
) -> None:
    """It was made in a copy from before both, beside a mirror that knows of one."""

    def live(scenario: Scenario) -> None:
        bring(scenario)
        take(scenario)

    def nothing(scenario: Scenario) -> None:
        scenario.customer("zoe")

    with restored(home, clock, live, before=nothing) as scenario:
        assert runs(scenario) == []
        bring(scenario)
        assert runs(scenario)[0].number == 1
    with opened(home, clock) as scenario:
        assert records(scenario) == 420
