"""The portable subset: Rego that means the same on every engine.

The same text allowed on one engine and denied on another: `not x in input.a.b` with
the key absent makes a deny rule silently not fire on OPA, which rewrites it to "b is
some value, and x is not in it". So nothing but a bare rule or an element of a named
set is negated here. The tree comes from the embedded engine; no OPA is needed.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from pdp.bundle.bundle import Bundle, is_rule
from pdp.bundle.findings import Finding, place_of
from pdp.engines.admission import refused
from pdp.engines.regorus import PolicyFault, Workbench
from pdp.engines.trees import Node, dotted, imported, params_of, rule_name, walk
from pdp.review.case_vocabulary import check_cases
from pdp.review.conflicts import conflicts
from pdp.review.heard import without_effect
from pdp.review.language_lint import check_texts
from pdp.review.references import undefined
from pdp.review.tables import check_tables

TAB = 4
MARK: Final = "\ufeff"
NO_MARK: Final = "save it as UTF-8 without a byte-order mark"


def lint(bundle: Bundle) -> list[Finding]:
    """Check rules, tables and the words of the cases; an empty list means fit."""
    if saved := ill_saved(bundle):
        return saved
    tables = check_tables(bundle)
    findings = [*tables]
    with Workbench(bundle) as bench:
        trees, broken = _parsed(bench, bundle)
        for path, tree in trees.items():
            findings += _lint_file(bundle, path, tree)
        findings += broken
        if not broken:
            findings += check_cases(bundle, trees)
            # What is said is about the rows of the tables: they have to be rows.
            findings += [] if tables else check_texts(bundle, trees)
            found = [*refused(bundle, trees), *conflicts(trees, bundle.texts)]
            found += [*undefined(bundle, trees), *without_effect(bundle, trees)]
            findings += found or _compiled(bench, bundle)
    return findings


def _parsed(
    bench: Workbench, bundle: Bundle
) -> tuple[dict[str, Mapping[str, Node]], list[Finding]]:
    trees: dict[str, Mapping[str, Node]] = {}
    broken = []
    for path, text in sorted({**bundle.modules, **bundle.tests}.items()):
        try:
            trees[path] = bench.parse(path, text)
        except PolicyFault as fault:
            remedy = "correct what stands there, or just before it"
            broken.append(_from_fault(bundle, fault, "syntax", remedy))
    return trees, broken


def _lint_file(bundle: Bundle, path: str, tree: Mapping[str, Node]) -> list[Finding]:
    text = bundle.texts[path]
    findings = list(_Linter(path, text, tree).findings())
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

    def __init__(self, path: str, text: str, tree: Mapping[str, Node]) -> None:
        self._path, self._bytes, self._tree = path, text.encode(), tree
        self._rules = {name for rule in tree["rules"] if (name := rule_name(rule))}
        self._imports = imported(tree, text).keys()

    def findings(self) -> Iterator[Finding]:
        """Check the heads of the rules and each negation."""
        for rule in self._tree["rules"]:
            yield from self._head(rule)
        for kind, node in walk(self._tree["rules"]):
            if kind == "Spec" and "Set" in node["head"]:
                yield from self._params(node["head"]["Set"]["key"])
            if kind == "NotExpr" and not self._may_be_negated(node["expr"]):
                yield self._at(
                    node,
                    "negation",
                    "`not` over an expression means another thing on another engine",
                    "give the expression a name in a rule of its own and negate that",
                )

    def _head(self, rule: Mapping[str, Node]) -> Iterator[Finding]:
        if rule_name(rule) is None:
            yield self._at(
                next(iter(rule.values())),
                "head",
                "a rule's name with a dot in it does not compile on every engine",
                "write `name`, `name[key] := value` or `name contains value`",
            )

    def _params(self, key: Node) -> Iterator[Finding]:
        """Check each parameter: were one undefined, the rule would not fire."""
        for name, value in params_of(key):
            ((kind, node),) = value.items()
            if not self._is_defined(kind, value, node):
                yield self._at(
                    node,
                    "params",
                    f"`{name}` may be undefined, and then the rule denies nothing",
                    "give a word of the question, or object.get(row, column, other)",
                )

    def _is_defined(self, kind: str, value: Node, node: Mapping[str, Node]) -> bool:
        if kind == "RefDot":
            return dotted(value).startswith("input.")
        if kind == "Call":
            return dotted(node["fcn"]) == "object.get"
        return kind in {"String", "RawString", "Number"} or (
            kind == "Var" and node["value"] not in self._rules | self._imports
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


def ill_saved(bundle: Bundle) -> list[Finding]:
    """Find files as an editor on Windows saves them: with a mark, or with CR LF.

    Told before anything else: the digest is over the bytes of a bundle, so a file is
    not quietly read as another one, and what lint would say of it is beside the point.
    """
    return [each for path in bundle.texts for each in _saved(path, bundle.texts[path])]


def _saved(path: str, text: str) -> Iterator[Finding]:
    if text.startswith(MARK):
        message = "the file begins with a byte-order mark"
        yield Finding(path, 1, 1, "byte-order-mark", message, NO_MARK)
    if "\r" in text:
        line, column = place_of(text, text.index("\r"))
        yield Finding(
            *(path, line, column, "line-ends"),
            "its lines end as on Windows (CR LF)",
            "save it with line ends LF",
        )
