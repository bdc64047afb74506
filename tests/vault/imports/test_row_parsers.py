"""Lines of files: every format, every compression, every way to be broken."""

import csv
import gzip
import io
import json
import lzma
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from import_files import put

from vault.imports.input_files import MAX_LINE, fingerprint
from vault.imports.packed_files import SourceUnreadable, opened
from vault.imports.row_parsers import FileRow, Format, Layout, read_rows

Pack = Callable[[bytes], bytes]

THREE = Layout(Format.CSV, (1, 2, 3))
NAMED = Layout(Format.CSV, ("a", "c"), header=True)


def rows(data: bytes, layout: Layout) -> list[FileRow]:
    return [row for row in every(data, layout) if not row.skipped]


def every(data: bytes, layout: Layout) -> list[FileRow]:
    return list(read_rows(io.BytesIO(data), layout))


def cells(data: bytes, layout: Layout) -> list[tuple[object, ...]]:
    return [row.cells for row in rows(data, layout)]


def faults(data: bytes, layout: Layout) -> list[tuple[int, str]]:
    return [(row.line, row.fault) for row in rows(data, layout) if row.fault]


def test_csv_goes_by_the_names_of_its_header() -> None:
    data = b"\xef\xbb\xbfa,b,c\r\n1,2,3\r\n"
    assert cells(data, NAMED) == [("1", "3")]


def test_csv_keeps_quotes_separators_and_newlines_inside_a_cell() -> None:
    data = b'"a ""b""","c,d","e\r\nf"\r\nx,y,z\r\n'
    found = rows(data, THREE)
    assert [row.cells for row in found] == [
        ('a "b"', "c,d", "e\r\nf"),
        ("x", "y", "z"),
    ]
    assert [(row.line, row.last) for row in found] == [(1, 2), (3, 3)]


def test_blanks_divide_whatever_their_number_and_the_line_ending() -> None:
    data = b" head  line\r\n 00001 19970101  1   11.77\r\n\r\n00002\t19970112 1 0.00"
    layout = Layout(Format.BLANKS, (1, 4), skip=1, width=4)
    assert cells(data, layout) == [("00001", "11.77"), ("00002", "0.00")]


def test_fixed_width_counts_characters_not_bytes() -> None:
    data = "你好 abc\n世界\n".encode()
    layout = Layout(Format.FIXED, ((1, 2), (4, 6)))
    assert cells(data, layout) == [("你好", "abc"), ("世界", "")]


def test_json_lines_go_by_member_and_absent_is_none() -> None:
    data = b'{"a": 1, "c": "x"}\n\n{"c": null}\n'
    layout = Layout(Format.JSONL, ("a", "c"))
    assert cells(data, layout) == [(1, "x"), (None, None)]


@pytest.mark.parametrize(
    ("data", "layout", "fault"),
    [
        (b"a,b\nx,y,z\n", THREE, (1, "line.columns")),
        (b"a,b,c,d\n", Layout(Format.CSV, (1,), width=3), (1, "line.columns")),
        (b"a,b,c\n1,2\n", NAMED, (2, "line.columns")),
        (b'"a"b,c,d\nx,y,z\n', THREE, (1, "line.csv")),
        (b'x,y,z\n"never closed\n', THREE, (2, "line.unclosed")),
        (b"x,y,z\n\xff,y,z\n", THREE, (2, "line.encoding")),
        (b'x,y,z\n"\xff\n",y,z\nx,y,z\n', THREE, (2, "line.encoding")),
        (b"1 2\n", Layout(Format.BLANKS, (3,)), (1, "line.columns")),
        (b'{"a": 1, "a": 2}\n', Layout(Format.JSONL, ("a",)), (1, "line.json")),
        (b'{"a": NaN}\n', Layout(Format.JSONL, ("a",)), (1, "line.json")),
        (b"[1]\n", Layout(Format.JSONL, ("a",)), (1, "line.json")),
        (b"\xff\n", Layout(Format.JSONL, ("a",)), (1, "line.encoding")),
    ],
)
def test_a_broken_line_is_a_row_with_a_fault(
    data: bytes, layout: Layout, fault: tuple[int, str]
) -> None:
    assert faults(data, layout) == [fault]


def test_reading_goes_on_behind_a_broken_line() -> None:
    data = b'x,y,z\n"a"b,c,d\n\xff,1,2\nlast,line,here\n'
    found = rows(data, THREE)
    assert [row.fault for row in found] == ["", "line.csv", "line.encoding", ""]
    assert found[-1].cells == ("last", "line", "here")


