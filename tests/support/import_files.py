"""Maps and files for imports, as small as they can be."""

from pathlib import Path

from houses import HISTORY

from vault.imports.import_report import ImportReport, Refusal
from vault.imports.imports import Imports

PURCHASES = """\
version: 1
format: csv
header: true
customer: {columns: [who], region: eu, minor: "no"}
records:
  purchase:
    fields:
      date: {column: day, type: date}
      quantity: {column: pieces, type: integer}
      amount: {column: sum, type: decimal}
"""
BOTH = """\
version: 1
format: csv
header: true
customer: {columns: [id], region: eu, minor: "no"}
records:
  profile:
    each: customer
    fields:
      name: {column: name}
      email: {column: email}
  purchase:
    fields:
      date: {column: day, type: date}
      quantity: {value: "1", type: integer}
      amount: {column: sum, type: decimal}
"""
FIRST = "id,name,email,day,sum\n"
HEAD = "who,day,pieces,sum\n"


def lines(count: int, *, customers: int = 7, first: int = 0) -> str:
    """Write purchases as CSV, many of them truly identical."""
    return HEAD + "".join(
        f"c{first + n % customers},2026-01-{1 + n % 3:02},1,2.50\n"
        for n in range(count)
    )


def put(path: Path, content: str | bytes) -> Path:
    """Write a file and give its path."""
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(data)
    return path


def run(
    imports: Imports, folder: Path, content: str | bytes, map_: str = PURCHASES
) -> ImportReport:
    """Import a content by a map."""
    plan = imports.read_map(put(folder / "map.yaml", map_))
    return imports.run(HISTORY, plan, put(folder / "file", content))


def codes(report: ImportReport) -> list[tuple[int, str, str]]:
    """Give what was refused."""
    return [_as_tuple(each) for each in report.refusals]


def _as_tuple(refusal: Refusal) -> tuple[int, str, str]:
    return refusal.line, refusal.code, refusal.field


def full_width(text: str) -> str:
    """Write ASCII as East Asian programs may, at full width."""
    return "".join(chr(ord(each) + 0xFEE0) for each in text)
