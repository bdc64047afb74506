"""In which language the API answers: as it is asked, on every plane, for everybody."""

import pytest
from bundles import shipped
from callers import Callers

from pdp.bundle.bundle import from_texts
from server.http.languages import wanted

ZH = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
OWN = "/v1/me/records"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (b"zh-CN,zh;q=0.9,en;q=0.5", ["zh-CN", "zh", "en"]),
        (b"en;q=0.2, de ; Q=0.900 ,zh;q=1.0", ["zh", "de", "en"]),
        (b"de;q=0, en", ["en"]),
        (b"*, de;q=0.1", ["de"]),
        (b"", []),
        (b"de;q=1.5, de;q=abc, ../etc, zh", ["zh"]),
        (b"de," * 30 + b"zh", ["de"] * 20),
        (b"zh," * 500, []),
        (b"\xff\xfe, zh", ["zh"]),
    ],
)
def test_a_wish_is_read_as_rfc_9110_has_it(header: bytes, found: list[str]) -> None:
    assert list(wanted(header)) == found


async def test_a_refusal_is_said_in_the_language_that_was_asked_for(
    callers: Callers,
) -> None:
    callers.scenario.customer("4711")
    written = callers.scenario.profile("4711")
    path = f"/v1/customers/4711/records/{written.record.hex()}"
    who = callers.service("support")
    english = await callers.get(path, who, purpose="marketing.email")
    chinese = await callers.get(path, who | ZH, purpose="marketing.email")
    assert english.status_code == chinese.status_code == 403
    assert english.headers["content-language"] == "en"
    assert chinese.headers["content-language"] == "zh"
    assert "accept-language" in chinese.headers["vary"].lower()
    codes = [each["code"] for each in chinese.json()["reasons"]]
    assert codes == [each["code"] for each in english.json()["reasons"]]
    assert all(
        "客户" in one["text"] or "角色" in one["text"] or "同意" in one["text"]
        for one in chinese.json()["reasons"]
    )
    assert english.json()["text"] == english.json()["reasons"][0]["text"]


async def test_one_of_several_answers_is_said_in_it_too(callers: Callers) -> None:
    callers.scenario.customer("4711")
    written = callers.scenario.profile("4711")
    items = [{"customer_id": "4711", "record_id": written.record.hex()}]
    body = {"purpose": "marketing.email", "items": items}
    who = callers.service("marketing")
    answer = await callers.send("POST", "/v1/read", who | ZH, body)
    (one,) = answer.json()["items"]
    assert one["error"]["text"].startswith("没有同意")
    assert answer.headers["content-language"] == "zh"


async def test_a_customer_is_spoken_to_as_one(callers: Callers) -> None:
    callers.scenario.customer("ada")
    ada = callers.customer("ada")
    answer = await callers.get(
        "/v1/me/records", ada | ZH, collection="profile", filter="nowhere:eq:1"
    )
    assert answer.json()["text"] == "您发送的内容有缺失或不符合要求。"


async def test_what_is_not_there_has_one_body_in_each_language(
    callers: Callers,
) -> None:
    callers.scenario.customer("4711")
    callers.scenario.customer("other")
    theirs = callers.scenario.profile("other").record.hex()
    who = callers.service("support")
    for language in ({}, ZH, {"Accept-Language": "xx"}):
        told = [
            await callers.get(path, who | language, purpose="support.case")
            for path in (
                f"/v1/customers/4711/records/{theirs}",
                f"/v1/customers/4711/records/{'0' * 32}",
                f"/v1/customers/nobody/records/{theirs}",
                "/v1/customers/4711/records/none",
            )
        ]
        assert len({answer.content for answer in told}) == 1
        assert {answer.status_code for answer in told} == {404}
    assert "text" in told[0].json()


async def test_a_problem_outside_of_every_route_is_said_in_it(callers: Callers) -> None:
    answer = await callers.get("/nowhere", ZH)
    assert answer.json()["text"] == "此处没有该名称的内容。"
    assert answer.headers["content-language"] == "zh"


async def test_under_policies_without_texts_the_code_and_its_remedy_are_said(
    callers: Callers,
) -> None:
    texts = shipped().texts
    older = from_texts({p: t for p, t in texts.items() if not p.startswith("texts/")})
    callers.scenario.put_in_force(older)
    callers.scenario.house.governing.follower.poll()
    who = callers.service("support")
    answer = await callers.get(
        "/v1/customers/4711/records",
        who | ZH,
        purpose="support.case",
        collection="none",
    )
    assert answer.status_code in {404, 422}
    assert "text" not in answer.json()
    assert "content-language" not in answer.headers


async def test_a_customer_sees_who_looked_in_their_language(callers: Callers) -> None:
    callers.scenario.customer("ada")
    written = callers.scenario.profile("ada")
    path = f"/v1/customers/ada/records/{written.record.hex()}"
    await callers.get(path, callers.service("marketing"), purpose="marketing.email")
    answer = await callers.get("/v1/me/accesses", callers.customer("ada") | ZH)
    refused = answer.json()["items"][-1]
    assert refused["title"] == "我们通过电子邮件向您发送资讯和优惠"
    assert refused["reasons"] == ["consent.missing"]
    assert refused["texts"][0].startswith("您没有就此目的表示同意")
    assert answer.headers["content-language"] == "zh"
    assert answer.headers["vary"] == "Accept-Language"


async def test_a_notice_has_its_title_in_its_own_language(callers: Callers) -> None:
    callers.scenario.customer("ada")
    answer = await callers.get("/v1/me/notices", callers.customer("ada"))
    titles = {
        each["language"]: each["title"]
        for each in answer.json()["items"]
        if each["purpose"] == "marketing.email"
    }
    assert titles["en"] == "We send you news and offers by e-mail"
    assert titles["zh"] == "我们通过电子邮件向您发送资讯和优惠"


async def test_purposes_are_listed_by_their_titles(callers: Callers) -> None:
    who = callers.staff("legal") | ZH
    answer = await callers.get("/v1/policies/purposes", who)
    titles = {each["name"]: each["title"] for each in answer.json()["items"]}
    assert titles["self.access"] == "您查看或更正自己的数据"


async def test_what_a_purpose_is_used_on_has_its_title_in_the_language_too(
    callers: Callers,
) -> None:
    callers.scenario.customer()
    answer = await callers.get("/v1/me/purposes", callers.customer("ada") | ZH)
    uses = [use for each in answer.json()["items"] for use in each["uses"]]
    titles = {use["collection"]: use["title"] for use in uses}
    assert titles["profile"] == "客户的身份和联系方式"
    assert titles["customer"] == "登记信息本身"
