"""What a refused line is told by: what the catalogue wants of its field, no value."""

import json
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
  ticket:
    fields:
      subject: {column: subject}
      text: {column: text}
      status: {column: state}
"""
HEAD = "who,name,mail,subject,text,state\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("refusals") / "home"
    assert allod("init", "--home", home, "--origin", "vault.test/allod").code == 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ALLOD_HOME", str(home))
        yield home


@pytest.mark.parametrize(
    ("line", "field", "wants"),
    [
        (
            "ada,,a@example.org,s,t,open",
            "name",
            "required: one line of text, of at most",
        ),
        ("ada,canary,canary at home,s,t,open", "email", "write an e-mail address"),
        ("ada,canary,,s,t,canary", "status", "write one of: open, waiting, closed"),
        (f"ada,canary,,{'canary' * 40},t,open", "subject", "write at most 200 char"),
        ("ada,canary,,,,open", "subject", "of text, of at most 200 characters; text: "),
    ],
)
@pytest.mark.usefixtures("home")
def test_a_record_that_the_catalogue_refuses_is_told_with_what_it_wants(
    tmp_path: Path, line: str, field: str, wants: str
) -> None:
    map_ = put(tmp_path / "map.yaml", MAP)
    file = put(tmp_path / "lines.csv", f"{HEAD}{line}\n")
    kept = tmp_path / "refused.jsonl"

    said = allod("import", "--map", map_, file)
    ran = allod("import", "--map", map_, file, "--refused", kept, "--json")

    (refusal,) = ran.document["refusals"]
    assert (refusal["line"], refusal["code"]) == (2, "record.invalid")
    assert refusal["field"] == field
    assert wants in refusal["wants"]
    assert json.loads(kept.read_text("utf-8")) == refusal
    where = f"field {field} of {refusal['collection']}"
    assert f"line 2: record.invalid, {where}: {refusal['wants']}" in said.out
    assert "canary" not in said.out + said.err + ran.out + ran.err + kept.read_text()
