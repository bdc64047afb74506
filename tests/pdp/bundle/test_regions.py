"""The table of regions: what programs read of it, and what may stand in it."""

from typing import Any

import pytest
from bundles import changed, shipped
from few_policies import altered, few

from pdp.bundle.bundle import TABLES
from pdp.bundle.regions import basis_in, regions_of
from pdp.decision.question import Basis
from pdp.review.lint import lint
from pdp.review.tables import check_tables


def test_every_region_of_the_table_of_residency_says_what_its_law_says() -> None:
    laws = regions_of(shipped().tables)

    assert laws.keys() == shipped().tables["residency"].keys()
    assert {name: law.law for name, law in laws.items()}["cn"] == "PIPL"
    assert laws["cn"].minority == 14  # PIPL 31
    assert laws["eu"].minority == 16  # GDPR 8(1)


def test_the_pipl_knows_no_legitimate_interests() -> None:
    laws = regions_of(shipped().tables)

    assert Basis.LEGITIMATE_INTERESTS in laws["eu"].bases
    assert Basis.LEGITIMATE_INTERESTS not in laws["cn"].bases


def test_tables_that_are_older_than_regions_are_sound_and_say_nothing() -> None:
    older = altered(lambda tables: tables.pop("regions"))

    assert check_tables(older) == []
    assert regions_of(older.tables) == {}
    assert (
        basis_in("cn", ["legitimate_interests"], older.tables) == "legitimate_interests"
    )


def test_rules_that_ask_the_table_are_not_fit_without_it() -> None:
    older = altered(lambda tables: tables.pop("regions"))

    assert "`regions` leads nowhere" in " ".join(it.message for it in lint(older))


def test_the_first_basis_that_a_region_knows_is_taken() -> None:
    bases = ["legitimate_interests", "consent"]

    assert basis_in("eu", bases, few().tables) == "legitimate_interests"
    assert basis_in("cn", bases, few().tables) == "consent"
    assert basis_in("cn", ["legitimate_interests"], few().tables) == bases[0]
    assert basis_in("cn", [], few().tables) == "none"


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("law", "", "law is of another type"),
        ("law", 7, "law is of another type"),
        ("bases", ["hope"], "no lawful basis `hope`"),
        ("separate_consent", ["music"], "no use with a separate consent `music`"),
        ("without_consent", "consent", "a list of lawful basis words"),
        ("minority", 0, "minority is no age"),
        ("minority", "14", "minority is no age"),
        ("minority", True, "minority is no age"),
        ("colour", "red", "columns too many or too few: `colour`"),
    ],
)
def test_a_cell_that_says_nothing_a_law_says_is_found(
    column: str, value: object, message: str
) -> None:
    def change(tables: dict[str, Any]) -> None:
        tables["regions"]["cn"][column] = value

    (finding,) = check_tables(altered(change))
    assert message in finding.message


def test_a_region_without_a_row_and_a_row_without_a_region_are_found() -> None:
    bundle = changed(TABLES, '"uk": {\n      "law"', '"mars": {\n      "law"')

    assert {it.message for it in check_tables(bundle)} == {
        "mars: there is no region `mars`",
        "the table of regions has no row for: uk",
    }
