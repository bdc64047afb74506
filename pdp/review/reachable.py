"""What keeps a purpose from ever being used, in the policies and around them.

A purpose is reached through its row, a collection that the catalogue binds to it, the
notice that is shown where consent is the basis, and somebody whose token has one of its
roles. Each is written in another place, so a purpose that lacks one refuses everybody,
and no single file looks wrong. What is around the policies is handed in.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final

from pdp.bundle.bundle import Bundle
from pdp.bundle.language_source import languages_of
from pdp.bundle.regions import REGIONS, regions_of
from pdp.review.case_yaml import CasesError
from pdp.review.cases import sound_rows

CONSENT: Final = "consent"
NEEDED: Final[Mapping[str, str]] = {
    "roles": "no role may use it",
    "actions": "nothing may be done for it",
    "reach": "it is open to no way of reaching anybody",
    "classes": "it needs no class of data, so nothing is ever shown",
}


@dataclass(frozen=True, slots=True)
class Around:
    """What an installation has, beside its policies.

    `bound` gives the bases on which collections are bound to each purpose,
    `conditions` those under which it is given their special categories, `noticed` the
    purposes that have a notice, `roles` and `purposes` what live tokens have.
    """

    bound: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    conditions: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    noticed: AbstractSet[str] = frozenset()
    roles: AbstractSet[str] = frozenset()
    purposes: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something in the way of a purpose, or of a language; and where it is mended."""

    about: str
    what: str
    mend: str


def obstacles(bundle: Bundle, around: Around) -> list[Obstacle]:
    """Find what is in the way of each purpose, and what each language lacks."""
    languages, (allowed, tried) = languages_of(bundle), _cases(bundle)
    found: list[Obstacle] = []
    for name, row in bundle.tables["purposes"].items():
        said = [*_in_row(bundle, row), *_in_catalogue(name, row, around)]
        said += [*_in_regions(bundle, row, around.bound.get(name, frozenset()))]
        said += [*_in_special(bundle, name, around)]
        said += [*_in_tokens(bundle, name, row, around)]
        if name not in tried:
            said.append(("no case is about it", "write rows in cases/"))
        elif name not in allowed:
            said.append(("no case allows it", "write one in cases/ that is allowed"))
        said += [
            (f"it has no title in {tag}", f"write it in texts/{tag}.yaml")
            for tag in languages.without_title(name)
        ]
        found += [Obstacle(name, what, mend) for what, mend in said]
    return found + [
        Obstacle(tag, f"{code} is said in English", f"write it in texts/{tag}.yaml")
        for tag, code in sorted(languages.lacking())
    ]


Said = Iterator[tuple[str, str]]


def _in_row(bundle: Bundle, row: Mapping[str, Any]) -> Said:
    for column, what in NEEDED.items():
        if not row[column]:
            yield what, f"write `{column}` of its row in tables/data.json"
    for region, law in regions_of(bundle.tables).items():
        if not row["right"] and not law.bases & {*row["bases"]}:
            yield (
                f"the law of {region} has none of its lawful bases",
                "add one to `bases`, or leave it closed there",
            )


def _in_catalogue(name: str, row: Mapping[str, Any], around: Around) -> Said:
    bound = around.bound.get(name, frozenset())
    if not bound:
        yield (
            "no collection is bound to it",
            "name it in data/catalogue.yaml, then `allod catalogue accept`",
        )
    elif not row["right"] and not bound & {*row["bases"]}:
        yield (
            f"it is bound on {_words(bound)}, and its row lists {_words(row['bases'])}",
            "let the catalogue and the row name the same lawful basis",
        )
    if CONSENT in bound and name not in around.noticed:
        yield (
            "there is no notice to show before somebody consents",
            "write its text for the notices that the program publishes",
        )


def _in_regions(
    bundle: Bundle, row: Mapping[str, Any], bound: AbstractSet[str]
) -> Said:
    for region, law in regions_of(bundle.tables).items():
        closed = (bound & {*row["bases"]}) - law.bases
        if closed and not row["right"] and law.bases & {*row["bases"]}:
            yield (
                f"the law of {region} closes what is bound on {_words(closed)}",
                "name another lawful basis in data/catalogue.yaml, or leave it so",
            )


def _in_special(bundle: Bundle, name: str, around: Around) -> Said:
    if strange := left_out(bundle.tables, around).get(name):
        listed = _words(bundle.tables["purposes"][name]["special"])
        what = f"bound under {_words(strange)}, its row lists {listed}"
        yield (
            f"special categories are left out: {what}",
            "name the condition beside the basis in data/catalogue.yaml",
        )


def left_out(tables: Mapping[str, Any], around: Around) -> dict[str, AbstractSet[str]]:
    """Name the purposes that show special categories, and are not given some.

    It is said under which conditions the catalogue binds those. A bundle without the
    table of regions asks for none.
    """
    found = {
        name: around.conditions.get(name, frozenset()) - {*row["special"]}
        for name, row in tables["purposes"].items()
        if row["special"] and REGIONS in tables
    }
    return {name: conditions for name, conditions in found.items() if conditions}


def _in_tokens(
    bundle: Bundle, name: str, row: Mapping[str, Any], around: Around
) -> Said:
    implied = {*bundle.tables["implied_roles"].values()}
    if not row["roles"] or {*row["roles"]} & implied:
        return
    role = row["roles"][0]
    kind = bundle.tables["roles"][role]["kinds"][0]
    mend = f"allod token new {kind} NAME --role {role} --purpose {name}"
    if not {*row["roles"]} & around.roles:
        yield f"no token has a role that it is open to: {_words(row['roles'])}", mend
    elif name not in around.purposes:
        yield "no token is for this purpose", mend


def _cases(bundle: Bundle) -> tuple[set[str], set[str]]:
    """Give the purposes that some case allows, and all that some case is about."""
    allowed, tried = set(), set()
    for path, text in bundle.cases.items():
        for row in _rows(path, text):
            purpose = str(row.facts.get("purpose", ""))
            tried.add(purpose)
            if "allowed" in row.then:
                allowed.add(purpose)
    return allowed, tried


def _rows(path: str, text: str) -> Sequence[Any]:
    try:
        return list(sound_rows(path, text))
    except CasesError:
        return ()  # lint says where


def _words(words: Any) -> str:  # noqa: ANN401 - any words
    return ", ".join(sorted(map(str, words))) or "none"
