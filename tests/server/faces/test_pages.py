"""The API's reference loads nothing but its own style; the numbers name nobody."""

import re
from html.parser import HTMLParser

from callers import Callers
from houses import CASE, Scenario
from prometheus_client.parser import text_string_to_metric_families

from pdp.decision.question import Kind
from server.auth.principals import Bearer, Scope
from vault import Principal

WATCHER = Bearer(Principal(Kind.SERVICE, "watch"), (), (Scope.METRICS_READ,))
VOID = {"meta", "link", "br"}


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert name != "style"
            if name == "id":
                self.ids.append(value or "")
            if name in {"href", "src"}:
                self.links.add(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_the_reference_tells_of_every_operation_and_needs_nothing_of_others(
    callers: Callers,
) -> None:
    answer = await callers.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers.get_list("content-security-policy")
    assert len(policy) == 1
    assert policy[0].startswith("default-src 'none'; style-src 'self';")
    page = _Read()
    page.feed(answer.text)
    assert page.open == []
    assert not {"script", "iframe", "img", "object", "form"} & page.tags
    document = (await callers.get("/openapi.json")).json()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["operationId"] in page.ids
        assert f"<code>{path}</code>" in answer.text
    assert len(page.ids) == len(set(page.ids))
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside <= set(page.ids)
    outside = {link for link in page.links if not link.startswith("#")}
    assert outside == {"docs.css", "openapi.json"}
    for link in outside:
        found = await callers.get(f"/{link}")
        assert found.status_code == 200
    assert "url(" not in (await callers.get("/docs.css")).text


async def test_the_pages_answer_get_and_head_alone(callers: Callers) -> None:
    for path in ("/docs", "/docs.css", "/metrics"):
        answer = await callers.client.post(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert (await callers.client.head("/docs")).status_code == 200


async def test_the_numbers_are_for_a_service_with_the_scope(callers: Callers) -> None:
    assert (await callers.get("/metrics")).status_code == 401
    reader = Bearer(CASE.principal, (), (Scope.RECORDS_READ,))
    others = (callers.headers(reader), callers.staff("legal"), callers.auditor())
    for who in others:
        assert (await callers.get("/metrics", who)).status_code == 403
    assert (await callers.get("/metrics", callers.headers(WATCHER))).is_success


async def _numbers(callers: Callers) -> dict[tuple[str, ...], float]:
    text = (await callers.get("/metrics", callers.headers(WATCHER))).text
    return {
        (each.name, *(value for _, value in sorted(each.labels.items()))): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


async def test_the_numbers_say_what_was_answered_and_decided(
    callers: Callers, scenario: Scenario
) -> None:
    scenario.customer("canary7f3a")
    record = scenario.profile("canary7f3a").record.hex()
    scenario.idea("canary7f3a")
    path = f"/v1/customers/canary7f3a/records/{record}"
    service = callers.service()
    assert (await callers.get(path, service, purpose="support.case")).is_success
    refused = await callers.get(path, service, purpose="marketing.email")
    assert refused.status_code == 403
    await callers.get("/v1/canary7f3a")
    await callers.send("POST", "/v1/me/erasure")
    numbers = await _numbers(callers)
    route = "/v1/customers/{customer_id}/records/{record_id}"
    answers = "allod_http_requests_total"
    assert numbers[answers, "GET", route, "200"] == 1
    assert numbers[answers, "GET", route, "403"] == 1
    assert numbers[answers, "GET", "other", "404"] == 1
    assert numbers[answers, "POST", "/v1/me/erasure", "401"] == 1
    assert numbers["allod_http_request_seconds_count", "GET", route] == 2
    assert numbers["allod_gate_events_total", "disclosed", "support.case"] == 1
    assert numbers["allod_gate_events_total", "refused", "marketing.email"] == 1
    assert numbers["allod_engine_healthy",] == 1
    assert numbers["allod_ledger_backlog",] > 0
    assert numbers["allod_orders_backlog",] == 0
    assert numbers["allod_access_log_commits_total",] > 0
    assert not [key for key in numbers if "canary" in str(key)]


async def test_no_label_holds_what_a_caller_chose(
    callers: Callers, scenario: Scenario
) -> None:
    await callers.client.request("CANARY", "/v1/me")
    await callers.get("/canary/canary")
    every = Bearer(CASE.principal, ("canary.purpose",), (Scope.RECORDS_READ,))
    path = f"/v1/customers/canary/records/{'0' * 32}"
    await callers.get(path, callers.headers(every), purpose="canary.purpose")
    text = (await callers.get("/metrics", callers.headers(WATCHER))).text
    assert not re.search("canary", text, re.IGNORECASE)
    assert 'method="other"' in text
