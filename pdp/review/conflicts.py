"""Two values for one rule, as far as that can be read off the text.

A complete rule has one value. Where two say another value and neither has a
condition, or there are two defaults, no question could be answered: every engine
gives up. That holds of values that are computed too, unless chance makes them equal.
Where conditions decide, the cases find it, with file and line.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from pdp.bundle.findings import Finding, place_of
from pdp.engines.trees import Node, rule_name

PLAIN: Final = frozenset({"String", "RawString", "Number", "Bool", "Null"})


def conflicts(
    trees: Mapping[str, Mapping[str, Node]], texts: Mapping[str, str]
) -> Iterator[Finding]:
    """Find complete rules that are given two values unconditionally."""
    for path, tree in trees.items():
        first: dict[tuple[str, str], tuple[object, int]] = {}
        source = texts[path].encode()
        for kind, name, value, start in _unconditional(tree, source):
            index = len(source[:start].decode())
            line, column = place_of(texts[path], index)
            before, earlier = first.setdefault((kind, name), (value, line))
            if before != value:
                yield Finding(
                    *(path, line, column, "conflict"),
                    f"`{name}` has another value in line {earlier}",
                    "leave one of the two out, or give each a condition (`if`)",
                )


def _unconditional(
    tree: Mapping[str, Node], source: bytes
) -> Iterator[tuple[str, str, object, int]]:
    for rule in tree["rules"]:
        ((kind, node),) = rule.items()
        assign = node
        if kind == "Spec":
            head = node["head"].get("Compr")
            if head is None or node["bodies"] or "RefBrack" in head["refr"]:
                continue
            assign = head["assign"]
        name, value = rule_name(rule), assign and _value(assign["value"], source)
        if name and value:
            yield kind, name, value, int(node["span"]["start"])


def _value(value: Node, source: bytes) -> tuple[str, object]:
    """Give a value that is written down; of one that is computed, how that is done."""
    ((kind, node),) = value.items()
    if kind in PLAIN:
        return kind, node["value"]
    return kind, source[node["span"]["start"] : node["span"]["end"]]
