"""Why a question came out as it did: each reason with the rule that gave it.

For lawyers and auditors. A caller of the vault sees codes, articles and remedies;
here they come with file and line, and each mask with the cells of the tables that
made it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kit.errors import NotFound
from pdp.bundle.bundle import TABLES, Bundle
from pdp.decision.decision import Decision
from pdp.engines.regorus import Workbench
from pdp.engines.trees import codes_of, texts_of, walk
from pdp.review.cases import Case, answer, described, read_cases


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A rule that spoke: what it said, and where it stands."""

    code: str
    article: str
    fix: str
    title: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class MaskGround:
    """A mask, and the cells of the tables that had a say in it."""

    data_class: str
    mask: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with its grounds."""

    outcome: str
    allowed: bool
    permits: tuple[RuleMatch, ...]
    denials: tuple[RuleMatch, ...]
    masks: tuple[MaskGround, ...]


def explain(bundle: Bundle, question: Mapping[str, Any]) -> Explanation:
    """Ask the gate one whole question and find the rules that answered.

    Raises:
        PolicyFault: the bundle cannot be compiled.

    """
    with Workbench(bundle) as bench:
        decision = answer(bench, question)
        places = list(_places(bundle, bench))
    if isinstance(decision, str):
        return Explanation(described(decision), False, (), (), ())
    return Explanation(
        outcome=described(decision),
        allowed=decision.allow,
        permits=tuple(_ground(places, code) for code in decision.permits),
        denials=tuple(
            _ground(places, reason.code, reason.article, reason.fix)
            for reason in decision.reasons
        ),
        masks=tuple(_mask_grounds(bundle.tables, question, decision)),
    )


def find_case(bundle: Bundle, wanted: str) -> Case:
    """Find a case by `file:line`, or by words of its name.

    Raises:
        NotFound: no case, or more than one, answers to that.

    """
    found = [
        case
        for case in read_cases(bundle)
        if wanted == f"{case.file}:{case.line}" or wanted.lower() in case.name.lower()
    ]
    exact = [
        case for case in found if wanted in {case.name, f"{case.file}:{case.line}"}
    ]
    if len(exact or found) != 1:
        raise NotFound(
            "no single case answers to that; name it as cases/FILE.yaml:LINE"
        )
    return (exact or found)[0]


def grounds(bundle: Bundle, codes: Sequence[str]) -> list[RuleMatch]:
    """Find the rules that speak with these codes, and what they say.

    Raises:
        PolicyFault: a file is not Rego.

    """
    with Workbench(bundle, coverage=False) as bench:
        places = list(_places(bundle, bench))
    return [_ground(places, code) for code in codes]


def _places(bundle: Bundle, bench: Workbench) -> Iterator[RuleMatch]:
    """Find every rule that adds a reason or a permit."""
    for path, text in bundle.modules.items():
        for kind, node in walk(bench.parse(path, text)["rules"]):
            if kind == "Spec" and "Set" in node["head"]:
                key, line = node["head"]["Set"]["key"], int(node["span"]["line"])
                said = ("".join(texts_of(key, name)) for name in ("article", "fix"))
                article, fix = said
                for code in codes_of(key):
                    yield RuleMatch(code, article, fix, _title(text), path, line)


def _title(text: str) -> str:
    return text.partition("# title: ")[2].partition("\n")[0]


def _ground(
    places: Sequence[RuleMatch], code: str, article: str = "", fix: str = ""
) -> RuleMatch:
    for place in places:
        # A code may be put together: "gate.unknown" and the word that was not known.
        if code == place.code or code.startswith(place.code + "_"):
            article, fix = article or place.article, fix or place.fix
            return replace(place, code=code, article=article, fix=fix)
    return RuleMatch(code, article, fix, "", "", 0)


def _mask_grounds(
    tables: Mapping[str, Any], question: Mapping[str, Any], decision: Decision
) -> Iterator[MaskGround]:
    if not decision.allow:
        return
    purpose = question["purpose"]
    row = tables["purposes"][purpose]
    principal = question["principal"]
    held = {*principal["roles"], tables["implied_roles"].get(principal["kind"])}
    for name in sorted(question["resource"]["classes"]):
        cells = [
            f"{TABLES}: masks.{role}.{name} = {tables['masks'][role].get(name, 'drop')}"
            for role in row["roles"]
            if role in held
        ]
        if name in row["masks"]:
            cells.append(
                f"{TABLES}: purposes.{purpose}.masks.{name} = {row['masks'][name]}"
            )
        if name not in row["classes"]:
            cells = [f"{TABLES}: purposes.{purpose}.classes does not list it"]
        yield MaskGround(name, decision.masks.get(name, "drop"), tuple(cells))
