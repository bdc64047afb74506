"""Auditors read the policies in force, and hold them to their digest themselves."""

import hashlib

from callers import Callers

POLICIES = "/v1/ledger/policies"


async def test_an_auditor_reads_every_file_and_computes_the_digest(
    callers: Callers,
) -> None:
    who = callers.auditor()
    told = (await callers.get(POLICIES, who)).json()
    lines = []
    for each in told["files"]:
        text = await callers.get(f"{POLICIES}/files/{each['path']}", who)
        found = hashlib.sha256(text.content).hexdigest()
        assert found == each["sha256"]
        lines.append(f"{found}  {each['path']}\n")
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert digest == told["digest"] == told["activations"][0]["digest"]
    assert {"legal/consent.rego", "tables/data.json", "texts/zh.yaml"} <= {
        each["path"] for each in told["files"]
    }


async def test_the_entry_of_an_activation_is_in_the_ledger(callers: Callers) -> None:
    who = callers.auditor()
    (first,) = (await callers.get(POLICIES, who)).json()["activations"]
    entry = await callers.get(f"/v1/ledger/entries/{first['entry']}", who)
    assert entry.status_code == 200


async def test_what_is_no_file_of_theirs_is_not_there(callers: Callers) -> None:
    who = callers.auditor()
    for path in ("legal/none.rego", "../vault.db", "/etc/passwd", ".manifest/x"):
        answer = await callers.get(f"{POLICIES}/files/{path}", who)
        assert answer.status_code == 404


async def test_nobody_else_comes_in_by_the_auditors_door(callers: Callers) -> None:
    callers.scenario.customer("ada")
    others = (
        *({}, callers.service("support"), callers.staff("legal")),
        callers.customer("ada"),
    )
    for who in others:
        for path in (POLICIES, f"{POLICIES}/files/tables/data.json"):
            assert (await callers.get(path, who)).status_code in {401, 403}
