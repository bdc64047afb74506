"""What other policies would change, asked over the command line and over HTTP."""

import json
from pathlib import Path
from typing import Any

import pytest
from bundles import shipped
from callers import Callers
from commands import allod
from few_policies import altered, few
from houses import Scenario

from pdp.bundle.bundle import TABLES, Bundle
from pdp.change.impact import NO_RECORDS
from server.faces.impact_schemas import ImpactResponse

UNKNOWN = "0" * 64
LATER = "what it might open is looked for when it is proposed"


def nearer(tables: dict[str, Any]) -> None:
    tables["masks"]["support"]["contact"] = "clear"


def laid_out(bundle: Bundle, folder: Path) -> Path:
    for path, text in bundle.texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def test_the_command_counts_the_records_of_the_home(
    scenario: Scenario, tmp_path: Path
) -> None:
    scenario.customer("ada")
    scenario.profile("ada")
    old = laid_out(few(), tmp_path / "old")
    new = laid_out(altered(nearer), tmp_path / "new")
    named = ("--policies", new, "--against", old, "--home", scenario.home)

    ran = allod("policy", "impact", *named, "--json")
    assert ran.code == 0
    document = ran.document
    assert document.pop("ok")
    found = ImpactResponse.model_validate(document)
    assert found.widens
    assert [(it.purpose, it.what, it.after, it.records) for it in found.shifts] == [
        ("support.case", "contact", "clear", 1)
    ]
    assert found.cells == ["support: contact is shown clear instead of last4"]
    assert found.questions > 0


def test_of_an_empty_home_the_command_says_that_it_is_empty(
    scenario: Scenario, tmp_path: Path
) -> None:
    same = laid_out(few(), tmp_path / "same")
    named = ("--policies", same, "--against", same, "--home", scenario.home)

    assert allod("policy", "impact", *named).out.splitlines() == [
        NO_RECORDS,
        f"0 classes of records compared; {LATER}",
    ]


@pytest.mark.slow
async def test_legal_compares_a_changed_file_with_what_is_in_force(
    callers: Callers,
) -> None:
    tables = json.loads(shipped().texts[TABLES])
    nearer(tables)
    lea = callers.staff("legal", name="lea")
    body = {"files": {TABLES: json.dumps(tables, indent=1)}}
    answer = await callers.client.post("/v1/policies/impact", headers=lea, json=body)

    assert answer.status_code == 200
    found = ImpactResponse.model_validate(answer.json())
    assert found.old == shipped().digest != found.new
    assert found.widens
    assert found.lines[0] == NO_RECORDS
    assert found.questions == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"base": UNKNOWN}, "/base"),
        ({"removed": ["legal/never.rego"]}, "/removed/0"),
        ({"base": "../../etc"}, "/base"),
        ({"fils": {}}, "/*"),
    ],
)
async def test_a_candidate_that_names_what_is_not_there_is_invalid(
    callers: Callers, body: dict[str, Any], pointer: str
) -> None:
    lea = callers.staff("legal", name="lea")
    answer = await callers.client.post("/v1/policies/impact", headers=lea, json=body)

    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert fault["pointer"] == pointer


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"removed": ["legal/consent.rego"]}, "legal/consent.rego is missing"),
        ({"files": {TABLES: "{}"}}, "has no table purposes"),
        ({"files": {"notes.txt": "x"}}, "has no place in a bundle"),
    ],
)
async def test_a_candidate_that_is_no_whole_bundle_is_told_which_file(
    callers: Callers, body: dict[str, Any], words: str
) -> None:
    lea = callers.staff("legal", name="lea")
    answer = await callers.client.post("/v1/policies/impact", headers=lea, json=body)

    assert answer.status_code == 422
    assert words in answer.json()["detail"]


async def test_only_legal_may_compare(callers: Callers) -> None:
    for who in (callers.service(), callers.auditor(), callers.staff("support")):
        answer = await callers.client.post("/v1/policies/impact", headers=who, json={})
        assert answer.status_code == 403
