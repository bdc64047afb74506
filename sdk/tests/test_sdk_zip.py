"""Archives from strangers: what is refused before anything of them is believed."""

import io
import warnings
import zlib

import pytest
from allod.proofs import VerificationError, _zip
from allod.proofs._zip import Packed, content, read_through
from archives import pack


def zipped(files: list[tuple[str, bytes]]) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a name is there twice is the point
        return pack(files)


def read(data: bytes) -> dict[str, Packed]:
    return read_through(io.BytesIO(data))


def refused(data: bytes) -> str:
    with pytest.raises(VerificationError) as error:
        read(data)
    return str(error.value)


@pytest.mark.parametrize(
    "name",
    [
        "../up",
        "a/../../up",
        "/etc/x",
        "\\up",
        "C:x",
        "a//b",
        "a/",
        ".hidden",
        "a\nb",
    ],
)
def test_a_name_that_is_no_plain_relative_path_is_refused(name: str) -> None:
    said = refused(zipped([(name, b"x")]))
    assert "another name" in said
    assert f" {name} " not in f" {said} "


def test_a_name_that_is_not_ascii_is_refused() -> None:
    assert refused(zipped([("ä", b"x")]))


def test_a_name_with_a_hidden_end_is_refused() -> None:
    data = zipped([("abcdef", b"x")]).replace(b"abcdef", b"abc\0ef")
    assert "another name" in refused(data)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a", "a"),
        ("records/idea.json", "records/Idea.json"),
        ("records", "records/idea.json"),
        ("records/idea.json", "Records"),
    ],
)
def test_two_names_that_meet_on_a_disk_are_refused(first: str, second: str) -> None:
    assert "a file twice" in refused(zipped([(first, b"1"), (second, b"2")]))


def test_a_bomb_is_refused_before_it_is_inflated_whole() -> None:
    data = zipped([("bomb", bytes(_zip.HARMLESS + 1))])
    assert len(data) * _zip.MAX_RATIO < _zip.HARMLESS
    assert "inflates" in refused(data)


def test_many_small_files_of_zeros_are_a_bomb_too() -> None:
    piece = bytes(1 << 20)
    assert "inflates" in refused(zipped([(f"f{n}", piece) for n in range(17)]))


def test_a_small_archive_may_be_packed_tightly() -> None:
    assert read(zipped([("zeros", bytes(1 << 20))]))["zeros"].size == 1 << 20


def test_data_that_inflates_to_more_than_is_listed_is_damaged() -> None:
    whole = zipped([("zeros", bytes(1 << 22))])
    size = (1 << 22).to_bytes(4, "little")
    assert whole.count(size) == 2
    assert refused(whole.replace(size, b"\1\0\0\0")) == "zeros is damaged"


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_zip, "MAX_FILES", 3)
    files = [(f"f{n}", b"") for n in range(4)]
    assert "more than 3 files" in refused(zipped(files))
    assert len(read(zipped(files[:3]))) == 3


def test_a_file_whose_checksum_is_anothers_is_damaged() -> None:
    data, crc = zipped([("a", b"x")]), zlib.crc32(b"x").to_bytes(4, "little")
    assert refused(data.replace(crc, bytes(4))) == "a is damaged"


def test_a_file_longer_than_its_reader_wants_is_refused() -> None:
    data = io.BytesIO(pack({"a": b"1234"}))
    packed = read_through(data)["a"]
    assert content(data, packed, most=4) == b"1234"
    with pytest.raises(VerificationError, match="too long"):
        content(data, packed, most=3)


def test_a_file_that_changes_while_it_is_read_is_refused() -> None:
    packed = read(pack({"a": b"1234"}))["a"]
    with pytest.raises(VerificationError, match="changes"):
        content(io.BytesIO(pack({"a": b"1235"})), packed, most=4)
