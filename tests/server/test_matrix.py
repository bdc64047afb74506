"""Every operation and every kind of caller: who gets in, and who is told nothing."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from callers import Callers, calling
from clocks import ManualClock
from houses import Scenario, lived_in

from pdp.decision.question import Kind
from server.app import FACES
from server.auth.principals import Bearer
from server.faces.data_plane import HOT
from server.http.errors import MEDIA_TYPE
from vault import Principal

CANARY = "canary7f3a"
NAMES = {
    "customer_id": "ada",
    "record_id": "0" * 32,
    "erasure_id": "0" * 32,
    "purpose": "marketing.email",
    "index": "0",
    "path": "0/000",
    "unit": "north",
    "staff": "kim",
    "grant_id": "0" * 32,
    "hold_id": "0" * 32,
    "number": "7",
}


def _operations() -> list[tuple[str, str]]:
    framework = [
        (method, route.path_format)
        for face in FACES
        for route in face.router.routes
        for method in sorted(route.methods)
    ]
    return sorted([*framework, *((hot.method, hot.path) for hot in HOT)])


def _audience(method: str, path: str) -> str:
    hot = {(hot.method, hot.path) for hot in HOT}
    if (method, path) in hot:
        return "services"
    for face in FACES:
        for route in face.router.routes:
            if (path, {method}) == (route.path_format, route.methods):
                return face.__name__.rpartition(".")[2]
    raise LookupError


OPEN = {
    "services": {"service", "staff", "legal"},
    "changes": {"service"},
    "intake": {"service", "staff", "legal"},
    "customers": {"customer"},
    "consents": {"customer"},
    "own_restriction": {"customer"},
    "contributions": {"customer"},
    "evidence": {"customer"},
    "auditors": {"auditor"},
    "legal": {"legal"},
    "workbench": {"legal"},
    "policy_changes": {"legal"},
    "impact": {"legal"},
    "org": {"legal"},
    "reach": {"legal"},
    "registrations": {"service", "staff", "legal"},
    "bundles": {"service"},
    "health": set(),
}
ALSO = {"/v1/aggregate": {"auditor"}}  # groups, and nobody in them
ERASURE = "/v1/erasures/{erasure_id}"
PUBLIC = {
    "/checkpoint",
    "/tile/{path}",
    "/v1/ledger/extension",
    ERASURE,
    f"{ERASURE}/evidence",
}
OPERATIONS = _operations()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    with lived_in(
        tmp_path_factory.mktemp("matrix") / "home", ManualClock()
    ) as scenario:
        scenario.customer("ada")
        yield scenario


@pytest.fixture
async def callers(shared: Scenario) -> AsyncIterator[Callers]:
    async with calling(shared) as callers:
        yield callers


@pytest.fixture(scope="module")
def who(shared: Scenario) -> dict[str, dict[str, str]]:
    callers = Callers(shared, httpx.AsyncClient())
    useless = Bearer(Principal(Kind.SERVICE, "shop"), (), ())
    return {
        "nobody": {},
        "wrong": {"Authorization": f"Bearer al_service_{'A' * 43}"},
        "scopeless": callers.headers(useless),
        "service": callers.service(),
        "staff": callers.staff(),
        "legal": callers.staff("legal", name="lea"),
        "customer": callers.customer("ada"),
        "auditor": callers.auditor(),
    }


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_an_operation_lets_its_own_audience_in_and_nobody_else(
    callers: Callers, who: dict[str, dict[str, str]], method: str, path: str
) -> None:
    audience = _audience(method, path)
    if audience == "health" or path in PUBLIC:
        return
    for name, headers in who.items():
        if name not in OPEN[audience] | ALSO.get(path, set()):
            # No body and no parameters: a door says no before it reads any.
            answer = await callers.client.request(
                method, path.format(**NAMES), headers=headers
            )
            expected = 401 if name in {"nobody", "wrong"} else 403
            assert answer.status_code == expected, (name, answer.text)
            assert answer.headers["content-type"] == MEDIA_TYPE


QUERY = ("purpose", "after", "index", "sort")
NONSENSE: list[dict[str, str]] = [
    NAMES,
    dict.fromkeys(NAMES, f"é%00'\";{CANARY}"),
    dict.fromkeys(NAMES, CANARY),
    dict.fromkeys(NAMES, "9" * 5_000),
]
BODIES: list[Any] = [
    None,
    [CANARY],
    {CANARY: CANARY},
    {"collection": CANARY, "values": {CANARY: CANARY}},
    {"collection": "profile", "values": {CANARY: CANARY, "name": [CANARY]}},
    {"collection": "profile", "values": {"email": CANARY, "phone": CANARY}},
    {"collection": "idea", "values": {"title": {CANARY: 10**19}}},
    {"collection": "idea", "values": {"title": CANARY * 90, "text": 1.5}},
    {"values": {CANARY: CANARY}, "version": 1},
    {"purpose": CANARY, "items": [{"customer_id": CANARY, "record_id": CANARY}]},
    {"purpose": CANARY, "collection": CANARY, "field": CANARY, "value": CANARY},
    {"purpose": "support.case", "collection": "profile", "field": CANARY}
    | {"value": CANARY},
    {"notice_version": 1, "language": CANARY, "until": CANARY},
    {"purpose": CANARY, "product": CANARY, "until": "永久", CANARY: CANARY},
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_nonsense_is_never_a_server_fault_and_never_repeated(
    callers: Callers,
    who: dict[str, dict[str, str]],
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
) -> None:
    if path in {"/v1/me/erasure", "/v1/me/exports", "/v1/policies/cases"}:
        return  # they read nothing of what is sent, and take their time
    caller = who[min(OPEN[_audience(method, path)], default="nobody")]
    headers = caller | {"Idempotency-Key": CANARY, "Erasure-Secret": CANARY}
    for names in NONSENSE:
        for body in BODIES[: 1 if method == "GET" else None]:
            answer = await callers.client.request(
                method,
                path.format(**names),
                headers=headers,
                params=dict.fromkeys(QUERY, CANARY) | {"filter": f"{CANARY}:eq:1"},
                json=body,
            )
            assert answer.status_code < 500, (names, body, answer.text)
            assert answer.is_success or CANARY not in answer.text
            assert CANARY not in str(answer.headers)
    ours = [each for each in caplog.records if not each.name.startswith("http")]
    assert not any(CANARY in each.getMessage() for each in ours)
