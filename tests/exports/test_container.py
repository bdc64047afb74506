"""Archives from strangers: what is refused before anything of them is believed."""

import warnings
import zlib

import pytest
from archives import pack

from exports import container
from exports.container import ArchiveError, Container, is_path


def zipped(files: list[tuple[str, bytes]]) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a name is there twice is the point
        return pack(files)


def refused(data: bytes) -> ArchiveError:
    with pytest.raises(ArchiveError) as error, Container.opened(data):
        pass
    return error.value


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
    error = refused(zipped([(name, b"x")]))
    assert "plain relative path" in error.detail
    assert name not in error.detail
    assert not is_path(name)


def test_a_name_that_is_not_ascii_is_refused() -> None:
    refused(zipped([("ä", b"x")]))
    assert not is_path("ä")


def test_a_name_with_a_hidden_end_is_refused() -> None:
    data = zipped([("abcdef", b"x")]).replace(b"abcdef", b"abc\0ef")
    assert "plain relative path" in refused(data).detail


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
    assert refused(zipped([(first, b"1"), (second, b"2")])).file == second


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    data = zipped([("bomb", bytes(container.HARMLESS + 1))])
    assert len(data) * container.MAX_RATIO < container.HARMLESS
    assert "inflates" in refused(data).detail


def test_many_small_files_of_zeros_are_a_bomb_too() -> None:
    piece = bytes(1 << 20)
    assert "inflates" in refused(zipped([(f"f{n}", piece) for n in range(17)])).detail


def test_a_small_archive_may_be_packed_tightly() -> None:
    with Container.opened(zipped([("zeros", bytes(1 << 20))])) as opened:
        assert opened.digest("zeros")[1] == 1 << 20


def test_data_that_inflates_to_more_than_is_listed_is_cut_off_early() -> None:
    whole = zipped([("zeros", bytes(1 << 22))])
    size = (1 << 22).to_bytes(4, "little")
    assert whole.count(size) == 2
    with Container.opened(whole.replace(size, b"\1\0\0\0")) as opened:
        with pytest.raises(ArchiveError, match="damaged") as error:
            opened.digest("zeros")
        assert error.value.file == "zeros"


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_FILES", 3)
    files = [(f"f{n}", b"") for n in range(4)]
    assert "more than 3 files" in refused(zipped(files)).detail
    with Container.opened(zipped(files[:3])) as opened:
        assert len(opened.paths) == 3


def test_a_file_whose_checksum_is_anothers_is_damaged() -> None:
    data, crc = zipped([("a", b"x")]), zlib.crc32(b"x").to_bytes(4, "little")
    damaged = pytest.raises(ArchiveError, match="damaged")
    with Container.opened(data.replace(crc, bytes(4))) as opened, damaged:
        opened.digest("a")


def test_a_file_longer_than_its_reader_wants_is_refused() -> None:
    with Container.opened(pack({"a": b"1234"})) as opened:
        assert opened.read("a", limit=4) == b"1234"
        with pytest.raises(ArchiveError, match="too long"):
            opened.read("a", limit=3)


def test_a_missing_file_is_named() -> None:
    with Container.opened(pack({"a": b""})) as opened:
        with pytest.raises(ArchiveError) as error:
            opened.read("b", limit=1)
        assert error.value.file == "b"
