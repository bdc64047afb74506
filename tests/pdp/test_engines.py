"""What every engine must do alike, on the embedded engine and on a real OPA."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bundles import shipped
from opa_servers import serving

from pdp.decision.decider import Pdp
from pdp.decision.decision import Undecided, parse_decision
from pdp.decision.port import Engine
from pdp.decision.question import (
    Basis,
    Caller,
    Kind,
    Minor,
    Reach,
    ResourceClass,
    batch,
)
from pdp.engines.opa import OpaAddress, OpaEngine
from pdp.engines.regorus import RegorusEngine
from pdp.review.cases import Case, described, read_cases

CALLER = Caller(Kind.SERVICE, ("support",), "us")
CLASS = ResourceClass(
    *("profile", ("identity",), Reach.IN_SCOPE, "us"),
    minor=Minor.NO,
    basis=Basis.CONTRACT,
)
CASES = tuple(read_cases(shipped()))


def opened(kind: str, folder: Path) -> Iterator[Engine]:
    if kind == "regorus":
        yield RegorusEngine(shipped())
        return
    with serving(shipped(), folder) as url:
        yield OpaEngine(OpaAddress.parse(url))


@pytest.fixture(scope="module", params=["regorus", "opa"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    for made in opened(request.param, tmp_path_factory.mktemp("engine")):
        yield made
        made.close()


def test_it_tells_the_digest_of_what_it_really_loaded(engine: Engine) -> None:
    assert engine.revision() == shipped().digest
    assert Pdp(engine, shipped().digest).healthy()
    assert not Pdp(engine, "0" * 64).healthy()


def test_an_answer_comes_with_the_revision_that_gave_it(engine: Engine) -> None:
    answer = engine.decide(*batch("read", "support.case", CALLER, [CLASS, CLASS]))

    assert answer.revision == shipped().digest
    assert [result["allow"] for result in answer.results] == [True, True]


def test_another_active_revision_is_a_denial(engine: Engine) -> None:
    (decision,) = Pdp(engine, "0" * 64).decide(CALLER, "support.case", "read", [CLASS])

    assert decision.reasons[0].code == "gate.revision_mismatch"


def test_items_come_back_in_their_order(engine: Engine) -> None:
    reaches = [Reach.IN_SCOPE, Reach.NONE] * 20
    classes = [replace(CLASS, reach=reach) for reach in reaches]
    answer = engine.decide(*batch("read", "support.case", CALLER, classes))

    allowed = [result["allow"] for result in answer.results]
    assert allowed == [reach == Reach.IN_SCOPE for reach in reaches]


def test_no_items_are_no_decisions(engine: Engine) -> None:
    assert engine.decide(*batch("read", "support.case", CALLER, [])).results == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}:{case.line}")
def test_every_case_comes_out_as_written(engine: Engine, case: Case) -> None:
    common = dict(case.question)
    item = common.pop("resource")

    assert _outcome(engine, common, item) == case.expected


@pytest.mark.parametrize("roles", [None, "support", 7, {}, {"support": True}, [7]])
def test_roles_of_another_type_are_never_allowed(engine: Engine, roles: Any) -> None:
    common, (item,) = batch("read", "support.case", CALLER, [CLASS])
    common["principal"]["roles"] = roles

    assert "allowed" not in _outcome(engine, common, item)


@pytest.mark.parametrize("word", [None, 7, [], {}, "x", True])
@pytest.mark.parametrize("fact", ["classes", "reach", "region", "state", "basis"])
def test_a_word_that_is_not_known_is_never_allowed(
    engine: Engine, fact: str, word: Any
) -> None:
    common, (item,) = batch("read", "support.case", CALLER, [CLASS])

    assert "allowed" not in _outcome(engine, common, {**item, fact: word})


def test_nothing_asked_is_nothing_allowed(engine: Engine) -> None:
    for item in ({}, None, [], "x", 7, True):
        assert "allowed" not in _outcome(engine, {}, item)


def _outcome(engine: Engine, common: dict[str, Any], item: Any) -> str:
    try:
        (result,) = engine.decide(common, [item]).results
        return described(parse_decision(result))
    except Undecided as error:
        return described(error.reason_code)
