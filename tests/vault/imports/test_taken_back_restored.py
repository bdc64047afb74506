"""An import that was taken back stays so, whichever older copy is put back."""

from contextlib import suppress
from pathlib import Path

import pytest
from clocks import ManualClock
from houses import CASE, HISTORY, Story, caring, opened
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


def bring(story: Story) -> None:
    assert run(story.house.imports, story.home.parent, TABLE, BOTH).refused == 0


def take(story: Story) -> TakenBack:
    taking_back = story.house.vault.righting.taking_back
    return taking_back.take(HISTORY, 1, reason="the wrong file")


def runs(story: Story) -> list[Run]:
    return story.house.vault.righting.taking_back.known()


def records(story: Story) -> int:
    find = "SELECT count(*) FROM vault_record"
    return int(story.house.vault_db.reader().execute(find).fetchone()[0])


def bought(story: Story, name: str) -> int:
    return len(story.house.gate.list_records(CASE, name, "purchase").items)


def is_back(story: Story) -> None:
    """Whoever asks finds nothing of it, and the file may come again."""
    assert (records(story), bought(story, "c7")) == (0, 0)
    with pytest.raises(NotFound):
        story.house.gate.find(CASE, "profile", "email", "c7@example.org")
    (it,) = runs(story)
    assert (it.state, it.removed, it.reason) == ("taken back", 420, "the wrong file")
    bring(story)
    assert (records(story), bought(story, "c7")) == (420, 1)


def test_an_older_copy_does_not_bring_it_back(home: Path, clock: ManualClock) -> None:
    with restored(home, clock, take, before=bring) as story:
        is_back(story)
    with opened(home, clock) as story:
        assert records(story) == 420
        assert story.house.vault.replay.run({}) == 0


def test_a_copy_from_the_midst_of_it_does_not_either(
    home: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def before(story: Story) -> None:
        bring(story)
        real, lots = SqliteMade.remove, iter(range(1))
        with suppress(StopIteration), monkeypatch.context() as patch:
            patch.setattr(
                SqliteMade, "remove", lambda *all_: (next(lots), real(*all_))[1]
            )
            take(story)
        assert 0 < records(story) < 420

    with restored(home, clock, take, before=before) as story:
        is_back(story)


def test_what_was_held_before_stays_and_what_is_held_later_does_not(
    home: Path, clock: ManualClock
) -> None:
    def live(story: Story) -> None:
        care(story).holds.set(caring("ann"), "c1", reason=WHY)
        taken = take(story)
        assert (taken.removed, dict(taken.stays)) == (418, {"held": 2})
        care(story).holds.set(caring("ann"), "c2", reason=WHY)

    with restored(home, clock, live, before=bring) as story:
        assert [bought(story, name) for name in ("c1", "c2", "c3")] == [1, 0, 0]
        assert (records(story), runs(story)[0].removed) == (2, 418)


def test_another_import_that_got_its_number_in_the_copy_is_not_meant(
    home: Path, clock: ManualClock
) -> None:
    """It was made in a copy from before both, beside a mirror that knows of one."""

    def live(story: Story) -> None:
        bring(story)
        take(story)

    def nothing(story: Story) -> None:
        story.customer("zoe")

    with restored(home, clock, live, before=nothing) as story:
        assert runs(story) == []
        bring(story)
        assert runs(story)[0].number == 1
    with opened(home, clock) as story:
        assert records(story) == 420
