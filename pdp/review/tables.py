"""The tables that lawyers edit, checked before a rule ever looks at them.

A purpose that names an unknown role, a mask nobody can apply, a role without a cell
for a data class: the rules would hide the data or refuse, so nothing leaks. But the
lawyer meant something, and is told here which row does not say it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kit.errors import Invalid
from pdp.bundle.bundle import TABLES, Bundle
from pdp.bundle.findings import Finding, use_one_of
from pdp.bundle.positions import Path, Positions
from pdp.bundle.regions import BASES, CONDITIONS, LISTS, OLDEST, REGIONS
from pdp.bundle.regions import COLUMNS as REGION_COLUMNS
from pdp.decision.decision import MASKS
from pdp.decision.question import Action, Kind, Reach

TEXTS = ("title", "article", "channel", "ugc")
FLAGS = ("right", "direct_marketing")
CHOICES: Mapping[str, frozenset[str]] = {
    "contributions": frozenset({"open", "closed"}),
    "minors": frozenset({"open", "guardian"}),
    "restricted": frozenset({"open", "closed"}),
    "retention": frozenset({"within", "held", "any"}),
    "audience": frozenset({"internal", "public"}),
    "objection": frozenset({"open", "exempt"}),
}
# What a row may leave out.
OPTIONAL_COLUMNS = frozenset({"audience", "objection"})
NUMBERS = ("assurance", "cohort")
COLUMNS = frozenset(
    {
        *TEXTS,
        *FLAGS,
        *CHOICES,
        *NUMBERS,
        *("bases", "roles", "actions", "reach", "classes", "masks", "special"),
    }
    - OPTIONAL_COLUMNS
)


# Each table, and each of its rows or elements.
SHAPES: Mapping[str, tuple[type, type]] = {
    "purposes": (dict, dict),
    "roles": (dict, dict),
    "implied_roles": (dict, str),
    "masks": (dict, dict),
    "mask_order": (list, str),
    "classes": (dict, str),
    "residency": (dict, list),
    REGIONS: (dict, dict),
}
# Bundles that are older than a table go on without it.
OPTIONAL: Final = frozenset({REGIONS})
WORD: Mapping[type, str] = {
    dict: "a table in {}",
    list: "a list in []",
    str: "text in quotes",
    bool: "true or false",
    int: "a number",
}


@dataclass(frozen=True, slots=True)
class _TableFault:
    """A cell that names what is not there; `name`: it is its name that does.

    `lacks`: nothing is named; something is left out that every bundle has by now.
    """

    path: Path
    message: str
    instead: str
    name: bool = False
    lacks: bool = False


Faults = Iterator[_TableFault]


def check_tables(bundle: Bundle) -> list[Finding]:
    """Check each cell against the words that the policies know."""
    return [_found(bundle, fault) for fault in _faults(bundle.tables)]


def check_known(bundle: Bundle) -> list[Finding]:
    """Check that each cell names what is there; nothing need be there.

    Policies in force, and those of before, are held to it: they may be older than a
    row or a column that every new bundle has by now.
    """
    faults = _faults(bundle.tables)
    return [_found(bundle, fault) for fault in faults if not fault.lacks]


def require_known(bundle: Bundle) -> None:
    """Check the same, of bundles that are compared.

    Raises:
        Invalid: one does not; the words say where, and what to write instead.

    """
    for found in check_known(bundle):
        raise Invalid(f"{found.place}: {found.message}", fix=found.instead)


def _found(bundle: Bundle, fault: _TableFault) -> Finding:
    places = Positions(bundle.texts[TABLES])
    place = (places.name if fault.name else places.value)(fault.path)
    return Finding(TABLES, *place, "table", fault.message, fault.instead)


def _faults(tables: Mapping[str, Any]) -> Faults:
    shape = list(_shape(tables))
    yield from shape
    if shape:
        return
    for name, row in tables["purposes"].items():
        yield from _purpose(name, row, tables)
    roles = frozenset(tables["roles"])
    for role in tables["roles"]:
        yield from _role(role, tables)
    yield from _strange(("masks",), "role", tables["masks"], roles)
    yield from _strange(
        ("implied_roles",), "kind", tables["implied_roles"], frozenset(Kind)
    )
    yield from _strange_cells(
        ("implied_roles",), "role", tables["implied_roles"], roles
    )
    regions = frozenset(tables["residency"])
    for region, readers in tables["residency"].items():
        yield from _strange(("residency", region), "region", readers, regions)
    if REGIONS in tables:
        yield from _regions(tables[REGIONS], regions)


def _shape(tables: Mapping[str, Any]) -> Faults:
    """Check that each table is one, and each of its rows, before they are read."""
    for table in sorted(tables.keys() - SHAPES.keys()):
        message = f"there is no table `{table}`"
        yield _TableFault((table,), message, use_one_of(table, SHAPES), name=True)
    for table, (kind, row) in SHAPES.items():
        if table in OPTIONAL and table not in tables:
            continue
        if not isinstance(tables.get(table), kind):
            message = f"{table} is not {WORD[kind]}"
            yield _TableFault((table,), message, f"write {WORD[kind]}")
            continue
        rows = tables[table]
        named = rows.items() if kind is dict else enumerate(rows)
        for name, value in named:
            if not isinstance(value, row):
                message = f"{table}: {name} is not {WORD[row]}"
                yield _TableFault((table, name), message, f"write {WORD[row]}")


def _purpose(name: str, row: Mapping[str, Any], tables: Mapping[str, Any]) -> Faults:
    at = ("purposes", name)
    mandatory = COLUMNS | (row.keys() & OPTIONAL_COLUMNS)
    yield from _columns("purpose", at, row, mandatory)
    classes = frozenset(tables["classes"])
    known = {
        "bases": ("lawful basis", BASES),
        "special": _special(tables),
        "roles": ("role", frozenset(tables["roles"])),
        "actions": ("action", frozenset(Action)),
        "reach": ("reach", frozenset(Reach) - {Reach.NONE}),
        "classes": ("data class", classes),
    }
    for column in [each for each in known if each in row]:
        what, words = known[column]
        yield from _strange((*at, column), what, row[column], words)
    if "masks" in row:
        yield from _cells((*at, "masks"), row["masks"], classes)
    for column, choices in CHOICES.items():
        if column in row and row[column] not in choices:
            yield _unknown((*at, column), column, row[column], choices)
    yield from _types(at, row)


def _special(tables: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    """Give what shows special categories; a bundle without regions lists bases."""
    if REGIONS in tables:
        return "condition of GDPR 9(2)", CONDITIONS
    return "lawful basis", BASES


def _columns(
    what: str, at: Path, row: Mapping[str, Any], columns: frozenset[str]
) -> Faults:
    message = f"{what} {at[1]} has columns too many or too few:"
    for column in sorted(row.keys() - columns):
        instead = use_one_of(column, columns)
        yield _TableFault((*at, column), f"{message} `{column}`", instead, name=True)
    if missing := columns - row.keys():
        yield _TableFault(
            at,
            f"{message} no {_words(missing)}",
            "give it those columns too; policies/README.md says what each means",
            name=True,
            lacks=True,
        )


def _types(at: Path, row: Mapping[str, Any]) -> Faults:
    expected = {**dict.fromkeys(TEXTS, str), **dict.fromkeys(FLAGS, bool)}
    expected |= dict.fromkeys(NUMBERS, int)
    for column, kind in expected.items():
        if column in row and type(row[column]) is not kind:
            message = f"purpose {at[1]}: {column} is of another type"
            yield _TableFault((*at, column), message, f"write {WORD[kind]}")


def _regions(rows: Mapping[str, Any], known: frozenset[str]) -> Faults:
    yield from _strange((REGIONS,), "region", rows, known)
    if missing := known - rows.keys():
        message = f"the table of regions has no row for: {_words(missing)}"
        yield _TableFault(
            (REGIONS,), message, "say there what its law says", name=True, lacks=True
        )
    for name, row in rows.items():
        at = (REGIONS, name)
        if row.keys() != REGION_COLUMNS:
            yield from _columns("region", at, row, REGION_COLUMNS)
            continue
        for column, (what, words) in LISTS.items():
            yield from _strange((*at, column), what, row[column], words)
        if not isinstance(row["law"], str) or not row["law"]:
            message = f"region {name}: law is of another type"
            yield _TableFault((*at, "law"), message, "write how its articles are cited")
        if type(row["minority"]) is not int or not 0 < row["minority"] <= OLDEST:
            message = f"region {name}: minority is no age of a child"
            yield _TableFault(
                (*at, "minority"), message, f"write 1 to {OLDEST}, in years"
            )


def _role(role: str, tables: Mapping[str, Any]) -> Faults:
    kinds = tables["roles"][role].get("kinds")
    yield from _strange(("roles", role, "kinds"), "kind", kinds, frozenset(Kind))
    cells = tables["masks"].get(role, {})
    classes = frozenset(tables["classes"])
    if missing := classes - cells.keys():
        yield _TableFault(
            ("masks", role),
            f"role {role} has no mask for: {_words(missing)}",
            "write `drop` where it may see nothing",
            name=True,
            lacks=True,
        )
    yield from _cells(("masks", role), cells, classes)


def _cells(at: Path, cells: object, classes: frozenset[str]) -> Faults:
    """Check cells that say for data classes how they are shown."""
    if not isinstance(cells, dict):
        yield _TableFault(
            at, f"{at[1]}: {at[-1]} is not {WORD[dict]}", "write {} around it"
        )
        return
    yield from _strange(at, "data class", cells, classes)
    yield from _strange_cells(at, "mask", cells, MASKS)


def _strange(at: Path, what: str, found: object, known: frozenset[str]) -> Faults:
    if not isinstance(found, list | dict):
        message = f"{_row(at)}: a list of {what} words is expected"
        yield _TableFault(at, message, f"of: {_words(known)}")
        return
    for place, word in enumerate(found):
        if not isinstance(word, str) or word not in known:
            named = isinstance(found, dict)
            yield _unknown(
                (*at, word if named else place), what, word, known, name=named
            )


def _strange_cells(
    at: Path, what: str, cells: Mapping[str, Any], known: frozenset[str]
) -> Faults:
    for name, word in cells.items():
        if not isinstance(word, str) or word not in known:
            yield _unknown((*at, name), what, word, known)


def _unknown(
    path: Path, what: str, word: object, known: frozenset[str], *, name: bool = False
) -> _TableFault:
    said = word if isinstance(word, str) else "…"
    message = f"{_row(path)}: there is no {what} `{said}`"
    return _TableFault(path, message, use_one_of(said, known), name=name)


def _row(at: Path) -> str:
    return str(at[1] if len(at) > 1 else at[0])


def _words(words: frozenset[str]) -> str:
    return ", ".join(sorted(map(str, words)))
