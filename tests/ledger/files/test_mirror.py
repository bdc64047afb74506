"""The mirror: files that are whole or absent, and what nobody else reads."""

import stat
from pathlib import Path

from ledger.files.mirror import Mirror
from ledger.files.order_files import Lined
from ledger.formats.order import GENESIS, Order
from ledger.formats.tiles import ENTRIES, TileRef


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


def test_what_is_private_is_kept_apart_from_the_public_tree(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path)
    line = Order.make(
        *(1, "token.revoked", None, b"{}"), before=GENESIS, generation=1, key=bytes(32)
    )
    mirror.orders.append([Lined(line.ref, GENESIS, line.line)])
    mirror.operators.keep([(1, bytes(32), b"{}")])
    for folder in (mirror.orders.folder, mirror.policies):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert not folder.is_relative_to(mirror.public)


def test_orders_that_are_set_aside_stay_as_they_lie(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path)
    mirror.orders.folder.mkdir()
    (mirror.orders.folder / "x").write_bytes(b"evidence")
    mirror.set_orders_aside(7)
    assert not mirror.orders.folder.exists()
    (aside,) = tmp_path.glob("orders.lost-*")
    assert (aside / "x").read_bytes() == b"evidence"
