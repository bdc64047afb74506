"""docs/catalogue.md says every option of the catalogue, and none that there is not."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from documents import ROOT

from consent.purposes import LawfulBasis
from vault import Catalog
from vault.catalog.catalog import CatalogueError, DataClass, FieldType, IdentifierKind
from vault.catalog.fields import DEFAULT_MAX
from vault.gate.masking import DRAWINGS

PAGE = (ROOT / "docs/catalogue.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]


def rows(head: str, text: str = PAGE) -> list[list[str]]:
    """Give the cells of the rows of the table under a heading row."""
    _, _, rest = text.partition(head)
    table = rest.strip().splitlines()[1:]
    cells = []
    for line in table:
        if not line.startswith("|"):
            break
        cells.append([each.strip() for each in line.strip("|").split("|")])
    return cells


def words(cells: Iterable[str]) -> list[str]:
    return [each.strip("`") for each in cells]


def test_the_example_is_a_catalogue(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text(EXAMPLE, encoding="utf-8")
    assert list(Catalog.load(tmp_path / "catalogue.yaml").collections) == ["account"]


@pytest.mark.parametrize(
    ("head", "put_in"),
    [
        ("## A collection", "  account:\n"),
        ("## A field", "      email: {"),
    ],
)
def test_every_option_is_named_and_no_other(
    tmp_path: Path, head: str, put_in: str
) -> None:
    _, _, section = PAGE.partition(head)
    told = set(words(row[0] for row in rows("| option | what it says |", section)))
    strange = "strange: 1, " if put_in.endswith("{") else "    strange: 1\n"
    file = tmp_path / "catalogue.yaml"
    file.write_text(EXAMPLE.replace(put_in, put_in + strange, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        Catalog.load(file)
    (fault,) = refused.value.faults
    _, _, known = fault.partition("known are ")
    assert told == set(re.findall(r"[a-z_]+", known))


def test_every_type_is_named_with_its_bound() -> None:
    told = rows("| `type` | what it holds | characters, if `max` is not said |")
    assert words(row[0] for row in told) == list(FieldType)
    bounds = {row[0].strip("`"): row[2].replace(",", "") for row in told}
    assert bounds == {each: str(DEFAULT_MAX.get(each, "")) for each in FieldType}


def test_every_drawing_is_named_with_its_types() -> None:
    told = {
        row[0].strip("`"): set(re.findall(r"`([a-z]+)`", row[1]))
        for row in rows("| `mask` | of which types | what is left |")
    }
    assert told == {
        f"{mask}: {drawing}": set(kinds)
        for mask, drawings in DRAWINGS.items()
        for drawing, (kinds, _) in drawings.items()
    }


def test_every_word_is_named() -> None:
    for word in (*LawfulBasis, *DataClass, *IdentifierKind):
        assert f"`{word}`" in PAGE, word