def test_a_line_that_is_too_long_is_passed_over() -> None:
    data = b"a" * (3 * MAX_LINE) + b"\nx y\n"
    found = rows(data, Layout(Format.BLANKS, (1, 2)))
    assert [(row.line, row.fault) for row in found] == [(1, "line.too_long"), (2, "")]


def test_a_header_without_a_named_column_stops_the_import() -> None:
    with pytest.raises(SourceUnreadable, match="c"):
        rows(b"a,b\n1,2\n", NAMED)


@pytest.mark.parametrize(("data", "skip"), [(b"", 0), (b"a,b\n", 1)])
def test_a_file_that_ends_before_its_header_is_said_so(data: bytes, skip: int) -> None:
    with pytest.raises(SourceUnreadable, match="ends before its header"):
        rows(data, replace(NAMED, skip=skip))


def test_a_header_that_names_a_column_twice_stops_the_import() -> None:
    with pytest.raises(SourceUnreadable):
        rows(b"a,c,c\n1,2,3\n", NAMED)


def test_other_encodings_are_read_as_the_map_says() -> None:
    data = "姓名,城市,语言\n".encode("gb18030")
    layout = Layout(Format.CSV, (1, 2, 3), encoding="gb18030")
    assert cells(data, layout) == [("姓名", "城市", "语言")]


def test_a_row_does_not_show_its_cells() -> None:
    assert "secret" not in repr(rows(b"secret,secret,secret\n", THREE))


@pytest.mark.parametrize(
    ("data", "layout", "skipped"),
    [
        (b'#\n#\n"a\n1",b,c\n1,2,3\n\n4,5,6\n', replace(NAMED, skip=2), [1, 2, 3, 6]),
        (b"\n1 2\n \n", Layout(Format.BLANKS, (1,)), [1, 3]),
        (b"1", Layout(Format.BLANKS, (1,), skip=3), [1]),
        (b"a,b,c\n", NAMED, [1]),
    ],
)
def test_what_is_no_record_is_a_row_that_says_so(
    data: bytes, layout: Layout, skipped: list[int]
) -> None:
    layout = replace(layout, columns=("b", "c")) if layout.header else layout
    assert [row.line for row in every(data, layout) if row.skipped] == skipped


@given(
    st.lists(
        st.lists(
            st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\0")),
            min_size=3,
            max_size=3,
        ),
        max_size=8,
    )
)
def test_what_the_csv_module_writes_is_read_back(table: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(table)
    data = text.getvalue().encode()
    assert [list(row.cells) for row in rows(data, THREE)] == table


@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            THREE,
            NAMED,
            Layout(Format.JSONL, ("a",)),
            Layout(Format.BLANKS, (1,)),
            Layout(Format.FIXED, ((1, 3),)),
        ]
    ),
)
def test_any_bytes_at_all_are_rows_or_one_error(data: bytes, layout: Layout) -> None:
    found, said = [], ""
    try:
        found = every(data, layout)
    except SourceUnreadable as error:
        said = error.detail
    assert not said or layout.header or "byte-order mark says" in said
    assert all(row.fault or row.cells or row.skipped for row in found)
    covered = [n for row in found for n in range(row.line, row.last + 1)]
    assert covered == list(range(1, len(covered) + 1))


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress, lzma.compress])
def test_a_file_is_the_same_however_it_is_compressed(
    tmp_path: Path, pack: Pack
) -> None:
    data = b"".join(json.dumps({"a": n}).encode() + b"\n" for n in range(5000))
    path = put(tmp_path / "file", pack(data))
    plain = put(tmp_path / "plain", data)

    assert fingerprint(path) == fingerprint(plain)
    assert fingerprint(path).lines == 5000
    with opened(path) as stream:
        found = list(read_rows(stream, Layout(Format.JSONL, ("a",))))
    assert [row.cells for row in found] == [(n,) for n in range(5000)]


def test_a_last_line_without_its_end_is_counted(tmp_path: Path) -> None:
    assert fingerprint(put(tmp_path / "a", b"1\n2")).lines == 2
    assert fingerprint(put(tmp_path / "b", b"1\n2\n")).lines == 2
    assert fingerprint(put(tmp_path / "c", b"")).lines == 0


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_damaged_compression_is_found_before_anything_is_imported(
    tmp_path: Path, pack: Pack
) -> None:
    whole = pack(b"line\n" * 20_000)
    for damaged in (whole[:-8], whole[:20] + b"\0\0" + whole[22:]):
        with pytest.raises(SourceUnreadable):
            fingerprint(put(tmp_path / "file", damaged))


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable):
        fingerprint(tmp_path / "nowhere")
