"""Auditors, legal, health: what may be read without reading anything about anybody."""

import base64
from collections.abc import AsyncIterator

import pytest
from allod.proofs import verify_inclusion
from callers import Callers, calling
from houses import Scenario

from ledger.formats import merkle
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.note import open_note
from server.faces.auditors_schemas import Certificate, Consistency, Inclusion
from server.faces.legal_schemas import CasesResponse, PoliciesResponse, PurposesResponse


@pytest.fixture
async def callers(scenario: Scenario) -> AsyncIterator[Callers]:
    scenario.customer("ada")
    async with calling(scenario) as callers:
        yield callers


def _published(callers: Callers) -> int:
    for number in range(3):
        callers.scenario.idea("ada", title=f"Idea {number}")
    return callers.scenario.house.log.publish().size


async def test_the_checkpoint_is_the_same_with_a_token_and_without(
    callers: Callers,
) -> None:
    size = _published(callers)
    known = await callers.get("/v1/ledger/checkpoint", callers.auditor())
    public = await callers.get("/checkpoint")
    assert known.content == public.content
    verifiers = callers.scenario.house.log.verifiers
    note = open_note(public.content, verifiers)
    assert Checkpoint.parse(note.text).size == size
    assert "max-age" in public.headers["cache-control"]


async def test_a_proof_leads_from_an_entry_to_the_root(callers: Callers) -> None:
    size = _published(callers)
    ada = callers.auditor()
    entry = (await callers.get("/v1/ledger/entries/2", ada)).content
    answer = await callers.get("/v1/ledger/inclusion", ada, index=2, size=size)
    proof = Inclusion.model_validate(answer.json())
    latest = callers.scenario.house.log.latest()
    assert latest
    verify_inclusion(
        merkle.leaf_hash(entry),
        2,
        size,
        [base64.b64decode(each) for each in proof.path],
        latest.checkpoint.root,
    )
    params = {"from": 1, "to": size}
    answer = await callers.get("/v1/ledger/consistency", ada, **params)
    assert Consistency.model_validate(answer.json()).older == 1


async def test_the_key_is_the_logs_own(callers: Callers) -> None:
    answer = await callers.get("/v1/ledger/key", callers.auditor())
    [verifier] = callers.scenario.house.log.verifiers
    assert answer.text == f"{verifier.vkey}\n"


async def test_tiles_are_served_where_the_specification_has_them(
    callers: Callers,
) -> None:
    size = _published(callers)
    answer = await callers.get(f"/tile/0/000.p/{size}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert len(answer.content) == size * 32
    assert "immutable" in answer.headers["cache-control"]


ABSENT = (
    "/tile/0/000",
    "/tile/0/000.p/256",
    "/tile/0/00",
    "/tile/64/000",
    "/tile/9999999999/000",
    "/tile/entries/" + "x999/" * 20 + "000",
    "/tile/%2e%2e/checkpoint",
    "/tile/-1/000",
    "/tile/%00/000",
    "/v1/ledger/entries/999999",
    "/v1/ledger/inclusion?index=5&size=9007199254740991",
    "/v1/ledger/consistency?from=9&to=2",
    f"/v1/certificates/{'0' * 32}",
    "/v1/certificates/not-an-id",
)
IMPOSSIBLE = (
    "/v1/ledger/entries/-1",
    f"/v1/ledger/entries/{2**63}",
    "/v1/ledger/entries/x",
    f"/v1/ledger/inclusion?index=0&size={10**30}",
    "/v1/ledger/consistency?from=0&to=1",
)


async def test_what_the_ledger_does_not_have_is_not_found(callers: Callers) -> None:
    ada = callers.auditor()
    answers = [await callers.client.get(path, headers=ada) for path in ABSENT]
    assert [answer.status_code for answer in answers] == [404] * len(ABSENT)
    assert len({answer.content for answer in answers}) == 1


async def test_a_number_that_cannot_be_is_refused(callers: Callers) -> None:
    ada = callers.auditor()
    answers = [await callers.client.get(path, headers=ada) for path in IMPOSSIBLE]
    assert [answer.status_code for answer in answers] == [422] * len(IMPOSSIBLE)


async def test_an_auditor_reads_a_certificate_that_names_nobody(
    callers: Callers,
) -> None:
    name = "anna-of-4711"  # no base64 holds a hyphen
    callers.scenario.customer(name)
    answer = await callers.send("POST", "/v1/me/erasure", callers.customer(name))
    done = answer.json()
    path = f"/v1/certificates/{done['erasure_id']}"
    answer = await callers.get(path, callers.auditor())
    shown = Certificate.model_validate(answer.json()).model_dump()
    assert shown == {**done["certificate"], "proof": None}
    assert name not in answer.text


async def test_legal_reads_the_text_that_decides_now(callers: Callers) -> None:
    lea = callers.staff("legal", name="lea")
    shown = PoliciesResponse.model_validate(
        (await callers.get("/v1/policies", lea)).json()
    )
    bundle = callers.scenario.house.bundle
    assert shown.digest == bundle.digest
    for each in shown.files[:3]:
        answer = await callers.get(f"/v1/policies/files/{each.path}", lea)
        assert answer.text == bundle.texts[each.path]
    lost = await callers.get("/v1/policies/files/../root.key", lea)
    assert lost.status_code == 404


async def test_legal_reads_the_purposes_and_runs_the_cases(callers: Callers) -> None:
    lea = callers.staff("legal", name="lea")
    purposes = PurposesResponse.model_validate(
        (await callers.get("/v1/policies/purposes", lea)).json()
    )
    assert "marketing.email" in {each.name for each in purposes.items}
    cases = CasesResponse.model_validate(
        (await callers.get("/v1/policies/cases", lea)).json()
    )
    assert cases.total > 10
    assert cases.failed == len(cases.faults)


async def test_the_house_says_that_it_is_well_and_when_it_is_not(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await callers.get("/health/live")).json() == {"status": "live"}
    assert (await callers.get("/health/ready")).json() == {"status": "ready"}
    assert (await callers.get("/version")).json()["api"] == "v1"
    monkeypatch.setattr(type(callers.scenario.house.pdp), "healthy", lambda _: False)
    assert (await callers.get("/health/ready")).status_code == 503
    assert (await callers.get("/health/live")).status_code == 200


async def test_the_document_is_public_and_the_frameworks_own_pages_are_off(
    callers: Callers,
) -> None:
    document = (await callers.get("/openapi.json")).json()
    assert "/v1/read" in document["paths"]
    for path in ("/redoc", "/docs/oauth2-redirect"):
        assert (await callers.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/customers/c1/records", "GET, HEAD, POST"),
        ("DELETE", "/v1/customers/c1/records/ab", "GET, HEAD, PUT"),
        ("PUT", "/v1/read", "POST"),
        ("POST", "/health/live", "GET, HEAD"),
        ("POST", "/checkpoint", "GET, HEAD"),
    ],
)
async def test_a_method_that_a_path_lacks_is_answered_with_those_it_has(
    callers: Callers, method: str, path: str, allowed: str
) -> None:
    answer = await callers.client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
