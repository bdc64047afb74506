"""Law that says something nobody hears: each rule of law has to have an effect.

The gate hears three names: `deny`, `permit` and `obligation`. A denial under another
name, one that is true instead of a set of reasons, a helper that no rule asks: all of
them compile, and change nothing. Whoever wrote one meant something; here it is found.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pdp.bundle.bundle import Bundle
from pdp.bundle.findings import Finding, place_of
from pdp.bundle.floor import GATE_FILE
from pdp.engines.gate_shape import GATHERED, unheard
from pdp.engines.trees import Node, imported, rule_name, steps, texts_of, walk

Trees = Mapping[str, Mapping[str, Node]]

SAID: Final = tuple(GATHERED)
_LAW: Final = "legal/"
_REASON: Final = ("code", "article", "fix")
_REFERENCES: Final = frozenset({"RefDot", "RefBrack"})


def without_effect(bundle: Bundle, trees: Trees) -> Iterator[Finding]:
    """Find each rule of law that decides nothing as it stands."""
    yield from _ungathered(bundle, trees)
    asked = {
        name for path, tree in trees.items() for name in _asked(bundle, path, tree)
    }
    for path, tree in trees.items():
        if not path.startswith(_LAW):
            continue
        package = f"allod.legal.{path.removeprefix(_LAW).removesuffix('.rego')}"
        for rule in tree["rules"]:
            name = rule_name(rule)
            if name in SAID:
                yield from _shape(bundle, path, rule, name)
            elif name not in {None, "installed"} and f"{package}.{name}" not in asked:
                yield _at(
                    *(bundle, path, rule, "effect"),
                    f"no rule asks for `{name}`, so it decides nothing",
                    "write `deny contains {…} if …`, or refer to it in one that does",
                )


def _ungathered(bundle: Bundle, trees: Trees) -> Iterator[Finding]:
    packages = bundle.manifest["metadata"]["packages"]
    gate = trees.get(GATE_FILE, {"rules": []})["rules"]
    for what in ("permit", "obligation"):
        for package in unheard(what, packages, trees, gate):
            yield Finding(
                *(GATE_FILE, 1, 1, "gate"),
                f"the gate does not ask for `data.{package}.{what}`",
                f"write `{GATHERED[what]} contains each if some each in"
                f" data.allod.legal[_].{what}` there",
            )


def _shape(
    bundle: Bundle, path: str, rule: Mapping[str, Node], name: str
) -> Iterator[Finding]:
    key = rule.get("Spec", {}).get("head", {}).get("Set", {}).get("key")
    if key is None:
        yield _at(
            *(bundle, path, rule, "effect"),
            f"`{name}` is a set that the gate gathers; this makes it something else",
            f"write `{name} contains …`",
        )
    elif name == "deny" and not all(any(texts_of(key, each)) for each in _REASON):
        yield _at(
            *(bundle, path, rule, "effect"),
            "this denial does not say its code, article and remedy",
            'write `deny contains {"code": "…", "article": "…", "fix": "…"} if …`',
        )


def _asked(bundle: Bundle, path: str, tree: Mapping[str, Node]) -> Iterator[str]:
    """Name the rules, by their package, that a file refers to."""
    if path not in bundle.modules:
        return
    here = ".".join(name for name, _ in steps(tree["package"]["refr"]))
    names = {name for rule in tree["rules"] if (name := rule_name(rule))}
    known = imported(tree, bundle.texts[path])
    for rule in tree["rules"]:
        for reference in _references(_behind_the_name(rule)):
            first, *rest = [name for name, _ in steps(reference)]
            if first in names:
                yield f"{here}.{first}"
                continue
            base = [name for name, _ in steps(known[first])] if first in known else []
            whole = [*base, *rest] if base else [first, *rest]
            if whole[0] == "data":
                yield from _prefixes(whole[1:])


def _prefixes(path: list[str | None]) -> Iterator[str]:
    for end in range(1, len(path) + 1):
        if all(path[:end]):
            yield ".".join(map(str, path[:end]))


def _behind_the_name(rule: Mapping[str, Node]) -> Any:  # noqa: ANN401 - a syntax tree
    """Leave out the name that a rule gives: what it defines, it does not ask for."""
    ((kind, node),) = rule.items()
    if kind == "Default":
        return node["value"]
    ((_, head),) = node["head"].items()
    said = {name: value for name, value in head.items() if name != "refr"}
    index = head["refr"].get("RefBrack", {}).get("index")
    return [said, index, node["bodies"]]


def _references(node: Node) -> Iterator[Node]:
    """Give each whole reference and each bare name."""
    if isinstance(node, list):
        for each in node:
            yield from _references(each)
    elif isinstance(node, dict):
        if len(node) == 1 and {"Var", *_REFERENCES} & node.keys():
            yield node
        for inner in node.values():
            yield from _references(inner)


def _at(
    bundle: Bundle, path: str, rule: Mapping[str, Node], kind: str, what: str, do: str
) -> Finding:
    text = bundle.texts[path]
    start = next(int(node["span"]["start"]) for _, node in walk(rule) if "span" in node)
    index = len(text.encode()[:start].decode())
    return Finding(path, *place_of(text, index), kind, what, do)
