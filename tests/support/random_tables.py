"""Random tables in random dialects, written by the csv module or by a second writer.

What a reader has to find is known from the table, before anything is written: each
entry with the lines that it takes up, and its cells if it is a good one.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from hypothesis import strategies as st

HEADER: Final = ("id", "subject", "text")

_LETTERS: Final = {
    ("utf-8", "utf-8", b""): "aé你😀\ue000\u2028",
    ("utf-8", "utf-8", b"\xef\xbb\xbf"): "aé你",
    ("utf-16", "utf-16-le", b"\xff\xfe"): "aഊਊ😀",
    ("utf-16", "utf-16-be", b"\xfe\xff"): "aഊਊ😀",
    ("utf-16-le", "utf-16-le", b""): "aഊਊ",
    ("gb18030", "gb18030", b"\x84\x31\x95\x33"): "a你㐀",
    ("gb18030", "gb18030", b""): "a你㐀",
    ("big5", "cp950", b""): "a功許蓋",
    ("shift_jis", "cp932", b""): "a表ソ十ー",
    ("euc-jp", "euc_jp", b""): "a表ソ",
    ("euc-kr", "cp949", b""): "a안똠",
    ("cp1252", "cp1252", b""): "aé€",
    ("latin-1", "latin-1", b""): "aéÿ",
}


@dataclass(frozen=True)
class Dialect:
    """How a table is written."""

    encoding: str
    codec: str
    mark: bytes
    letters: str
    separator: str
    quote: str
    end: str
    skipped: tuple[str, ...]
    ends: bool
    by_csv_module: bool
    quotes_all: bool
    customers: tuple[str, ...]  # the last is nobody: only texts name them

    @property
    def map_options(self) -> str:
        """The lines of a map that say so."""
        return (
            f"format: csv\nheader: true\nencoding: {self.encoding}\n"
            f'separator: "{self.separator}"\nskip: {len(self.skipped)}\n'
            + ("" if self.quote == '"' else f'quote: "{self.quote}"\n')
        )


class Entry(NamedTuple):
    """A piece of a file: cells that are to be written, or a text as it is."""

    cells: tuple[str, ...] = ()
    text: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.cells and not self.text


class Found(NamedTuple):
    """What has to be found from `first` to `last`; cells if it is a good one."""

    first: int
    last: int
    cells: tuple[str, ...] = ()
    skipped: bool = False


class Written(NamedTuple):
    """A file, and what has to be found in it."""

    data: bytes
    found: list[Found]
    dialect: Dialect


@st.composite
def dialects(
    draw: st.DrawFn, customers: tuple[str, ...] = ("c1", "c2", "victim")
) -> Dialect:
    """Draw a dialect, for a file about these customers."""
    encoding, codec, mark = draw(st.sampled_from(sorted(_LETTERS)))
    return Dialect(
        encoding=encoding,
        codec=codec,
        mark=mark,
        letters=_LETTERS[encoding, codec, mark],
        separator=draw(st.sampled_from([",", ";", "\t", "|"])),
        quote=draw(st.sampled_from(['"', "'"])),
        end=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        skipped=tuple(draw(st.lists(st.sampled_from(["", "#", '"']), max_size=2))),
        ends=draw(st.booleans()),
        by_csv_module=draw(st.booleans()),
        quotes_all=draw(st.booleans()),
        customers=customers,
    )


@st.composite
def tables(draw: st.DrawFn, dialect: Dialect) -> list[tuple[str, ...]]:
    """Draw the cells of good lines: whose, a subject, a text that has all signs."""
    signs = dialect.separator + dialect.quote + " \n\r" + dialect.letters
    words = st.text(alphabet=signs.replace("\n", "").replace("\r", ""), max_size=6)
    texts = st.text(alphabet=signs, max_size=12)
    row = st.tuples(st.sampled_from(dialect.customers[:-1]), words, texts)
    table = draw(st.lists(row, max_size=9))
    again = st.lists(st.sampled_from(table), max_size=3) if table else st.just([])
    return table + draw(again)


def broken(dialect: Dialect) -> st.SearchStrategy[str]:
    """Draw a text that is no record, of lines that look like one."""
    first, *_, nobody = dialect.customers
    mark, between = dialect.quote, dialect.separator
    forged = dialect.end + between.join((nobody, "forged", "text"))
    within = f"{mark}a{forged}{dialect.end}{mark}"
    return st.sampled_from(
        [
            between.join((first, f"{mark}a{mark}b", "x")),
            between.join((first, "x", f"{within} ")),
            between.join((first, f"{within}x", f"{mark}{forged}{mark}")),
            between.join((first, "x")),
            between.join((first, "x", "y", within)),
            between.join((within, "")),
        ]
    )


@st.composite
def files(
    draw: st.DrawFn, dialect: Dialect, table: Sequence[tuple[str, ...]]
) -> Written:
    """Write a table with blank and broken lines among its good ones."""
    entries = [Entry(cells=cells) for cells in table]
    for text in draw(st.lists(st.just("") | broken(dialect), max_size=5)):
        entries.insert(draw(st.integers(0, len(entries))), Entry(text=text))
    whole = [*entries, *draw(_unclosed(dialect))]
    return written(dialect, whole)


def _unclosed(dialect: Dialect) -> st.SearchStrategy[list[Entry]]:
    """Draw an end of a file in which a text is never closed, or none."""
    first, *_, nobody = dialect.customers
    opening = dialect.separator.join((first, "x", f"{dialect.quote}y"))
    lines = [opening, *[dialect.separator.join((nobody, "forged", "text"))] * 2]
    ends = [dialect.end.join(lines[:count]) for count in (1, 3)]
    return st.sampled_from([[], [], *([Entry(text=text)] for text in ends)])


def written(dialect: Dialect, entries: Sequence[Entry]) -> Written:
    """Write entries, and say where each has to be found."""
    texts, found, line = [], [], 1
    for text in dialect.skipped:
        texts.append(text + dialect.end)
        found.append(Found(line, line, skipped=True))
        line += 1
    for number, entry in enumerate([Entry(cells=HEADER), *entries]):
        text = _text(dialect, entry) + dialect.end
        last = line + len(re.findall(r"\r\n|\r|\n", text)) - 1
        cells = entry.cells if number else ()
        found.append(Found(line, last, cells, entry.is_blank or not number))
        texts.append(text)
        line = last + 1
    whole = "".join(texts)
    if not dialect.ends and texts[-1] != dialect.end:
        whole = whole.removesuffix(dialect.end)
    return Written(dialect.mark + whole.encode(dialect.codec), found, dialect)


def _text(dialect: Dialect, entry: Entry) -> str:
    if not entry.cells:
        return entry.text
    if dialect.by_csv_module:
        return _by_csv_module(dialect, entry.cells)
    return dialect.separator.join(_cell(dialect, cell) for cell in entry.cells)


def _by_csv_module(dialect: Dialect, cells: Sequence[str]) -> str:
    # By itself, it leaves a cell bare whose line ends are not those of the file.
    bare = not dialect.quotes_all and dialect.end == "\r\n"
    text = io.StringIO(newline="")
    csv.writer(
        text,
        delimiter=dialect.separator,
        quotechar=dialect.quote,
        quoting=csv.QUOTE_MINIMAL if bare else csv.QUOTE_ALL,
        lineterminator="\r\n",
    ).writerow(cells)
    return text.getvalue().removesuffix("\r\n")


def _cell(dialect: Dialect, cell: str) -> str:
    enclosed = dialect.quotes_all or any(sign in cell for sign in "\r\n")
    enclosed = enclosed or dialect.separator in cell or cell.startswith(dialect.quote)
    if not enclosed:
        return cell
    doubled = cell.replace(dialect.quote, dialect.quote * 2)
    return f"{dialect.quote}{doubled}{dialect.quote}"
