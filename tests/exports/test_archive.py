"""Writing archives: a stream that every unzip reads, and that holds little."""

import io
import os
import shutil
import subprocess
import tracemalloc
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from archives import pack, packed, unpack
from clocks import ManualClock
from hypothesis import given
from hypothesis import strategies as st

from exports.archive import CHUNK, Archive

PATHS = st.from_regex(r"[a-z]{1,9}(/[a-z]{1,9})?\.json", fullmatch=True)


@given(files=st.dictionaries(PATHS, st.binary(max_size=3_000), max_size=6))
def test_what_goes_in_comes_out(files: dict[str, bytes]) -> None:
    chunks, lines = packed(files)
    assert unpack(b"".join(chunks)) == files
    assert [(line.path, line.sha256, line.size) for line in lines] == [
        (path, sha256(data).hexdigest(), len(data)) for path, data in files.items()
    ]


def test_the_same_files_at_the_same_time_give_the_same_bytes() -> None:
    files = {"a": b"1", "b/c": b"2"}
    assert pack(files) == pack(dict(files))


def test_it_never_holds_the_whole() -> None:
    pieces = (os.urandom(CHUNK) for _ in range(256))
    archive = Archive(ManualClock().now())
    tracemalloc.start()
    try:
        largest = max(map(len, archive.add("noise", pieces)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    list(archive.close())
    assert largest < 4 * CHUNK
    assert peak < 32 * CHUNK


def test_a_stream_that_breaks_off_is_no_archive() -> None:
    def pieces() -> object:
        yield b"x"
        raise OSError

    archive = Archive(ManualClock().now())
    with pytest.raises(OSError):  # noqa: PT011 - it carries no text
        list(archive.add("a", pieces()))


def test_the_stock_program_reads_it(tmp_path: Path) -> None:
    program = shutil.which("unzip")
    if program is None:
        pytest.skip("unzip is not installed")
    path = tmp_path / "export.zip"
    path.write_bytes(pack({"a": b"1" * 100_000, "b/c": b"2"}))
    tested = subprocess.run([program, "-t", path], capture_output=True, check=False)
    assert tested.returncode == 0


def test_nobody_else_on_the_machine_may_read_what_is_unpacked() -> None:
    with zipfile.ZipFile(io.BytesIO(pack({"a": b"1"}))) as archive:
        assert archive.infolist()[0].external_attr >> 16 == 0o600
