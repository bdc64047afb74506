"""Every route of the API: what each method sends, and what it makes of the answer."""

from urllib.parse import urlsplit

import httpx
import pytest
from allod import Allod, AsyncAllod
from sdk_calls import OWN, Case
from sdk_change_calls import CHANGES
from sdk_many_calls import MANY
from sdk_proposal_calls import PROPOSALS
from sdk_public_calls import PUBLIC
from sdk_reach_calls import REACH

CASES = [*OWN, *MANY, *PUBLIC, *PROPOSALS, *REACH, *CHANGES]
SEVERAL = {"scan", "each", "each_record", "each_contribution"}
"""What makes no call of its own before it is read, and is tested where it is."""
IDS = [case.request for case in CASES]


def handler(case: Case, seen: list[httpx.Request]) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        media = {"Content-Type": case.media}
        if case.media == "application/json":
            return httpx.Response(200, json=case.answer)
        return httpx.Response(200, content=case.answer.encode(), headers=media)

    return httpx.MockTransport(handle)


def check(case: Case, seen: list[httpx.Request], given: object) -> None:
    (request,) = seen
    where = request.url.raw_path.decode()
    assert f"{request.method} {where}" == case.request
    assert urlsplit(str(request.url)).netloc == "vault.example"
    assert given == case.gives
    authorization = request.headers.get("Authorization")
    assert authorization == ("Bearer t" if case.token else None)
    if case.header:
        assert request.headers[case.header[0]] == case.header[1]
    assert (request.content == b"") == (case.body is None)
    if case.body is not None:
        assert httpx.Response(200, content=request.content).json() == case.body
        assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_client_makes_the_call_and_reads_the_answer(case: Case) -> None:
    seen: list[httpx.Request] = []
    with httpx.Client(transport=handler(case, seen)) as http:
        allod = Allod("https://vault.example/", token="t", http_client=http)
        given = case.call(allod)
    check(case, seen, given)


@pytest.mark.parametrize("case", CASES, ids=IDS)
async def test_its_twin_does_the_same(case: Case) -> None:
    seen: list[httpx.Request] = []
    async with httpx.AsyncClient(transport=handler(case, seen)) as http:
        allod = AsyncAllod("https://vault.example/", token="t", http_client=http)
        given = await case.call(allod)
    check(case, seen, given)


def test_no_method_is_left_out() -> None:
    tried = {name for case in CASES for name in case.call.__code__.co_names}
    with Allod("https://vault.example") as allod:
        groups = {name: group for name, group in vars(allod).items() if name[0] != "_"}
    methods = {
        name
        for group in groups.values()
        for name in dir(group)
        if not name.startswith("_")
    }
    assert groups.keys() | methods - SEVERAL <= tried
