"""Reading a syntax tree of the embedded engine: its nodes, names and references."""

from collections.abc import Iterator, Mapping
from typing import Any

Node = Any


def walk(node: Node) -> Iterator[tuple[str, Mapping[str, Node]]]:
    """Give every node of a tree under the name of its kind."""
    if isinstance(node, dict):
        for kind, inner in node.items():
            if isinstance(inner, dict):
                yield kind, inner
            yield from walk(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from walk(inner)


def rule_name(rule: Mapping[str, Node]) -> str | None:
    """Give the plain name that a rule defines; None if its head is not portable."""
    ((kind, node),) = rule.items()
    head = node if kind == "Default" else next(iter(node["head"].values()))
    name = head["refr"]
    if "RefBrack" in name:
        name = name["RefBrack"]["refr"]
    return str(name["Var"]["value"]) if "Var" in name else None


def named_rules(tree: Mapping[str, Node], name: str) -> Iterator[Mapping[str, Node]]:
    """Give each rule of a file that defines a name, its default among them."""
    return (rule for rule in tree["rules"] if rule_name(rule) == name)


def dotted(reference: Mapping[str, Node]) -> str:
    """Write a static reference as text: `data.allod.gate`."""
    ((kind, node),) = reference.items()
    if kind == "RefDot":
        return f"{dotted(node['refr'])}.{node['field'][1]}"
    return str(node["value"]) if kind == "Var" else "?"


def imported(tree: Mapping[str, Node], text: str) -> dict[str, Node]:
    """Give what a file imports: the name that it has there, and the reference."""
    source, found = text.encode(), {}
    for entry in tree["imports"]:
        alias = entry.get("as")
        name = dotted(entry["refr"]).rpartition(".")[2]
        if alias:
            name = source[alias["start"] : alias["end"]].decode()
        found[name] = entry["refr"]
    return found


def steps(reference: Node) -> list[tuple[Node, int]]:
    """Take a reference apart: the node of each step, with its place in the bytes.

    The first step is what the reference starts from; a step is text where the name is
    written down, and None where it is only known when the rule runs.
    """
    ((kind, node),) = reference.items()
    if kind == "RefDot":
        place, name = node["field"]
        return [*steps(node["refr"]), (str(name), int(place["start"]))]
    if kind == "RefBrack":
        ((inner, index),) = node["index"].items()
        name = index["value"] if inner in {"String", "RawString"} else None
        return [*steps(node["refr"]), (name, int(index["span"]["start"]))]
    if kind == "Var":
        return [(str(node["value"]), int(node["span"]["start"]))]
    return [(None, 0)]


def codes_of(key: Node) -> Iterator[str]:
    """Give the codes that the key of a rule's head says: its own text, or `code`."""
    if "String" in key:
        yield key["String"]["value"]
    yield from texts_of(key, "code")


def texts_of(key: Node, member: str) -> Iterator[str]:
    """Give the texts in one member of the object that a rule's head says."""
    for _, name, value in key.get("Object", {}).get("fields", ()):
        if name.get("String", {}).get("value") == member:
            strings = (node for kind, node in walk(value) if kind == "String")
            yield from (str(node["value"]) for node in strings)


def codes_of_rules(tree: Mapping[str, Node]) -> Iterator[str]:
    """Give every code that a file's rules speak with."""
    for kind, node in walk(tree["rules"]):
        if kind == "Spec" and "Set" in node["head"]:
            yield from codes_of(node["head"]["Set"]["key"])


def params_of_rules(tree: Mapping[str, Node]) -> Iterator[tuple[str, frozenset[str]]]:
    """Give each code that a file's rules refuse with, and what its parameters are."""
    for rule in tree["rules"]:
        key = rule.get("Spec", {}).get("head", {}).get("Set", {}).get("key") or {}
        for code in texts_of(key, "code"):
            if "." in code:
                yield code, frozenset(name for name, _ in params_of(key))


def params_of(key: Node) -> Iterator[tuple[str, Node]]:
    """Give the name and the value of each parameter that a rule's head says."""
    for _, name, value in key.get("Object", {}).get("fields", ()):
        if name.get("String", {}).get("value") == "params":
            for _, inner, given in value.get("Object", {}).get("fields", ()):
                yield str(inner.get("String", {}).get("value")), given
