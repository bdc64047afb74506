"""What differs between two bundles, in words, for whoever has to answer for it.

The tables are compared cell by cell, and each cell says whether the change opens or
closes on the face of it: another word in a list, a mask nearer to `clear`, a smaller
group. What cannot be compared counts as opening, and so does any change of what judges
a bundle: its list of built-ins, its manifest, the gate. Rules of law are compared one
by one; what a changed one lets through cannot be read off its text, so it says neither.
Which records that comes to is another question.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pdp.bundle.bundle import CAPABILITIES, MANIFEST, TABLES, Bundle, is_rule
from pdp.bundle.layout import decided_actions
from pdp.bundle.positions import Path, Positions
from pdp.decision.decision import MASK_ORDER
from pdp.decision.question import Action
from pdp.engines.regorus import Workbench
from pdp.engines.trees import codes_of, rule_name
from pdp.review.tables import require_known

LISTS = ("bases", "roles", "actions", "reach", "classes", "special")
# Each from closed to open.
ORDERS: Mapping[str, tuple[Any, ...]] = {
    "right": (False, True),
    "contributions": ("closed", "open"),
    "minors": ("guardian", "open"),
    "direct_marketing": (True, False),
    "objection": ("open", "exempt"),
    "restricted": ("closed", "open"),
    "retention": ("within", "held", "any"),
}
# The larger, the more closed.
LEAST = ("assurance", "cohort")
# What people read, and nothing is decided by.
WORDS = ("title", "article")


class ChangeEffect(StrEnum):
    """What a change does on the face of it."""

    OPENS = "opens"
    CLOSES = "closes"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class BundleChange:
    """One difference; the line is the newer bundle's, 0 for what is gone from it."""

    file: str
    line: int
    words: str
    effect: ChangeEffect = ChangeEffect.UNCLEAR


def diff(old: Bundle, new: Bundle) -> list[BundleChange]:
    """Say what the newer bundle changes: tables, rules, and the other files.

    Raises:
        Invalid: a table names what is not there, so its cells cannot be compared.
        PolicyFault: a rule file that differs is not Rego; the fault says where.

    """
    for bundle in (old, new):
        require_known(bundle)
    places = Positions(new.texts[TABLES])
    changes = [
        BundleChange(TABLES, places.name(path)[0], words, effect)
        for path, words, effect in _tables(old.tables, new.tables)
    ]
    changes += _actions(old, new)
    with Workbench(new) as bench:
        for path in sorted({*old.texts, *new.texts} - {TABLES}):
            before, after = old.texts.get(path), new.texts.get(path)
            if before == after:
                continue
            if before is None or after is None:
                word = "a new file" if before is None else "the file is gone"
                changes.append(
                    BundleChange(path, int(before is None), word, _judging(path))
                )
            elif path == CAPABILITIES:
                changes += _builtins(old, new)
            elif is_rule(path):
                changes += _rules(bench, path, before, after)
            else:
                words = "the file is changed"
                changes.append(BundleChange(path, 1, words, _judging(path)))
    return changes


def _judging(path: str) -> ChangeEffect:
    """Tell what a change of a file does by being that file's."""
    if path in {CAPABILITIES, MANIFEST} or path.startswith("gate/"):
        return ChangeEffect.OPENS
    return ChangeEffect.UNCLEAR


def _builtins(old: Bundle, new: Bundle) -> Iterator[BundleChange]:
    added, gone = new.builtins - old.builtins, old.builtins - new.builtins
    for name in sorted(added):
        yield BundleChange(
            CAPABILITIES, 1, f"rules may call {name} in addition", ChangeEffect.OPENS
        )
    for name in sorted(gone):
        words = f"rules may no longer call {name}"
        yield BundleChange(CAPABILITIES, 1, words, ChangeEffect.OPENS)
    if not added | gone:
        words = "the same built-ins are listed in other words"
        yield BundleChange(CAPABILITIES, 1, words, ChangeEffect.OPENS)


def _actions(old: Bundle, new: Bundle) -> Iterator[BundleChange]:
    """Say which actions are decided no more, or are from now on.

    Writes that a bundle does not decide are left to what stands in code, which asks no
    purpose; what else it does not decide is refused.
    """
    line = Positions(new.texts[MANIFEST]).value(("metadata", "actions"))[0]
    before, after = decided_actions(old.manifest), decided_actions(new.manifest)
    for action in sorted(before - after):
        words = f"it no longer decides the action {action}"
        less = ChangeEffect.OPENS if action == Action.WRITE else ChangeEffect.CLOSES
        yield BundleChange(MANIFEST, line, words, less)
    for action in sorted(after - before):
        more = ChangeEffect.CLOSES if action == Action.WRITE else ChangeEffect.OPENS
        yield BundleChange(MANIFEST, line, f"it decides the action {action}", more)


Said = tuple[Path, str, ChangeEffect]


