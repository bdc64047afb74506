"""P7: one principal alone neither changes the policies nor reaches further.

Each scenario is told on a whole house. Eve holds every scope and both roles that answer
for policies and reach; ben and cat hold the same. What somebody writes into the
tables, past all doors, has to be borne out by the ledger.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from bundles import shipped
from callers import Callers, calling
from clocks import ManualClock
from commands import allod
from houses import CASE, Scenario, lived_in, opened
from revisions import narrower, reworded, wider

from kit.clock import iso
from kit.errors import Unavailable
from pdp.bundle.bundle import Bundle, install
from pdp.change.activator import Activator
from pdp.change.history import activations
from pdp.change.provenance import FOUNDING, NotApproved
from pdp.decision.question import Kind
from server.auth.principals import SCOPES_OF, Bearer
from server.cli.console import ExitCode
from server.cli.ledger import examined
from vault import Principal, WriteResult

PROPOSALS = "/v1/policies/proposals"
WHY = "customers asked to be called back"
WIDENING = {"widening": True, "reason": WHY}
MASKED, CLEAR = "•••5678", "+4915112345678"


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scenario]:
    monkeypatch.setitem(Activator.__init__.__kwdefaults__, "generated", 100)
    with lived_in(tmp_path / "home", ManualClock()) as made:
        made.customer("ada")
        yield made


@pytest.fixture
def written(scenario: Scenario) -> WriteResult:
    return scenario.profile("ada", phone=CLEAR)


@pytest.fixture
async def callers(scenario: Scenario) -> AsyncIterator[Callers]:
    async with calling(scenario) as callers:
        yield callers


def mighty(callers: Callers, name: str) -> dict[str, str]:
    """Give a token for all that staff may ever do."""
    principal = Principal(Kind.STAFF, name, roles=("legal", "privacy_officer"))
    purposes = ("account.care",)
    return callers.headers(Bearer(principal, purposes, tuple(SCOPES_OF[Kind.STAFF])))


async def said(
    callers: Callers, name: str, path: str, body: Any = None
) -> httpx.Response:
    return await callers.send("POST", path, mighty(callers, name), body)


async def proposed(callers: Callers, bundle: Bundle) -> str:
    old = shipped().texts
    files = {k: v for k, v in bundle.texts.items() if old.get(k) != v}
    answer = await said(callers, "eve", PROPOSALS, {"files": files})
    assert answer.status_code == 201, answer.text
    return f"{PROPOSALS}/{answer.json()['proposal']['number']}"


def phone(scenario: Scenario, written: WriteResult) -> str:
    """Follow the policies as a server does, and read as support does."""
    scenario.house.governing.follower.poll()
    return str(scenario.read(CASE, "ada", written).values["phone"])


def in_force(scenario: Scenario) -> list[str]:
    return [each.digest for each in activations(scenario.house.vault_db.reader())]


async def test_one_principal_puts_nothing_in_force_and_two_open_nothing(
    callers: Callers, written: WriteResult
) -> None:
    scenario, at = callers.scenario, await proposed(callers, wider())
    former = {"digest": wider().digest, "reason": WHY}
    tries = [
        ("eve", f"{at}/approvals", {}, 403),
        ("eve", f"{at}/approvals", WIDENING, 403),
        ("eve", f"{at}/activation", None, 409),
        ("eve", "/v1/policies/rollback", former, 422),
        ("ben", f"{at}/approvals", {}, 200),
        ("eve", f"{at}/activation", None, 409),
        ("ben", f"{at}/approvals", WIDENING, 403),
        ("cat", f"{at}/approvals", {"widening": True}, 422),
        ("ben", f"{at}/activation", None, 409),
    ]
    for name, path, body, status in tries:
        answer = await said(callers, name, path, body)
        assert answer.status_code == status, (name, path, answer.text)
        assert phone(scenario, written) == MASKED
    assert in_force(scenario) == [shipped().digest]

    assert (await said(callers, "cat", f"{at}/approvals", WIDENING)).is_success
    assert (await said(callers, "eve", f"{at}/activation")).is_success
    assert phone(scenario, written) == CLEAR
    names = ("eve", "ben", "cat")
    assert spoke(scenario) == {scenario.house.vault.pseudonym(each) for each in names}


def spoke(scenario: Scenario) -> set[str]:
    """Tell who proposed and approved, as the public ledger names them."""
    return {
        facts["by"]
        for kind in ("policy.proposed", "policy.approved")
        for _, facts in scenario.house.log.operators(kind)
    }


async def test_one_principal_does_not_go_back_where_that_opens_something(
    callers: Callers, written: WriteResult
) -> None:
    scenario = callers.scenario
    scenario.put_in_force(narrower())
    way = {"digest": shipped().digest, "reason": WHY}
    back = await said(callers, "eve", "/v1/policies/rollback", way)
    assert (back.json()["state"], back.json()["rollback"]) == ("open", True)
    at = f"{PROPOSALS}/{back.json()['number']}"
    assert (await said(callers, "eve", f"{at}/approvals", WIDENING)).status_code == 403
    assert (await said(callers, "eve", f"{at}/activation")).status_code == 409
    scenario.house.governing.follower.poll()
    assert "phone" not in scenario.read(CASE, "ada", written).values
    assert in_force(scenario)[0] == narrower().digest


FORGED = {
    "of no entry": 99,
    "of the founding's entry": FOUNDING,
    "of the entry that proposed them": FOUNDING + 1,
}


@pytest.mark.parametrize("entry", FORGED.values(), ids=FORGED)
def test_a_row_that_no_entry_bears_out_is_neither_followed_nor_opened(
    scenario: Scenario, written: WriteResult, entry: int
) -> None:
    digest = install(reworded(), scenario.house.home.policies)
    with scenario.house.vault_db.write() as session:
        scenario.house.governing.proposals.propose(
            session, digest, by="eve", widens=False
        )
    write_by_hand(
        scenario,
        ("INSERT INTO pdp_approval VALUES (1, 'ben', 0, '', 0, 4)", ()),
        ("INSERT INTO pdp_activation VALUES (2, ?, 0, ?)", (digest, entry)),
    )
    decides_nothing(scenario, written)
    assert scenario.house.bundle == shipped()
    with pytest.raises(NotApproved), opened(scenario.home, scenario.clock):
        pass
    report = examined(scenario.house.settings)
    assert [each.code for each in report.findings] == ["policies"]


def test_a_proposal_taken_back_is_not_brought_back_in_its_row(
    scenario: Scenario, written: WriteResult
) -> None:
    digest = install(narrower(), scenario.house.home.policies)
    proposals = scenario.house.governing.proposals
    with scenario.house.vault_db.write() as session:
        proposals.propose(session, digest, by="ann", widens=False)
        proposals.approve(session, 1, by="ben")
        proposals.withdraw(session, 1, by="ann")
    write_by_hand(scenario, ("UPDATE pdp_proposal SET state = 'open'", ()))
    with scenario.house.vault_db.write() as session:
        proposals.activate(session, 1, by="eve", showed={})
    decides_nothing(scenario, written)


def write_by_hand(scenario: Scenario, *statements: tuple[str, tuple[Any, ...]]) -> None:
    with scenario.house.vault_db.write() as session:
        for sql, values in statements:
            session.connection().exec_driver_sql(sql, values)


def decides_nothing(scenario: Scenario, written: WriteResult) -> None:
    """Look as a server does; what was in force is not the law, and neither is this."""
    with pytest.raises(NotApproved):
        scenario.house.governing.follower.poll()
    with pytest.raises(Unavailable) as refusal:
        scenario.read(CASE, "ada", written)
    assert refusal.value.reason_code == "gate.not_loaded"


def test_an_older_data_store_does_not_bring_earlier_policies_back(
    tmp_path: Path,
) -> None:
    home, clock = tmp_path / "home", ManualClock()
    with lived_in(home, clock):
        pass
    older = shutil.copytree(home / "data", tmp_path / "older")
    with opened(home, clock) as scenario:
        scenario.put_in_force(narrower())
    shutil.rmtree(home / "data")
    shutil.copytree(older, home / "data")
    assert allod("ledger", "restore", "--home", home).code == ExitCode.OK
    with opened(home, clock) as scenario:
        assert scenario.house.bundle == narrower()
    assert allod("ledger", "fsck", "--home", home).code == ExitCode.OK


async def test_one_principal_with_every_scope_brings_nobody_within_reach(
    callers: Callers, written: WriteResult
) -> None:
    scenario, ada = callers.scenario, "/v1/customers/ada"
    until = iso(scenario.clock.now() + timedelta(days=1))
    grant = {"staff": "eve", "purpose": "support.case", "reason": WHY, "until": until}
    given = [
        ("ben", "PUT", "/v1/org/units/north", {"kind": "campus"}, 200),
        ("ben", "PUT", "/v1/org/units/south", {"kind": "campus"}, 200),
        ("ben", "PUT", "/v1/org/units/south/customers/ada", None, 200),
        ("ben", "PUT", "/v1/org/units/north/posts/eve", {"until": until}, 200),
    ]
    alone = [
        ("eve", "POST", f"{ada}/grants", grant, 403),
        ("eve", "PUT", f"{ada}/assignments/eve", {"until": until}, 403),
        ("eve", "PUT", "/v1/org/units/south/posts/eve", {"until": until}, 403),
        ("eve", "PUT", "/v1/org/units/north/customers/ada", None, 403),
        (
            *("eve", "PUT", "/v1/org/units/south"),
            *({"kind": "campus", "within": "north"}, 403),
        ),
    ]
    for name, method, path, body, status in (*given, *alone):
        answer = await callers.send(method, path, mighty(callers, name), body)
        assert answer.status_code == status, (path, answer.text)
    eve = callers.staff("support", name="eve")
    record = f"{ada}/records/{written.record.hex()}"
    seen = await callers.get(record, eve, purpose="support.case")
    assert seen.status_code == 404
