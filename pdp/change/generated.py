"""Questions for the gate, drawn so that a good part of them is allowed.

Each begins as one that its purpose's row in the tables allows, and has none, one or
a few of its facts replaced by any other. Drawn from all facts at random, less than
one in a hundred would be allowed, and engines that refuse everything would agree.
Some are then spoiled as no vault would: a word is gone, or of another type.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from pdp.bundle.regions import bases_in, condition_in
from pdp.change.differential import Input
from pdp.decision.question import (
    Action,
    Basis,
    Caller,
    Condition,
    Consent,
    CustomerState,
    Kind,
    Minor,
    Reach,
    ResourceClass,
    Retention,
    Ugc,
    batch,
)

Choose = Callable[[Sequence[Any]], Any]

COLLECTIONS: Final = ("profile", "purchase", "idea", "review")
# How many facts are replaced: none in half of the questions.
SPOILED: Final = (0, 0, 0, 1, 1, 3)
# One question in so many is malformed besides.
MALFORMED: Final = 8
WRONG: Final[tuple[Any, ...]] = (
    None,
    "",
    "x",
    0,
    -1,
    1.5,
    7,
    True,
    False,
    [],
    ["x"],
    [None],
    {},
)
WRONG_NESTED: Final[tuple[Any, ...]] = (
    {"a": 1},
    [[]],
    [{}],
    "granted",
    "self",
    "\u2028",
    "no",
    "1",
)


@dataclass(frozen=True, slots=True)
class GeneratedQuestion:
    """A question that the vault could ask."""

    caller: Caller
    purpose: str
    action: Action
    resource: ResourceClass


class Drawn:
    """Draws questions about one bundle's tables; `choose` picks one of many."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._tables = tables
        self._purposes = tuple(tables["purposes"])
        self._regions = tuple(tables["residency"])
        self._spoilers = tuple(_spoilers(tables))

    def asked(self, choose: Choose) -> GeneratedQuestion:
        """Draw one question."""
        question = self.fitting(choose, choose(self._purposes))
        for _ in range(choose(SPOILED)):
            question = choose(self._spoilers)(choose, question)
        return question

    def fitting(self, choose: Choose, purpose: str) -> GeneratedQuestion:
        """Draw one that its purpose's row in the tables allows."""
        tables = self._tables
        row = tables["purposes"][purpose]
        role = choose(row["roles"])
        kind = choose(tables["roles"][role]["kinds"])
        region = choose(self._regions)
        caller = Caller(
            kind=Kind(kind),
            roles=() if kind in tables["implied_roles"] else (role,),
            region=choose(tables["residency"][region]),
            assurance=choose([2, 3]),
        )
        resource = ResourceClass(
            collection=choose(COLLECTIONS),
            classes=_two(choose, row["classes"]),
            reach=Reach(choose(row["reach"])),
            region=region,
            minor=Minor.NO,
            basis=Basis(choose(bases_in(region, row["bases"], tables))),
            consent=Consent.GRANTED,
            ugc=Ugc.GRANTED if row["ugc"] else Ugc.NONE,
            condition=condition_in(row),
        )
        return GeneratedQuestion(
            caller, purpose, Action(choose(row["actions"])), resource
        )

    def many(self, count: int, *, seed: int) -> Iterator[GeneratedQuestion]:
        """Draw the same questions each time."""
        random = Random(seed)  # noqa: S311 - a list that can be had again, no secret
        for _ in range(count):
            yield self.asked(random.choice)

    def inputs(self, count: int, *, seed: int) -> Iterator[Input]:
        """Draw inputs for engines to be compared on, malformed ones among them."""
        random = Random(seed)  # noqa: S311 - a list that can be had again, no secret
        for _ in range(count):
            it = self.asked(random.choice)
            common, (item,) = batch(it.action, it.purpose, it.caller, [it.resource])
            if random.randrange(MALFORMED) == 0:
                yield _malformed(random.choice, Input(common, item))
            else:
                yield Input(common, item)


Spoiler = Callable[[Choose, GeneratedQuestion], GeneratedQuestion]


def _spoilers(tables: Mapping[str, Any]) -> Iterator[Spoiler]:
    regions = (*tables["residency"], "atlantis")
    classes = (*tables["classes"], "aura")
    purposes = (*tables["purposes"], "marketing.pigeon")
    roles = ((), *((role,) for role in tables["roles"]), ("support", "marketing"))
    yield lambda choose, asked: replace(asked, purpose=choose(purposes))
    yield lambda choose, asked: replace(asked, action=choose(tuple(Action)))
    yield lambda choose, asked: replace(
        asked, resource=replace(asked.resource, classes=_two(choose, classes))
    )
    yield _on_caller("kind", tuple(Kind))
    yield _on_caller("roles", roles)
    yield _on_caller("region", regions)
    yield _on_caller("assurance", (1, 2, 3))
    yield _on_resource("region", regions)
    for fact, words in (
        ("reach", Reach),
        ("state", CustomerState),
        ("minor", Minor),
        ("retention", Retention),
        ("hold", (True, False)),
        ("basis", Basis),
        ("condition", Condition),
        ("consent", Consent),
        ("ugc", Ugc),
    ):
        yield _on_resource(fact, tuple(words))


def _two(choose: Choose, among: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({choose(among), choose(among)}))


def _on_resource(fact: str, words: Sequence[Any]) -> Spoiler:
    def spoil(choose: Choose, asked: GeneratedQuestion) -> GeneratedQuestion:
        resource = replace(asked.resource, **{fact: choose(words)})
        return replace(asked, resource=resource)

    return spoil


def _on_caller(fact: str, words: Sequence[Any]) -> Spoiler:
    def spoil(choose: Choose, asked: GeneratedQuestion) -> GeneratedQuestion:
        return replace(asked, caller=replace(asked.caller, **{fact: choose(words)}))

    return spoil


def _malformed(choose: Choose, asked: Input) -> Input:
    """Take one word away, or put something of another type in its place."""
    if choose(range(10)) == 0:
        return Input(asked.common, choose([*WRONG, *WRONG_NESTED]))
    common, item = deepcopy(dict(asked.common)), deepcopy(asked.item)
    part = choose([common, common["principal"], item, item])
    word = choose(sorted(part))
    if choose([True, False]):
        del part[word]
    else:
        part[word] = choose([*WRONG, *WRONG_NESTED])
    return Input(common, item)
