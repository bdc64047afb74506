"""An import is the same wherever it runs: locale, time zone, the names of its files."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

PROGRAM = (sys.executable, "-c", "from server.cli import main; main()")
MAP = """\
version: 1
format: csv
header: true
customer: {columns: [id], region: eu, minor: "no"}
records:
  ticket:
    each: line
    fields:
      subject: {column: 主题}
      text: {column: text}
      opened: {column: at, type: instant, zone: Europe/Berlin}
  purchase:
    each: line
    fields:
      date: {column: day, type: date}
      quantity: {column: n, type: integer}
      amount: {column: amount, type: decimal}
"""
NAME, REFUSED = b"k\xe4ufe \xff.csv", b"no \xe9.jsonl"  # Latin-1, no UTF-8
TABLE = (
    "id,主题,text,at,day,n,amount\n"
    "zoe,刹车片,Grüße,2024-07-05T01:30:00,2024-07-05,1,2.50\n"
    "c2,x,y,2024-07-05T01:30:00,not a day,1,2.50\n"
)


def ran(
    folder: Path, variables: Mapping[str, str], *arguments: str | bytes
) -> "subprocess.CompletedProcess[bytes]":
    plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=folder,
        env={**plain, "PYTHONPATH": os.pathsep.join(sys.path), **variables},
        capture_output=True,
        check=False,
    )


def held(archive: Path, collection: str) -> list[dict[str, Any]]:
    with ZipFile(archive) as opened:
        document = json.loads(opened.read(f"records/{collection}.json"))
    return [each["values"] for each in document["records"]]


@pytest.mark.parametrize(
    ("variables", "option"),
    [
        ({"LC_ALL": "C.UTF-8"}, []),
        ({"LC_ALL": "C"}, ["--json"]),
        ({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, []),
        ({"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}, ["--json"]),
        ({"LC_ALL": "C.UTF-8", "TZ": "Asia/Kathmandu"}, ["--json"]),
    ],
    ids=["plain", "C", "C without UTF-8", "C without UTF-8, JSON", "Kathmandu"],
)
def test_a_file_comes_in_as_it_is_in_any_locale_zone_and_under_any_name(
    tmp_path: Path, variables: dict[str, str], option: list[str]
) -> None:
    variables = {**variables, "ALLOD_HOME": "home"}
    (tmp_path / "map.yaml").write_text(MAP, encoding="utf-8")
    (tmp_path / os.fsdecode(NAME)).write_text(TABLE, encoding="utf-8")
    made = ran(tmp_path, variables, "init", "--origin", "vault.test/allod")
    assert made.returncode == 0, made.stderr
    done = ran(
        tmp_path,
        variables,
        *("import", "--map", "map.yaml", "--refused", REFUSED, NAME, *option),
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    no = json.loads((tmp_path / os.fsdecode(REFUSED)).read_bytes())
    assert (no["line"], no["code"]) == (3, "value.date")
    if option:
        report = json.loads(done.stdout)
        assert (report["written"], report["refused"], report["lines"]) == (1, 1, 3)
    listed = ran(tmp_path, variables, "imports", "list", *option)
    assert listed.returncode == 0, listed.stderr
    if option:
        assert len(json.loads(listed.stdout)["imports"]) == 1
    taken = ran(tmp_path, variables, "export", "zoe", "--out", "zoe.zip")
    assert taken.returncode == 0, taken.stderr
    ticket = {"subject": "刹车片", "text": "Grüße", "opened": "2024-07-04T23:30:00Z"}
    assert held(tmp_path / "zoe.zip", "ticket") == [ticket]
    assert [each["date"] for each in held(tmp_path / "zoe.zip", "purchase")] == [
        "2024-07-05"
    ]
