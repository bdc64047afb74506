"""Services: register, write, read for a purpose; refused with reasons, or told 404."""

import json
from datetime import timedelta
from typing import Any

import pytest
from callers import Callers
from houses import HISTORY

from kit.db import raw
from server.faces.disclosures import DisclosureResponse, PageResponse
from server.faces.services_schemas import ReadManyAnswer, WrittenResponse
from server.roles import scanning
from vault import Item

PROFILE = {"name": "Ada", "email": "ada@example.org", "phone": "+4915112345678"}
OPENED = {"region": "eu", "minor": "no", "purpose": "service.registration"}
IDEA = {"title": "A lid that stays on", "text": "Make it blue.", "language": "en"}


NEW = {"collection": "profile", "purpose": "support.case"}


async def _registered(callers: Callers, name: str = "4711") -> dict[str, str]:
    who = callers.service()
    body = OPENED | {"customer_id": name}
    answer = await callers.send("POST", "/v1/customers", who, body)
    assert answer.status_code == 201
    return who


async def _written(
    callers: Callers,
    who: dict[str, str],
    name: str = "4711",
    values: Any = PROFILE,
    collection: str = "profile",
    key: str = "k-1",
) -> WrittenResponse:
    body = {"collection": collection, "values": values, "purpose": "support.case"}
    path = f"/v1/customers/{name}/records"
    answer = await callers.send("POST", path, who, body, key)
    assert answer.status_code == 201, answer.text
    return WrittenResponse.model_validate(answer.json())


async def test_registering_twice_is_said_and_does_no_harm(callers: Callers) -> None:
    who = await _registered(callers)
    body = OPENED | {"customer_id": "4711"}
    answer = await callers.send("POST", "/v1/customers", who, body)
    assert (answer.status_code, answer.json()) == (200, {"customer_id": "4711"})


async def test_what_nobody_can_have_is_kept_and_named(callers: Callers) -> None:
    who = await _registered(callers)
    doubtful = PROFILE | {"phone": "+49 1"}
    written = await _written(callers, who, values=doubtful)
    assert written.doubtful == ("phone",)
    path = f"/v1/customers/4711/records/{written.record_id}"
    body = {"values": doubtful, "version": 1, "purpose": "support.case"}
    answer = await callers.send("PUT", path, who, body)
    assert answer.json()["doubtful"] == ["phone"]
    values = PROFILE | {"phone": "030 5550170"}
    body = {"values": values, "version": 2, "purpose": "support.case"}
    answer = await callers.send("PUT", path, who, body)
    assert answer.json()["doubtful"] == []


