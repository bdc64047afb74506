"""The bundle that OPA pulls, from its tag to a real OPA that decides by it."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from callers import Callers, calling
from commands import allod
from houses import Story
from opa_servers import pulling, running, settled

from pdp.bundle_archive import archive
from pdp.opa import OpaAddress, OpaEngine
from pdp.question import Kind
from server.app import create_app
from server.principals import Bearer, Scope
from vault import Principal

PULLER = Bearer(Principal(Kind.SERVICE, "opa"), (), (Scope.BUNDLE_READ,))


@pytest.fixture
async def callers(story: Story) -> AsyncIterator[Callers]:
    async with calling(story) as callers:
        yield callers


async def test_the_bundle_is_the_active_one_signed(callers: Callers) -> None:
    house = callers.story.house
    answer = await callers.get("/v1/bundle", callers.headers(PULLER))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/gzip"
    assert answer.content == archive(house.bundle, house.vault.bundle_signer)


async def test_who_has_it_already_is_told_so(callers: Callers) -> None:
    who = callers.headers(PULLER)
    tag = (await callers.get("/v1/bundle", who)).headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = await callers.get("/v1/bundle", who | {"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag


async def test_who_has_another_one_gets_this_one(callers: Callers) -> None:
    who = callers.headers(PULLER)
    for known in ("", '"other"', "x" * 900):
        answer = await callers.get("/v1/bundle", who | {"If-None-Match": known})
        assert answer.status_code == 200


async def test_a_token_for_everything_else_does_not_do(callers: Callers) -> None:
    scopes = tuple(set(Scope) - {Scope.BUNDLE_READ})
    records = tuple(each for each in scopes if each.startswith("records:"))
    who = callers.headers(Bearer(Principal(Kind.SERVICE, "shop"), (), records))

    assert (await callers.get("/v1/bundle", who)).status_code == 403


async def test_the_key_is_the_bundles_own(callers: Callers) -> None:
    answer = await callers.get("/v1/bundle/key", callers.headers(PULLER))

    assert answer.text == callers.story.house.vault.bundle_signer.public_pem
    assert answer.text.startswith("-----BEGIN PUBLIC KEY-----")


@contextmanager
def listening(story: Story) -> Iterator[str]:
    """Serve a house on a free port; it stays open afterwards."""
    config = uvicorn.Config(create_app(story.house), lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as port:
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[port]))
        )
        thread.start()
        try:
            yield f"http://127.0.0.1:{port.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def test_a_real_opa_pulls_it_and_says_its_revision(
    story: Story, tmp_path: Path
) -> None:
    house = story.house
    with house.vault_db.write() as session:
        token = house.tokens.mint(session, PULLER, life=house.settings.suppression / 9)
    config: dict[str, Any] = pulling("/v1/bundle", house.vault.bundle_signer)
    config["bundles"]["allod"]["service"] = "vault"
    with listening(story) as vault:
        bearer = {"bearer": {"token": token}}
        config["services"] = {"vault": {"url": vault, "credentials": bearer}}
        with running(config, tmp_path) as url:
            settled(url, tmp_path / "opa.log")
            engine = OpaEngine(OpaAddress.parse(url))
            assert engine.revision() == house.bundle.digest
            engine.close()


def test_a_service_token_pulls_bundles_only_when_that_is_asked_for(
    story: Story,
) -> None:
    home = str(story.home)
    allod("token", "new", "service", "shop", "--home", home)
    allod("token", "new", "service", "opa", "--scope", "bundle:read", "--home", home)
    with story.house.vault_db.read() as session:
        listed = {
            it.bearer.principal.name: it for it in story.house.tokens.list(session)
        }

    assert Scope.BUNDLE_READ not in listed["shop"].bearer.scopes
    assert listed["opa"].bearer.scopes == (Scope.BUNDLE_READ,)
