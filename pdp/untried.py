"""What no case tries: a rule that never fires, a row that nobody asks about.

Coverage says that a line ran; a denial whose condition was always false ran too. So a
rule of law counts as tried when what it says came out of some case, and a row when some
case asks about it. What is not tried may be wrong without anybody noticing.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from pdp.bundle import TABLES, Bundle
from pdp.decision import Decision
from pdp.findings import Finding
from pdp.heard import SAID
from pdp.positions import Positions
from pdp.trees import Node, codes_of, rule_name, texts_of

Trees = Mapping[str, Mapping[str, Node]]
Question = Mapping[str, Any]
Ran = Mapping[str, Collection[int]]

_LAW: Final = "legal/"
_REGIONAL: Final = ("residency", "regions")


def silent(trees: Trees, decisions: Sequence[Decision], ran: Ran) -> Iterator[Finding]:
    """Find each denial, permit and obligation of law that came out of no case.

    Two rules may say one code: so the first line of a rule must have run besides, which
    it has only if its condition held (or stands in the same line).
    """
    said = _said(decisions)
    for path, tree in trees.items():
        for rule in tree["rules"] if path.startswith(_LAW) else ():
            name = rule_name(rule)
            key = rule.get("Spec", {}).get("head", {}).get("Set", {}).get("key")
            if name not in SAID or key is None:
                continue
            codes = {*codes_of(key), *texts_of(key, "type")}
            line = int(rule["Spec"]["span"]["line"])
            if not codes & said or line not in ran.get(path, ()):
                yield Finding(
                    *(path, line, 1, "untried"),
                    f"no case makes this {name} come true: {', '.join(sorted(codes))}",
                    "write a case in cases/ whose outcome is that",
                )


def _said(decisions: Sequence[Decision]) -> frozenset[str]:
    return frozenset(
        code
        for each in decisions
        for code in (
            *each.permits,
            *(reason.code for reason in each.reasons),
            *(obligation.type for obligation in each.obligations),
        )
    )


def untouched(bundle: Bundle, questions: Sequence[Question]) -> Iterator[Finding]:
    """Find each purpose, mask and region of the tables that no case asks about."""
    tables, places = bundle.tables, Positions(bundle.texts[TABLES])
    asked = frozenset(_asked(tables, questions))
    for row in _rows(tables):
        if row not in asked:
            line, column = places.name(row)
            yield Finding(
                *(TABLES, line, column, "untried"),
                f"no case asks about {' / '.join(row)}",
                "write a case in cases/ that says what it is to do",
            )


def _rows(tables: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for purpose in tables["purposes"]:
        yield ("purposes", purpose)
    for table in _REGIONAL:
        yield from ((table, region) for region in tables.get(table, {}))
    for role, cells in tables["masks"].items():
        for name in cells:
            if _is_open(role, name, tables):
                yield ("masks", role, name)


def _is_open(role: str, data_class: str, tables: Mapping[str, Any]) -> bool:
    """Tell whether some purpose lets a role at a class, so that its mask counts."""
    return any(
        role in row["roles"] and data_class in row["classes"]
        for row in tables["purposes"].values()
    )


def _asked(
    tables: Mapping[str, Any], questions: Sequence[Question]
) -> Iterator[tuple[str, ...]]:
    for question in questions:
        purpose = str(question.get("purpose"))
        resource = question["resource"]
        yield ("purposes", purpose)
        for table in _REGIONAL:
            yield (table, str(resource.get("region")))
        row = tables["purposes"].get(purpose, {"roles": (), "classes": ()})
        for role in _acting(question["principal"], tables):
            for name in _listed(resource.get("classes")):
                if role in row["roles"] and name in row["classes"]:
                    yield ("masks", role, name)


def _acting(principal: Mapping[str, Any], tables: Mapping[str, Any]) -> Iterator[str]:
    yield from _listed(principal.get("roles"))
    yield from _listed([tables["implied_roles"].get(str(principal.get("kind")))])


def _listed(words: object) -> Iterator[str]:
    if isinstance(words, list):
        yield from (word for word in words if isinstance(word, str))