async def test_an_id_that_is_anothers_but_for_its_case_is_told_so(
    callers: Callers,
) -> None:
    who = await _registered(callers, "ada")
    answer = await callers.send(
        "POST", "/v1/customers", who, OPENED | {"customer_id": "Ada"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "customer.alike")
    many = {
        "purpose": "service.registration",
        "items": [
            {"customer_id": name, "region": "eu"} for name in ("ADA", "a\u200bda", "..")
        ],
    }
    answer = await callers.send("POST", "/v1/registrations", who, many)
    said = [
        each.get("error", {}).get("code", each["outcome"])
        for each in answer.json()["items"]
    ]
    assert said == ["customer.alike", "there_already", "identifier.invalid"]


async def test_support_reads_a_record_with_its_phone_masked(callers: Callers) -> None:
    who = await _registered(callers)
    written = await _written(callers, who)
    path = f"/v1/customers/4711/records/{written.record_id}"
    answer = await callers.get(path, who, purpose="support.case")
    shown = DisclosureResponse.model_validate(answer.json())
    assert shown.values["name"] == "Ada"
    assert shown.masks["phone"] == "last4"
    assert str(shown.values["phone"]).endswith("5678")
    assert "+49151" not in answer.text


async def test_marketing_is_refused_with_reason_article_and_remedy(
    callers: Callers,
) -> None:
    who = await _registered(callers)
    written = await _written(callers, who)
    path = f"/v1/customers/4711/records/{written.record_id}"
    mailer = callers.service("marketing", name="mailer")
    answer = await callers.get(path, mailer, purpose="marketing.email")
    assert answer.status_code == 403
    document = answer.json()
    assert document["decision_id"]
    reasons = {reason["code"]: reason for reason in document["reasons"]}
    assert reasons["consent.missing"]["article"].startswith("GDPR 6(1)(a)")
    assert all(reason["fix"] for reason in reasons.values())


async def test_unknown_anothers_and_impossible_names_get_one_answer(
    callers: Callers,
) -> None:
    who = await _registered(callers)
    await _registered(callers, "4712")
    written = await _written(callers, who)
    paths = [
        f"/v1/customers/4712/records/{written.record_id}",
        f"/v1/customers/nobody/records/{written.record_id}",
        f"/v1/customers/4711/records/{'0' * 32}",
        "/v1/customers/4711/records/not-an-id",
        f"/v1/customers/4711/records/{written.record_id.upper()}",
        "/v1/no/such/path",
    ]
    answers = [await callers.get(one, who, purpose="support.case") for one in paths]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


async def test_a_retried_write_is_one_record_and_other_content_a_conflict(
    callers: Callers,
) -> None:
    who = await _registered(callers)
    first = await _written(callers, who)
    assert await _written(callers, who) == first
    path = "/v1/customers/4711/records"
    changed = NEW | {"values": PROFILE | {"name": "Eve"}}
    elsewhere = NEW | {"collection": "ticket", "values": {"subject": "a", "text": "b"}}
    for body in (changed, elsewhere):
        answer = await callers.send("POST", path, who, body, "k-1")
        assert answer.status_code == 409
        assert answer.json()["code"] == "idempotency.reused"
    assert await _written(callers, who) == first


async def test_two_services_may_choose_the_same_key(callers: Callers) -> None:
    who = await _registered(callers)
    first = await _written(callers, who)
    body = NEW | {"values": {"name": "Ada", "city": "Jena"}}
    answer = await callers.send(
        "POST", "/v1/customers/4711/records", callers.service(name="shop"), body, "k-1"
    )
    assert answer.status_code == 201
    assert answer.json()["record_id"] != first.record_id


async def test_no_name_and_key_give_the_id_of_anothers_write(callers: Callers) -> None:
    await _registered(callers)
    body = NEW | {"values": {"name": "Ada", "city": "Jena"}}
    other = NEW | {"values": {"name": "Ada", "city": "Ulm"}}
    path = "/v1/customers/4711/records"
    shop = callers.service(name="shop")
    orders = callers.service(name="shop/orders")
    first = await callers.send("POST", path, orders, body, "1")
    second = await callers.send("POST", path, shop, other, "orders/1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["record_id"] != second.json()["record_id"]
    # Each is still the same write when it is tried again.
    for who, sent, key, made in (
        (orders, body, "1", first),
        (shop, other, "orders/1", second),
    ):
        again = await callers.send("POST", path, who, sent, key)
        assert again.json() == made.json()


async def test_a_write_of_an_older_program_is_known_when_it_is_tried_again(
    callers: Callers,
) -> None:
    await _registered(callers)
    scenario, values = callers.scenario, {"name": "Ada", "city": "Jena"}
    path, shop = "/v1/customers/4711/records", callers.service(name="shop")
    for key in ("7", "orders/7"):
        earlier = Item("profile", values, f"service/shop/{key}")
        made = scenario.house.intake.put(HISTORY, "4711", earlier).record.hex()
        body = NEW | {"values": values}
        again = await callers.send("POST", path, shop, body, key)
        assert again.json()["record_id"] == made
    # With a `/` it may have been another's: one that says something else is not this.
    changed = NEW | {"values": values | {"city": "Ulm"}}
    fresh = await callers.send("POST", path, shop, changed, "orders/7")
    assert fresh.status_code == 201
    assert fresh.json()["record_id"] != made


async def test_a_write_without_a_usable_key_is_refused(callers: Callers) -> None:
    who = await _registered(callers)
    body = NEW | {"values": PROFILE}
    path = "/v1/customers/4711/records"
    for key in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "a" * 129}):
        answer = await callers.client.post(path, headers=who | key, json=body)
        assert answer.status_code == 422
        assert answer.json()["faults"][0]["pointer"] == "/Idempotency-Key"


async def test_an_update_over_a_stale_version_is_a_conflict(callers: Callers) -> None:
    who = await _registered(callers)
    written = await _written(callers, who)
    path = f"/v1/customers/4711/records/{written.record_id}"
    change = {"values": PROFILE | {"name": "Ada Lovelace"}, "version": 1}
    change |= {"purpose": "support.case"}
    answer = await callers.send("PUT", path, who, change)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    again = await callers.send("PUT", path, who, change)
    assert (again.status_code, again.json()) == (200, answer.json())
    change |= {"values": PROFILE | {"name": "Ada Byron"}}
    stale = await callers.send("PUT", path, who, change)
    assert (stale.status_code, stale.json()["code"]) == (409, "version.stale")
    shown = await callers.get(path, who, purpose="support.case")
    assert shown.json()["values"]["name"] == "Ada Lovelace"


