"""Maps: read strictly, each fault with its file, line and field."""

from pathlib import Path

import pytest
from import_files import PURCHASES, put

from server.shipped import seed
from vault.catalog import Catalog
from vault.import_map import Each, ImportMap
from vault.import_map_source import MapError, load
from vault.import_values import Unfit
from vault.line_readers import Format

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


def test_an_empty_cell_leaves_its_field_out(tmp_path: Path, catalog: Catalog) -> None:
    (record,) = read(tmp_path, catalog, PURCHASES).records
    assert record.values(("c1", " ", "3", "4")) == {"quantity": 3, "amount": 4.0}


def test_an_unfit_cell_names_its_field_and_no_value(
    tmp_path: Path, catalog: Catalog
) -> None:
    (record,) = read(tmp_path, catalog, PURCHASES).records
    with pytest.raises(Unfit) as unfit:
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
    with pytest.raises(Unfit) as unfit:
        read(tmp_path, catalog, text).customer_id(cells)
    assert unfit.value.args == (code,)


FIXED = PURCHASES.replace("csv\nheader: true", "fixed").replace("[who]", '["1-5"]')


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 1", "version: 2", "map.yaml:1: version:"),
        ("format: csv", "format: xml", "map.yaml:2: format: write one of: csv,"),
        ("header: true", "header: true\nsheet: 1", "map.yaml:4: sheet means nothing"),
        ("header: true", "header: true\nencoding: utf-7", "map.yaml:4: encoding:"),
        ("header: true", 'header: true\nseparator: ";;"', "map.yaml:4: separator:"),
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
        ("{column: pieces", "{value: x, column: pieces", "either a column or a value"),
        ("type: integer", "type: float", "map.yaml:9:"),
        ("type: integer", "type: integer, mark: .", "only a decimal has a mark"),
        ("type: date", "type: date, order: DD.MM", "map.yaml:8:"),
        ("type: integer", "type: integer, order: DD", "only a date has an order"),
        ("{column: pieces, type", '{value: "x", type', "it is not what `type` says"),
    ],
)
def test_a_fault_is_told_with_its_file_line_and_field(
    tmp_path: Path, catalog: Catalog, old: str, new: str, said: str
) -> None:
    with pytest.raises(MapError) as error:
        read(tmp_path, catalog, PURCHASES.replace(old, new))
    assert any(said in fault for fault in error.value.faults_at), error.value.faults_at


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FIXED, "write the first and last character"),
        (FIXED.replace("1-5", "5-1"), "map.yaml:3: customer.columns"),
        (PURCHASES.replace("csv", "blanks"), "has no header"),
        (PURCHASES.replace("csv\nheader: true", "csv"), "write a whole number"),
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
