"""What an import tells of itself: whose records it kept out, and in which encoding."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Ran, allod
from import_files import BOTH, FIRST, HEAD, PURCHASES, put

NAMED = BOTH.replace("  purchase:\n", "  purchase:\n    id: [day]\n")
ADA = FIRST + "ada,Ada,a@example.org,2026-01-01,1\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = tmp_path / "home"
    assert allod("init", "--home", home, "--origin", "vault.test/allod").code == 0
    monkeypatch.setenv("ALLOD_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return home


def import_(content: bytes | str, map_: str, *options: str) -> Ran:
    put(Path("map.yaml"), map_)
    put(Path("in.csv"), content)
    return allod("import", "--map", "map.yaml", "in.csv", *options)


def test_a_refusal_says_which_record_of_the_line_was_kept_out(home: Path) -> None:
    import_(ADA, NAMED)
    changed = ADA.replace(",1\n", ",2\n")
    (refusal,) = import_(changed, NAMED, "--json").document["refusals"]
    said = {"line": 2, "code": "record.differs", "field": "", "collection": "purchase"}
    assert refusal == said
    assert "line 2: record.differs of purchase" in import_(changed, NAMED).out


def test_a_value_that_does_not_fit_is_told_with_its_collection(home: Path) -> None:
    told = import_(ADA.replace("2026-01-01", "never"), NAMED)
    assert "line 2: value.date, field date of purchase" in told.out


def test_a_trial_says_the_encoding_once_and_counts_nobody_as_new(home: Path) -> None:
    foreign = PURCHASES.replace("header: true", "header: true\nencoding: utf-16")
    content = (HEAD + "ada,2026-01-01,1,10\n").encode("utf-16")
    told = import_(content, foreign, "--check")
    assert told.out.count("read as utf-16-le") == 1
    assert "utf-8" not in told.out
    assert "new customers" not in told.out
    document = import_(content, foreign, "--check", "--json").document
    assert document["encoding"] == "utf-16-le"
    assert "customers" not in document
    came = import_(content, foreign, "--json").document
    assert (came["encoding"], came["customers"]) == ("utf-16-le", 1)
