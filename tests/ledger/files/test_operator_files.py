"""What opens operator entries, in the mirror: kept once, read by range, torn or not."""

from pathlib import Path

from ledger.files.operator_files import SPAN, OperatorFiles

ONE = (1, bytes(32), b'{"kind":"lane.head"}')
TWO = (SPAN + 5, bytes(range(32)), b"{}")


def test_openings_are_read_by_their_index(tmp_path: Path) -> None:
    files = OperatorFiles(tmp_path / "policies" / "openings")
    files.keep([ONE, TWO])
    assert files.between(0, SPAN * 2) == {ONE[0]: ONE[1:], TWO[0]: TWO[1:]}
    assert files.between(2, SPAN + 5) == {}


def test_what_is_kept_twice_or_was_torn_counts_once(tmp_path: Path) -> None:
    folder = tmp_path / "policies" / "openings"
    files = OperatorFiles(folder)
    files.keep([ONE])
    (path,) = folder.iterdir()
    with path.open("ab") as file:
        file.write(b'{"index":2,"half')
    files.keep([ONE])
    assert files.between(0, 10) == {ONE[0]: ONE[1:]}
    assert path.read_bytes().count(b"half") == 0


def test_the_folders_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "policies" / "openings"
    OperatorFiles(folder).keep([ONE])
    (path,) = folder.iterdir()
    modes = [each.stat().st_mode & 0o777 for each in (folder.parent, folder, path)]
    assert modes == [0o700, 0o700, 0o600]
