"""`allod rights`: a no for somebody who asked at the counter, on record."""

from pathlib import Path

import pytest
from clocks import ManualClock
from commands import Ran, allod
from houses import CASE, lived_in, opened

from kit.errors import Refused
from server.cli.console import ExitCode


@pytest.fixture
def home(tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    with lived_in(home, clock) as scenario:
        scenario.customer()
        scenario.profile()
        scenario.grant("ada")
    monkeypatch.setenv("ALLOD_HOME", str(home))
    return home


def stopped(ran: Ran) -> dict[str, bool]:
    assert ran.code == ExitCode.OK, ran.err
    return {each["collection"]: each["stopped"] for each in ran.document["uses"]}


def test_a_no_at_the_counter_stops_what_it_can_and_is_on_record(
    home: Path, clock: ManualClock
) -> None:
    ran = allod("rights", "withdraw", "ada", "marketing.email", "--json")
    assert stopped(ran) == {"profile": True}
    ran = allod("rights", "object", "ada", "analytics.aggregate", "--json")
    assert stopped(ran) == {"profile": True, "purchase": True}
    assert ran.document["article"] == "GDPR 21; PIPL 44"
    shown = allod("rights", "show", "ada", "--json").document
    states = {each["purpose"]: each["state"] for each in shown["purposes"]}
    assert states["marketing.email"] == "withdrawn"
    assert states["analytics.aggregate"] == "objected"
    assert "rests" in allod("rights", "object", "ada", "analytics.aggregate").out
    with opened(home, clock) as scenario:
        seen = {each.principal for each in scenario.on_record("ada")}
        assert "operator" in seen


@pytest.mark.parametrize("command", ["withdraw", "object"])
def test_where_nothing_can_be_stopped_the_command_says_so(
    home: Path, command: str
) -> None:
    ran = allod("rights", command, "ada", "sales.offer", "--json")
    assert ran.code == ExitCode.USAGE
    code = ran.document["error"]["code"]
    assert code in {"consent.other_basis", "consent.no_objection"}
    (reason,) = ran.document["error"]["reasons"]
    assert reason["article"] == "GDPR 6(1)(b); PIPL 13(2)"
    assert "basis.contract (GDPR 6(1)(b); PIPL 13(2))" in ran.err
    assert allod("rights", command, "nobody", "sales.offer").code != ExitCode.OK


def test_a_restriction_at_the_counter_is_the_customers(
    home: Path, clock: ManualClock
) -> None:
    ran = allod("rights", "restrict", "ada", "--ground", "accuracy", "--json")
    assert ran.document["article"] == "GDPR 18(1)(a); PIPL 44, 46"
    shown = allod("rights", "show", "ada", "--json").document
    assert (shown["restricted"], shown["grounds"]) == (True, ["accuracy"])
    with opened(home, clock) as scenario:
        with pytest.raises(Refused):
            scenario.house.gate.list_records(CASE, "ada", "profile")
        with scenario.house.vault_db.write() as session:
            own = scenario.house.vault.reach.restrictions
            assert not own.release(session, scenario.subject("ada")).stands


def test_a_record_is_written_once_and_verifies(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: ManualClock
) -> None:
    out = tmp_path / "record.json"
    asked = ("rights", "record", "ada", "marketing.email", "--out", out)
    unnamed = allod(*asked, "--json")
    assert unnamed.document["error"]["code"] == "controller.unnamed"
    assert not out.exists()
    monkeypatch.setenv("ALLOD_CONTROLLER", "Acme GmbH")
    monkeypatch.setenv("ALLOD_CONTROLLER_URL", "https://acme.example/me")
    assert allod(*asked).code == ExitCode.OK
    with opened(home, clock) as scenario:
        policy = scenario.house.log.policy.encode()
    (tmp_path / "policy.txt").write_text(policy, encoding="utf-8")
    assert allod("verify", out, "--json").document["kind"] == "consent receipt"
    assert allod(*asked).code != ExitCode.OK
