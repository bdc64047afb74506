"""What no case tries: a rule that never fires, a row that nobody asks about.

Coverage says that a line ran; a denial whose condition was always false ran too. So a
rule of law counts as tried when what it says came out of some case, and a row when some
case asks about it. What is not tried may be wrong without anybody noticing.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from pdp.bundle.bundle import TABLES, Bundle
from pdp.bundle.findings import Finding
from pdp.bundle.positions import Positions
from pdp.decision.decision import Decision
from pdp.engines.trees import Node, codes_of, rule_name, texts_of
from pdp.review.heard import SAID

Trees = Mapping[str, Mapping[str, Node]]
Question = Mapping[str, Any]
Ran = Mapping[str, Collection[int]]

_LAW: Final = "legal/"
_REGIONAL: Final = ("residency", "regions")


def silent(trees: Trees, decisions: Sequence[Decision], ran: Ran) -> Iterator[Finding]:
    """Find each denial, permit and obligation of law that came out of no case.

    Two rules may say one code: so the first line of a rule must have run besides, which
    it has only if its condition held. Where the condition stands in the same line, that
    shows nothing, and such a rule has to say a code of its own.
    """
    said, rules = _said(decisions), [*_saying(trees)]
    for path, name, line, codes, alone in rules:
        if not codes & said[name] or line not in ran.get(path, ()):
            yield Finding(
                *(path, line, 1, "untried"),
                f"no case makes this {name} come true: {', '.join(sorted(codes))}",
                "write a case in cases/ whose outcome is that",
            )
        elif alone and sum(name == it[1] and bool(codes & it[3]) for it in rules) > 1:
            yield Finding(
                *(path, line, 1, "untried"),
                f"another rule says the same: {', '.join(sorted(codes))}; no case can"
                f" show whether this {name} ever comes true",
                "write its condition on a line of its own, behind `if {`",
            )


Saying = tuple[str, str, int, frozenset[str], bool]


def _saying(trees: Trees) -> Iterator[Saying]:
    """Give each rule of law that says something: where, what, and if on one line."""
    for path, tree in trees.items():
        for rule in tree["rules"] if path.startswith(_LAW) else ():
            name = rule_name(rule)
            key = rule.get("Spec", {}).get("head", {}).get("Set", {}).get("key")
            if name in SAID and key is not None:
                codes = frozenset({*codes_of(key), *texts_of(key, "type")})
                line = int(rule["Spec"]["span"]["line"])
                yield path, str(name), line, codes, line in _conditions(rule)


def _conditions(rule: Mapping[str, Node]) -> Iterator[int]:
    """Give the line of each statement that a rule's condition is made of."""
    for body in rule["Spec"]["bodies"]:
        yield from (int(each["span"]["line"]) for each in body["query"]["stmts"])


def _said(decisions: Sequence[Decision]) -> Mapping[str, frozenset[str]]:
    """Give what came out as a denial, a permit, an obligation: one word may be two."""
    return {
        "deny": frozenset(each.code for it in decisions for each in it.reasons),
        "permit": frozenset(each for it in decisions for each in it.permits),
        "obligation": frozenset(
            each.type for it in decisions for each in it.obligations
        ),
    }


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
