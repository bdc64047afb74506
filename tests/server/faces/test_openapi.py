"""The OpenAPI document holds to the standard and to what linters recommend."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from api_lint import findings
from openapi_spec_validator import OpenAPIV31SpecValidator

from server.app import FACES
from server.faces.openapi import Api
from server.faces.operations import PROBLEM_ANSWER

Change = Callable[[dict[str, Any]], object]
LIVE = "/health/live"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    api = Api()
    for face in FACES:
        api.include_router(face.router, responses=PROBLEM_ANSWER)
    return api.openapi()


def test_the_standards_own_validator_finds_nothing(document: dict[str, Any]) -> None:
    assert [
        each.message for each in OpenAPIV31SpecValidator(document).iter_errors()
    ] == []
    broken = copy.deepcopy(document)
    del broken["info"]["title"]
    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


def test_a_linter_finds_nothing(document: dict[str, Any]) -> None:
    assert findings(document) == []


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda d: d.pop("servers"), "no servers"),
        (lambda d: d["info"].pop("license"), "no license"),
        (lambda d: _live(d).pop("summary"), "no summary"),
        (lambda d: _live(d).pop("security"), "who may call"),
        (lambda d: _live(d).update(responses={"200": {}}), "no refusal"),
        (lambda d: _live(d).update(responses={"400": {}}), "no success"),
        (lambda d: d["paths"].update({"/health/{x}": d["paths"][LIVE]}), "parameters"),
        (lambda d: d["components"]["schemas"].update(Odd={}), "used nowhere"),
        (lambda d: d["paths"].update(_crossing(d)), "ambiguous"),
        (lambda d: _schema(d, "HoldResponse").update(examples=[{}]), "not so"),
        (lambda d: _schema(d, "Live").update(examples=[{"status": 1}]), "not so"),
    ],
)
def test_what_is_amiss_is_found(
    document: dict[str, Any], change: Change, finding: str
) -> None:
    change(changed := copy.deepcopy(document))
    assert any(finding in each for each in findings(changed))


def test_nulls_of_an_example_are_shown(document: dict[str, Any]) -> None:
    (shown,) = _schema(document, "HoldResponse")["examples"]
    assert shown["record_id"] is None


def _live(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][LIVE]["get"]
    return found


def _schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def _crossing(document: dict[str, Any]) -> dict[str, Any]:
    return {"/a/{x}": document["paths"][LIVE], "/{y}/b": document["paths"][LIVE]}
