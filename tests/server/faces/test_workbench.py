"""The workbench over HTTP: lint, test, explain, compare; nothing in force changes."""

from typing import Any

import pytest
from bundles import shipped
from callers import Callers
from houses import Scenario

CONSENT = "legal/consent.rego"
TEXT = shipped().texts[CONSENT]


async def posted(callers: Callers, path: str, body: Any) -> tuple[int, Any]:
    lea = callers.staff("legal", name="lea")
    answer = await callers.client.post(
        f"/v1/policies/{path}", headers=lea, json=body, timeout=60
    )
    return answer.status_code, answer.json()


async def test_a_finding_names_place_and_remedy(callers: Callers) -> None:
    broken = TEXT.replace('consent == "withdrawn"', 'consnt == "withdrawn"')
    line = 1 + broken[: broken.index("consnt")].count("\n")
    status, found = await posted(callers, "lint", {"files": {CONSENT: broken}})

    assert status == 200
    (finding,) = found["findings"]
    assert (finding["file"], finding["line"], finding["column"]) == (CONSENT, line, 17)
    assert "did you mean `consent`?" in finding["instead"]


async def test_policies_that_cannot_be_run_are_tried_as_far_as_they_can(
    callers: Callers,
) -> None:
    broken = TEXT.replace("installed := true", "installed := := true")
    status, tried = await posted(callers, "test", {"files": {CONSENT: broken}})

    assert (status, tried["passed"], tried["run"]) == (200, False, 0)
    assert tried["findings"][0]["rule"] == "syntax"


async def test_what_is_not_whole_is_a_fault_with_its_place(callers: Callers) -> None:
    status, problem = await posted(callers, "test", {"removed": [CONSENT]})

    assert status == 422
    (fault,) = problem["faults"]
    assert fault["pointer"].startswith(".manifest:11:")
    assert problem["fix"]


async def test_a_case_is_explained_with_what_would_turn_it(callers: Callers) -> None:
    asked = {"case": "cases/marketing_email.yaml:30"}
    status, said = await posted(callers, "explain", asked)

    assert (status, said["outcome"]) == (200, "refused: consent.withdrawn")
    assert [it["fact"] for it in said["turns"]] == ["resource.consent"]


async def test_a_decision_is_explained_without_saying_about_whom(
    callers: Callers, scenario: Scenario
) -> None:
    scenario.customer("ada")
    scenario.profile("ada")
    support = callers.service("support")
    answer = await callers.client.get(
        "/v1/customers/ada/records",
        headers=support,
        params={"purpose": "support.case", "collection": "profile"},
    )
    decision = answer.json()["decision_id"]
    status, said = await posted(callers, "explain", {"decision_id": decision})

    assert (status, said["outcome"]) == (200, "disclosed")
    assert said["digest"] == shipped().digest
    assert [it["name"] for it in said["cells"]] == ["support"]
    assert len(said["unknown"]) == 2
    assert set(said["past"]) == {"at", "principal_kind", "purpose", "action"}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 422),
        ({"case": "a", "decision_id": "0" * 32}, 422),
        ({"decision_id": "0" * 32}, 404),
        ({"decision_id": "zz"}, 422),
        ({"case": "no such case"}, 404),
    ],
)
async def test_what_cannot_be_explained_is_said_so(
    callers: Callers, asked: dict[str, str], status: int
) -> None:
    assert (await posted(callers, "explain", asked))[0] == status


async def test_versions_are_compared_and_history_lists_what_was_in_force(
    callers: Callers,
) -> None:
    tables = shipped().texts["tables/data.json"]
    nearer = tables.replace('"contact": "last4"', '"contact": "clear"')
    body = {"new": {"files": {"tables/data.json": nearer}}}
    status, said = await posted(callers, "diff", body)
    assert (status, said["changes"][0]["effect"]) == (200, "opens")

    lea = callers.staff("legal", name="lea")
    listed = (await callers.get("/v1/policies/history", lea)).json()["items"]
    assert [it["digest"] for it in listed] == [shipped().digest]
