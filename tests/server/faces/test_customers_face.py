"""Customers: what is theirs, what they allow, what they take, and their end."""

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest
from allod import erasure_id, erasure_secret
from callers import Callers, calling
from houses import CAMPAIGN, CASE, IDEA, Scenario
from one_verifier import verify_cose, verify_receipt
from ordering import kinds_in, unwritable

from kit.errors import Gone, Refused, Unavailable
from ledger.formats.cose import MEDIA_TYPE
from server.faces.consents_schemas import NoticesResponse
from server.faces.customers_schemas import (
    AccessesResponse,
    Contributed,
    ErasureResponse,
)
from server.faces.disclosures import PageResponse
from server.http.rights import while_living

GRANT = {"notice_version": 1, "language": "en"}
CONSENT = "/v1/me/consents/marketing.email"


@pytest.fixture
async def callers(scenario: Scenario) -> AsyncIterator[Callers]:
    scenario.customer("ada")
    async with calling(scenario) as callers:
        yield callers


@pytest.fixture
def ada(callers: Callers) -> dict[str, str]:
    return callers.customer("ada")


async def _contributed(callers: Callers, who: dict[str, str]) -> Contributed:
    body = {"collection": "idea", "values": IDEA}
    answer = await callers.send("POST", "/v1/me/contributions", who, body, "idea-1")
    assert answer.status_code == 201, answer.text
    return Contributed.model_validate(answer.json())


def _terms(**change: Any) -> dict[str, Any]:
    terms = {
        "purpose": "ugc.advertise",
        "product": "lamp-3",
        "territory": "eu",
        "since": "2026-11-22T12:00:00Z",
        "until": "2027-11-22T12:00:00Z",
    }
    return {name: value for name, value in (terms | change).items() if value}


async def test_a_customer_sees_how_they_are_registered(
    callers: Callers, ada: dict[str, str]
) -> None:
    answer = await callers.get("/v1/me", ada)
    assert answer.json() == {
        "customer_id": "ada",
        "region": "eu",
        "minor": "no",
        "birth_date": None,
    }


async def test_everything_that_is_held_is_shown_in_clear(
    callers: Callers, ada: dict[str, str]
) -> None:
    callers.scenario.profile("ada")
    callers.scenario.idea("ada")
    answer = await callers.get("/v1/me/records", ada)
    page = PageResponse.model_validate(answer.json())
    assert {each.collection for each in page.items} == {"profile", "idea"}
    assert not any(each.masks or each.omitted for each in page.items)
    one = await callers.get("/v1/me/records", ada, collection="idea")
    assert [each["collection"] for each in one.json()["items"]] == ["idea"]


