"""Whether the gate asks every package of law: whether it is there, and what it denies.

Deleting a file must not widen access, and a file that denies must be heard. What has to
be intact is no choice of the gate's: it is every package that the manifest lists, which
`pdp.floor` does not let fall short. `intact` is one rule that states them all; `allow`
needs it, and has no other default than false.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from pdp.findings import Finding
from pdp.floor import GATE, GATE_FILE
from pdp.trees import Node, dotted, named_rules, walk

Trees = Mapping[str, Mapping[str, Node]]
Rules = list[Mapping[str, Node]]

_LAW: Final = "allod.legal."
_STATED: Final = frozenset({"Var", "RefDot", "RefBrack"})


def ungathered(packages: Mapping[str, str], trees: Trees) -> Iterator[Finding]:
    """Find what the gate does not ask for and has to."""
    if GATE_FILE not in trees:
        return
    gate = trees[GATE_FILE]
    yield from _unstated(packages, [*named_rules(gate, "intact")])
    yield from _unguarded([*named_rules(gate, "allow")])
    yield from _unheard(packages, trees, [*named_rules(gate, "legal_denials")])


def _unstated(packages: Mapping[str, str], rules: Rules) -> Iterator[Finding]:
    stated = _stated(rules[0]) if len(rules) == 1 else set()
    for package in packages:
        if package != GATE and f"data.{package}.installed" not in stated:
            yield _of("intact", f"data.{package}.installed", rules)


def _unguarded(rules: Rules) -> Iterator[Finding]:
    closed = all(
        rule["Default"]["value"].get("Bool", {}).get("value") is False
        for rule in rules
        if "Default" in rule
    )
    opening = [rule for rule in rules if "Default" not in rule]
    guarded = all("intact" in _stated(rule) for rule in opening)
    if not (opening and guarded and closed):
        yield _of("allow", "intact", rules)


def _unheard(
    packages: Mapping[str, str], trees: Trees, rules: Rules
) -> Iterator[Finding]:
    heard = {
        dotted({kind: node})
        for rule in rules
        for kind, node in walk(rule)
        if kind == "RefDot"
    }
    for package, path in packages.items():
        denies = path in trees and any(named_rules(trees[path], "deny"))
        if package.startswith(_LAW) and denies and f"data.{package}.deny" not in heard:
            yield _of("legal_denials", f"data.{package}.deny", rules)


def _stated(rule: Mapping[str, Node]) -> set[str]:
    """Name the references that a rule of one body states, without more ado."""
    bodies = rule.get("Spec", {}).get("bodies", [])
    if len(bodies) != 1:
        return set()
    stated = set()
    for each in bodies[0]["query"]["stmts"]:
        expression = each["literal"].get("Expr", {}).get("expr", {})
        if expression.keys() & _STATED and not each.get("with_mods"):
            stated.add(dotted(expression))
    return stated


def _of(rule: str, wanted: str, found: Rules) -> Finding:
    line = int(next(iter(found[0].values()))["span"]["line"]) if found else 1
    return Finding(
        *(GATE_FILE, line, 1, "gate"),
        f"`{rule}` of the gate does not ask for `{wanted}`",
        "let it be one rule that states it on a line of its own, without a condition",
    )
