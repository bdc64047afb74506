"""Whether a bundle's rules may be evaluated at all, read off their syntax trees.

Lint says this to whoever writes rules; here it holds for every engine, whenever a
bundle is loaded and whoever approved it: the embedded engine asks before it loads, and
the bundle is not handed to an OPA server without it. A rule calls built-ins that the
bundle lists, out of the program's own list, and functions of the bundle; it reads the
question, the tables and the bundle's rules.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pdp.bundle.builtins import NAMESPACES, why_not
from pdp.bundle.bundle import Bundle, is_rule
from pdp.bundle.findings import Finding
from pdp.bundle.floor import ROOTS
from pdp.engines.gate_shape import ungathered
from pdp.engines.trees import Node, dotted, imported, rule_name, walk

Trees = Mapping[str, Mapping[str, Node]]

_FUNCTION: Final = "Func"
_REFERENCES: Final = ("RefDot", "RefBrack")
_DOCUMENTS: Final = frozenset({"input", "data"})


def refused(bundle: Bundle, trees: Trees) -> Iterator[Finding]:
    """Find what keeps a bundle from being evaluated."""
    functions = _functions(trees)
    for path, tree in trees.items():
        yield from _RulesReading(bundle, path, tree, functions).findings()
    yield from ungathered(bundle.manifest["metadata"]["packages"], trees)


class _RulesReading:
    """Reads one file's tree."""

    def __init__(
        self,
        bundle: Bundle,
        path: str,
        tree: Mapping[str, Node],
        functions: frozenset[str],
    ) -> None:
        text = bundle.texts[path]
        self._path, self._bytes, self._tree = path, text.encode(), tree
        self._builtins, self._functions = bundle.builtins, functions
        self._packages = bundle.manifest["metadata"]["packages"]
        self._package = f"data.{dotted(tree['package']['refr'])}"
        self._imports = imported(tree, text)

    def findings(self) -> Iterator[Finding]:
        """Check package, names, calls, replacements and what is read."""
        if not self._is_at_home():
            yield self._at(
                self._tree["package"],
                "package",
                f"this file may not declare {self._package.removeprefix('data.')}",
                "declare the package that the manifest lists for the file; a test's"
                " is allod.NAME_test",
            )
        yield from self._names()
        static = set()
        for kind, node in walk(self._tree["rules"]):
            if kind == "Call":
                yield from self._call(node)
            if kind in _REFERENCES and self._is_static(kind, node):
                static.add(int(node["refr"]["Var"]["span"]["start"]))
            if kind == "Var" and node["value"] == "data" and is_rule(self._path):
                yield from self._read(node, static)
        yield from self._replacements(self._tree["rules"])

    def _is_at_home(self) -> bool:
        """Tell whether the package is the file's own, and a test's only a test's.

        A test that adds to a package of law would be judged together with it, and
        decide nothing afterwards.
        """
        package = self._package.removeprefix("data.")
        if is_rule(self._path):
            return bool(self._packages.get(package) == self._path)
        return re.fullmatch(r"allod\.[a-z0-9_]+_test", package) is not None

    def _names(self) -> Iterator[Finding]:
        taken = NAMESPACES | {name for name in self._builtins if "." not in name}
        rules = {rule_name(rule): rule for rule in self._tree["rules"]}
        for name in sorted({*self._imports, *filter(None, rules)} & taken):
            node = next(iter(rules[name].values())) if name in rules else None
            yield self._at(
                node,
                "name",
                f"`{name}` is a name of built-ins, which one engine would call instead",
                "give the rule or the import another name",
            )
        for name in sorted({*self._imports, *filter(None, rules)} & _DOCUMENTS):
            yield self._at(
                None,
                "name",
                f"`{name}` is what rules read, and would be something else here",
                "give the rule or the import another name",
            )
        for entry in self._tree["imports"]:
            target = dotted(entry["refr"]).split(".")
            if target[0] == "data" and not set(target[1:2]) <= ROOTS - {""}:
                yield self._outside(entry)

    def _call(self, node: Mapping[str, Node]) -> Iterator[Finding]:
        name = dotted(node["fcn"])
        if name not in self._builtins and self._whole(name) not in self._functions:
            yield self._at(
                node,
                "builtin",
                f"{why_not(name)}: it is no function of the bundle, and"
                " capabilities.json does not list it",
                "leave it out; what needs a clock, a network or chance is not a policy",
            )

    def _whole(self, name: str) -> str:
        first, _, rest = name.partition(".")
        if first == "data":
            return name
        if rest and first in self._imports:
            return f"{dotted(self._imports[first])}.{rest}"
        return f"{self._package}.{name}"

    def _is_static(self, kind: str, node: Mapping[str, Node]) -> bool:
        """Tell whether a reference begins with one of the bundle's own roots."""
        if node["refr"].get("Var", {}).get("value") != "data":
            return False
        if kind == "RefDot":
            return node["field"][1] in ROOTS
        ((inner, index),) = node["index"].items()
        return inner in {"String", "RawString"} and index["value"] in ROOTS

    def _read(self, node: Mapping[str, Node], static: set[int]) -> Iterator[Finding]:
        if int(node["span"]["start"]) not in static:
            yield self._outside(node)

    def _outside(self, node: Mapping[str, Node]) -> Finding:
        return self._at(
            node,
            "data",
            "this reads data that is not the bundle's, or that only a run shows",
            "begin with data.tables or data.allod, written out",
        )

    def _replacements(self, node: Node) -> Iterator[Finding]:
        """Find each `with` that replaces anything but the question."""
        if isinstance(node, list):
            for each in node:
                yield from self._replacements(each)
        elif isinstance(node, dict):
            for each in node.get("with_mods") or ():
                if not self._may_replace(dotted(each["refr"])):
                    yield self._at(
                        each,
                        "with",
                        f"`with` may not replace `{dotted(each['refr'])}`",
                        "in rules only `input` is replaced, in tests `data` too",
                    )
            for inner in node.values():
                yield from self._replacements(inner)

    def _may_replace(self, target: str) -> bool:
        root = target.partition(".")[0]
        if is_rule(self._path):
            return root == "input"
        return root in {"input", "data"} and target not in self._functions

    def _at(
        self, node: Mapping[str, Any] | None, rule: str, what: str, do: str
    ) -> Finding:
        if node is None:
            return Finding(self._path, 1, 1, rule, what, do)
        start = int(node["span"]["start"])
        column = start - (self._bytes.rfind(b"\n", 0, start) + 1) + 1
        return Finding(self._path, int(node["span"]["line"]), column, rule, what, do)


def _functions(trees: Trees) -> frozenset[str]:
    """Name every function of a bundle, by its whole path."""
    return frozenset(
        f"data.{dotted(tree['package']['refr'])}.{rule_name(rule)}"
        for tree in trees.values()
        for rule in tree["rules"]
        if "Spec" in rule and _FUNCTION in rule["Spec"]["head"]
    )
