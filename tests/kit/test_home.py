"""Files that are replaced: whole or not at all, through no link, of the mode said."""

import os
import stat
from pathlib import Path

import pytest
from file_systems import filled, mounted

from kit.home import make_folder, meant, write_durably


@pytest.fixture(autouse=True, params=[0o000, 0o022, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> object:
    before = os.umask(request.param)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_link_that_is_planted_beside_a_file_is_not_written_through(
    tmp_path: Path,
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / "a.json.new").symlink_to(victim)
    write_durably(tmp_path / "a.json", b"new")
    assert victim.read_bytes() == b"mine"
    assert (tmp_path / "a.json").read_bytes() == b"new"


def test_a_link_in_a_files_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / "a.json").symlink_to(victim)
    write_durably(tmp_path / "a.json", b"new")
    assert victim.read_bytes() == b"mine"
    assert not (tmp_path / "a.json").is_symlink()


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_file_has_the_mode_that_is_said(tmp_path: Path, mode: int) -> None:
    write_durably(tmp_path / "a", b"a", mode=mode)
    assert _mode(tmp_path / "a") == mode


def test_folders_are_their_owners_alone_all_the_way(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b" / "c")
    assert [_mode(tmp_path / each) for each in ("a", "a/b", "a/b/c")] == [0o700] * 3


def test_a_disk_that_is_full_leaves_the_old_file_and_names_it(tmp_path: Path) -> None:
    with mounted(tmp_path / "small") as small:
        write_durably(small / "a", b"old")
        filled(small)
        with pytest.raises(OSError, match="No space left") as error:
            write_durably(small / "a", bytes(1 << 16))
        assert error.value.filename == str(small / "a")
        assert (small / "a").read_bytes() == b"old"
        assert {each.name for each in small.iterdir()} == {"a", "filler"}


def test_what_was_written_aside_is_known_by_the_name_that_was_meant() -> None:
    assert meant("policy.0123456789abcdef.new") == "policy"
    assert meant("policy.new") == "policy"
    assert meant("policy") == "policy"
