"""The words of the cases: each has to be one that tables and rules know.

A case about a purpose, a role or a class that is not there tests nothing that anybody
meant, unless that is the point: then its outcome says so, with the reason that the
gate has for a word that it does not know.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pdp.bundle.bundle import Bundle, is_rule
from pdp.bundle.findings import Finding, use_one_of
from pdp.decision.decision import MASKS
from pdp.decision.question import (
    Action,
    Basis,
    Condition,
    Consent,
    CustomerState,
    Kind,
    Minor,
    Reach,
    Retention,
    Ugc,
)
from pdp.engines.trees import Node, codes_of_rules
from pdp.review.case_yaml import CaseRow, CasesError
from pdp.review.cases import sound_rows

ENUMS: Final[Mapping[str, frozenset[str]]] = {
    "action": frozenset(Action),
    "kind": frozenset(Kind),
    "reach": frozenset(Reach),
    "state": frozenset(CustomerState),
    "minor": frozenset(Minor),
    "retention": frozenset(Retention),
    "basis": frozenset(Basis),
    "condition": frozenset(Condition),
    "consent": frozenset(Consent),
    "ugc": frozenset(Ugc),
}
TABLES_OF: Final = {
    "purpose": "purposes",
    "roles": "roles",
    "from": "residency",
    "region": "residency",
    "classes": "classes",
}
# What the gate says of a word that it does not know.
UNKNOWN: Final = {
    "purpose": "purpose.unknown",
    "roles": "gate.unknown_role",
    "from": "gate.unknown_caller_region",
    "classes": "gate.unknown_class",
}
# The gate puts these together from the word that it does not know.
COMPOSED: Final = "gate.unknown_"
Words = Mapping[str, frozenset[str]]


def check_cases(
    bundle: Bundle, trees: Mapping[str, Mapping[str, Node]]
) -> list[Finding]:
    """Find case files that cannot be read, and words in them that are not there."""
    known: Words = {**ENUMS, **_of_tables(bundle)}
    codes = frozenset(
        code
        for path, tree in trees.items()
        if is_rule(path)
        for code in codes_of_rules(tree)
        if "." in code
    )
    found: dict[Finding, None] = {}
    for path, text in sorted(bundle.cases.items()):
        try:
            for row in sound_rows(path, text):
                found |= dict.fromkeys(_strange(row, known))
                found |= dict.fromkeys(_codes(row, codes))
        except CasesError as error:
            place = (path, error.line, error.column)
            found[Finding(*place, "case", error.message, error.fix)] = None
    return list(found)


def _of_tables(bundle: Bundle) -> Words:
    return {
        word: frozenset(bundle.tables[table])
        for word, table in TABLES_OF.items()
        if isinstance(bundle.tables[table], dict)
    }


def _strange(row: CaseRow, known: Words) -> Iterator[Finding]:
    refused = row.then.get("refused", ())
    for word, words in known.items():
        meant = UNKNOWN.get(word, COMPOSED + word)
        if word in row.facts and meant not in refused:
            values = _listed(row.facts[word])
            yield from _unknown(row, word, values, words, (word,))
    allowed = row.then.get("allowed")
    if isinstance(allowed, dict):
        at = ("then", "allowed")
        yield from _unknown(row, "data class", allowed, known.get("classes", ()), at)
        for name, mask in allowed.items():
            yield from _unknown(row, "mask", [mask], MASKS, (*at, name))


def _codes(row: CaseRow, codes: frozenset[str]) -> Iterator[Finding]:
    refused = row.then.get("refused", ())
    said = [code for code in refused if not str(code).startswith(COMPOSED)]
    yield from _unknown(row, "reason", said, codes, ("then", "refused"))


def _unknown(
    row: CaseRow,
    what: str,
    found: Iterable[Any],
    known: Iterable[str],
    at: tuple[str, ...],
) -> Iterator[Finding]:
    for word in found:
        if word not in known:
            yield Finding(
                *(row.file, *row.place(*at, str(word)), "case"),
                f"there is no {what} `{word}`",
                use_one_of(word, known),
            )


def _listed(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]