async def test_read_many_answers_in_order_and_each_item_for_itself(
    callers: Callers,
) -> None:
    who = await _registered(callers)
    written = await _written(callers, who)
    names = [("4711", written.record_id), ("nobody", "0" * 32), ("4711", "no id")]
    items = [{"customer_id": c, "record_id": r} for c, r in names]
    body = {"purpose": "support.case", "items": items}
    answer = await callers.send("POST", "/v1/read", who, body)
    assert answer.status_code == 200
    ReadManyAnswer.model_validate(answer.json())
    first, *others = answer.json()["items"]
    assert first["values"]["name"] == "Ada"
    assert [other["error"]["code"] for other in others] == ["not_found"] * 2
    assert first["decision_id"] == answer.json()["decision_id"]


async def test_read_many_takes_one_to_a_hundred(callers: Callers) -> None:
    who = callers.service()
    for count in (0, 101):
        items = [{"customer_id": "a", "record_id": "0" * 32}] * count
        body = {"purpose": "support.case", "items": items}
        answer = await callers.send("POST", "/v1/read", who, body)
        assert answer.status_code == 422
        assert answer.json()["faults"][0]["pointer"] == "/items"


async def test_records_are_listed_page_by_page(callers: Callers) -> None:
    who = await _registered(callers)
    for number in range(3):
        await _written(
            callers, who, values=IDEA, collection="idea", key=f"key-{number}"
        )
    seen, after = [], ""
    while True:
        params = {"purpose": "support.case", "collection": "idea", "limit": 2}
        path = "/v1/customers/4711/records"
        answer = await callers.get(path, who, **params, after=after)
        page = PageResponse.model_validate(answer.json())
        seen += [each.record_id for each in page.items]
        if page.next is None:
            break
        after = page.next
    assert len(seen) == len(set(seen)) == 3


async def test_a_record_is_found_by_a_value_that_is_clear_for_the_caller(
    callers: Callers,
) -> None:
    who = await _registered(callers)
    await _written(callers, who)
    callers.scenario.grant("4711")
    mailer = callers.service("marketing", name="mailer")
    body = {"purpose": "marketing.email", "collection": "profile", "field": "email"}
    asked = body | {"value": "ada@example.org"}
    found = await callers.send("POST", "/v1/find", mailer, asked)
    (item,) = PageResponse.model_validate(found.json()).items
    assert item.values["email"] == "ada@example.org"
    callers.scenario.withdraw("4711")
    assert (await callers.send("POST", "/v1/find", mailer, asked)).status_code == 404


async def test_a_scan_ends_with_a_line_that_counts(callers: Callers) -> None:
    who = await _registered(callers)
    await _registered(callers, "4712")
    await _written(callers, who)
    other = PROFILE | {"email": "eve@example.org", "phone": "+4915100000000"}
    await _written(callers, who, name="4712", values=other)
    body = {"purpose": "support.case", "collection": "profile"}
    answer = await callers.send("POST", "/v1/scan", who, body)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    *lines, end = [json.loads(line) for line in answer.text.splitlines()]
    assert end == {
        "end": True,
        "disclosed": 2,
        "withheld": 0,
        "damaged": 0,
        "undecided": 0,
    }
    for line in lines:
        DisclosureResponse.model_validate(line)


