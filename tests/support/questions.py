"""Questions for the gate, drawn so that a good part of them is allowed.

Each begins as one that its purpose's row in the tables allows, and has none, one or
a few of its facts replaced by any other. Drawn from all facts at random, less than
one in a hundred would be allowed, and a gate that refuses everything would pass.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeVar

from bundles import shipped
from hypothesis import strategies as st

from pdp.question import (
    Action,
    Basis,
    Caller,
    Consent,
    Kind,
    Minor,
    Reach,
    ResourceClass,
    Retention,
    State,
    Ugc,
)

T = TypeVar("T")
Choose = Callable[[Sequence[Any]], Any]

TABLES = shipped().tables
PURPOSES = tuple(TABLES["purposes"])
REGIONS = tuple(TABLES["residency"])
CLASSES = tuple(TABLES["classes"])
ROLES = tuple(TABLES["roles"])
COLLECTIONS = ("profile", "purchase", "idea", "review")
# How many facts are replaced: none in half of the questions.
SPOILED = (0, 0, 0, 1, 1, 3)


@dataclass(frozen=True, slots=True)
class Asked:
    caller: Caller
    purpose: str
    action: Action
    resource: ResourceClass


def asked(choose: Choose) -> Asked:
    question = fitting(choose, choose(PURPOSES))
    for _ in range(choose(SPOILED)):
        question = choose(SPOILERS)(choose, question)
    return question


def fitting(choose: Choose, purpose: str) -> Asked:
    row = TABLES["purposes"][purpose]
    role = choose(row["roles"])
    kind = choose(TABLES["roles"][role]["kinds"])
    region = choose(REGIONS)
    implied = kind in TABLES["implied_roles"]
    caller = Caller(
        kind=Kind(kind),
        roles=() if implied else (role,),
        region=choose(TABLES["residency"][region]),
        assurance=choose([2, 3]),
    )
    return Asked(
        caller=caller,
        purpose=purpose,
        action=Action(choose(row["actions"])),
        resource=ResourceClass(
            collection=choose(COLLECTIONS),
            classes=_classes(choose, row["classes"]),
            reach=Reach(choose(row["reach"])),
            region=region,
            minor=Minor.NO,
            basis=Basis(choose(row["bases"])),
            consent=Consent.GRANTED,
            ugc=Ugc.GRANTED if row["ugc"] else Ugc.NONE,
        ),
    )


def _classes(choose: Choose, among: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({choose(among), choose(among)}))


def _on_resource(fact: str, words: Sequence[Any]) -> Callable[[Choose, Asked], Asked]:
    def spoil(choose: Choose, question: Asked) -> Asked:
        resource = replace(question.resource, **{fact: choose(words)})
        return replace(question, resource=resource)

    return spoil


def _on_caller(fact: str, words: Sequence[Any]) -> Callable[[Choose, Asked], Asked]:
    def spoil(choose: Choose, question: Asked) -> Asked:
        caller = replace(question.caller, **{fact: choose(words)})
        return replace(question, caller=caller)

    return spoil


def _other_purpose(choose: Choose, question: Asked) -> Asked:
    return replace(question, purpose=choose([*PURPOSES, "marketing.pigeon"]))


def _other_action(choose: Choose, question: Asked) -> Asked:
    return replace(question, action=choose(tuple(Action)))


def _other_classes(choose: Choose, question: Asked) -> Asked:
    classes = _classes(choose, [*CLASSES, "aura"])
    return replace(question, resource=replace(question.resource, classes=classes))


SPOILERS = (
    _other_purpose,
    _other_action,
    _other_classes,
    _on_caller("kind", tuple(Kind)),
    _on_caller("roles", ((), *((role,) for role in ROLES), ("support", "marketing"))),
    _on_caller("region", (*REGIONS, "atlantis")),
    _on_caller("assurance", (1, 2, 3)),
    _on_resource("reach", tuple(Reach)),
    _on_resource("region", (*REGIONS, "atlantis")),
    _on_resource("state", tuple(State)),
    _on_resource("minor", tuple(Minor)),
    _on_resource("retention", tuple(Retention)),
    _on_resource("hold", (True, False)),
    _on_resource("basis", tuple(Basis)),
    _on_resource("consent", tuple(Consent)),
    _on_resource("ugc", tuple(Ugc)),
)


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    """Draw a question with Hypothesis."""
    return asked(lambda options: draw(st.sampled_from(options)))


def many(count: int, *, seed: int) -> Iterator[Asked]:
    """Draw a fixed list of questions without Hypothesis, for the bulk oracles."""
    random = Random(seed)  # noqa: S311 - the same questions each time, not a secret
    for _ in range(count):
        yield asked(random.choice)
