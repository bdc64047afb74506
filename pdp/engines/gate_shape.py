"""Whether the gate asks every package of law: whether it is there, and what it denies.

Deleting a file must not widen access, and a file that denies must be heard. What has to
be intact is no choice of the gate's: it is every package that the manifest lists, which
`pdp.bundle.floor` does not let fall short. `intact` is one rule that states them all;
`allow` needs it, and has no other default than false. What they deny is gathered from
whatever package there is, or, in a bundle that is older, by a line for each.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from pdp.bundle.findings import Finding
from pdp.bundle.floor import GATE, GATE_FILE
from pdp.engines.trees import Node, dotted, named_rules, rule_name, walk

Trees = Mapping[str, Mapping[str, Node]]
Rules = list[Mapping[str, Node]]

GATHERED: Final[Mapping[str, str]] = MappingProxyType(
    {"deny": "legal_denials", "permit": "permits", "obligation": "obligations"}
)
"""What a package of law says to the gate, and the rule that gathers it there."""

_LAW: Final = "allod.legal."
_STATED: Final = frozenset({"Var", "RefDot", "RefBrack"})


def ungathered(packages: Mapping[str, str], trees: Trees) -> Iterator[Finding]:
    """Find what the gate does not ask for and has to."""
    if GATE_FILE not in trees:
        return
    gate = trees[GATE_FILE]
    yield from _unstated(packages, [*named_rules(gate, "intact")])
    yield from _unguarded([*named_rules(gate, "allow")])
    yield from _unheard(packages, trees, [*named_rules(gate, GATHERED["deny"])])


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
    for package in unheard("deny", packages, trees, rules):
        yield _of(GATHERED["deny"], f"data.{package}.deny", rules)


def unheard(
    what: str, packages: Mapping[str, str], trees: Trees, rules: Rules
) -> Iterator[str]:
    """Name the packages of law with a rule of a name that these rules do not gather."""
    if any(_gathers(rule, what) for rule in rules):
        return
    heard = {
        dotted({kind: node})
        for rule in rules
        for kind, node in walk(rule)
        if kind == "RefDot"
    }
    for package, path in packages.items():
        says = path in trees and any(named_rules(trees[path], what))
        if package.startswith(_LAW) and says and f"data.{package}.{what}" not in heard:
            yield package


def _gathers(rule: Mapping[str, Node], what: str) -> bool:
    """Tell whether a rule holds all that any package of law says, on no condition.

    It is `NAME contains each if some each in data.allod.legal[_].WHAT`.
    """
    spec = rule.get("Spec", {"head": {}, "bodies": []})
    key = spec["head"].get("Set", {}).get("key") or {}
    statements = [each for body in spec["bodies"] for each in body["query"]["stmts"]]
    if len(statements) != 1 or statements[0].get("with_mods"):
        return False
    some = statements[0]["literal"].get("SomeIn", {"value": None, "collection": {}})
    named = key.get("Var", {}).get("value")
    value = (some["value"] or {}).get("Var", {}).get("value")
    same = rule_name(rule) == GATHERED[what] and named == value
    # `_` is another variable each time, and a key would pick out some of what is said.
    plain = named not in {None, "_"} and not some.get("key")
    return same and plain and _is_any(some["collection"], what)


def _is_any(collection: Mapping[str, Any], what: str) -> bool:
    place = collection.get("RefDot", {"field": [None, None], "refr": {}})
    among = place["refr"].get("RefBrack", {"index": {}, "refr": {"Var": {"value": ""}}})
    anything = among["index"].get("Var", {}).get("value") == "_"
    law = _LAW.removesuffix(".")
    return (
        place["field"][1] == what
        and anything
        and dotted(among["refr"]) == f"data.{law}"
    )


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
