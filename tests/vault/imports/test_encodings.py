"""Encodings: declared, held against the byte-order mark, and never guessed."""

import io
from pathlib import Path

import pytest
from import_files import put

from vault.imports.encodings import ENCODINGS, is_doubtful
from vault.imports.input_files import fingerprint
from vault.imports.packed_files import SourceUnreadable
from vault.imports.row_parsers import FileRow, Format, Layout, read_rows

GREETINGS = {
    "utf-8": "你好 Grüße",
    "utf-16": "你好 Grüße 😀",
    "utf-16-le": "ഊਊ你好",  # U+0D0A, U+0A0A: no line ends, though their bytes are
    "utf-16-be": "ഊਊ你好",
    "gb18030": "你好,㐀",
    "gbk": "你好",
    "big5": "許功蓋",  # its second bytes are backslashes
    "big5-hkscs": "嘅許",
    "shift_jis": "表ソ能①髙",
    "euc-jp": "表ソ能",
    "euc-kr": "안녕똠",
    "cp1250": "Łódź",
    "cp1251": "Привет",
    "cp1252": "Grüße €",
    "cp1254": "İğne",
    "latin-1": "Grüße",
    "latin-9": "œuvre €",
}


def layout(encoding: str) -> Layout:
    return Layout(Format.CSV, ("id", "text"), header=True, encoding=encoding)


def read(data: bytes, encoding: str) -> list[FileRow]:
    return list(read_rows(io.BytesIO(data), layout(encoding)))[1:]


def stopped(data: bytes, encoding: str) -> str:
    with pytest.raises(SourceUnreadable) as error:
        read(data, encoding)
    return f"{error.value.detail}. {error.value.fix}"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_is_read_in_the_encoding_that_the_map_says(
    tmp_path: Path, encoding: str, end: str
) -> None:
    text = f'id,text{end}c1,"{GREETINGS[encoding]}|{end}"{end}c2,x{end}'
    codec = {"latin-9": "iso8859-15", "euc-kr": "cp949", "shift_jis": "cp932"}
    data = text.encode(codec.get(encoding, encoding))
    found = read(data, encoding)
    assert [row.cells for row in found] == [
        ("c1", f"{GREETINGS[encoding]}|{end}"),
        ("c2", "x"),
    ]
    assert fingerprint(put(tmp_path / "file", data), encoding).lines == 4


@pytest.mark.parametrize(
    ("mark", "written", "declared"),
    [
        (b"\xef\xbb\xbf", "utf-8", "utf-8"),
        (b"\x84\x31\x95\x33", "gb18030", "gb18030"),
        (b"\xff\xfe", "utf-16-le", "utf-16"),
        (b"\xfe\xff", "utf-16-be", "utf-16"),
        (b"\xff\xfe", "utf-16-le", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be", "utf-16-be"),
    ],
)
def test_a_mark_that_agrees_is_taken_and_the_encoding_is_told(
    tmp_path: Path, mark: bytes, written: str, declared: str
) -> None:
    data = mark + '"id",text\nc1,你好\n'.encode(written)
    assert [row.cells for row in read(data, declared)] == [("c1", "你好")]
    assert fingerprint(put(tmp_path / "file", data), declared).encoding == written


@pytest.mark.parametrize(
    ("mark", "says", "declared"),
    [
        (b"\xff\xfe", "utf-16-le", "utf-8"),
        (b"\xff\xfe", "utf-16-le", "utf-16-be"),
        (b"\xfe\xff", "utf-16-be", "gb18030"),
        (b"\xef\xbb\xbf", "utf-8", "cp1252"),
        (b"\xef\xbb\xbf", "utf-8", "utf-16"),
        (b"\x84\x31\x95\x33", "gb18030", "utf-8"),
        (b"\x84\x31\x95\x33", "gb18030", "gbk"),
    ],
)
def test_a_mark_that_says_another_encoding_names_both_and_what_to_write(
    tmp_path: Path, mark: bytes, says: str, declared: str
) -> None:
    data = mark + "id,text\n".encode(says)
    said = stopped(data, declared)
    assert f"mark says {says}, the map says {declared}" in said
    assert f"`encoding: {says}`" in said
    with pytest.raises(SourceUnreadable):
        fingerprint(put(tmp_path / "file", data), declared)


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
def test_utf_32_is_told_and_not_taken_for_utf_16(encoding: str) -> None:
    data = "\ufeffid,text\n".encode(encoding)
    assert "mark says utf-32" in stopped(data, "utf-16")
    assert "save the file as utf-8" in stopped(data, "utf-8")


def test_utf_16_without_a_mark_needs_the_order_of_its_bytes() -> None:
    said = stopped("id,text\n".encode("utf-16-be"), "utf-16")
    assert "utf-16-le" in said
    assert "utf-16-be" in said


@pytest.mark.parametrize("written", ["utf-16-le", "utf-16-be"])
def test_a_header_of_utf_16_read_as_utf_8_leads_to_the_encoding(written: str) -> None:
    said = stopped("id,text\nc1,x\n".encode(written), "utf-8")
    assert "header is not written in utf-8" in said
    assert "utf-16-le" in said


def test_a_header_in_another_encoding_leads_to_it() -> None:
    said = stopped("id,텍스트\n".encode("euc-kr"), "utf-8")
    assert "header is not written in utf-8" in said
    assert "euc-kr" in said


@pytest.mark.parametrize(
    ("text", "written", "declared"),
    [
        ("煞車片許功蓋", "cp950", "gb18030"),
        ("€ 5", "cp1252", "latin-1"),
        ("Grüße", "utf-8", "latin-1"),
        ("hello", "utf-16-le", "utf-16-be"),
    ],
)
def test_characters_that_nobody_writes_show_a_wrong_encoding(
    text: str, written: str, declared: str
) -> None:
    separate = Layout(Format.CSV, (1,), encoding=declared, separator="\t")
    (row, *_) = read_rows(io.BytesIO(f"{text}\n".encode(written)), separate)
    assert (row.fault, row.cells) == ("line.wrong_encoding", ())


def test_utf_8_shows_itself_what_it_is_not_and_may_say_anything() -> None:
    (row,) = read("id,text\nc1,\uf8ff\ufffd\n".encode(), "utf-8")
    assert row.cells == ("c1", "\uf8ff\ufffd")


def test_half_a_character_of_utf_16_is_a_fault_of_its_line() -> None:
    data = "id,text\nc1,x\n".encode("utf-16-le")
    lone = data + b"c\x002\x00,\x00\x00\xd8\n\x00" + data[-10:]
    assert [row.fault for row in read(lone, "utf-16-le")][:2] == ["", "line.encoding"]
    assert [row.fault for row in read(data + b"c", "utf-16-le")] == [
        "",
        "line.encoding",
    ]


def test_ascii_is_never_doubtful_and_a_mark_for_a_new_line_is_none() -> None:
    assert not is_doubtful("a\0b\x7f")
    assert not is_doubtful("ä\x85")
    assert is_doubtful("\x80")
