"""Mutants of the policies: each condition and each cell of the tables, flipped.

A mutant is the shipped bundle with one thing changed. Whoever could change that thing
without a case or a Rego test noticing could widen access without anybody noticing.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pdp.bundle.bundle import TABLES, Bundle, BundleError, from_texts
from pdp.bundle.regions import BASES, CONDITIONS
from pdp.bundle.regions import LISTS as REGIONAL
from pdp.decision.question import Action, Kind, Reach
from pdp.engines.regorus import PolicyFault, Workbench
from pdp.engines.trees import Node, rule_name, walk
from pdp.review.cases import Case, answer, described, read_cases, rego_tests
from pdp.review.tables import CHOICES, FLAGS, NUMBERS

OPPOSITE = {"==": "!=", "!=": "==", ">": "<=", ">=": "<", "<": ">=", "<=": ">"}
# Words that people read and no rule looks at: another word there changes no decision.
PROSE = frozenset({"title", "article", "channel"})
LISTS: Mapping[str, frozenset[str]] = {
    "bases": BASES,
    "special": CONDITIONS,
    "actions": frozenset(Action),
    "reach": frozenset(Reach) - {Reach.NONE},
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file; the name stays the same when lines move."""

    name: str
    path: str
    text: str

    def of(self, bundle: Bundle) -> Bundle:
        """Make the bundle that differs in this."""
        return from_texts({**bundle.texts, self.path: self.text})


class Jury:
    """Every case and every Rego test, on one engine; the likeliest to object first."""

    def __init__(self, bundle: Bundle, bench: Workbench) -> None:
        self._bundle, self._bench = bundle, bench
        bench.load()
        self._judges: list[Case | str] = [
            *read_cases(bundle),
            *(f"data.{it[1]}.{it[3]}" for it in rego_tests(bundle, bench)),
        ]

    def kills(self, mutant: Mutant, *, near: bool = False) -> bool:
        """Tell whether some case or test comes out differently.

        `near` asks only the cases about the purposes and roles that the name names:
        for a mutant that is known to live, the rest would say the same for long.
        """
        try:
            self._bench.reload(mutant.of(self._bundle))
        except (BundleError, PolicyFault):
            # No engine takes it: that is more than a case that fails.
            return True
        about = [it for it in self._judges if _about(it, mutant)]
        asked = set(map(id, about))
        others = [] if near else [it for it in self._judges if id(it) not in asked]
        for judge in [*about, *others]:
            if not self._passes(judge):
                self._judges.remove(judge)
                self._judges.insert(0, judge)
                return True
        return False

    def _passes(self, judge: Case | str) -> bool:
        if isinstance(judge, Case):
            return described(answer(self._bench, judge.question)) == judge.expected
        try:
            return self._bench.evaluate(judge, {}) is True
        except PolicyFault:
            return False


def _about(judge: Case | str, mutant: Mutant) -> bool:
    if not isinstance(judge, Case):
        return False
    words = [judge.question["purpose"], *judge.question["principal"].get("roles", ())]
    return any(f"/{word}/" in mutant.name for word in words)


def mutants(bundle: Bundle) -> Iterator[Mutant]:
    """Give every mutant of the rules and of the tables, in a fixed order."""
    with Workbench(bundle) as bench:
        for path, text in sorted(bundle.modules.items()):
            yield from _of_rules(path, text, bench.parse(path, text)["rules"])
    for name, tables in _of_tables(bundle.tables):
        yield Mutant(f"{TABLES}: {name}", TABLES, json.dumps(tables))


# Rules


def _of_rules(path: str, text: str, rules: Sequence[Node]) -> Iterator[Mutant]:
    source, seen = text.encode(), dict[str, int]()
    for rule in rules:
        for start, end, new, what in _changes(source, rule):
            name = f"{path}: {rule_name(rule)}: {' '.join(what.split())}"
            seen[name] = seen.get(name, 0) + 1
            number = f" #{seen[name]}" if seen[name] > 1 else ""
            mutated = source[:start] + new.encode() + source[end:]
            yield Mutant(f"{name}{number}", path, mutated.decode())


Change = tuple[int, int, str, str]


def _changes(source: bytes, rule: Node) -> Iterator[Change]:
    for kind, node in walk(rule):
        start, end = _span(node) if "span" in node else (0, 0)
        text = source[start:end].decode()
        if kind == "Bool":
            yield start, end, "false" if node["value"] else "true", text
        elif kind == "literal" and "Expr" in node:
            yield from _flipped(source, node["Expr"])
        elif kind == "NotExpr":
            yield start, start + len("not "), "", text
        elif kind == "Set" and "items" in node:
            yield from _shorter(start, end, node)


