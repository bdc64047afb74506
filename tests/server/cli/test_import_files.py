"""Files as they come in by the command line: broken, foreign, saved by Excel."""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from commands import Ran, allod

from server.cli.console import ExitCode
from server.cli.program import run

TICKETS = """\
version: 1
format: csv
header: true
customer: {columns: [id], region: eu, minor: "no"}
records:
  ticket:
    each: line
    fields:
      subject: {column: subject}
      text: {column: text}
"""
PURCHASES = """\
version: 1
format: csv
header: true
customer: {columns: [id], region: eu, minor: "no"}
records:
  purchase:
    each: line
    fields:
      date: {column: day, type: date}
      quantity: {column: n, type: integer}
      amount: {column: amount, type: decimal}
      product: {column: product}
"""
BOUGHT = "id,day,n,amount,product\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = tmp_path / "home"
    assert allod("init", "--home", home, "--origin", "vault.test/allod").code == 0
    monkeypatch.setenv("ALLOD_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return home


def import_(data: str | bytes, map_: str = PURCHASES) -> Ran:
    Path("map.yaml").write_text(map_, encoding="utf-8")
    Path("in.csv").write_bytes(data if isinstance(data, bytes) else data.encode())
    return allod("import", "--map", "map.yaml", "in.csv", "--json")


def refused(ran: Ran) -> list[tuple[int, str]]:
    return [(each["line"], each["code"]) for each in ran.document["refusals"]]


def held(customer: str, collection: str = "purchase") -> list[dict[str, Any]]:
    """Give what a customer's own archive holds of a collection; nothing if unknown."""
    out = Path(f"{customer}.zip")
    out.unlink(missing_ok=True)
    ran = allod("export", customer, "--out", out)
    if ran.code == ExitCode.NOT_FOUND:
        return []
    assert ran.code == ExitCode.OK
    with ZipFile(out) as archive:
        document = json.loads(archive.read(f"records/{collection}.json"))
    return [each["values"] for each in document["records"]]


@pytest.mark.parametrize(
    "text",
    [
        "".join("x" * 90 + "\n" for _ in range(1_600)),
        "y" * (1 << 20) + "\n",
        "\n" * 1_001,
    ],
)
def test_lines_of_a_long_text_are_nobodys_records(home: Path, text: str) -> None:
    forged = f'c1,hello,"{text}victim,forged,never written by them\nend"\n'
    ran = import_(f"id,subject,text\n{forged}c2,second,fine\n", TICKETS)
    assert refused(ran) == [(2, "line.too_long")]
    assert (held("victim", "ticket"), held("c1", "ticket")) == ([], [])
    assert held("c2", "ticket") == [{"subject": "second", "text": "fine"}]


def test_a_text_of_several_lines_is_one_record(home: Path) -> None:
    ran = import_('id,subject,text\nc1,hello,"a\nvictim,forged,text\nb"\n', TICKETS)
    assert refused(ran) == []
    assert held("victim", "ticket") == []
    assert held("c1", "ticket")[0]["text"] == "a\nvictim,forged,text\nb"


def test_a_file_that_came_in_before_in_part_is_told_what_a_corrected_line_becomes(
    home: Path,
) -> None:
    lines = "".join(f"o{n},2024-01-0{n},1,{n}.00,lamp\n" for n in (1, 2))
    assert import_(BOUGHT + lines).document["corrected_is_second"] == []
    longer = import_(BOUGHT + lines + "o3,2024-01-03,1,3.00,lamp\n")
    assert longer.document["corrected_is_second"] == ["purchase"]
    Path("in.csv").write_text(
        Path("in.csv").read_text("utf-8") + "o4,2024-01-04,1,4,\n"
    )
    said = allod("import", "--map", "map.yaml", "in.csv").out
    assert "corrected since is a second record" in said
    named = PURCHASES.replace("    fields:", "    id: [day]\n    fields:")
    assert import_(BOUGHT + lines, named).document["corrected_is_second"] == []


STRAY = BOUGHT + "".join(
    f"c{n},2024-01-05,1,{n}.00,{chr(34) * (n == 10)}24 inch {n}\n" for n in range(1, 41)
)


def test_lines_behind_a_mark_that_is_never_closed_are_refused_and_told(
    home: Path,
) -> None:
    ran = import_(STRAY)
    assert refused(ran) == [(11, "line.unclosed")]
    assert ran.document["refusals"][0]["last"] == 41
    assert (ran.document["lines"], ran.document["refused"]) == (41, 31)
    told = allod("import", "--map", "map.yaml", "in.csv").out
    assert "lines 11 to 41: line.unclosed" in told
    assert [len(held(name)) for name in ("c9", "c10", "c11", "c40")] == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("option", "lost"), [("single_line: true", ["c10"]), ("quote: none", [])]
)
def test_a_map_that_says_how_texts_stand_keeps_the_lines_behind_a_stray_mark(
    home: Path, option: str, lost: list[str]
) -> None:
    ran = import_(STRAY, PURCHASES.replace("header: true", f"header: true\n{option}"))
    assert refused(ran) == [(11, "line.unclosed")] * len(lost)
    names = ("c9", "c10", "c11", "c40")
    assert [name for name in names if not held(name)] == lost


def in_encoding(name: str) -> str:
    return PURCHASES.replace("header: true", f"header: true\nencoding: {name}")


