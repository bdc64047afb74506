"""Addresses and numbers that nobody can have: written, and told by field and line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import allod
from import_files import put

MAP = """\
version: 1
format: csv
header: true
customer: {columns: [who], region: eu, minor: "no"}
records:
  profile:
    each: customer
    fields:
      name: {column: name}
      email: {column: mail}
      phone: {column: phone}
"""
HEAD = "who,name,mail,phone\n"
LINES = "".join(f"c{n},canary,,+49 {n}\n" for n in range(1, 13)) + (
    "ada,canary,canary..@docomo.ne.jp,+49 30 5550170\n"
    "bob,canary,bob@example.org,+49 30 5550171\n"
    "eve,,canary..@example.org,+49 2\n"  # no name: refused, and nothing is held of it
)
TOLD = {
    "email": {"records": 1, "lines": [14]},
    "phone": {"records": 12, "lines": list(range(2, 12))},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("doubtful") / "home"
    assert allod("init", "--home", home, "--origin", "vault.test/allod").code == 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ALLOD_HOME", str(home))
        yield home


@pytest.mark.usefixtures("home")
def test_they_are_counted_by_field_with_the_lines_of_the_first(tmp_path: Path) -> None:
    command = "import", "--map", put(tmp_path / "map.yaml", MAP)
    file = put(tmp_path / "lines.csv", HEAD + LINES)
    tried = allod(*command, file, "--check", "--json")
    ran = allod(*command, file, "--json")
    again = allod(*command, file)
    for each in (tried, ran):
        assert each.document["doubtful"] == TOLD
        assert each.document["refused"] == 1
        assert "canary" not in each.out + each.err
    assert "  doubtful, and kept, 1 times: field email, line 14\n" in again.out
    places = "lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …"
    assert f"  doubtful, and kept, 12 times: field phone, {places}\n" in again.out
    assert "canary" not in again.out + again.err


@pytest.mark.usefixtures("home")
def test_a_file_without_any_tells_of_none(tmp_path: Path) -> None:
    command = "import", "--map", put(tmp_path / "map.yaml", MAP)
    file = put(tmp_path / "lines.csv", HEAD + "dan,Dan,dan@example.org,\n")
    assert "doubtful" not in allod(*command, file).out
    assert allod(*command, file, "--json").document["doubtful"] == {}
