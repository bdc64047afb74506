"""Maps: read strictly, each fault with its file, line and field."""

from pathlib import Path

import pytest
from import_files import PURCHASES, put

from server.house.resources import seed
from vault.catalog.catalog import Catalog
from vault.imports.import_map import Each, ImportMap
from vault.imports.import_map_yaml import MapError, load
from vault.imports.import_values import UnfitCell
from vault.imports.row_parsers import Format

REGIONS = ("cn", "eu", "us")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load(seed("catalogue.yaml"))


def read(tmp_path: Path, catalog: Catalog, text: str) -> ImportMap:
    return load(put(tmp_path / "map.yaml", text), catalog, regions=REGIONS)


@pytest.mark.parametrize("name", ["cdnow", "purchases", "profiles", "ideas"])
def test_the_maps_that_ship_fit_the_catalogue_that_ships(
    catalog: Catalog, name: str
) -> None:
    assert load(seed(f"maps/{name}.yaml"), catalog, regions=REGIONS).records


def test_a_map_reads_values_in_the_types_of_their_fields(
    tmp_path: Path, catalog: Catalog
) -> None:
    found = read(tmp_path, catalog, PURCHASES)
    assert found.layout.format is Format.CSV
    assert found.layout.columns == ("who", "day", "pieces", "sum")
    (record,) = found.records
    assert record.each is Each.LINE
    cells = ("c1", "2026-01-02", "3", "4.50")
    assert found.customer_id(cells) == "c1"
    assert record.values(cells) == {
        "date": "2026-01-02",
        "quantity": 3,
        "amount": 4.5,
    }


def test_a_whole_number_may_be_grouped_by_a_point(
    tmp_path: Path, catalog: Catalog
) -> None:
    text = PURCHASES.replace("type: integer", 'type: integer, grouping: "."')
    (record,) = read(tmp_path, catalog, text).records
    assert record.values(("c1", "", "1.234", ""))["quantity"] == 1234


def test_an_empty_cell_leaves_its_field_out(tmp_path: Path, catalog: Catalog) -> None:
    (record,) = read(tmp_path, catalog, PURCHASES).records
    assert record.values(("c1", " ", "3", "4")) == {"quantity": 3, "amount": 4.0}


def test_an_unfit_cell_names_its_field_and_no_value(
    tmp_path: Path, catalog: Catalog
) -> None:
    (record,) = read(tmp_path, catalog, PURCHASES).records
    with pytest.raises(UnfitCell) as unfit:
        record.values(("c1", "2026-01-02", "three", "4.50"))
    assert unfit.value.args == ("value.integer", "quantity")


def test_several_columns_make_one_customer_id(tmp_path: Path, catalog: Catalog) -> None:
    text = PURCHASES.replace("columns: [who]", "columns: [shop, who]")
    found = read(tmp_path, catalog, text)
    assert found.customer_id(("north", 7)) == "north:7"


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (("", "7"), "customer.missing"),
        (("north", None), "customer.missing"),
        (("nor:th", "7"), "customer.unfit"),
        (("north", True), "customer.unfit"),
        (("north", [7]), "customer.unfit"),
    ],
)
def test_a_customer_id_is_never_guessed(
    tmp_path: Path, catalog: Catalog, cells: tuple[object, ...], code: str
) -> None:
    text = PURCHASES.replace("columns: [who]", "columns: [shop, who]")
    with pytest.raises(UnfitCell) as unfit:
        read(tmp_path, catalog, text).customer_id(cells)
    assert unfit.value.args == (code,)


@pytest.mark.parametrize(
    ("options", "separator", "quote", "single"),
    [
        ("", ",", '"', False),
        ("quote: none\nseparator: n\n", "n", "", False),
        ('quote: "\'"\nseparator: "\\t"\n', "\t", "'", False),
        ("single_line: true\n", ",", '"', True),
    ],
)
def test_a_map_says_how_texts_stand(
    tmp_path: Path,
    catalog: Catalog,
    options: str,
    separator: str,
    quote: str,
    *,
    single: bool,
) -> None:
    text = PURCHASES.replace("header: true\n", f"header: true\n{options}")
    layout = read(tmp_path, catalog, text).layout
    said = (layout.separator, layout.quote, layout.single_line)
    assert said == (separator, quote, single)