async def test_a_scan_that_takes_too_long_is_ended(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = await _registered(callers)
    await _written(callers, who)
    monkeypatch.setattr(scanning, "LONGEST_SCAN", timedelta(0))
    body = {"purpose": "support.case", "collection": "profile"}
    answer = await callers.send("POST", "/v1/scan", who, body)
    assert answer.status_code == 503


async def test_a_scan_is_logged_by_its_own_process_for_the_customer_to_see(
    callers: Callers,
) -> None:
    who = await _registered(callers)
    await _written(callers, who)
    body = {"purpose": "support.case", "collection": "profile"}
    await callers.send("POST", "/v1/scan", who, body)
    (event,) = callers.scenario.reads("4711")
    assert (event.outcome, event.principal) == ("disclosed", "helpdesk")
    log = callers.scenario.house.access_log
    assert len(log.heads()) == 2
    assert list(log.faults()) == []


async def test_an_unknown_purpose_or_collection_is_named_by_a_pointer_or_a_code(
    callers: Callers,
) -> None:
    who = await _registered(callers)
    path = "/v1/customers/4711/records"
    lost = {"purpose": "support.case", "collection": "no_such"}
    answer = await callers.get(path, who, **lost)
    assert answer.status_code == 422
    body = {"collection": "no_such", "values": {}}
    answer = await callers.send("POST", path, who, body, "k")
    assert answer.status_code == 422


async def test_a_purpose_that_the_token_lacks_is_refused(callers: Callers) -> None:
    who = await _registered(callers)
    written = await _written(callers, who)
    path = f"/v1/customers/4711/records/{written.record_id}"
    answer = await callers.get(path, who, purpose="billing.invoice")
    assert answer.status_code == 403
    assert answer.json()["code"] == "token.purpose"


async def test_what_the_author_allows_is_told_to_who_may_read_the_item(
    callers: Callers,
) -> None:
    who = await _registered(callers)
    written = await _written(callers, who, values=IDEA, collection="idea")
    assert written.index is not None
    path = f"/v1/customers/4711/contributions/{written.record_id}/authorization"
    answer = await callers.get(path, who, purpose="support.case")
    assert answer.json()["status"] == "unasked"
    profile = await _written(callers, who, key="k-2")
    path = f"/v1/customers/4711/contributions/{profile.record_id}/authorization"
    assert (await callers.get(path, who, purpose="support.case")).status_code == 404


async def test_a_damaged_record_is_a_409_and_takes_neither_list_nor_scan_with_it(
    callers: Callers,
) -> None:
    who = await _registered(callers)
    written = await _written(callers, who)
    await _written(callers, who, values={"name": "Bo"}, key="k-2")
    with callers.scenario.house.vault_db.write() as session:
        raw(session).execute(
            "UPDATE vault_record SET retain_until = 1e10 WHERE record = ?",
            (bytes.fromhex(written.record_id),),
        )
    path = f"/v1/customers/4711/records/{written.record_id}"
    answer = await callers.get(path, who, purpose="support.case")
    assert (answer.status_code, answer.json()["code"]) == (409, "integrity")
    where, asked = "/v1/customers/4711/records", {"collection": "profile"}
    page = await callers.get(where, who, purpose="support.case", **asked)
    assert (len(page.json()["items"]), page.json()["damaged"]) == (1, 1)
    body = {"purpose": "support.case", **asked}
    lines = (await callers.send("POST", "/v1/scan", who, body)).text.splitlines()
    end = {"end": True, "disclosed": 1, "withheld": 0, "damaged": 1, "undecided": 0}
    assert json.loads(lines[-1]) == end


async def test_a_help_desk_finds_a_caller_and_verifies_what_it_does_not_see(
    callers: Callers,
) -> None:
    who = await _registered(callers)
    await _written(callers, who)
    asked = {"collection": "profile", "field": "phone", "purpose": "support.case"}
    found = await callers.send(
        "POST", "/v1/find", who, asked | {"value": "+4915112345678"}
    )
    (item,) = PageResponse.model_validate(found.json()).items
    assert (item.customer_id, item.values["phone"]) == ("4711", "•••5678")

    path = "/v1/customers/4711/verify"
    answers = [
        await callers.send("POST", path, who, asked | {"value": value})
        for value in ("+49 151 12345678", "+49 151 12345679")
    ]
    assert [each.json()["matches"] for each in answers] == [True, False]
    assert all("12345678" not in each.text for each in answers)
    clear = await callers.send(
        "POST", path, who, asked | {"field": "name", "value": "Ada"}
    )
    assert clear.json()["reasons"][0]["code"] == "verify.clear"

    me = callers.customer("4711")
    shown = (await callers.get("/v1/me/accesses", me)).json()["items"]
    looked = [(each["action"], each["fields"]) for each in shown]
    assert looked.count(("verify", ["phone"])) == 2
    assert "12345678" not in json.dumps(shown)


async def test_too_many_questions_are_told_when_to_come_again(callers: Callers) -> None:
    who = await _registered(callers)
    await _written(callers, who)
    body = {"collection": "profile", "field": "phone", "purpose": "support.case"}
    codes = []
    for number in range(6):
        asked = body | {"value": f"+49151123456{number:02}"}
        answer = await callers.send("POST", "/v1/customers/4711/verify", who, asked)
        codes.append(answer.status_code)
    assert codes == [200] * 5 + [429]
    assert answer.json()["code"] == "limit.verify"
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
