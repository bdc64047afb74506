"""Making an installation: all of it, or none."""

from pathlib import Path

import pytest
from clocks import ManualClock
from houses import opened

from kit.errors import CannotStart
from kit.settings import Settings
from server.house import init
from server.house.init import found_house


def test_a_home_is_made_once(tmp_path: Path, clock: ManualClock) -> None:
    home = tmp_path / "home"
    found_house(Settings(home=home), clock=clock)
    before = {p: p.read_bytes() for p in home.rglob("*") if p.is_file()}
    with pytest.raises(CannotStart, match="already"):
        found_house(Settings(home=home), clock=clock)
    assert {p: p.read_bytes() for p in home.rglob("*") if p.is_file()} == before


def test_a_making_that_is_cut_short_leaves_no_home_and_can_be_repeated(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(init, "create_vault", crash)
        with pytest.raises(RuntimeError):
            found_house(Settings(home=home), clock=clock)
    assert not home.exists()
    found_house(Settings(home=home), clock=clock)
    with opened(home, clock) as scenario:
        assert scenario.house.log.latest()


def test_a_folder_with_other_things_in_it_is_left_alone(
    tmp_path: Path, clock: ManualClock
) -> None:
    (tmp_path / "letter.txt").write_text("keep me")
    with pytest.raises(CannotStart, match="empty"):
        found_house(Settings(home=tmp_path), clock=clock)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_an_empty_folder_becomes_a_home(tmp_path: Path, clock: ManualClock) -> None:
    home = tmp_path / "home"
    home.mkdir()
    found_house(Settings(home=home), clock=clock)
    assert (home / "data" / "vault.db").exists()
    assert home.stat().st_mode & 0o077 == 0
