"""The bundle that OPA pulls, from its tag to a real OPA that decides by it."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from callers import Callers, calling
from commands import allod
from houses import Scenario
from opa_served import PULLER, asking, listening
from revisions import narrower

from kit.settings import Settings
from pdp.bundle.bundle_archive import archive
from pdp.decision.question import Kind
from pdp.engines.opa import OpaAddress, OpaEngine
from server.auth.principals import Bearer, Scope
from server.house.wiring import open_house
from vault import Principal
from vault.keys.keys import BUNDLE


@pytest.fixture
async def callers(scenario: Scenario) -> AsyncIterator[Callers]:
    async with calling(scenario) as callers:
        yield callers


async def test_the_bundle_is_the_active_one_signed(callers: Callers) -> None:
    house = callers.scenario.house
    answer = await callers.get("/v1/bundle", callers.headers(PULLER))

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/gzip"
    assert answer.content == archive(house.bundle, house.vault.keys.bundle_signer())


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


async def test_what_the_ledger_does_not_bear_out_is_not_signed(
    callers: Callers,
) -> None:
    scenario, who = callers.scenario, callers.headers(PULLER)
    assert (await callers.get("/v1/bundle", who)).status_code == 200
    scenario.put_in_force(narrower())
    with scenario.house.vault_db.write() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO pdp_activation SELECT 3, digest, at, entry"
            " FROM pdp_activation WHERE number = 1"
        )
    for path in ("/v1/bundle", "/v1/bundle/candidate"):
        assert (await callers.get(path, who)).status_code == 500


async def test_a_token_for_everything_else_does_not_do(callers: Callers) -> None:
    scopes = tuple(set(Scope) - {Scope.BUNDLE_READ})
    records = tuple(each for each in scopes if each.startswith("records:"))
    who = callers.headers(Bearer(Principal(Kind.SERVICE, "shop"), (), records))

    assert (await callers.get("/v1/bundle", who)).status_code == 403


async def test_the_key_is_the_bundles_own(callers: Callers) -> None:
    answer = await callers.get("/v1/bundle/key", callers.headers(PULLER))
    signer = callers.scenario.house.vault.keys.bundle_signer()

    assert answer.text == f"{signer.key_id} active\n{signer.public_pem}"
    assert "\n-----BEGIN PUBLIC KEY-----\n" in answer.text


async def test_while_the_key_is_rotated_the_bundle_is_to_be_had_under_either(
    callers: Callers,
) -> None:
    house, who = callers.scenario.house, callers.headers(PULLER)
    with open_house(Settings(home=callers.scenario.home)) as another:
        another.vault.keys.rotate(BUNDLE)
    older, younger = house.vault.keys.public(BUNDLE)
    keys = (await callers.get("/v1/bundle/key", who)).text
    assert keys.index(older.public) < keys.index(younger.public)

    async def signed(**params: str) -> bytes:
        return (await callers.get("/v1/bundle", who, **params)).content

    assert await signed() == await signed(key=older.key_id)
    assert await signed(key=younger.key_id) != await signed()
    house.vault.keys.retire(BUNDLE)
    assert await signed() == await signed(key=younger.key_id)
    retired = await callers.get("/v1/bundle", who, key=older.key_id)
    assert retired.status_code == 404
    assert older.public not in (await callers.get("/v1/bundle/key", who)).text


@pytest.mark.parametrize("key", ["allod", "allod-0", "allod-" + "x" * 16])
async def test_what_is_no_keys_id_is_refused(callers: Callers, key: str) -> None:
    answer = await callers.get("/v1/bundle", callers.headers(PULLER), key=key)

    assert answer.status_code == 422


def revision(url: str) -> str:
    engine = OpaEngine(OpaAddress.parse(url))
    try:
        return engine.revision()
    finally:
        engine.close()


def test_a_real_opa_pulls_it_and_says_its_revision(
    scenario: Scenario, tmp_path: Path
) -> None:
    with listening(scenario) as vault, asking(scenario, vault, tmp_path / "opa") as url:
        assert revision(url) == scenario.house.bundle.digest


def test_real_opas_go_on_deciding_through_a_rotation(
    scenario: Scenario, tmp_path: Path
) -> None:
    keys, digest = scenario.house.vault.keys, scenario.house.bundle.digest
    with listening(scenario) as vault, asking(scenario, vault, tmp_path / "old") as old:
        keys.rotate(BUNDLE)
        with asking(scenario, vault, tmp_path / "new") as new:
            assert revision(old) == revision(new) == digest
            keys.retire(BUNDLE)
            # It is refused anew, and decides by what it has until it is told.
            wait_for(tmp_path / "old" / "opa.log", "Not Found")
            assert revision(old) == revision(new) == digest


def wait_for(log: Path, text: str) -> None:
    until = time.monotonic() + 10
    while text not in log.read_text():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.05)


def test_a_service_token_pulls_bundles_only_when_that_is_asked_for(
    scenario: Scenario,
) -> None:
    home = str(scenario.home)
    allod("token", "new", "service", "shop", "--home", home)
    allod("token", "new", "service", "opa", "--scope", "bundle:read", "--home", home)
    with scenario.house.vault_db.read() as session:
        listed = {
            it.bearer.principal.name: it for it in scenario.house.tokens.list(session)
        }

    assert Scope.BUNDLE_READ not in listed["shop"].bearer.scopes
    assert listed["opa"].bearer.scopes == (Scope.BUNDLE_READ,)