async def test_what_is_anothers_is_not_there(
    callers: Callers, ada: dict[str, str]
) -> None:
    callers.scenario.customer("eve")
    theirs = callers.scenario.profile("eve").record.hex()
    own = callers.scenario.profile("ada").record.hex()
    assert (await callers.get(f"/v1/me/records/{own}", ada)).status_code == 200
    paths = [f"/v1/me/records/{theirs}", f"/v1/me/records/{'0' * 32}", "/v1/nothing"]
    answers = [await callers.get(path, ada) for path in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    everything = await callers.get("/v1/me/records", ada)
    assert theirs not in everything.text


async def test_consent_is_granted_on_a_notice_and_withdrawn_with_less(
    callers: Callers, ada: dict[str, str]
) -> None:
    scenario = callers.scenario
    profile = scenario.profile("ada")
    shown = NoticesResponse.model_validate(
        (await callers.get("/v1/me/notices", ada)).json()
    )
    assert ("marketing.email", 1, "en") in [
        (each.purpose, each.version, each.language) for each in shown.items
    ]
    with pytest.raises(Refused):
        scenario.read(CAMPAIGN, "ada", profile)

    answer = await callers.send("PUT", CONSENT, ada, GRANT)
    assert (answer.status_code, answer.json()["state"]) == (200, "granted")
    assert scenario.read(CAMPAIGN, "ada", profile).values

    answer = await callers.send("DELETE", CONSENT, ada)
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    with pytest.raises(Refused):
        scenario.read(CAMPAIGN, "ada", profile)


async def test_a_withdrawal_that_the_mirror_does_not_have_is_answered_503(
    callers: Callers,
) -> None:
    scenario = callers.scenario
    scenario.customer()
    profile = scenario.profile()
    ada = callers.customer("ada")
    assert (await callers.send("PUT", CONSENT, ada, GRANT)).status_code == 200
    with unwritable(scenario.home):
        for _ in range(2):
            answer = await callers.send("DELETE", CONSENT, ada)
            assert answer.status_code == 503
            assert answer.json()["code"] == "mirror.unavailable"
        with pytest.raises(Refused):
            scenario.read(CAMPAIGN, "ada", profile)
    answer = await callers.send("DELETE", CONSENT, ada)
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    assert kinds_in(scenario.home)[-1] == "consent.withdrawn"

    history = await callers.get("/v1/me/consents/history", ada)
    assert [each["act"] for each in history.json()["items"]] == ["granted", "withdrawn"]
    [standing] = (await callers.get("/v1/me/consents", ada)).json()["items"]
    assert standing["state"] == "withdrawn"


async def test_what_stops_and_what_goes_on_is_said_in_words(
    callers: Callers, ada: dict[str, str]
) -> None:
    body = {"purpose": "analytics.aggregate"}
    for language, said in (("en", "You objected"), ("zh-CN", "反对")):
        answer = await callers.send(
            "POST", "/v1/me/objections", ada | {"Accept-Language": language}, body
        )
        uses = answer.json()["uses"]
        assert {each["collection"] for each in uses} == {"profile", "purchase"}
        assert all(said in each["text"] for each in uses)
        assert answer.headers["content-language"] == language[:2]
    refused = await callers.send("DELETE", "/v1/me/consents/sales.offer", ada)
    assert refused.status_code == 422
    assert [each["code"] for each in refused.json()["reasons"]] == ["basis.contract"]
    assert "contract" in refused.json()["reasons"][0]["text"]


async def test_an_objection_is_listed_until_it_is_taken_back(
    callers: Callers, ada: dict[str, str]
) -> None:
    path, body = "/v1/me/objections", {"purpose": "analytics.aggregate"}
    with unwritable(callers.scenario.home):
        for _ in range(2):
            answer = await callers.send("POST", path, ada, body)
            assert answer.json()["code"] == "mirror.unavailable"
    assert (await callers.send("POST", path, ada, body)).status_code == 200
    assert kinds_in(callers.scenario.home)[-1] == "consent.objected"
    (shown,) = (await callers.get(path, ada)).json()["items"]
    assert (shown["purpose"], shown["state"]) == ("analytics.aggregate", "objected")
    assert shown["article"] == "GDPR 21; PIPL 44"
    ended = await callers.send("DELETE", f"{path}/analytics.aggregate", ada)
    assert not any(each["stopped"] for each in ended.json()["uses"])
    assert (await callers.get(path, ada)).json()["items"] == []
    unknown = await callers.send("POST", path, ada, {"purpose": "no.such"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "purpose.unknown")


async def test_a_customer_restricts_the_use_of_their_data_and_lifts_it(
    callers: Callers, ada: dict[str, str]
) -> None:
    profile, path = callers.scenario.profile("ada"), "/v1/me/restriction"
    body, read = {"ground": "accuracy"}, callers.scenario.read
    with unwritable(callers.scenario.home):
        for _ in range(2):
            answer = await callers.send("POST", path, ada, body)
            assert answer.json()["code"] == "mirror.unavailable"
        with pytest.raises(Refused):
            read(CASE, "ada", profile)
    answer = await callers.send("POST", path, ada, body)
    assert kinds_in(callers.scenario.home).count("restriction.claimed") == 1
    (ground,) = answer.json()["grounds"]
    assert ground["article"] == "GDPR 18(1)(a); PIPL 44, 46"
    assert "not used" in answer.json()["text"]
    assert (await callers.get(path, ada)).json() == answer.json()
    who = callers.service()
    asked = {"purpose": "support.case", "collection": "profile"}
    refused = await callers.get("/v1/customers/ada/records", who, **asked)
    assert (refused.status_code, refused.json()["code"]) == (403, "state.restricted")
    assert (await callers.send("POST", path, ada, {"ground": "no"})).status_code == 422
    lifted = await callers.send("DELETE", path, ada)
    assert (lifted.status_code, lifted.json()["restricted"]) == (200, False)
    assert read(CASE, "ada", profile).values


NO_CONSENTS: list[tuple[str, dict[str, Any]]] = [
    ("marketing.email", {"notice_version": 9, "language": "en"}),
    ("marketing.email", GRANT | {"until": "2020-01-01T00:00:00Z"}),
    ("marketing.email", GRANT | {"until": "tomorrow"}),
    ("marketing.email", GRANT | {"untl": "2030-01-01T00:00:00Z"}),
    ("support.case", GRANT),
    ("no.such", GRANT),
]


async def test_a_consent_that_cannot_be_is_refused(
    callers: Callers, ada: dict[str, str]
) -> None:
    for purpose, body in NO_CONSENTS:
        answer = await callers.send("PUT", f"/v1/me/consents/{purpose}", ada, body)
        assert answer.status_code == 422
    assert not (await callers.get("/v1/me/consents", ada)).json()["items"]


async def test_a_contribution_has_a_receipt_and_is_unasked(
    callers: Callers, ada: dict[str, str]
) -> None:
    made = await _contributed(callers, ada)
    assert made.authorization.status == "unasked"
    assert await _contributed(callers, ada) == made
    path = f"/v1/me/contributions/{made.record_id}/receipt"
    receipt = await callers.get(path, ada)
    assert receipt.headers["content-type"].startswith("text/plain")
    policy = callers.scenario.house.log.policy
    assert verify_receipt(receipt.text, policy).index == made.index
    cose = await callers.get(f"{path}/cose", ada)
    assert cose.headers["content-type"] == MEDIA_TYPE
    assert verify_cose(cose.content, policy).kind == "contribution"


async def test_a_collection_that_takes_no_contributions_is_refused(
    callers: Callers, ada: dict[str, str]
) -> None:
    body = {"collection": "purchase", "values": {}}
    answer = await callers.send("POST", "/v1/me/contributions", ada, body, "a")
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["pointer"] == "/collection"


async def test_a_licence_allows_one_use_until_it_is_withdrawn(
    callers: Callers, ada: dict[str, str]
) -> None:
    made = await _contributed(callers, ada)
    where = f"/v1/me/contributions/{made.record_id}/authorization"
    shop = callers.service("marketing", name="shop")
    read = f"/v1/customers/ada/records/{made.record_id}"
    asked = f"/v1/customers/ada/contributions/{made.record_id}/authorization"
    refused = await callers.get(read, shop, purpose="ugc.advertise")
    assert refused.status_code == 403

    answer = await callers.send("PUT", where, ada, _terms())
    assert answer.json() == {"status": "granted", "until": "2027-11-22T12:00:00Z"}
    allowed = await callers.get(read, shop, purpose="ugc.advertise")
    assert allowed.json()["authorization"] == {"status": "granted"}
    told = await callers.get(asked, shop, purpose="ugc.advertise")
    assert told.json() == {"status": "granted", "until": "2027-11-22T12:00:00Z"}
    page = (await callers.get("/v1/me/contributions", ada)).json()
    assert [each["authorization"]["status"] for each in page["items"]] == ["granted"]

    hold = f"/v1/me/contributions/{made.record_id}/restriction"
    answer = await callers.send("PUT", hold, ada)
    assert answer.json()["status"] == "restricted"
    held = await callers.get(read, shop, purpose="ugc.advertise")
    assert [each["code"] for each in held.json()["reasons"]] == ["ugc.restricted"]
    answer = await callers.send("DELETE", hold, ada)
    assert answer.json() == {"status": "granted", "until": "2027-11-22T12:00:00Z"}
    again = await callers.send("DELETE", hold, ada)
    assert (again.status_code, again.json()["code"]) == (409, "ugc.transition")
    assert (await callers.get(read, shop, purpose="ugc.advertise")).is_success

    answer = await callers.send("DELETE", where, ada)
    assert answer.json()["status"] == "withdrawn"
    spent = await callers.send("PUT", hold, ada)
    assert (spent.status_code, spent.json()["code"]) == (409, "ugc.transition")
    refused = await callers.get(read, shop, purpose="ugc.advertise")
    assert refused.status_code == 403


VAGUE: list[tuple[dict[str, Any], str]] = [
    ({"until": None}, "/until"),
    ({"until": "永久"}, "/until"),
    ({"product": "reasonable use"}, "/product"),
    ({"territory": None}, "/territory"),
]


async def test_a_vague_licence_is_refused_with_the_field_to_fill(
    callers: Callers, ada: dict[str, str]
) -> None:
    made = await _contributed(callers, ada)
    where = f"/v1/me/contributions/{made.record_id}/authorization"
    for change, pointer in VAGUE:
        answer = await callers.send("PUT", where, ada, _terms(**change))
        assert answer.status_code == 422
        assert pointer in [fault["pointer"] for fault in answer.json()["faults"]]
        assert answer.json()["fix"]


async def test_only_an_own_contribution_can_be_licensed(
    callers: Callers, ada: dict[str, str]
) -> None:
    callers.scenario.customer("eve")
    names = [
        callers.scenario.idea("eve").record.hex(),
        callers.scenario.profile("ada").record.hex(),
        "0" * 32,
    ]
    for name in names:
        where = f"/v1/me/contributions/{name}/authorization"
        put = await callers.send("PUT", where, ada, _terms())
        gone = await callers.send("DELETE", where, ada)
        assert (put.status_code, gone.status_code) == (404, 404)


async def test_a_customer_sees_who_asked_for_what(
    callers: Callers, ada: dict[str, str]
) -> None:
    record = callers.scenario.profile("ada").record.hex()
    path = f"/v1/customers/ada/records/{record}"
    await callers.get(path, callers.service(), purpose="support.case")
    mailer = callers.service("marketing", name="mailer")
    await callers.get(path, mailer, purpose="marketing.email")
    shown = AccessesResponse.model_validate(
        (await callers.get("/v1/me/accesses", ada)).json()
    )
    *_, written, first, second = shown.items
    assert (written.action, written.outcome) == ("write", "written")
    assert (written.principal, written.purpose) == ("operator", "import.history")
    assert (first.principal, first.outcome) == ("helpdesk", "disclosed")
    assert "phone" in first.fields
    assert (second.principal, second.outcome) == ("mailer", "refused")
    assert "consent.missing" in second.reasons


async def test_the_export_is_a_zip_that_streams(
    callers: Callers, ada: dict[str, str]
) -> None:
    callers.scenario.profile("ada")
    answer = await callers.send("POST", "/v1/me/exports", ada)
    assert answer.headers["content-type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert {"manifest.json", "records/profile.json"} <= set(names)


async def test_erasure_ends_every_token_and_leaves_a_certificate(
    callers: Callers, ada: dict[str, str]
) -> None:
    record = callers.scenario.profile("ada").record.hex()
    helpdesk = callers.service()
    answer = await callers.send("POST", "/v1/me/erasure", ada)
    erased = ErasureResponse.model_validate(answer.json())
    assert erased.certificate

    assert (await callers.get("/v1/me", ada)).status_code == 401
    path = f"/v1/customers/ada/records/{record}"
    gone = await callers.get(path, helpdesk, purpose="support.case")
    assert gone.status_code == 404

    where = f"/v1/erasures/{erased.erasure_id}"
    headers = {"Erasure-Secret": erased.secret}
    state = await callers.client.get(where, headers=headers)
    assert state.json() == {
        "state": erased.state,
        "certificate": erased.certificate,
        "provisional": False,
        "proof": None,
    }
    wrong: list[list[tuple[bytes, bytes]]] = [
        [],
        [(b"Erasure-Secret", b"wrong")],
        [(b"Erasure-Secret", "é".encode())],
    ]
    answers = [await callers.client.get(where, headers=one) for one in wrong]
    assert {answer.status_code for answer in answers} == {404}

    again = {"customer_id": "ada", "region": "eu", "purpose": "service.registration"}
    refused = await callers.send("POST", "/v1/customers", helpdesk, again)
    code = "customer.unavailable"
    assert (refused.status_code, refused.json()["code"]) == (409, code)
    why = {"again": True, "reason": "she asked to come back"}
    back = await callers.send("POST", "/v1/customers", helpdesk, again | why)
    assert back.status_code == 201


async def test_a_customer_who_chose_the_secret_finds_the_certificate_without_the_answer(
    callers: Callers, ada: dict[str, str]
) -> None:
    secret = erasure_secret()
    await callers.client.post(
        "/v1/me/erasure", headers=ada | {"Erasure-Secret": secret}
    )
    state = await callers.client.get(
        f"/v1/erasures/{erasure_id(secret)}", headers={"Erasure-Secret": secret}
    )
    assert state.json()["state"] == "certified"
    assert state.json()["certificate"]


async def test_the_same_secret_again_is_the_same_erasure(
    callers: Callers, ada: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ada | {"Erasure-Secret": erasure_secret()}
    erasure = callers.scenario.house.erasure
    with monkeypatch.context() as waiting:
        waiting.setitem(erasure._steps, "ordered", _wait)
        first = await callers.client.post("/v1/me/erasure", headers=asked)
        other = await callers.client.post(
            "/v1/me/erasure", headers=ada | {"Erasure-Secret": erasure_secret()}
        )
    again = await callers.client.post("/v1/me/erasure", headers=asked)
    assert first.json()["state"] == "ordered"
    assert other.status_code == 409
    assert again.json()["erasure_id"] == first.json()["erasure_id"]
    assert again.json()["state"] == "certified"


async def test_a_secret_that_could_be_guessed_or_is_somebody_elses_is_refused(
    callers: Callers, ada: dict[str, str]
) -> None:
    secret = erasure_secret()
    callers.scenario.customer("bob")
    bob = callers.customer("bob")
    for weak in ("", "short", "a" * 42, "a" * 43 + "!"):
        asked = ada | {"Erasure-Secret": weak}
        answer = await callers.client.post("/v1/me/erasure", headers=asked)
        assert answer.status_code == 422
        assert weak not in answer.text or not weak
    used = {"Erasure-Secret": secret}
    await callers.client.post("/v1/me/erasure", headers=bob | used)
    taken = await callers.client.post("/v1/me/erasure", headers=ada | used)
    assert taken.status_code == 409
    assert callers.scenario.subject("ada")


def _wait(_: object) -> None:
    raise Unavailable("a reader keeps the log open")


async def test_an_export_ends_where_its_customer_is_erased_meanwhile(
    callers: Callers,
) -> None:
    scenario = callers.scenario
    subject = scenario.customer()
    scenario.profile()
    house = scenario.house
    parts = while_living(
        house.exports.write(subject, request="a"), house.customers, subject
    )
    house.erasure.erase(subject)
    with pytest.raises(Gone):
        next(parts)


async def test_a_long_part_of_an_export_leaves_in_pieces_and_each_is_checked(
    callers: Callers,
) -> None:
    scenario = callers.scenario
    subject = scenario.customer()
    parts = while_living(iter([bytes(1 << 20)]), scenario.house.customers, subject)
    assert len(next(parts)) < 1 << 16
    scenario.house.erasure.erase(subject)
    with pytest.raises(Gone):
        next(parts)
