"""Tiles: paths, bundles, and trees that grow in them as they do in one piece."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import entries, leaves, naive_root

from kit.errors import IntegrityFault
from ledger.formats.merkle import CompactRange, root
from ledger.formats.tiles import (
    ENTRIES,
    WIDTH,
    Growth,
    TileError,
    TileRef,
    encode_bundle,
    nodes,
    parse_bundle,
    width_at,
)

BODIES = [each.encode() for each in entries(1100)]
LEAVES = leaves(1100)


class Shelf:
    """Tiles in memory."""

    def __init__(self) -> None:
        self.tiles: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, n: int) -> bytes:
        return self.tiles.get((level, n), b"")

    def grow(self, size: int, bodies: list[bytes]) -> Growth:
        growth = Growth.resume(size, self.read)
        growth.add(bodies)
        for ref, data in growth.drain():
            self.tiles[ref.level, ref.n] = data
        return growth


@pytest.mark.parametrize(
    ("ref", "path"),
    [
        (TileRef(0, 0), "tile/0/000"),
        (TileRef(0, 273, 112), "tile/0/273.p/112"),
        (TileRef(2, 1234067), "tile/2/x001/x234/067"),
        (TileRef(63, 0, 1), "tile/63/000.p/1"),
        (TileRef(ENTRIES, 0, 5), "tile/entries/000.p/5"),
        (TileRef(ENTRIES, 1000), "tile/entries/x001/000"),
    ],
)
def test_a_tile_has_one_path(ref: TileRef, path: str) -> None:
    assert ref.path == path
    assert TileRef.parse(path) == ref


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/05",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001/x002",
        "tile/0/000/",
        "/tile/0/000",
        "tile/entries/../000",
        "tile/0/\u0660\u0660\u0660",
    ],
)
def test_another_spelling_is_no_path(path: str) -> None:
    with pytest.raises(TileError):
        TileRef.parse(path)


@given(path=st.text(alphabet="tile/0123x.pentris", max_size=30))
def test_a_path_that_is_read_is_written_the_same(path: str) -> None:
    try:
        ref = TileRef.parse(path)
    except TileError:
        return
    assert ref.path == path


def test_the_specifications_example_has_its_widths() -> None:
    size = 70_000
    assert [width_at(size, 0, n) for n in (0, 272, 273, 274)] == [256, 256, 112, 0]
    assert [width_at(size, 1, n) for n in (0, 1, 2)] == [256, 17, 0]
    assert [width_at(size, level, 0) for level in (2, 3)] == [1, 0]
    assert width_at(size, ENTRIES, 273) == 112


@given(steps=st.lists(st.integers(min_value=0, max_value=300), max_size=5))
def test_a_tree_in_tiles_is_the_tree(steps: list[int]) -> None:
    shelf, size = Shelf(), 0
    for step in steps:
        bodies = BODIES[size : size + step]
        growth = shelf.grow(size, bodies)
        size += len(bodies)
        assert growth.range.size == size
    expected = naive_root(LEAVES[:size])
    assert root(size, nodes(shelf.read)) == expected
    assert CompactRange.read(size, nodes(shelf.read)).root() == expected
    for (level, n), data in shelf.tiles.items():
        assert len(data) == 32 * width_at(size, level, n)


def test_every_earlier_tree_can_be_read_from_grown_tiles() -> None:
    shelf = Shelf()
    shelf.grow(0, BODIES)
    read = nodes(shelf.read)
    for size in (0, 1, 255, 256, 257, 511, 512, 513, 1024, 1100):
        assert root(size, read) == naive_root(LEAVES[:size])


def test_full_tiles_can_be_taken_while_the_others_grow() -> None:
    growth = Growth(CompactRange(), Shelf().read)
    growth.add(BODIES[:600])
    taken = [ref for ref, _ in growth.drain(full_only=True)]
    assert taken == [TileRef(0, 0), TileRef(0, 1)]
    rest = [ref for ref, _ in growth.drain()]
    assert rest == [TileRef(0, 2, 600 - 512), TileRef(1, 0, 2)]


def test_a_tile_that_was_cut_short_is_noticed() -> None:
    shelf = Shelf()
    shelf.grow(0, BODIES[:10])
    shelf.tiles[0, 0] = shelf.tiles[0, 0][:-32]
    with pytest.raises(IntegrityFault):
        root(10, nodes(shelf.read))
    with pytest.raises(IntegrityFault):
        Growth(CompactRange(10, [bytes(32)] * 2), shelf.read).add(BODIES[10:11])


@given(bodies=st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_reads_back(bodies: list[bytes]) -> None:
    assert parse_bundle(encode_bundle(bodies), len(bodies)) == bodies


@given(data=st.binary(max_size=40), width=st.integers(min_value=0, max_value=WIDTH))
def test_any_bytes_are_a_bundle_or_refused(data: bytes, width: int) -> None:
    try:
        bodies = parse_bundle(data, width)
    except TileError:
        return
    assert encode_bundle(bodies) == data


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x02a", b"\x00\x01a\x00"])
def test_a_bundle_does_not_end_within_an_entry(data: bytes) -> None:
    with pytest.raises(TileError):
        parse_bundle(data, 1)


def test_an_entry_fits_its_length() -> None:
    encode_bundle([bytes(65_535)])
    with pytest.raises(TileError):
        encode_bundle([bytes(65_536)])


def test_tiles_have_a_level_a_number_and_a_width() -> None:
    for level, n, width in ((-2, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)):
        with pytest.raises(TileError):
            TileRef(level, n, width)
