"""The mirror: files that are whole or absent, and orders that nobody else reads."""

import stat
from pathlib import Path

import pytest

from kit.errors import Conflict
from ledger.mirror import Mirror
from ledger.tiles import ENTRIES, TileRef

ORDER = bytes(range(16))


def test_a_mirror_gives_back_what_was_put(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path)
    ref = TileRef(ENTRIES, 1234, 5)
    assert mirror.read(ref) is None
    assert mirror.newest() is None
    mirror.put(ref, b"data")
    assert mirror.read(ref) == b"data"
    assert mirror.newest() is None
    mirror.seal("note\n")
    assert mirror.newest() == "note\n"


def test_a_tile_that_has_filled_up_replaces_its_partial_ones(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path)
    mirror.put(TileRef(0, 0, 5), b"5")
    mirror.seal("one\n")
    mirror.put(TileRef(0, 0), b"full")
    assert mirror.read(TileRef(0, 0, 5)) == b"5"
    mirror.seal("two\n")
    assert mirror.read(TileRef(0, 0, 5)) is None
    assert mirror.read(TileRef(0, 0)) == b"full"


def test_orders_are_kept_apart_from_the_public_tree(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path)
    assert list(mirror.orders()) == []
    mirror.put_order(ORDER, b"{}")
    assert list(mirror.orders()) == [(ORDER, b"{}")]
    (file,) = (tmp_path / "orders").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.is_relative_to(mirror.public)


def test_an_order_is_never_changed(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path)
    mirror.put_order(ORDER, b"{}")
    mirror.put_order(ORDER, b"{}")
    with pytest.raises(Conflict):
        mirror.put_order(ORDER, b"{ }")


def test_a_file_that_is_no_order_is_passed_over(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path)
    mirror.put_order(ORDER, b"{}")
    (tmp_path / "orders" / "notes.json").write_text("x")
    (tmp_path / "orders" / f"{ORDER.hex()}.json.new").write_text("x")
    assert list(mirror.orders()) == [(ORDER, b"{}")]
