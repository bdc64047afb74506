"""The application as a whole: its order, its lifespan, its outer layers."""

import asyncio

import pytest
from callers import Callers
from houses import Scenario
from starlette.types import Message

from server.app import create_app
from server.house.house import House


async def test_the_end_of_the_lifespan_closes_the_house(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[House] = []

    def close(house: House) -> None:
        closed.append(house)

    monkeypatch.setattr(House, "close", close)
    said: asyncio.Queue[Message] = asyncio.Queue()
    answers: list[str] = []
    for word in ("startup", "shutdown"):
        said.put_nowait({"type": f"lifespan.{word}"})

    async def send(message: Message) -> None:
        answers.append(message["type"])

    await create_app(scenario.house)({"type": "lifespan"}, said.get, send)
    assert answers == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert closed == [scenario.house]


async def test_a_hot_path_with_another_method_is_the_frameworks(
    callers: Callers,
) -> None:
    # The list of a customer's records shares its path with the hot ingest.
    answer = await callers.get("/v1/customers/ada/records", callers.service())
    assert answer.status_code == 422
    answer = await callers.send("DELETE", "/v1/read", callers.service())
    assert answer.status_code in {404, 405}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_final_slash_is_another_path_and_redirects_nowhere(
    callers: Callers,
) -> None:
    for path in ("/v1/me/", "/version/", "/v1/read/", "//version"):
        answer = await callers.get(path)
        assert answer.status_code == 404
        assert "location" not in answer.headers


async def test_the_limit_on_bodies_is_the_settings(callers: Callers) -> None:
    limit = callers.scenario.house.settings.body_limit
    for path in ("/v1/read", "/v1/find", "/v1/customers/ada/records"):
        answer = await callers.client.post(
            path, content=b" " * (limit + 1), headers=callers.service()
        )
        assert answer.status_code == 413


async def test_every_answer_hot_or_not_has_the_safe_headers(callers: Callers) -> None:
    for path in ("/version", "/v1/customers/a/records/b", "/nothing"):
        answer = await callers.get(path)
        assert len(answer.headers["x-request-id"]) == 32
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
