"""References that lead nowhere: a misspelt rule, package, column or input word.

An engine takes them for undefined: a denial that refers to one never fires, and
nothing says so. So each reference that begins with `data`, `input` or an import is
followed as far as its steps are written down: through the packages to a rule, through
the tables to a cell, through the question to a word. A step that is known only when
the rule runs (`purposes[name]`) is followed into every row.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from pdp.bundle.bundle import Bundle
from pdp.bundle.findings import Finding, place_of, use_one_of
from pdp.decision.question import Caller, ResourceClass
from pdp.engines.trees import Node, dotted, imported, rule_name, steps

TABLES_ROOT: Final = "tables"
REFERENCES: Final = frozenset({"RefDot", "RefBrack"})
Step = tuple[str | None, int]


@dataclass(frozen=True, slots=True)
class _Leaf:
    """Where what can be checked ends: a value, or what a rule makes."""


LEAF: Final = _Leaf()
Place = Mapping[str, Any] | _Leaf


@dataclass(frozen=True, slots=True)
class Lost:
    """A step that leads nowhere: its name, its place, and what is there instead."""

    name: str
    start: int
    known: frozenset[str]


class World:
    """Everything that a reference may lead to, in one bundle."""

    def __init__(self, bundle: Bundle, trees: Mapping[str, Mapping[str, Node]]) -> None:
        self._tables: Place = _opened(bundle.tables)
        data: dict[str, Any] = {TABLES_ROOT: self._tables}
        for tree in trees.values():
            package = dotted(tree["package"]["refr"])
            inside = data
            for name in package.split("."):
                inside = inside.setdefault(name, {})
            inside.update(self._rules(tree))
        self._roots: Mapping[str, Any] = {"data": data, "input": _question()}

    def _rules(self, tree: Mapping[str, Node]) -> Iterator[tuple[str, Place]]:
        for rule in tree["rules"]:
            name = rule_name(rule)
            if name is not None:
                yield name, self._made(rule)

    def _made(self, rule: Mapping[str, Node]) -> Place:
        """Follow a rule that is but another name for a row of the tables."""
        head = rule.get("Spec", {}).get("head", {}).get("Compr") or {}
        assigned = (head.get("assign") or {}).get("value", {})
        if not REFERENCES & assigned.keys():
            return LEAF
        first, *rest = steps(assigned)
        if first[0] != "data" or not rest or rest[0][0] != TABLES_ROOT:
            return LEAF
        found = _followed(self._tables, rest[1:])
        return LEAF if isinstance(found, Lost) else found

    def lost(self, reference: Node, known: Mapping[str, Node]) -> Lost | None:
        """Give the step at which a reference leads nowhere, if there is one."""
        first, *rest = steps(reference)
        base = known.get(first[0] or "")
        if base is not None and first[0] not in self._roots:
            first, *before = steps(base)
            rest = [*before, *rest]
        root = self._roots.get(first[0] or "")
        found = LEAF if root is None else _followed(root, rest)
        return found if isinstance(found, Lost) else None


def undefined(
    bundle: Bundle, trees: Mapping[str, Mapping[str, Node]]
) -> Iterator[Finding]:
    """Find every reference that leads nowhere, in the files that could be parsed."""
    world = World(bundle, trees)
    for path, tree in trees.items():
        text = bundle.texts[path]
        known = imported(tree, text)
        local = {name for rule in tree["rules"] if (name := rule_name(rule))}
        names = frozenset({*local, *known, "data", "input"})
        for name, start in _bare(tree):
            if name not in names:
                yield _finding(path, text, Lost(name, start, names))
        parts = [*(entry["refr"] for entry in tree["imports"]), tree["rules"]]
        for reference in _references(parts):
            lost = world.lost(reference, {} if reference in parts else known)
            if lost is not None:
                yield _finding(path, text, lost)


def _bare(tree: Mapping[str, Node]) -> Iterator[tuple[str, int]]:
    """Give the names from which rules without a condition take their value.

    Nothing else can define one there; where there is a condition, compiling finds it.
    """
    for rule in tree["rules"]:
        spec = rule.get("Spec", {"bodies": [None]})
        head = None if spec["bodies"] else spec["head"].get("Compr")
        value = ((head or {}).get("assign") or {}).get("value", {})
        if value.keys() & {"Var", *REFERENCES}:
            name, start = steps(value)[0]
            if name is not None:
                yield name, start


def _finding(path: str, text: str, lost: Lost) -> Finding:
    index = len(text.encode()[: lost.start].decode())
    return Finding(
        path,
        *place_of(text, index),
        "undefined",
        f"`{lost.name}` leads nowhere: there is no such rule, package, table or word",
        use_one_of(lost.name, lost.known),
    )


def _references(node: Node) -> Iterator[Node]:
    """Give each whole reference of a tree, and those in its brackets."""
    if isinstance(node, list):
        for each in node:
            yield from _references(each)
    elif isinstance(node, dict):
        if len(node) == 1 and REFERENCES & node.keys():
            yield node
            yield from _references(list(_brackets(node)))
            return
        for inner in node.values():
            yield from _references(inner)


def _brackets(reference: Node) -> Iterator[Node]:
    ((kind, node),) = reference.items()
    if kind in REFERENCES:
        yield from _brackets(node["refr"])
        if kind == "RefBrack":
            yield node["index"]
    elif kind != "Var":
        yield reference


def _followed(place: Place, path: Iterable[Step]) -> Place | Lost:
    for name, start in path:
        if isinstance(place, _Leaf):
            return LEAF
        if name is None:
            place = _any_of(place)
        elif name in place:
            place = place[name]
        else:
            return Lost(name, start, frozenset(place))
    return place


def _any_of(rows: Mapping[str, Any]) -> Place:
    """Give what stands in any of the rows."""
    inside = list(rows.values())
    if not inside or any(isinstance(each, _Leaf) for each in inside):
        return LEAF
    return {name: place for row in inside for name, place in row.items()}


def _opened(value: object) -> Place:
    if isinstance(value, dict):
        return {name: _opened(inner) for name, inner in value.items()}
    return LEAF


def _question() -> Mapping[str, Any]:
    whole = dict.fromkeys(("v", "action", "purpose"), LEAF)
    principal = {field.name: LEAF for field in fields(Caller)}
    resource = {field.name: LEAF for field in fields(ResourceClass)}
    parts = {"principal": principal, "resource": resource}
    # The batch: what is common to all, and the items.
    batch = {"common": {**whole, "principal": principal}, "items": LEAF}
    return {**whole, **parts, **batch}
