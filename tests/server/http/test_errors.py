"""Errors: one tree, one rendering, and not a word of what was sent."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Literal

import httpx
import pytest
from edges import edge_of
from fastapi import APIRouter, FastAPI, Header, Query
from fastapi.exceptions import RequestValidationError
from pydantic import Field

from kit.errors import (
    AllodError,
    CannotStart,
    Conflict,
    Fault,
    Gone,
    IntegrityFault,
    Invalid,
    NotFound,
    Reason,
    Refused,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from server.http.errors import MEDIA_TYPE, problem, translate
from server.http.schemas import Instant, Problem, Schema, Values
from server.http.strict_json import StrictRoute

CANARY = "canary-7f3a"
ERRORS: list[AllodError] = [
    Unauthenticated("no token"),
    Refused("no", reasons=(Reason("consent.missing", "GDPR 6(1)(a)", "ask"),)),
    Conflict("it changed"),
    Gone("erased"),
    TooLarge("too much"),
    Invalid("wrong", faults=(Fault("/a", "is required"),)),
    Unavailable("the engine is silent"),
]


class Small(Schema):
    purpose: str = Field(max_length=5)
    until: Instant | None = None
    minor: Literal["yes", "no"] = "no"


class Sent(Schema):
    collection: str = Field(max_length=5, pattern="^[a-z]+$")
    version: int = Field(ge=1, le=9)
    values: Values
    items: Annotated[tuple[Small, ...], Field(strict=False, max_length=2)] = ()
    either: Small | int | None = None


router = APIRouter(route_class=StrictRoute)


@router.post("/sent")
async def sent(_: Sent) -> dict[str, str]:
    return {}


@router.get("/asked/{number}")
async def asked(
    number: int,
    limit: Annotated[int, Query(le=9)],
    key: Annotated[str, Header(pattern="^[0-9]+$")] = "1",
) -> dict[str, str]:
    return {}


@router.get("/raised/{place}")
async def raised(place: int) -> None:
    raise ERRORS[place]


@router.get("/absent/{how}")
async def absent(how: int) -> None:
    raise NotFound(("unknown", f"another's {CANARY}")[how])


@router.get("/broken")
async def broken() -> None:
    raise KeyError(CANARY) from ValueError(CANARY)


@router.get("/damaged")
async def damaged() -> None:
    raise IntegrityFault(f"a row does not open {CANARY}")


@router.get("/nonsense", response_model=Small)
async def nonsense() -> dict[str, str]:
    return {"porpoise": CANARY}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    api = FastAPI(redirect_slashes=False)
    api.include_router(router)
    async with edge_of(api) as client:
        yield client


BODIES: list[Any] = [
    {CANARY: 1},
    {"collection": CANARY},
    {"collection": 1, "version": CANARY, "values": CANARY},
    {"collection": "a", "version": 1, "values": {CANARY * 9: CANARY}},
    {"collection": "a", "version": 1, "values": {}, "items": [{CANARY: CANARY}]},
    {"collection": "a", "version": 1, "values": {}, "items": [{"minor": CANARY}]},
    {
        "collection": "a",
        "version": 1,
        "values": {},
        "items": [{"purpose": "a", "until": CANARY}],
    },
    {"collection": "a", "version": 1, "values": {}, "items": [CANARY] * 3},
    {"collection": "a", "version": 1, "values": {}, "either": {CANARY: CANARY}},
    {"collection": CANARY.upper(), "version": 10, "values": [CANARY]},
    [CANARY],
    CANARY,
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
async def test_a_body_that_the_schema_refuses_is_never_repeated(
    client: httpx.AsyncClient, body: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.post("/sent", json=body)
    assert answer.status_code == 422
    assert Problem.model_validate(answer.json()).faults
    assert CANARY not in _everything(answer, caplog).lower()


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"/asked/{CANARY}?limit=1", {}),
        (f"/asked/1?limit={CANARY}", {}),
        (f"/asked/1?{CANARY}=1", {}),
        ("/asked/1?limit=1", {"key": CANARY}),
        (f"/{CANARY}", {}),
        ("/sent", {"x-request-id": CANARY}),
        (f"/sent?{CANARY}", {"authorization": CANARY}),
    ],
)
async def test_parameters_paths_and_headers_are_never_repeated(
    client: httpx.AsyncClient,
    path: str,
    headers: dict[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = await client.get(path, headers=headers)
    assert answer.status_code in {404, 405, 422}
    assert CANARY not in _everything(answer, caplog)


@pytest.mark.parametrize("path", ["/broken", "/damaged", "/nonsense"])
async def test_what_nobody_foresaw_is_told_by_its_kind_and_place_alone(
    client: httpx.AsyncClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 500
    assert CANARY not in _everything(answer, caplog)
    [event] = [record for record in caplog.records if record.name == "allod"]
    assert "test_errors.py:" in event.message or "routing.py:" in event.message
    kept: dict[str, str] = vars(event)["allod"]
    assert kept["request_id"] == answer.json()["request_id"]


@pytest.mark.parametrize("place", range(len(ERRORS)))
async def test_each_error_of_the_tree_has_its_status_and_its_code(
    client: httpx.AsyncClient, place: int
) -> None:
    answer = await client.get(f"/raised/{place}")
    error, document = ERRORS[place], answer.json()
    assert answer.status_code == document["status"] == error.status
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert document["code"] == error.reason_code
    assert document["request_id"] == answer.headers["x-request-id"]


async def test_absent_anothers_and_an_unknown_path_have_one_body(
    client: httpx.AsyncClient,
) -> None:
    paths = ["/absent/0", "/absent/1", "/no/such/path", "/absent/"]
    answers = [await client.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


async def test_another_method_on_a_known_path_is_a_problem_too(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.delete("/sent")
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"


async def test_a_refusal_carries_every_reason_with_its_article_and_remedy(
    client: httpx.AsyncClient,
) -> None:
    document = (await client.get("/raised/1")).json()
    assert document["fix"] == "ask"
    assert document["reasons"] == [
        {"code": "consent.missing", "article": "GDPR 6(1)(a)", "fix": "ask"}
    ]


async def test_a_missing_token_says_how_to_show_one(client: httpx.AsyncClient) -> None:
    answer = await client.get("/raised/0")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_faults_name_declared_members_and_write_a_star_for_the_others() -> None:
    answer = problem(translate(_complaint()), "0" * 32)
    assert [fault.pointer for fault in answer.faults or []] == [
        "/version",
        "/values/*",
        "/*",
    ]


def _complaint() -> Exception:
    places = [("version",), ("values", CANARY), (CANARY,)]
    return RequestValidationError(
        [{"type": "missing", "loc": ("body", *place)} for place in places]
    )


def test_an_installation_that_cannot_open_does_not_say_why_over_http() -> None:
    answer = problem(CannotStart("data/vault.db is missing"), "0" * 32)
    assert "vault.db" not in answer.model_dump_json()


def _everything(answer: httpx.Response, log: pytest.LogCaptureFixture) -> str:
    # The test's own client writes down what it asks for.
    ours = [one for one in log.records if not one.name.startswith(("httpx", "httpc"))]
    lines = [f"{one.getMessage()} {vars(one).get('allod')}" for one in ours]
    return "\n".join([answer.text, json.dumps(dict(answer.headers)), *lines])


@pytest.fixture(autouse=True)
def _listen(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    # The program's own logger does not pass its lines on; here they are wanted.
    logger = logging.getLogger("allod")
    before, logger.propagate = logger.propagate, True
    with caplog.at_level(logging.DEBUG):
        yield
    logger.propagate = before