@pytest.mark.parametrize(
    ("codec", "declared", "product"),
    [
        ("cp932", "shift_jis", "表ソ能ブレーキ"),
        ("cp950", "big5", "煞車片許功蓋"),
        ("cp949", "euc-kr", "브레이크"),
        ("gb18030", "gb18030", "刹车片頭"),
        ("utf-16", "utf-16", "刹车片"),
        ("utf-16-le", "utf-16-le", "刹车片"),
    ],
)
def test_files_of_the_far_east_come_in_as_they_were_written(
    home: Path, codec: str, declared: str, product: str
) -> None:
    data = f"{BOUGHT}c1,2024-01-05,1,10.00,{product}\r\n".encode(codec)
    ran = import_(data, in_encoding(declared))
    assert refused(ran) == []
    assert ran.document["encoding"].startswith(declared)
    assert held("c1")[0]["product"] == product


def test_a_file_in_another_encoding_than_its_map_says_is_refused(home: Path) -> None:
    data = f"{BOUGHT}c1,2024-01-05,1,10.00,煞車片許功蓋\n".encode("cp950")
    ran = import_(data, in_encoding("gb18030"))
    assert refused(ran) == [(2, "line.wrong_encoding")]
    assert held("c1") == []


@pytest.mark.parametrize(
    ("codec", "declared", "said"),
    [
        ("utf-16", "utf-8", "mark says utf-16-le, the map says utf-8"),
        ("utf-16-le", "utf-8", "header is not written in utf-8"),
        ("utf-8-sig", "gb18030", "mark says utf-8, the map says gb18030"),
    ],
)
def test_an_encoding_that_shows_itself_is_told_before_anything_is_written(
    home: Path, codec: str, declared: str, said: str
) -> None:
    data = f"{BOUGHT}c1,2024-01-05,1,10.00,x\n".encode(codec)
    ran = import_(data, in_encoding(declared))
    assert ran.code == ExitCode.USAGE
    assert said in ran.document["error"]["detail"]
    assert "encoding" in ran.document["error"]["fix"]
    assert held("c1") == []


class Terminal(io.StringIO):
    """Standard output that a person looks at."""

    def isatty(self) -> bool:
        return True


def seen(map_: str, data: bytes, *options: str) -> str:
    """Give what a person sees of an import at a terminal."""
    Path("map.yaml").write_text(map_, encoding="utf-8")
    Path("in.csv").write_bytes(data)
    with redirect_stdout(Terminal()) as out:
        assert run(["import", "--map", "map.yaml", "in.csv", *options]) == ExitCode.OK
    return out.getvalue()


SHOWN = f"{BOUGHT}c1,2024-01-05,1,10.00,\x1b[2J表ソ能\n"


def test_a_person_sees_what_is_read_before_anything_is_written(home: Path) -> None:
    told = seen(in_encoding("gb18030"), SHOWN.encode("cp932"))
    assert "read as gb18030" in told
    assert "product" in told
    assert SHOWN.encode("cp932").decode("gb18030").split("[2J")[1].strip() in told
    assert told.index("begins so") < told.index("records written")
    assert "\x1b[2J" not in told


def test_neither_a_log_nor_a_program_is_shown_what_is_read(home: Path) -> None:
    data = SHOWN.encode("cp932")
    Path("map.yaml").write_text(in_encoding("shift_jis"), encoding="utf-8")
    Path("in.csv").write_bytes(data)
    assert "表" not in allod("import", "--map", "map.yaml", "in.csv").out
    assert "表" not in seen(in_encoding("shift_jis"), data, "--json")


def test_what_shows_itself_needs_no_eye(home: Path) -> None:
    assert "表" not in seen(PURCHASES, SHOWN.encode())


ONE = "c1,2024-01-05,1,10.00,Lamp"


@pytest.mark.parametrize(
    ("data", "bad"),
    [
        pytest.param(
            "\ufeff" + BOUGHT.replace("id", '"id"', 1) + ONE + "\n",
            [],
            id="a mark before a quoted name",
        ),
        pytest.param(
            (BOUGHT + ONE).replace("\n", "\r\n"), [], id="no end of the last line"
        ),
        pytest.param(
            BOUGHT.replace("n,", "n,x,x,", 1) + ONE.replace(",1,", ",1,,,") + "\n",
            [],
            id="a name twice that the map does not use",
        ),
        pytest.param(
            BOUGHT + ONE + "\n,,,,\n,,,,\n\n",
            [(3, "customer.missing"), (4, "customer.missing")],
            id="empty lines of a spreadsheet",
        ),
        pytest.param(
            BOUGHT + ONE + "\n" + ONE.replace("Lamp", "La\0mp") + "\n",
            [(3, "record.invalid")],
            id="a NUL in a cell",
        ),
        pytest.param(
            (BOUGHT + ONE + "\n").encode()
            + ONE.replace("Lamp", "Grün").encode("cp1252"),
            [(3, "line.encoding")],
            id="cp1252 read as UTF-8",
        ),
    ],
)
def test_what_spreadsheets_do_to_a_file_costs_no_good_line(
    home: Path, data: str | bytes, bad: list[tuple[int, str]]
) -> None:
    assert refused(import_(data)) == bad
    assert [each["product"] for each in held("c1")] == ["Lamp"]


def test_a_name_twice_that_the_map_uses_stops_the_import(home: Path) -> None:
    ran = import_(BOUGHT.replace("n,", "n,n,", 1) + ONE.replace(",1,", ",1,1,"))
    assert ran.code == ExitCode.USAGE
    assert "has twice: n" in ran.document["error"]["detail"]
    assert held("c1") == []
