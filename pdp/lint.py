"""The portable subset: Rego that means the same on every engine.

The same text allowed on one engine and denied on another: `not x in input.a.b` with
the key absent makes a deny rule silently not fire on OPA, which rewrites it to "b is
some value, and x is not in it". So nothing but a bare rule or an element of a named
set is negated here. The tree comes from the embedded engine; no OPA is needed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pdp.bundle import Bundle, is_rule
from pdp.regorus import PolicyFault, Workbench
from pdp.tables import check_tables

Node = Any
TAB = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that may not be activated: where, what, and what to write instead."""

    file: str
    line: int
    column: int
    rule: str
    message: str
    instead: str


def lint(bundle: Bundle) -> list[Finding]:
    """Check every Rego file and the tables; an empty list means portable."""
    findings = [
        Finding(it.file, it.line, 1, "table", it.message, it.instead)
        for it in check_tables(bundle)
    ]
    with Workbench(bundle) as bench:
        for path, text in sorted({**bundle.modules, **bundle.tests}.items()):
            findings += _lint_file(bench, bundle, path, text)
        if not any(finding.rule == "syntax" for finding in findings):
            findings += _compiled(bench, bundle)
    return findings


def _lint_file(bench: Workbench, bundle: Bundle, path: str, text: str) -> list[Finding]:
    try:
        tree = bench.parse(path, text)
    except PolicyFault as fault:
        remedy = "correct what stands there, or just before it"
        return [_from_fault(bundle, fault, "syntax", remedy)]
    linter = _Linter(path, text, tree, bundle.builtins)
    findings = list(linter.findings())
    if is_rule(path) and not _has_metadata(text):
        findings.append(
            Finding(
                *(path, 1, 1, "metadata"),
                "the file says neither its title nor its article of law",
                "begin with a METADATA block that has `title` and `custom: article`",
            )
        )
    return findings


def _compiled(bench: Workbench, bundle: Bundle) -> list[Finding]:
    try:
        bench.load()
    except PolicyFault as fault:
        return [_from_fault(bundle, fault, "compile", "define the name, or correct it")]
    return []


def _from_fault(bundle: Bundle, fault: PolicyFault, rule: str, instead: str) -> Finding:
    column = _editor_column(bundle.texts.get(fault.file, ""), fault)
    return Finding(fault.file, fault.line, column, rule, fault.detail, instead)


def _editor_column(text: str, fault: PolicyFault) -> int:
    """Count a tab as one column, as editors do; the engine counts four."""
    line = text.split("\n")[fault.line - 1] if fault.line else ""
    passed = 1
    for index, character in enumerate(line):
        if passed >= fault.column:
            return index + 1
        passed += TAB if character == "\t" else 1
    return len(line) + 1


def _has_metadata(text: str) -> bool:
    head = text.partition("\npackage ")[0]
    return all(word in head for word in ("# METADATA\n", "# title: ", "#   article: "))


class _Linter:
    """Walks one file's tree."""

    def __init__(
        self, path: str, text: str, tree: Mapping[str, Node], builtins: frozenset[str]
    ) -> None:
        self._path, self._bytes, self._tree = path, text.encode(), tree
        self._builtins = builtins
        self._rules = {name for rule in tree["rules"] if (name := rule_name(rule))}
        self._imports = {_import_name(entry) for entry in tree["imports"]}

    def findings(self) -> Iterator[Finding]:
        """Check the heads of the rules, each negation and each call."""
        for rule in self._tree["rules"]:
            yield from self._head(rule)
        for kind, node in walk(self._tree["rules"]):
            if kind == "NotExpr" and not self._may_be_negated(node["expr"]):
                yield self._at(
                    node,
                    "negation",
                    "`not` over an expression means another thing on another engine",
                    "give the expression a name in a rule of its own and negate that",
                )
            if kind == "Call":
                yield from self._call(node)

    def _head(self, rule: Mapping[str, Node]) -> Iterator[Finding]:
        if rule_name(rule) is None:
            yield self._at(
                next(iter(rule.values())),
                "head",
                "a rule's name with a dot in it does not compile on every engine",
                "write `name`, `name[key] := value` or `name contains value`",
            )

    def _call(self, node: Mapping[str, Node]) -> Iterator[Finding]:
        name = dotted(node["fcn"])
        first = name.partition(".")[0]
        if name in self._builtins or first in {"data"} | self._rules | self._imports:
            return
        yield self._at(
            node,
            "builtin",
            f"`{name}` is not on the list of built-ins in capabilities.json",
            "leave it out; what needs a clock, a network or chance is not a policy",
        )

    def _may_be_negated(self, expression: Mapping[str, Node]) -> bool:
        ((kind, node),) = expression.items()
        if kind == "Var":
            return True
        if kind == "RefDot":
            return self._may_be_negated(node["refr"])
        if kind == "RefBrack":
            return self._is_plain_key(node["index"]) and self._may_be_negated(
                node["refr"]
            )
        return False

    def _is_plain_key(self, index: Mapping[str, Node]) -> bool:
        ((kind, node),) = index.items()
        if kind == "Var":
            return node["value"] not in self._rules | self._imports | {"input", "data"}
        return kind in {"String", "RawString", "Number"}

    def _at(self, node: Mapping[str, Node], rule: str, what: str, do: str) -> Finding:
        start = int(node["span"]["start"])
        column = start - (self._bytes.rfind(b"\n", 0, start) + 1) + 1
        return Finding(self._path, int(node["span"]["line"]), column, rule, what, do)


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


def dotted(reference: Mapping[str, Node]) -> str:
    """Write a static reference as text: `data.allod.gate`."""
    ((kind, node),) = reference.items()
    if kind == "RefDot":
        return f"{dotted(node['refr'])}.{node['field'][1]}"
    return str(node["value"]) if kind == "Var" else "?"


def _import_name(entry: Mapping[str, Node]) -> str:
    alias = entry.get("as")
    if alias:
        return str(alias[1] if isinstance(alias, list) else alias)
    return dotted(entry["refr"]).rpartition(".")[2]
