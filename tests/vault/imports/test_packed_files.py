"""Compressed files: whole, in several streams, damaged, or made to fill the memory."""

import gzip
import lzma
import tracemalloc
from pathlib import Path

import pytest
from import_files import put

from vault.imports.input_files import MAX_LINE, fingerprint
from vault.imports.packed_files import SourceUnreadable, opened
from vault.imports.row_parsers import Format, Layout, read_rows

TEXT = b"a,b\n" * 50_000
HALF = len(TEXT) // 2


def unpacked(path: Path, size: int = 10_007) -> bytes:
    with opened(path) as stream:
        parts = []
        while part := stream.read(size):
            assert len(part) <= size
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        gzip.compress(TEXT),
        lzma.compress(TEXT),
        gzip.compress(TEXT[:HALF]) + gzip.compress(TEXT[HALF:]),
        lzma.compress(TEXT[:HALF]) + lzma.compress(TEXT[HALF:]),
        lzma.compress(TEXT) + b"\0" * 8,
        lzma.compress(TEXT[:HALF]) + b"\0" * 400_000 + lzma.compress(TEXT[HALF:]),
        lzma.compress(b"") + lzma.compress(TEXT),
    ],
)
def test_all_streams_of_a_file_are_read(tmp_path: Path, data: bytes) -> None:
    assert unpacked(put(tmp_path / "file", data)) == TEXT


@pytest.mark.parametrize("cut", [1, 4, 30, 60])
def test_a_stream_that_ends_too_early_is_damage(tmp_path: Path, cut: int) -> None:
    path = put(tmp_path / "file", lzma.compress(TEXT)[:-cut])
    with pytest.raises(SourceUnreadable):
        fingerprint(path)


def test_what_stands_behind_a_stream_is_damage(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable):
        fingerprint(put(tmp_path / "file", lzma.compress(TEXT) + b"more"))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("absent.csv", "is not there"),
        ("folder", "is a folder"),
        ("cut.gz", "was cut off"),
        ("broken.gz", "is damaged where it is compressed"),
    ],
)
def test_why_a_file_cannot_be_read_is_said(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    put(tmp_path / "cut.gz", gzip.compress(TEXT)[:-9])
    put(tmp_path / "broken.gz", gzip.compress(TEXT)[:20] + b"\0" * 400)
    with pytest.raises(SourceUnreadable, match=why):
        fingerprint(tmp_path / name)


def test_a_file_that_asks_for_too_much_memory_is_refused(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 29}]
    data = lzma.compress(TEXT[:40], filters=filters)
    with pytest.raises(SourceUnreadable):
        fingerprint(put(tmp_path / "file", data))


@pytest.mark.parametrize("sign", [b"x", b'"', b"\r", b",", b"\0"])
def test_a_small_file_that_grows_large_is_read_in_little_memory(
    tmp_path: Path, sign: bytes
) -> None:
    size = 24 * MAX_LINE if sign not in {b'"', b"\r"} else 400_000
    data = b'a,"b' + sign * size
    path = put(tmp_path / "file", lzma.compress(data, preset=0))
    tracemalloc.start()
    try:
        lines = fingerprint(path).lines
        with opened(path) as stream:
            last = 0
            for row in read_rows(stream, Layout(Format.CSV, (1,))):
                last = row.last
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert last == lines
    assert peak < 16 * MAX_LINE
