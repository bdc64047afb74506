"""What holds for every question, whatever it is."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import pytest
from bundles import shipped
from hypothesis import given, settings
from hypothesis import strategies as st
from questions import TABLES, GeneratedQuestion, many, questions

from pdp.decision.decider import Pdp
from pdp.decision.decision import MASKS, Decision, Undecided, parse_decision
from pdp.decision.decision_cache import DecisionCache
from pdp.decision.question import Kind, batch, document
from pdp.engines.regorus import RegorusEngine, Workbench

ORDER = TABLES["mask_order"]
WORDS = st.sampled_from(
    [None, "", "x", "granted", "self", 0, 1, 7, True, False, [], ["x"], {}, {"a": 1}]
)


@pytest.fixture(scope="module")
def engine() -> Iterator[RegorusEngine]:
    made = RegorusEngine(shipped())
    yield made
    made.close()


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    with Workbench(shipped()) as made:
        yield made


def decide(engine: RegorusEngine, *asked: GeneratedQuestion) -> list[Decision]:
    pdp = Pdp(engine, shipped().digest, DecisionCache())
    return [
        pdp.decide(it.caller, it.purpose, it.action, [it.resource])[0] for it in asked
    ]


def whole(asked: GeneratedQuestion) -> dict[str, Any]:
    return document(asked.action, asked.purpose, asked.caller, asked.resource)


def test_at_least_a_fifth_of_the_drawn_questions_is_allowed(
    engine: RegorusEngine,
) -> None:
    decisions = decide(engine, *many(400, seed=7))

    allowed = sum(it.allow for it in decisions)
    assert 0.2 * len(decisions) <= allowed <= 0.8 * len(decisions)
    assert not any(
        it.reasons and it.reasons[0].code == "gate.engine_error" for it in decisions
    )


@settings(deadline=None, max_examples=60)
@given(questions())
def test_a_question_in_a_batch_comes_out_as_it_does_alone(
    engine: RegorusEngine, bench: Workbench, asked: GeneratedQuestion
) -> None:
    alone = bench.evaluate("data.allod.gate.decision", whole(asked))
    others = [it.resource for it in islice(many(3, seed=3), 3)]
    row = [*others, asked.resource, *others]
    answer = engine.decide(*batch(asked.action, asked.purpose, asked.caller, row))

    assert answer.results[3] == alone


@settings(deadline=None, max_examples=60)
@given(questions())
def test_no_role_and_no_purpose_shows_more_than_its_cells(
    engine: RegorusEngine, asked: GeneratedQuestion
) -> None:
    (decision,) = decide(engine, asked)
    row = TABLES["purposes"].get(asked.purpose, {})
    for data_class, mask in decision.masks.items():
        assert data_class in row["classes"]
        cells = [TABLES["masks"][role][data_class] for role in _acting(asked, row)]
        cells += [row["masks"].get(data_class, "clear")]
        assert ORDER.index(mask) == max(map(ORDER.index, cells))
        assert mask in MASKS - {"drop"}


@settings(deadline=None, max_examples=60)
@given(questions())
def test_what_is_allowed_breaks_none_of_the_plain_rules(
    engine: RegorusEngine, asked: GeneratedQuestion
) -> None:
    (decision,) = decide(engine, asked)
    if not decision.allow:
        assert decision.reasons
        assert all(it.code and it.article and it.fix for it in decision.reasons)
        return
    resource, row = asked.resource, TABLES["purposes"][asked.purpose]
    assert resource.state != "erased"
    assert resource.reach != "none"
    assert asked.caller.kind == Kind.CUSTOMER or resource.reach != "self"
    assert row["right"] or resource.basis in row["bases"]
    assert row["right"] or resource.basis != "consent" or resource.consent == "granted"
    assert not row["ugc"] or resource.ugc == "granted"
    assert not row["cohort"] or decision.obligations[0].min == row["cohort"]


@settings(deadline=None, max_examples=100)
@given(asked=questions(), data=st.data())
def test_a_question_with_a_wrong_word_is_refused_or_unchanged_and_never_crashes(
    bench: Workbench, asked: GeneratedQuestion, data: st.DataObject
) -> None:
    question = whole(asked)
    part = data.draw(
        st.sampled_from([question, question["principal"], question["resource"]])
    )
    word = data.draw(st.sampled_from(sorted(part)))
    known = part[word]
    if data.draw(st.booleans()):
        del part[word]
    else:
        part[word] = data.draw(WORDS)
    try:
        decision = parse_decision(bench.evaluate("data.allod.gate.decision", question))
    except Undecided:
        return
    assert not decision.allow or _is_a_word(word, part.get(word), known)


def _is_a_word(word: str, value: object, known: object) -> bool:
    """Tell whether the value that was put in is one that the policies know."""
    free = {"collection", "assurance", "hold", "roles"}
    if word == "region":  # own access asks no table of regions
        return isinstance(value, str)
    if word == "condition" and value is None:  # absent is none, as in most questions
        return True
    return value == known or word in free or value in {"granted", "self"}


def _acting(asked: GeneratedQuestion, row: Mapping[str, Any]) -> list[str]:
    held = {*asked.caller.roles, TABLES["implied_roles"].get(asked.caller.kind)}
    return [role for role in row["roles"] if role in held]