def _flipped(source: bytes, node: Node) -> Iterator[Change]:
    start, end = _span(node)
    text = source[start:end].decode()
    ((kind, inner),) = node["expr"].items()
    if kind == "BoolExpr":
        # The engine's spans of texts leave out their quotation marks.
        left, right = _span(*inner["lhs"].values())[1], _span(*inner["rhs"].values())[0]
        between = source[left:right].decode()
        operator = re.sub(r"[=!<>]=|[<>]", lambda it: OPPOSITE[it[0]], between)
        yield left, right, operator, text
    elif kind != "AssignExpr":
        yield start, start, "not ", text


def _shorter(start: int, end: int, node: Node) -> Iterator[Change]:
    """Leave out one word of a set of words."""
    words = [it["String"]["value"] for it in node["items"] if "String" in it]
    for word in words if len(words) > 1 else ():
        rest = ", ".join(f'"{it}"' for it in words if it != word)
        yield start, end, "{" + rest + "}", f"without {word}"


def _span(node: Node) -> tuple[int, int]:
    return int(node["span"]["start"]), int(node["span"]["end"])


# Tables

Cell = tuple[tuple[str, ...], Any]


def _of_tables(tables: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Flip every cell; `None` takes the row away."""
    for path, value in _cells(tables):
        changed = deepcopy(dict(tables))
        row: Any = changed
        for step in path[:-1]:
            row = row[step]
        old = row.get(path[-1])
        if value is None:
            del row[path[-1]]
        else:
            row[path[-1]] = value
        yield f"{'/'.join(path)} {_words(old, value)}", changed


def _words(old: Any, new: Any) -> str:
    if new is None:
        return "gone"
    if isinstance(old, list) and set(old) != set(new):
        sign = "without" if len(new) < len(old) else "with"
        return f"{sign} {', '.join({*old} ^ {*new})}"
    return f"is {json.dumps(new)}"


def _cells(tables: Mapping[str, Any]) -> Iterator[Cell]:
    for name, row in tables["purposes"].items():
        yield from _purpose(name, row, tables)
        yield from _purpose_masks(name, row)
    for role, row in tables["roles"].items():
        for value in _membership(row["kinds"], frozenset(Kind)):
            yield ("roles", role, "kinds"), value
    for region, readers in tables["residency"].items():
        for value in _membership(readers, frozenset(tables["residency"])):
            yield ("residency", region), value
    yield from _regions(tables["regions"])
    for table in ("implied_roles", "classes"):
        yield from (((table, name), None) for name in tables[table])
    yield from _role_masks(tables["masks"])
    yield from _swapped(tables["mask_order"])


def _purpose(
    name: str, row: Mapping[str, Any], tables: Mapping[str, Any]
) -> Iterator[Cell]:
    for column in row:
        for value in () if column in PROSE else _flips(column, row[column], tables):
            yield ("purposes", name, column), value


def _regions(regions: Mapping[str, Mapping[str, Any]]) -> Iterator[Cell]:
    for region, row in regions.items():
        yield ("regions", region), None
        for column, (_, words) in REGIONAL.items():
            for value in _membership(row[column], words):
                yield ("regions", region, column), value


def _role_masks(masks: Mapping[str, Mapping[str, str]]) -> Iterator[Cell]:
    for role, cells in masks.items():
        for name, mask in cells.items():
            yield ("masks", role, name), "drop" if mask == "clear" else "clear"


def _swapped(order: Sequence[str]) -> Iterator[Cell]:
    for place in range(len(order) - 1):
        first, second = order[place : place + 2]
        yield ("mask_order",), [*order[:place], second, first, *order[place + 2 :]]


def _purpose_masks(name: str, row: Mapping[str, Any]) -> Iterator[Cell]:
    for data_class in row["classes"]:
        mask = row["masks"].get(data_class)
        yield ("purposes", name, "masks", data_class), "clear" if mask else "drop"


def _flips(column: str, old: Any, tables: Mapping[str, Any]) -> Iterator[Any]:
    if column in FLAGS:
        yield not old
    elif column in CHOICES:
        yield from sorted(CHOICES[column] - {old})
    elif column in NUMBERS:
        yield {"assurance": {1: 2, 2: 1}, "cohort": {0: 20, 20: 0}}[column][old]
    elif column == "ugc":
        yield "" if old else "display"
    elif column in LISTS:
        yield from _membership(old, LISTS[column])
    elif column in {"roles", "classes"}:
        yield from _membership(old, frozenset(tables[column]))


def _membership(old: Sequence[str], words: frozenset[str]) -> Iterator[list[str]]:
    for word in sorted(words):
        yield [it for it in old if it != word] if word in old else [*old, word]