FIXED = PURCHASES.replace("csv\nheader: true", "fixed").replace("[who]", '["1-5"]')


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 1", "version: 2", "map.yaml:1: version:"),
        ("format: csv", "format: xml", "map.yaml:2: format: write one of: csv,"),
        ("header: true", "header: true\nsheet: 1", "map.yaml:4: sheet means nothing"),
        ("header: true", "header: true\nencoding: utf-7", "map.yaml:4: encoding:"),
        ("header: true", 'header: true\nseparator: ";;"', "map.yaml:4: separator:"),
        ("header: true", 'header: true\nquote: "--"', "map.yaml:4: quote: write one"),
        ("header: true", 'header: true\nquote: ","', "map.yaml:4: quote: write one"),
        ("csv\nheader: true", "jsonl\nquote: none", "of format jsonl has no quote"),
        ("csv\nheader: true", "jsonl\nsingle_line: true", "has no single_line"),
        ("header: true", "header: true\nskip: -1", "map.yaml:4: skip:"),
        ("columns: [who]", "columns: []", "map.yaml:4: customer.columns:"),
        ("region: eu, ", "", "map.yaml:4: customer: region is missing"),
        ("region: eu", "region: mars", "map.yaml:4: customer.region: the policies"),
        ("region: eu", "region: EU", "they know cn, eu, us"),
        ('minor: "no"', "minor: maybe", "map.yaml:4: customer.minor:"),
        ("purchase:", "purchases:", "map.yaml:6: records.purchases: the catalogue"),
        ("date: {column: day", "day: {column: day", "purchase.fields.day: the coll"),
        ("date: {column: day", "day: {column: day", "requires date"),
        ("{column: pieces, type: integer}", "{type: integer}", "map.yaml:9:"),
        ("{column: pieces", "{value: x, column: pieces", "write one of column,"),
        ("type: integer", "type: float", "map.yaml:9:"),
        (
            "type: date",
            "type: date, mark: .",
            "only a field of type integer or decimal",
        ),
        ("type: decimal", "type: decimal, mark: x", "amount.mark: write"),
        ("type: decimal", "type: decimal, grouping: .", "it cannot be the mark"),
        ("type: decimal", "type: decimal, grouping: x", "amount.grouping: write one"),
        ("type: decimal", "type: decimal, groups: fours", "amount.groups: write one"),
        ("type: decimal", "type: decimal, negative: red", "amount.negative: write"),
        ("type: decimal", "type: decimal, unit: 1 EUR", "and no digit"),
        ("type: date", "type: date, order: DD.MM", "map.yaml:8:"),
        ("type: date", "type: date, order: YYYYMD", "M and D need signs"),
        ("type: date", "type: date, order: []", "date.order: write a list"),
        ("type: date", "type: date, order: D.M.YY", "needs `century`"),
        ("type: date", "type: date, century: 2000", "no year of `order` has two"),
        ("type: date", "type: date, zone: Mars/Base", "has no such zone"),
        ("type: date", "type: date, zone: ../x", "has no such zone"),
        ("type: date", "type: date, zone: UTC, time: ignore", "either a zone, or"),
        ("type: date", "type: date, fold: later", "only clocks of a `zone`"),
        ("type: date", "type: instant, time: ignore", "only a field of type date has"),
        ("type: integer", "type: integer, order: DD", "date or instant has it"),
        ("type: integer", "type: integer, words: {x: y}", "words.x: it is not what"),
        (
            "type: integer",
            'type: integer, words: {" ": "1"}',
            "an empty cell is no val",
        ),
        ("type: integer", "type: integer, words: {}", "words: write a mapping"),
        ("{column: pieces", "{columns: [], column: pieces", "write one of column,"),
        ("{column: pieces", "{column: pieces, join: x", "only several columns are"),
        ("{column: pieces", '{value: "1", nulls: ["x"]', "only what comes from colu"),
        ("{column: pieces", "{column: pieces, nulls: []", "nulls: write a list"),
        ("header: true", "header: true\nnulls: NULL", "map.yaml:4: nulls:"),
        ("header: true", "header: true\nwhere: []", "map.yaml:4: where: write columns"),
        ("header: true", "header: true\nwhere: {x: y, x: z}", "stands here twice"),
        ("header: true", "header: true\nwhere: {x: }", "map.yaml:4: where: write a wo"),
        ("header: true", "header: true\nwhere: {x: [[]]}", "where: write a word here"),
        ("header: true", "header: true\ninherit: {by: [x]}", "columns is missing"),
        (
            "header: true",
            "header: true\ninherit: {by: [x], columns: [x]}",
            "what makes the key is not inherited",
        ),
        (
            "region: eu",
            "region: {column: land, words: {D: mars}}",
            "words.D: the polic",
        ),
        ("region: eu", "region: {words: {D: eu}}", "customer.region: column is miss"),
        ('minor: "no"', "minor: {column: m, words: {D: maybe}}", "words.D: write one"),
        (
            'minor: "no"',
            'minor: "no", birth_date: {order: D.M.YYYY}',
            "either a column",
        ),
        ("{column: pieces, type", '{value: "x", type', "it is not what `type` says"),
        # What the catalogue would refuse of every line.
        ("{column: pieces, type: integer}", "{column: pieces}", "wants a whole number"),
        ("type: integer", "type: decimal", "the catalogue wants a whole number"),
        ("type: integer", 'type: integer, words: {x: "9007199254740992"}', "words: x:"),
        ("sum, type: decimal}", "s}\n      currency: {value: EURO}", "at most 3 char"),
    ],
)
def test_a_fault_is_told_with_its_file_line_and_field(
    tmp_path: Path, catalog: Catalog, old: str, new: str, said: str
) -> None:
    with pytest.raises(MapError) as error:
        read(tmp_path, catalog, PURCHASES.replace(old, new))
    assert any(said in fault for fault in error.value.faults_at), error.value.faults_at


