"""What docs/cli.md says of files is what the program reads and tells."""

import re

from documents import ROOT

from vault.imports.encodings import ENCODINGS
from vault.imports.line_records import MAX_RECORD_LINES

CODES = re.compile(r"\"(line\.[a-z_]+)\"")


def _section(head: str) -> str:
    _, _, rest = (ROOT / "docs/cli.md").read_text(encoding="utf-8").partition(head)
    return rest.partition("\n#")[0]


def test_every_encoding_is_named_and_no_other() -> None:
    first = _section("### Encodings").strip().partition(".")[0]
    assert re.findall(r"`([a-z0-9_-]+)`", first) == list(ENCODINGS)


def test_every_code_of_a_line_is_in_the_table() -> None:
    used = {
        code
        for path in (ROOT / "vault").rglob("*.py")
        for code in CODES.findall(path.read_text(encoding="utf-8"))
    }
    table = _section("### What may be wrong with a line")
    assert used == set(re.findall(r"`(line\.[a-z_]+)`", table))


def test_the_bound_of_a_record_is_told() -> None:
    assert f"{MAX_RECORD_LINES:,} lines long" in _section("### How a file is divided")
