"""Where a record ends: what stands in a text never becomes a record of its own."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.imports.input_files import MAX_LINE, InputLine, read_lines
from vault.imports.line_records import MAX_RECORD_LINES, TextRecord, quoted
from vault.imports.row_parsers import FileRow, Format, Layout, read_rows

TICKETS = Layout(Format.CSV, ("id", "text"), header=True)
HEAD = b"id,subject,text\n"
FORGED = b"\nvictim,forged,never written by them\nend"
AFTER = b'"\nc2,second,fine\n'


def read(data: bytes, layout: Layout = TICKETS) -> list[FileRow]:
    return list(read_rows(io.BytesIO(data), layout))


def told(data: bytes, layout: Layout = TICKETS) -> list[tuple[int, int, str]]:
    """Give the lines and the fault of each row, and hold that all lines are covered."""
    found = read(data, layout)
    covered = [n for row in found for n in range(row.line, row.last + 1)]
    assert covered == list(range(1, len(data.splitlines()) + 1))
    return [(row.line, row.last, row.fault) for row in found if not row.skipped]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"x" * 131_100 + FORGED, "line.too_long"),
        (b"y" * (MAX_LINE - 20) + FORGED, "line.too_long"),
        (b"y" * MAX_LINE + FORGED, "line.too_long"),
        (b"y" * (5 * MAX_LINE + 7) + FORGED, "line.too_long"),
        ((b"x" * 2_000 + b"\n") * 600 + FORGED, "line.too_long"),
        (b"\n" * MAX_RECORD_LINES + FORGED, "line.too_long"),
        (b'""' * MAX_LINE + FORGED, "line.too_long"),
        (b"\xff" + FORGED, "line.encoding"),
        (b"\xff" * (3 * MAX_LINE) + FORGED, "line.too_long"),
    ],
)
def test_a_record_that_cannot_be_read_ends_where_it_ends(
    text: bytes, fault: str
) -> None:
    data = HEAD + b'c1,hello,"' + text + AFTER
    last = len(data.splitlines())
    assert told(data) == [(2, last - 1, fault), (last, last, "")]
    assert read(data)[-1].cells == ("c2", "fine")


@pytest.mark.parametrize(
    "broken",
    [
        b'c1,"a"b,"c' + FORGED + b'"\n',  # something behind a mark that closes
        b'"c1"x,y,"' + FORGED + b'"\n',
        b'c1,x,"a' + FORGED + b'" \n',
        b'c1,x,y,"' + FORGED + b'"\n',  # a column too many
        b'"' + FORGED + b'"\n',  # too few
    ],
)
def test_a_broken_record_ends_where_it_would_have_ended(broken: bytes) -> None:
    data = HEAD + broken + b"c2,second,fine\n"
    ((first, last, fault), fine) = told(data)
    assert (first, last) == (2, 4)
    assert fault in {"line.csv", "line.columns"}
    assert fine == (5, 5, "")


@pytest.mark.parametrize(
    "text",
    [b'c1,24" screen,x\n', b'c1,a"b",c"\n', b'c1,x, "y\n', b'c1,it"s,"""q""\n"\n'],
)
def test_a_mark_within_a_cell_opens_nothing(text: bytes) -> None:
    data = HEAD + text + b"c2,second,fine\n"
    assert [fault for _, _, fault in told(data)] == ["", ""]


def test_lines_behind_a_mark_that_is_never_closed_are_in_one_refusal() -> None:
    lines = b"".join(b"c%d,day,fine\n" % n for n in range(4_000))
    data = HEAD + b'c1,day,"24 inch\n' + lines
    assert told(data) == [(2, 4_002, "line.unclosed")]


def test_where_texts_have_one_line_a_stray_mark_costs_its_own_line_alone() -> None:
    data = HEAD + b'c1,day,"24 inch\nc2,"a,b",fine\n'
    layout = replace(TICKETS, single_line=True)
    assert told(data, layout) == [(2, 2, "line.unclosed"), (3, 3, "")]
    assert read(data, layout)[-1].cells == ("c2", "fine")


def test_where_texts_have_no_marks_they_are_signs_like_any_other() -> None:
    data = HEAD + b'c1,day,"24 inch\n"c2",day,"fine"\n'
    found = read(data, replace(TICKETS, quote=""))
    assert [row.cells for row in found[1:]] == [("c1", '"24 inch'), ('"c2"', '"fine"')]


def test_another_mark_may_enclose_texts() -> None:
    data = HEAD.replace(b",", b"|") + b"c1|'a|''b''\n'|\"\n"
    layout = replace(TICKETS, columns=("subject", "text"), quote="'", separator="|")
    assert read(data, layout)[-1].cells == ("a|'b'\n", '"')


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_line_ends_in_any_of_the_usual_ways(end: bytes) -> None:
    data = (HEAD + b'c1,x,"a\nb"\n\nc2,y,z').replace(b"\n", end)
    assert told(data) == [(2, 3, ""), (5, 5, "")]
    assert read(data)[1].cells == ("c1", "a" + end.decode() + "b")


def test_a_row_knows_its_number_of_when_a_line_feed_alone_ended_a_line() -> None:
    data = HEAD + b'c1,x,"a\rb"\nc2,x,y\r\r\nc3,x,"a\nb"\nc4,x,y\n'
    found = [(row.line, row.old_line) for row in read(data) if row.cells]
    assert found == [(2, 2), (4, 3), (6, 4), (8, 6)]


def test_a_line_end_may_lie_between_two_readings() -> None:
    whole = HEAD + b"c1,x,y\r\n" * 3
    for size in range(1, 12):
        stream = _Slowly(whole, size)
        found = [line.text for line in read_lines(stream, "utf-8")]
        assert found == whole.decode().splitlines(keepends=True)


class _Slowly:
    """A stream that gives fewer bytes than it is asked for."""

    def __init__(self, data: bytes, size: int) -> None:
        self._file = io.BytesIO(data)
        self._size = size

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, self._size))


def test_a_name_in_the_header_may_run_over_lines() -> None:
    data = b'id,"sub\nject",text\nc1,hello,fine\n'
    assert told(data) == [(3, 3, "")]


SIGNS = st.text(alphabet="\"',;a\n\r", max_size=40)


@given(SIGNS, st.sampled_from(",;"), st.sampled_from("\"'"))
def test_records_end_where_the_csv_module_ends_them(
    text: str, separator: str, quote: str
) -> None:
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines, delimiter=separator, quotechar=quote)
    theirs = [reader.line_num for _ in reader]
    ours = [record.last for record in _records(lines, quote, separator)]
    assert ours == theirs


@given(SIGNS, st.integers(1, 5))
def test_pieces_of_a_line_are_read_as_the_line(text: str, size: int) -> None:
    line = text.replace("\n", "").replace("\r", "") + "\n"
    cut = [line[at : at + size] for at in range(0, len(line), size)]
    pieces = [InputLine(1, each, ends=each is cut[-1]) for each in cut]
    after = InputLine(2, "x\n")
    (whole, *_) = quoted([InputLine(1, line), after], '"', ",", multiline=True)
    (parts, *_) = quoted([*pieces, after], '"', ",", multiline=True)
    assert parts == whole


def _records(lines: list[str], quote: str, separator: str) -> list[TextRecord]:
    numbered = [InputLine(number, text) for number, text in enumerate(lines, 1)]
    return list(quoted(numbered, quote, separator, multiline=True))