CHOOSING = """\
version: 1
format: csv
header: true
nulls: ["N/A", "NULL"]
where: {kind: ["2", "3"], state: ""}
inherit: {by: [order], columns: [land, name]}
customer:
  columns: [who]
  region: {column: land, words: {Deutschland: eu, "": us}}
  minor: {column: child, words: {"1": "yes", "0": "no"}}
  birth_date: {columns: [year, month], join: "-", order: YYYY-M-D}
records:
  profile:
    each: customer
    fields:
      name: {columns: [name, family], nulls: ["x"]}
"""


def line(found: ImportMap, **cells: str) -> tuple[object, ...]:
    """Write a line of the columns that a map names; what is not said is empty."""
    return tuple(cells.get(str(name), "") for name in found.layout.columns)


def test_region_minority_and_birth_date_follow_from_a_lines_cells(
    tmp_path: Path, catalog: Catalog
) -> None:
    found = read(tmp_path, catalog, CHOOSING)
    assert found.regions == ("eu", "us")
    cells = line(found, land=" Deutschland", child="1", year="1990", month="1-5")
    assert found.newcomer(cells) == ("eu", "yes", "1990-01-05")
    assert found.newcomer(line(found, land="NULL", child="0")) == ("us", "no", None)


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"land": "Mars", "child": "0"}, ("customer.region",)),
        ({"land": "eu", "child": "0"}, ("customer.region",)),
        ({"land": "Deutschland", "child": "no"}, ("customer.minor",)),
        ({"land": "Deutschland"}, ("customer.minor",)),
        ({"child": "0", "year": "1990"}, ("value.date", "birth_date")),
    ],
)
def test_a_cell_that_the_map_does_not_list_is_never_a_default(
    tmp_path: Path, catalog: Catalog, cells: dict[str, str], fault: tuple[str, ...]
) -> None:
    found = read(tmp_path, catalog, CHOOSING)
    with pytest.raises(UnfitCell) as unfit:
        found.newcomer(line(found, **cells))
    assert unfit.value.args == fault


