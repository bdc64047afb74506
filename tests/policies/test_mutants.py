"""Every condition of the rules and every cell of the tables is missed when flipped."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from bundles import shipped
from mutants import Jury, Mutant, mutants

from pdp.bundle.bundle import TABLES
from pdp.engines.regorus import Workbench

SURVIVORS = yaml.safe_load(Path(__file__).with_name("survivors.yaml").read_text())
PATTERNS = [f"{TABLES}: {name}" for group in SURVIVORS for name in group["mutants"]]
SLICES = 12
SAMPLE = 41


@cache
def every() -> tuple[Mutant, ...]:
    return tuple(mutants(shipped()))


@pytest.fixture(scope="module")
def jury() -> Iterator[Jury]:
    with Workbench(shipped(), coverage=False) as bench:
        yield Jury(shipped(), bench)


def matches(pattern: str, name: str) -> bool:
    """Compare names; a `*` stands for one word."""
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", "[^/ ]+"), name))


def unexpected(jury: Jury, some: tuple[Mutant, ...]) -> list[str]:
    """Name the mutants that live and should not, or should and do not."""
    listed = {
        mutant.name: any(matches(it, mutant.name) for it in PATTERNS) for mutant in some
    }
    return [
        f"{it.name} is {'killed, and listed' if listed[it.name] else 'not noticed'}"
        for it in some
        if jury.kills(it, near=listed[it.name]) == listed[it.name]
    ]


def test_there_is_a_mutant_for_each_rule_file_and_each_table() -> None:
    names = [it.name for it in every()]

    assert len(names) == len(set(names)) > 1000
    for path in shipped().modules:
        assert any(name.startswith(f"{path}: ") for name in names)
    for table in shipped().tables:
        assert any(name.startswith(f"{TABLES}: {table}") for name in names)


def test_every_listed_survivor_is_a_mutant_and_has_a_reason() -> None:
    names = [it.name for it in every()]

    assert all(len(group["reason"]) > 40 for group in SURVIVORS)
    assert [
        pattern
        for pattern in PATTERNS
        if not any(matches(pattern, name) for name in names)
    ] == []


def test_the_unchanged_policies_are_not_taken_for_a_mutant(jury: Jury) -> None:
    same = Mutant("same", TABLES, shipped().texts[TABLES])

    assert not jury.kills(same)


def test_a_sample_of_mutants_is_noticed(jury: Jury) -> None:
    assert unexpected(jury, every()[::SAMPLE]) == []


@pytest.mark.slow
@pytest.mark.parametrize("start", range(SLICES))
def test_every_mutant_is_noticed_or_listed_with_a_reason(
    jury: Jury, start: int
) -> None:
    assert unexpected(jury, every()[start::SLICES]) == []
