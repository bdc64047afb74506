"""Every case that a lawyer wrote comes out on a real OPA as it says."""

from pathlib import Path

from bundles import shipped
from opa_servers import serving

from pdp.decision.decision import parse_decision
from pdp.engines.opa import OpaAddress, OpaEngine
from pdp.review.cases import Case, described, read_cases


def on_opa(engine: OpaEngine, case: Case) -> str:
    common = {word: it for word, it in case.question.items() if word != "resource"}
    (result,) = engine.decide(common, [case.question["resource"]]).results
    return described(parse_decision(result))


def test_each_case_comes_out_on_opa_as_it_says(tmp_path: Path) -> None:
    cases = list(read_cases(shipped()))
    with serving(shipped(), tmp_path) as url:
        engine = OpaEngine(OpaAddress.parse(url))
        got = [on_opa(engine, case) for case in cases]
        engine.close()
    assert len(cases) > 600
    assert [(case.name, it) for case, it in zip(cases, got, strict=True)] == [
        (case.name, case.expected) for case in cases
    ]