@pytest.mark.parametrize("word", ["no", '"no"', "'no'"])
def test_a_word_about_minority_needs_no_quotes(
    tmp_path: Path, catalog: Catalog, word: str
) -> None:
    found = read(tmp_path, catalog, PURCHASES.replace('minor: "no"', f"minor: {word}"))
    assert found.newcomer(line(found)).minor == "no"
    chosen = f'minor: {{column: m, words: {{"0": {word}}}}}'
    found = read(tmp_path, catalog, PURCHASES.replace('minor: "no"', chosen))
    assert found.newcomer(line(found, m="0")).minor == "no"


def test_without_words_a_cell_says_the_policies_own(
    tmp_path: Path, catalog: Catalog
) -> None:
    text = PURCHASES.replace("region: eu", "region: {column: land}")
    found = read(tmp_path, catalog, text)
    assert found.regions == REGIONS
    assert found.newcomer(line(found, land="cn")).region == "cn"


def test_a_map_is_about_the_lines_whose_cells_say_so(
    tmp_path: Path, catalog: Catalog
) -> None:
    found = read(tmp_path, catalog, CHOOSING)
    said = [
        found.wanted(line(found, kind="2")),
        found.wanted(line(found, kind=" 3 ", state="NULL")),
        found.wanted(line(found, kind="32")),
        found.wanted(line(found, kind="2", state="off")),
        found.wanted(line(found)),
    ]
    assert said == [True, True, False, False, False]


def test_the_words_of_cells_are_taken_as_they_are_written(
    tmp_path: Path, catalog: Catalog
) -> None:
    text = CHOOSING.replace('"N/A", "NULL"', "NULL, 0x10, 2026-01-01, yes")
    text = text.replace('["2", "3"]', "[2, 3]").replace('"1": "yes"', "1: yes")
    found = read(tmp_path, catalog, text)
    assert found.nulls == {"NULL", "0x10", "2026-01-01", "yes"}
    assert found.wanted(line(found, kind="2"))
    assert not found.wanted(line(found, kind="32"))
    assert found.newcomer(line(found, child="1")).minor == "yes"


def test_columns_are_joined_and_null_words_mean_nothing(
    tmp_path: Path, catalog: Catalog
) -> None:
    found = read(tmp_path, catalog, CHOOSING)
    (record,) = found.records
    assert record.values(line(found, name="Ann", family="Lee")) == {"name": "Ann Lee"}
    assert record.values(line(found, name="Ann")) == {"name": "Ann"}
    # The field's own null words stand in the place of the map's.
    assert record.values(line(found, name="x", family="NULL")) == {"name": "NULL"}
    assert record.values(line(found, name="x")) == {}
    with pytest.raises(UnfitCell, match=r"customer\.missing"):
        found.customer_id(line(found, who="NULL"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FIXED, "write the first and last character"),
        (FIXED.replace("1-5", "5-1"), "map.yaml:3: customer.columns"),
        (PURCHASES.replace("csv", "blanks"), "has no header"),
        (PURCHASES.replace("csv\nheader: true", "csv"), "with `header: true`"),
        (PURCHASES.replace("csv\nheader: true", "blanks"), "write a whole number"),
        ("", "write a mapping"),
        ("a: [", "this is not YAML"),
    ],
)
def test_what_a_format_does_not_have_is_a_fault(
    tmp_path: Path, catalog: Catalog, text: str, said: str
) -> None:
    with pytest.raises(MapError, match="cannot be used") as error:
        read(tmp_path, catalog, text)
    assert any(said in fault for fault in error.value.faults_at), error.value.faults_at


def test_a_map_that_is_not_there_is_said_so(tmp_path: Path, catalog: Catalog) -> None:
    with pytest.raises(MapError, match="missing"):
        load(tmp_path / "nowhere.yaml", catalog, regions=REGIONS)