def _tables(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Said]:
    yield from _rows("purposes", old["purposes"], new["purposes"])
    for name in _both(old["purposes"], new["purposes"]):
        yield from _purpose(name, old["purposes"][name], new["purposes"][name])
    for table in sorted((old.keys() | new.keys()) - {"purposes"}):
        before, after = old.get(table), new.get(table)
        if table == "masks":
            yield from _role_masks(old["masks"], new["masks"])
        elif table in {"roles", "residency"}:
            yield from _lists(table, old[table], new[table])
        elif before != after:
            effect = ChangeEffect.UNCLEAR if table == "classes" else ChangeEffect.OPENS
            yield (table,), f"the table {table} is changed", effect


def _rows(table: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Said]:
    what = {"purposes": "purpose", "roles": "role", "residency": "region"}[table]
    for name in sorted(new.keys() - old.keys()):
        yield (table, name), f"there is a new {what}, {name}", ChangeEffect.OPENS
    for name in sorted(old.keys() - new.keys()):
        yield (table,), f"the {what} {name} is gone", ChangeEffect.CLOSES


def _purpose(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Said]:
    for column in sorted(old.keys() | new.keys()):
        before, after = old.get(column), new.get(column)
        if before == after:
            continue
        if column in LISTS and isinstance(before, list) and isinstance(after, list):
            yield from _words(("purposes", name, column), column, before, after)
        elif column == "masks":
            for each in sorted({*old["masks"], *new["masks"]}):
                cells = (old["masks"].get(each, "clear"), new["masks"].get(each))
                at = ("purposes", name, "masks", each)
                yield from _mask(at, cells[0], cells[1] or "clear")
        else:
            words = f"{name}: {column} is {_said(after)} instead of {_said(before)}"
            yield ("purposes", name, column), words, _effect(column, before, after)


def _effect(column: str, before: object, after: object) -> ChangeEffect:
    order = ORDERS.get(column, ())
    if before in order and after in order:
        return _stepped(order.index(before), order.index(after))
    if column in LEAST and isinstance(before, int) and isinstance(after, int):
        return _stepped(after, before)
    return ChangeEffect.UNCLEAR if column in WORDS else ChangeEffect.OPENS


def _stepped(before: int, after: int) -> ChangeEffect:
    return ChangeEffect.OPENS if after > before else ChangeEffect.CLOSES


def _role_masks(
    old: Mapping[str, Mapping[str, str]],
    new: Mapping[str, Mapping[str, str]],
) -> Iterator[Said]:
    for role in sorted(old.keys() | new.keys()):
        before, after = old.get(role, {}), new.get(role, {})
        for each in sorted(before.keys() | after.keys()):
            cells = before.get(each, "drop"), after.get(each, "drop")
            yield from _mask(("masks", role, each), *cells)


def _mask(at: Path, before: str, after: str) -> Iterator[Said]:
    if before == after:
        return
    effect = _stepped(MASK_ORDER.index(after), MASK_ORDER.index(before))
    yield at, f"{at[1]}: {at[-1]} is shown {after} instead of {before}", effect


def _lists(
    table: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[Said]:
    yield from _rows(table, old, new)
    for name in _both(old, new):
        before, after = old[name], new[name]
        if table == "roles":
            before, after = before.get("kinds", []), after.get("kinds", [])
        column = "kinds" if table == "roles" else "readers"
        yield from _words((table, name, column), column, before, after)


def _words(
    at: Path, column: str, before: list[str], after: list[str]
) -> Iterator[Said]:
    for word in sorted(set(after) - set(before)):
        yield at, f"{at[1]}: {column} have {word} in addition", ChangeEffect.OPENS
    for word in sorted(set(before) - set(after)):
        yield at, f"{at[1]}: {column} no longer have {word}", ChangeEffect.CLOSES


def _both(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return sorted(old.keys() & new.keys())


def _said(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


Rules = dict[str, list[tuple[int, str]]]


def _rules(bench: Workbench, path: str, old: str, new: str) -> Iterator[BundleChange]:
    effect = _judging(path)
    before, after = _named_rules(bench, path, old), _named_rules(bench, path, new)
    found = False
    for name in sorted(before.keys() | after.keys()):
        texts = {text for _, text in before.get(name, [])}
        found = found or texts != {text for _, text in after.get(name, [])}
        for line, text in after.get(name, []):
            if text not in texts:
                word = "is changed" if texts else "is new"
                yield BundleChange(path, line, f"the rule {name} {word}", effect)
        if len(after.get(name, [])) < len(before.get(name, [])):
            yield BundleChange(path, 0, f"a rule {name} is gone", effect)
    if not found:
        yield BundleChange(path, 1, "the words around the rules are changed", effect)


def _named_rules(bench: Workbench, path: str, text: str) -> Rules:
    """Group a file's rules by name, and by the code with which they speak."""
    source, found = text.encode(), Rules()
    for rule in bench.parse(path, text)["rules"]:
        ((kind, node),) = rule.items()
        span = node["span"]
        head = node["head"].get("Set", {}) if kind == "Spec" else {}
        said = ", ".join(codes_of(head["key"])) if head else ""
        name = " ".join(filter(None, [str(rule_name(rule)), said]))
        body = source[int(span["start"]) : int(span["end"])].decode()
        found.setdefault(name, []).append((int(span["line"]), " ".join(body.split())))
    return found
