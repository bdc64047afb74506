"""The tables that lawyers edit, checked before a rule ever looks at them.

A purpose that names an unknown role, a mask nobody can apply, a role without a cell
for a data class: the rules would hide the data or refuse, so nothing leaks. But the
lawyer meant something, and is told here which row does not say it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kit.errors import Invalid
from pdp.bundle import TABLES, Bundle
from pdp.decision import MASKS
from pdp.question import Action, Basis, Kind, Reach

TEXTS = ("title", "article", "channel", "ugc")
FLAGS = ("right", "direct_marketing")
CHOICES: Mapping[str, frozenset[str]] = {
    "contributions": frozenset({"open", "closed"}),
    "minors": frozenset({"open", "guardian"}),
    "restricted": frozenset({"open", "closed"}),
    "retention": frozenset({"within", "held", "any"}),
}
NUMBERS = ("assurance", "cohort")
COLUMNS = frozenset(
    {
        *TEXTS,
        *FLAGS,
        *CHOICES,
        *NUMBERS,
        *("bases", "roles", "actions", "reach", "classes", "masks", "special"),
    }
)


@dataclass(frozen=True, slots=True)
class TableFinding:
    """A cell that names what is not there."""

    file: str
    line: int
    message: str
    instead: str


def check_tables(bundle: Bundle) -> list[TableFinding]:
    """Check each cell against the words that the policies know."""
    text = bundle.texts[TABLES]
    return [
        TableFinding(TABLES, line_of(text, row), message, instead)
        for row, message, instead in _faults(bundle.tables)
    ]


def require_sound(bundle: Bundle) -> None:
    """Check that each cell names what is there.

    Raises:
        Invalid: one does not; the words say where, and what to write instead.

    """
    for fault in check_tables(bundle):
        place = f"{fault.file}:{fault.line}"
        raise Invalid(f"{place}: {fault.message}", fix=fault.instead)


Fault = tuple[str, str, str]


def _faults(tables: Mapping[str, Any]) -> Iterator[Fault]:
    for name, row in tables["purposes"].items():
        yield from _purpose(name, row, tables)
    for role in tables["roles"]:
        yield from _role(role, tables)
    if set(tables["mask_order"]) != MASKS or tables["mask_order"][-1] != "drop":
        yield (
            "mask_order",
            "the order of masks does not name each mask once, `drop` last",
            f"name each of: {_words(MASKS)}",
        )
    regions = frozenset(tables["residency"])
    for region, readers in tables["residency"].items():
        yield from _strange(region, "region", readers, regions)


def _purpose(name: str, row: Any, tables: Mapping[str, Any]) -> Iterator[Fault]:  # noqa: ANN401
    if not isinstance(row, dict) or row.keys() != COLUMNS:
        yield (
            name,
            f"purpose {name} has columns too many or too few",
            f"give it exactly: {_words(COLUMNS)}",
        )
        return
    classes = frozenset(tables["classes"])
    known = {
        "bases": ("lawful basis", frozenset(Basis) - {Basis.NONE}),
        "special": ("lawful basis", frozenset(Basis) - {Basis.NONE}),
        "roles": ("role", frozenset(tables["roles"])),
        "actions": ("action", frozenset(Action)),
        "reach": ("reach", frozenset(Reach) - {Reach.NONE}),
        "classes": ("data class", classes),
    }
    for column, (what, words) in known.items():
        yield from _strange(name, what, row[column], words)
    yield from _strange(name, "data class", row["masks"], classes)
    yield from _strange(name, "mask", [*row["masks"].values()], MASKS)
    for column, choices in CHOICES.items():
        yield from _strange(name, column, [row[column]], choices)
    yield from _types(name, row)


def _types(name: str, row: Mapping[str, Any]) -> Iterator[Fault]:
    expected = {**dict.fromkeys(TEXTS, str), **dict.fromkeys(FLAGS, bool)}
    expected |= dict.fromkeys(NUMBERS, int)
    for column, kind in expected.items():
        if type(row[column]) is not kind:
            word = {str: "text in quotes", bool: "true or false", int: "a number"}[kind]
            yield (
                name,
                f"purpose {name}: {column} is of another type",
                f"write {word}",
            )


def _role(role: str, tables: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _strange(role, "kind", tables["roles"][role]["kinds"], frozenset(Kind))
    cells = tables["masks"].get(role, {})
    if missing := frozenset(tables["classes"]) - cells.keys():
        yield (
            role,
            f"role {role} has no mask for: {_words(missing)}",
            "write `drop` where it may see nothing",
        )
    yield from _strange(role, "data class", cells, frozenset(tables["classes"]))
    yield from _strange(role, "mask", [*cells.values()], MASKS)


def _strange(row: str, what: str, found: Any, known: frozenset[str]) -> Iterator[Fault]:  # noqa: ANN401
    if not isinstance(found, list | dict):
        yield row, f"{row}: a list of {what} words is expected", f"of: {_words(known)}"
        return
    for word in found:
        if word not in known:
            yield row, f"{row}: there is no {what} `{word}`", f"use: {_words(known)}"


def _words(words: frozenset[str]) -> str:
    return ", ".join(sorted(map(str, words)))


def line_of(text: str, row: str) -> int:
    """Find the line on which a row of the tables begins; the last if there is none."""
    before = text.partition(f'"{row}":')[0]
    return before.count("\n") + 1
