"""What a hand in the stores' files would like to read through a running house."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from by_hand import named, written
from commands import allod
from houses import CASE, Scenario, caring, opened
from reaching import KIM, care, grant, post, reaches, soon, unit

from kit.db import Database
from kit.errors import Conflict, IntegrityFault, NotFound, Unavailable
from pdp.decision.question import Kind
from server.app import create_app
from server.auth.principals import Bearer, Scope
from server.auth.tokens import Tokens
from server.cli.console import ExitCode
from vault import Question, WriteResult
from vault.gate.question import Principal

YEAR = timedelta(days=365)


@pytest.fixture
def profile(scenario: Scenario) -> WriteResult:
    scenario.customer("ada")
    return scenario.profile("ada")


def _mint(scenario: Scenario, life: timedelta = YEAR) -> str:
    principal = Principal(Kind.SERVICE, "shop", roles=("support",))
    bearer = Bearer(principal, ("support.case",), (Scope.RECORDS_READ,))
    with scenario.house.vault_db.write() as session:
        return scenario.house.tokens.mint(session, bearer, life=life)


def _tokens(scenario: Scenario) -> Tokens:
    return scenario.house.tokens


TOKEN_EDITS = {
    "more roles": 'roles = \'["support", "legal"]\'',
    "more purposes": "purposes = '[\"marketing.email\"]'",
    "more scopes": f"scopes = '{json.dumps(['records:read', 'policies:propose'])}'",
    "another name": "name = 'intranet'",
    "another kind": "kind = 'staff'",
    "another region": "region = 'cn'",
    "more assurance": "assurance = 3",
    "a longer life": "expires = expires + 86400",
    "an earlier birth": "created = created - 1",
    "a text for a number": "expires = '99999999999'",
    "no MAC": "mac = NULL",
    "another MAC": "mac = zeroblob(32)",
}


@pytest.mark.parametrize("edit", TOKEN_EDITS.values(), ids=TOKEN_EDITS)
def test_a_token_widened_by_hand_is_nobodys(scenario: Scenario, edit: str) -> None:
    text = _mint(scenario)
    assert _tokens(scenario).find(text)
    written(scenario.house.vault_db, f"UPDATE server_token SET {edit}")  # noqa: S608 - stands above
    assert _tokens(scenario).find(text) is None
    assert "token" in named(scenario)


def test_a_token_put_in_by_hand_is_nobodys(scenario: Scenario) -> None:
    known, made = _mint(scenario), "al_service_" + "A" * 43
    written(
        scenario.house.vault_db,
        "INSERT INTO server_token SELECT"
        " x'" + _sha256(made) + "', kind, name, subject, roles, purposes, scopes,"
        " region, assurance, created, expires, revoked, version, mac"
        " FROM server_token",
    )
    assert _tokens(scenario).find(made) is None
    assert _tokens(scenario).find(known)
    assert "token" in named(scenario)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("life", [timedelta(hours=1), YEAR])
def test_a_revoked_token_stays_revoked_whatever_is_written(
    scenario: Scenario, life: timedelta
) -> None:
    text = _mint(scenario, life)
    with scenario.house.vault_db.write() as session:
        assert _tokens(scenario).revoke(session, "shop") == 1
    written(scenario.house.vault_db, "UPDATE server_token SET revoked = NULL")
    assert _tokens(scenario).find(text) is None
    written(scenario.house.vault_db, "UPDATE server_token SET version = 1")
    assert _tokens(scenario).find(text) is None


def test_a_revoked_token_that_is_set_back_whole_is_named(scenario: Scenario) -> None:
    _mint(scenario)
    written(scenario.house.vault_db, "CREATE TABLE kept AS SELECT * FROM server_token")
    with scenario.house.vault_db.write() as session:
        _tokens(scenario).revoke(session, "shop")
    assert named(scenario) == []
    back = "INSERT OR REPLACE INTO server_token SELECT * FROM kept"
    written(scenario.house.vault_db, back, "DROP TABLE kept")
    assert named(scenario) == ["token"]


def test_a_long_lived_token_that_is_taken_away_is_named(scenario: Scenario) -> None:
    _mint(scenario)
    written(scenario.house.vault_db, "DELETE FROM server_token")
    assert named(scenario) == ["token"]


def test_minting_and_revoking_are_entries_and_a_short_token_has_none(
    scenario: Scenario,
) -> None:
    _mint(scenario, timedelta(hours=1))
    assert list(scenario.house.log.operators("token.created")) == []
    _mint(scenario)
    with scenario.house.vault_db.write() as session:
        _tokens(scenario).revoke(session, "shop")
    kinds = ("token.created", "token.revoked")
    said = [facts for kind in kinds for _, facts in scenario.house.log.operators(kind)]
    assert [each["name"] for each in said] == [
        scenario.house.vault.pseudonym("shop")
    ] * 2
    assert said[0]["token"] == said[1]["token"]
    assert said[0]["row"] != said[1]["row"]
    with scenario.house.vault_db.read() as session:
        entries = {each.entry for each in _tokens(scenario).list(session)}
    assert len(entries) == 2
    assert None in entries


def test_swapped_handles_open_nobodys_account(
    scenario: Scenario, profile: WriteResult
) -> None:
    scenario.customer("bob")
    ada, bob = scenario.subject("ada"), scenario.subject("bob")
    swap = "UPDATE identity_customer SET handle = {} WHERE subject = x'{}'"
    of = "(SELECT handle FROM identity_customer WHERE subject = x'{}')"
    written(
        scenario.house.identity_db,
        "CREATE TABLE kept AS SELECT * FROM identity_customer",
        swap.format("x'00'", ada.hex()),
        swap.format(
            of.format(ada.hex()).replace("identity_customer", "kept"), bob.hex()
        ),
        swap.format(
            of.format(bob.hex()).replace("identity_customer", "kept"), ada.hex()
        ),
        "DROP TABLE kept",
    )
    resolve = scenario.house.customers.subject_of
    assert (resolve("ada"), resolve("bob")) == (None, None)
    with pytest.raises(NotFound):
        scenario.house.gate.list_records(CASE, "bob", "profile")
    with pytest.raises(IntegrityFault):
        scenario.register("bob")
    assert "row" in named(scenario)


def test_whoever_is_erased_under_anothers_handle_stays_out(scenario: Scenario) -> None:
    subject = scenario.customer("ada")
    forged = scenario.house.vault.rows.of("identity_customer", b"another's").hex()
    hand = f"UPDATE identity_customer SET handle = x'{forged}'"  # noqa: S608 - a hash
    written(scenario.house.identity_db, hand)
    scenario.house.erasure.erase(subject)
    with pytest.raises(Conflict):
        scenario.register("ada", minor="unknown")


OF_AGE = "SELECT number FROM vault_customer_class WHERE minor = 'no'"


@pytest.mark.parametrize(
    "edit",
    [
        f"UPDATE vault_subject SET class_number = ({OF_AGE})",  # noqa: S608 - stands above
        "UPDATE vault_subject SET version = version + 1",
        "UPDATE vault_subject SET mac = NULL",
        "UPDATE vault_customer_class SET minor = 'unknown' WHERE minor = 'yes'",
        "UPDATE vault_customer_class SET region = 'us' WHERE minor = 'yes'",
        "DELETE FROM vault_customer_class WHERE minor = 'yes'",
    ],
)
def test_a_minor_is_not_made_of_age_by_hand(scenario: Scenario, edit: str) -> None:
    scenario.customer("ada")
    scenario.register("tom", minor="yes")
    kept = scenario.profile("tom")
    assert scenario.read(CASE, "tom", kept).values
    hand = edit.replace("UPDATE vault_subject", "UPDATE OR IGNORE vault_subject")
    written(scenario.house.vault_db, hand)
    with opened(scenario.home, scenario.clock) as later:
        with pytest.raises(NotFound):
            later.read(CASE, "tom", kept)
        assert named(later) != []


def test_a_restriction_is_not_lifted_by_hand(
    scenario: Scenario, profile: WriteResult
) -> None:
    scenario.customer("bob")
    care(scenario).restrictions.restrict(caring("ann"), "ada", reason="they asked")
    written(
        scenario.house.vault_db,
        "UPDATE vault_subject SET class_number = (SELECT number FROM"
        " vault_customer_class WHERE state = 'active')",
    )
    with pytest.raises(NotFound):
        scenario.read(CASE, "ada", profile)


REACH = {
    "an assignment": (
        "INSERT INTO vault_assignment SELECT 'kim', subject, 99999999999, 1, {mac}"
        " FROM vault_subject"
    ),
    "a placement": (
        "INSERT INTO vault_placement SELECT subject, 'south', {mac} FROM vault_subject"
    ),
    "a post": "INSERT INTO vault_post VALUES ('kim', 'north', 99999999999, 1, {mac})",
    "a line between units": (
        "INSERT INTO vault_unit_closure VALUES ('north', 'south', 1, {mac})"
    ),
    "a grant": (
        "INSERT INTO vault_access_grant SELECT subject, randomblob(16), 'kim',"
        " 'support.case', 99999999999, {mac} FROM vault_subject"
    ),
}


@pytest.mark.parametrize(
    "mac", ["NULL", "zeroblob(32)", "(SELECT mac FROM vault_unit)"]
)
@pytest.mark.parametrize("hand", REACH.values(), ids=REACH)
def test_nobody_reaches_further_by_hand(
    scenario: Scenario, profile: WriteResult, hand: str, mac: str
) -> None:
    unit(scenario, "north")
    unit(scenario, "south")
    care(scenario).organisation.place(caring("ann"), "ada", "north")
    post(scenario, "south")
    assert not reaches(scenario, profile)
    written(scenario.house.vault_db, hand.format(mac=mac))
    assert not reaches(scenario, profile)
    with pytest.raises(NotFound):
        scenario.house.gate.list_records(
            Question(KIM, "support.case"), "ada", "profile"
        )
    assert named(scenario) != []


@pytest.mark.parametrize(
    "hand",
    [
        "UPDATE vault_assignment SET until = 99999999999",
        "UPDATE vault_assignment SET staff = 'kim'",
        "UPDATE vault_access_grant SET until = 99999999999",
        "UPDATE vault_access_grant SET staff = 'kim'",
        "UPDATE vault_post SET until = 99999999999",
        "UPDATE vault_post SET staff = 'kim'",
    ],
)
def test_what_has_ended_or_is_a_colleagues_is_not_taken_by_hand(
    scenario: Scenario, profile: WriteResult, hand: str
) -> None:
    unit(scenario, "north")
    care(scenario).organisation.place(caring("ann"), "ada", "north")
    for staff in ("kim", "lee"):
        care(scenario).assignments.assign(
            caring("ann"), "ada", staff=staff, until=soon(scenario)
        )
        grant(scenario, staff)
        post(scenario, "north", staff)
    scenario.clock.advance(days=8)
    written(scenario.house.vault_db, hand.replace("UPDATE", "UPDATE OR REPLACE"))
    assert not reaches(scenario, profile)
    assert named(scenario) != []


def test_a_record_class_renamed_by_hand_opens_nothing(
    scenario: Scenario, profile: WriteResult
) -> None:
    written(
        scenario.house.vault_db,
        "UPDATE vault_record_class SET classes = '[\"preference\"]'",
    )
    with opened(scenario.home, scenario.clock) as later:
        with pytest.raises(Unavailable):
            later.read(CASE, "ada", profile)
        assert "row" in named(later)


@pytest.mark.parametrize(
    ("hand", "found"),
    [
        ("UPDATE identity_suppressed SET until = 0", True),
        ("DELETE FROM identity_suppressed", False),
    ],
)
def test_the_erased_are_kept_out_whatever_is_written_or_it_is_named(
    scenario: Scenario, hand: str, *, found: bool
) -> None:
    scenario.house.erasure.erase(scenario.customer("ada"))
    written(scenario.house.identity_db, hand)
    scenario.house.erasure.erase(scenario.customer("bob"))
    if found:
        with pytest.raises(Conflict):
            scenario.register("ada", minor="unknown")
    assert "row" in named(scenario)


# Set back whole, with the MAC that they once had: found, not prevented.


def _kept(scenario: Scenario, table: str) -> str:
    """Keep a table as it is; gives the statement that puts it back."""
    written(scenario.house.vault_db, f"CREATE TABLE kept AS SELECT * FROM {table}")  # noqa: S608
    return f"INSERT OR REPLACE INTO {table} SELECT * FROM kept"  # noqa: S608 - our own names


def _set_back(scenario: Scenario, back: str) -> list[str]:
    assert named(scenario) == []
    written(scenario.house.vault_db, back, "DROP TABLE kept")
    return named(scenario)


def test_a_post_that_was_ended_and_is_set_back_is_named(scenario: Scenario) -> None:
    unit(scenario, "north")
    post(scenario, "north")
    back = _kept(scenario, "vault_post")
    care(scenario).organisation.unpost("kim", "north", by="ann")
    assert _set_back(scenario, back) == ["org"]


def test_a_line_between_units_that_is_set_back_is_named(scenario: Scenario) -> None:
    unit(scenario, "north")
    unit(scenario, "south", "north")
    back = _kept(scenario, "vault_unit_closure")
    unit(scenario, "south")
    assert _set_back(scenario, back) == ["org"]


def test_a_restriction_and_an_assignment_that_are_set_back_are_named(
    scenario: Scenario,
) -> None:
    scenario.customer("ada")
    care(scenario).assignments.assign(
        caring("ann"), "ada", staff="kim", until=soon(scenario)
    )
    back = _kept(scenario, "vault_assignment")
    care(scenario).assignments.unassign(caring("ann"), "ada", staff="kim")
    assert _set_back(scenario, back) == ["arranged"]
    care(scenario).assignments.assign(
        caring("ann"), "ada", staff="kim", until=soon(scenario)
    )
    back = _kept(scenario, "vault_subject")
    care(scenario).restrictions.restrict(caring("ann"), "ada", reason="they asked")
    assert _set_back(scenario, back) == ["arranged"]


# Through the door: the commands, and a route.


def test_the_commands_show_a_tokens_entry_and_name_a_token_put_in_by_hand(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    at = ("--home", home, "--json")
    assert allod("init", *at).code == ExitCode.OK
    for days in ("1", "30"):
        role = ("--role", "support", "--days", days)
        allod("token", "new", "service", f"shop-{days}", *role, *at)
    listed = allod("token", "list", *at).document["items"]
    entries = {each["name"]: each["entry"] for each in listed}
    assert entries["shop-1"] is None
    assert isinstance(entries["shop-30"], int)
    assert allod("ledger", "fsck", *at).code == ExitCode.OK
    database = Database(home / "data" / "vault.db")
    written(database, "UPDATE server_token SET roles = '[\"legal\"]'")
    ran = allod("ledger", "fsck", *at)
    assert ran.code == ExitCode.NO
    assert {each["code"] for each in ran.document["findings"]} == {"token"}
    assert allod("token", "list", *at).document["items"] == []


async def test_a_token_edited_by_hand_is_turned_away_at_the_door(
    scenario: Scenario, profile: WriteResult
) -> None:
    headers = {"Authorization": f"Bearer {_mint(scenario)}"}
    path = f"/v1/customers/ada/records/{profile.record.hex()}?purpose=support.case"
    transport = httpx.ASGITransport(create_app(scenario.house))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://vault"
    ) as client:
        assert (await client.get(path, headers=headers)).status_code == 200
        written(scenario.house.vault_db, "UPDATE server_token SET region = 'us'")
        assert (await client.get(path, headers=headers)).status_code == 401
