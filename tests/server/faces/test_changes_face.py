"""Following what changes over HTTP: what is told, to whom, in which words."""

from typing import Any

import pytest
from callers import EVERY_PURPOSE, Callers
from houses import HISTORY

from pdp.decision.question import Kind
from server.auth.principals import Bearer, Scope
from server.faces.changes import RecordChangesResponse
from vault import Principal

WHERE = {"purpose": "marketing.email", "collection": "profile"}
SUPPORT = {"purpose": "support.case", "collection": "profile"}


async def _position(callers: Callers, who: dict[str, str], **asked: Any) -> str:
    answer = await callers.get("/v1/changes", who, **(WHERE | asked))
    assert answer.status_code == 200, answer.text
    page = RecordChangesResponse.model_validate_json(answer.content)
    assert page.items == []
    return page.position


async def _after(
    callers: Callers, who: dict[str, str], position: str, **asked: Any
) -> RecordChangesResponse:
    answer = await callers.get(
        "/v1/changes", who, **(WHERE | {"after": position} | asked)
    )
    assert answer.status_code == 200, answer.text
    return RecordChangesResponse.model_validate_json(answer.content)


async def test_a_service_is_told_what_to_keep_and_what_to_drop(
    callers: Callers,
) -> None:
    scenario, who = callers.scenario, callers.service("marketing", name="mailer")
    scenario.customer("ada")
    position = await _position(callers, who)
    written = scenario.profile("ada")
    assert (await _after(callers, who, position)).items == []

    customer = callers.customer("ada")
    path, said = "/v1/me/consents/marketing.email", {"notice_version": 1}
    said |= {"language": "en"}
    assert (await callers.send("PUT", path, customer, said)).is_success
    (new,) = (page := await _after(callers, who, position)).items
    assert new.shown is not None
    assert (new.what, new.shown.values["name"]) == ("shown", "Ada Example")
    assert not page.more

    scenario.house.intake.update(
        HISTORY, "ada", written.record, {"name": "Grace"}, version=1
    )
    (changed,) = (page := await _after(callers, who, page.position)).items
    assert changed.shown is not None
    assert (changed.shown.version, changed.shown.values) == (2, {"name": "Grace"})

    assert (await callers.send("DELETE", path, customer)).is_success
    (gone,) = (page := await _after(callers, who, page.position)).items
    assert (gone.what, gone.person, gone.record) == ("gone", new.person, new.record)
    assert gone.shown is None

    assert (await callers.send("POST", "/v1/me/erasure", customer, {})).is_success
    (erased,) = (await _after(callers, who, page.position)).items
    assert (erased.what, erased.person, erased.record) == ("erased", new.person, None)


async def test_no_name_of_a_person_leaves(callers: Callers) -> None:
    scenario, who = callers.scenario, callers.service()
    subject = scenario.customer("c-1042")
    written = scenario.profile("c-1042")
    position = await _position(callers, who, **SUPPORT, whole=True)
    answer = await callers.get("/v1/changes", who, **SUPPORT, after=position)
    assert answer.json()["items"]
    for name in ('c-1042"', subject.hex(), written.record.hex()):
        assert name not in answer.text
    other = callers.service(name="other")
    position = await _position(callers, other, **SUPPORT, whole=True)
    theirs = (await callers.get("/v1/changes", other, **SUPPORT, after=position)).json()
    for name in ("person", "record"):
        assert theirs["items"][0][name] != answer.json()["items"][0][name]
    assert answer.json()["items"][0]["at"].endswith(":00Z")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "What changed since cannot be told: drop what was kept, and follow"),
        ("zh", "此后的变化"),
    ],
)
async def test_who_has_to_begin_anew_is_told_where(
    callers: Callers, language: str, text: str
) -> None:
    scenario, who = callers.scenario, callers.service()
    scenario.customer("ada")
    scenario.profile("ada")
    asked = SUPPORT | {"after": "another"}
    answer = await callers.client.get(
        "/v1/changes", headers=who | {"Accept-Language": language}, params=asked
    )
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (410, "changes.resync")
    assert problem["type"] == "urn:allod:problem:changes.resync"
    assert text in problem["text"]
    page = await _after(callers, who, problem["position"], **SUPPORT)
    assert [each.what for each in page.items] == ["shown"]


async def test_only_services_that_may_read_whole_collections_follow(
    callers: Callers,
) -> None:
    staff = callers.staff("support", name="kim")
    reader = Bearer(
        Principal(Kind.SERVICE, "desk", roles=("support",)),
        EVERY_PURPOSE,
        (Scope.RECORDS_READ,),
    )
    for who, code in ((staff, "token.kind"), (callers.headers(reader), "token.scope")):
        answer = await callers.get("/v1/changes", who, **SUPPORT)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert (await callers.get("/v1/changes", None, **SUPPORT)).status_code == 401


async def test_who_may_see_nobody_is_refused_with_reasons(callers: Callers) -> None:
    scenario = callers.scenario
    scenario.customer("ada")
    scenario.profile("ada")
    scenario.grant("ada")
    answer = await callers.get("/v1/changes", callers.service("support"), **WHERE)
    assert answer.status_code == 403
    assert answer.json()["reasons"]


@pytest.mark.parametrize(
    "asked",
    [
        {"collection": "nothing"},
        {"purpose": "nothing"},
        {"limit": 0},
        {"limit": 101},
        {"after": "x" * 257},
        {"whole": "perhaps"},
    ],
)
async def test_a_question_that_cannot_be_is_refused(
    callers: Callers, asked: dict[str, Any]
) -> None:
    answer = await callers.get("/v1/changes", callers.service(), **(SUPPORT | asked))
    assert answer.status_code in {403, 422}
