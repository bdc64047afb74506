"""An organisation's file: read into a chart, or into what is wrong at which place."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from vault.organisation.org_yaml import OrgError, load
from vault.organisation.organisation import Post, Unit

NOW = datetime(2026, 11, 22, tzinfo=UTC)
GOOD = """version: 1
units:
  - unit: school
    kind: school
    units:
      - unit: campus.north
        kind: campus
        posts:
          - {staff: kim, until: "2027-07-31T00:00:00Z"}
      - {unit: campus.south, kind: campus}
  - {unit: shop, kind: shop}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "org.yaml"
    file.write_text(text, "utf-8")
    return file


def faults(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(OrgError) as wrong:
        load(written(folder, text), now=NOW, by="ann")
    return wrong.value.faults_at


def test_units_stand_after_what_they_are_in(tmp_path: Path) -> None:
    chart = load(written(tmp_path, GOOD), now=NOW, by="ann")
    assert chart.units == (
        Unit("school", "school"),
        Unit("campus.north", "campus", "school"),
        Unit("campus.south", "campus", "school"),
        Unit("shop", "shop"),
    )
    ends = datetime(2027, 7, 31, tzinfo=UTC)
    assert chart.posts == (Post("kim", "campus.north", ends),)


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ("version: 1", "version: 2", "org.yaml:1:10:", "whole number"),
        ("kind: school", "kin: school", "org.yaml:4:5:", "means nothing here"),
        ("unit: shop", "unit: school", "org.yaml:11:12:", "once"),
        ("unit: shop", "unit: The Shop", "org.yaml:11:12:", "small letters"),
        ("staff: kim", "staff: ann", "org.yaml:9:21:", "nobody gives themselves"),
        ("2027-07-31T00:00:00Z", "next year", "org.yaml:9:33:", "an instant"),
        ("2027-07-31T00", "2026-07-31T00", "org.yaml:9:33:", "has passed"),
        ('00Z"}', '00"}', "org.yaml:9:33:", "an instant"),
        ("- {unit: shop, kind: shop}", "- shop", "org.yaml:11:5:", "mapping"),
        ("units:\n  -", "units: 3\n  -", "org.yaml:3:", "not YAML"),
    ],
)
def test_each_fault_is_told_with_file_line_and_column(
    tmp_path: Path, old: str, new: str, place: str, says: str
) -> None:
    found = faults(tmp_path, GOOD.replace(old, new, 1))
    assert any(each.startswith(place) and says in each for each in found), found


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("unit: shop", "unit: school").replace("kim", "ann")
    assert len(faults(tmp_path, text)) == 2


def test_a_file_that_is_not_there_is_told_too(tmp_path: Path) -> None:
    with pytest.raises(OrgError) as wrong:
        load(tmp_path / "none.yaml", now=NOW, by="ann")
    assert wrong.value.faults_at[0].startswith("none.yaml:1:1:")


def test_an_alias_that_leads_back_to_itself_ends(tmp_path: Path) -> None:
    text = "version: 1\nunits: &all\n  - {unit: a, kind: k, units: *all}\n"
    assert "no aliases" in faults(tmp_path, text)[0]


def test_a_tree_is_of_a_sane_depth(tmp_path: Path) -> None:
    deep = "".join(
        f"{'  ' * level}units:\n{'  ' * level}- unit: u{level}\n"
        f"{'  ' * level}  kind: k\n"
        for level in range(34)
    )
    assert "32 deep" in faults(tmp_path, f"version: 1\n{deep}")[0]
