"""Requests that a program made from the OpenAPI document, for every operation.

Half of them as the document allows, half of them not; a good part names customers and
records that are there. Whatever comes: no fault of ours, and no answer that the
document does not tell of. `--slow` asks many more questions than the few here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
import schemathesis
from callers import Callers
from clocks import ManualClock
from houses import Scenario, lived_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from operations import operations
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_dict
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from server.app import create_app
from server.http.turns import Turns

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FEW, MANY = 3, 50
LEAVER = "leo"
"""Who asks to be erased; the others stay."""


@dataclass(frozen=True)
class Asked:
    schema: BaseSchema
    who: dict[str, dict[str, str]]
    known: dict[str, Any]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with lived_in(tmp_path_factory.mktemp("asked") / "home", ManualClock()) as scenario:
        for name in ("ada", LEAVER):
            scenario.customer(name)
        record = scenario.profile().record.hex()
        many = ("calls", "failed", "heavy")
        unlimited = scenario.house.settings.model_copy(
            update={f"{each}_per_minute": 10**6 for each in many}
        )
        house = replace(scenario.house, turns=Turns.of(unlimited))
        callers = Callers(replace(scenario, house=house), httpx.AsyncClient())
        app = _without_life(create_app(house))
        schema = from_dict(_strict(_document(app)))
        schema.app = app
        yield Asked(schema, _who(callers), _known(scenario, record))


def _without_life(app: ASGIApp) -> ASGIApp:
    """Answer requests alone: the house lives as long as the scenario, and no longer."""

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError
        await app(scope, receive, send)

    return answers


def _document(app: ASGIApp) -> dict[str, Any]:
    found = schemathesis.openapi.from_asgi("/openapi.json", app)
    return dict(found.raw_schema)


def _strict(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out what would let any status pass as one that was told of."""
    for path in document["paths"].values():
        for operation in path.values():
            del operation["responses"]["default"]
    return document


def _who(callers: Callers) -> dict[str, dict[str, str]]:
    return {
        "service": callers.service(),
        "legal": callers.staff("legal", name="lea"),
        "customer": callers.customer("ada"),
        "auditor": callers.auditor(),
        "nobody": {},
    }


def _known(scenario: Scenario, record: str) -> dict[str, Any]:
    idea = scenario.idea().record.hex()
    return {
        "customer_id": "ada",
        "record_id": record,
        "items": [{"customer_id": "ada", "record_id": idea}],
        "purpose": "support.case",
        "collection": "profile",
        "unit": "north",
        "index": 0,
        "size": 1,
    }


def _familiar(case: Case, known: dict[str, Any]) -> None:
    """Let a request name what is there, where it names such a thing at all."""
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            place.update({name: known[name] for name in known.keys() & place.keys()})


def _ask(asked: Asked, method: str, path: str, mode: GenerationMode, many: int) -> None:
    operation = asked.schema[path][method]
    who = asked.who
    if path == "/v1/me/erasure":
        who = {"nobody": {}}

    @settings(
        max_examples=many,
        database=None,
        deadline=None,
        derandomize=many == FEW,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode), st.data())
    def ask(case: Case, data: st.DataObject) -> None:
        if data.draw(st.booleans()):
            _familiar(case, asked.known)
        headers = who[data.draw(st.sampled_from(sorted(who)))]
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=60)

    try:
        ask()
    except Unsatisfiable:
        # Where whatever is sent is allowed, nothing else can be made.
        assert mode is GenerationMode.NEGATIVE


@pytest.mark.parametrize(("method", "path"), operations())
def test_a_few_generated_requests_are_answered_as_the_document_says(
    asked: Asked, method: str, path: str
) -> None:
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        _ask(asked, method, path, mode, FEW)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize(("method", "path"), operations())
def test_many_generated_requests_are_answered_as_the_document_says(
    asked: Asked, method: str, path: str
) -> None:
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        _ask(asked, method, path, mode, MANY)
