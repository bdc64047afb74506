"""`allod org | assign | grant | hold | restrict | reach`, as they are typed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import Ran, allod

from kit.clock import iso
from kit.settings import Settings
from server.auth.principals import operating
from server.cli.console import ExitCode
from server.house.wiring import open_house
from vault import NewCustomer

SCOPES = (
    *("org:write", "assignments:write", "grants:write"),
    *("holds:write", "restrictions:write"),
)
WHY = ("--reason", "a complaint that cannot wait")
LATER = ("--until", "2099-01-01T00:00:00Z")
ORG = """version: 1
units:
  - unit: school
    kind: school
    posts: [{staff: kim, until: "2099-01-01T00:00:00Z"}]
    units: [{unit: north, kind: campus}]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("reach") / "home"
    assert allod("init", "--home", home, "--origin", "vault.test/allod").code == 0
    with open_house(Settings(home=home)) as house:
        opening = operating("service.registration", region="eu")
        house.registration.register(opening, NewCustomer("ada", "eu", "no"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ALLOD_HOME", str(home))
        (home.parent / "ann.token").write_text(token("ann"))
        patched.setenv("ALLOD_TOKEN_FILE", str(home.parent / "ann.token"))
        yield home


def token(name: str, *scopes: str) -> str:
    asked = [part for each in scopes or SCOPES for part in ("--scope", each)]
    made = allod(
        *("token", "new", "staff", name, "--role", "privacy_officer"),
        *("--purpose", "account.care"),
        *(*asked, "--json"),
    )
    return str(made.document["token"])


def stands() -> dict[str, object]:
    return allod("reach", "ada", "--json").document


def test_an_organisation_comes_from_a_file_and_is_shown(home: Path) -> None:
    file = home.parent / "org.yaml"
    file.write_text(ORG)
    assert "2 units and 1 posts" in allod("org", "import", file).out
    shown = allod("org", "show")
    assert "school (school): kim until 2099-01-01T00:00:00Z" in shown.out
    assert "  north (campus)" in shown.out
    document = allod("org", "show", "--json").document
    assert [each["unit"] for each in document["units"]] == ["north", "school"]
    file.write_text(ORG.replace("north", "The North"))
    wrong = allod("org", "import", file)
    assert wrong.code == ExitCode.USAGE
    assert "org.yaml:6:20:" in wrong.err


def test_units_posts_and_placements_one_by_one(home: Path) -> None:
    steps: tuple[tuple[str, ...], ...] = (
        ("set", "east", "--kind", "campus"),
        ("set", "grade.1", "--kind", "grade", "--within", "east"),
        ("post", "lee", "east", *LATER),
        ("place", "ada", "grade.1"),
    )
    for step in steps:
        assert allod("org", *step).code == ExitCode.OK
    assert stands()["units"] == ["grade.1"]
    assert allod("org", "remove", "grade.1").code == ExitCode.CONFLICT
    for step in (
        ("displace", "ada", "grade.1"),
        ("unpost", "lee", "east"),
        ("remove", "grade.1"),
        ("remove", "east"),
    ):
        assert allod("org", *step).code == ExitCode.OK
    assert stands()["units"] == []


def test_an_assignment_begins_and_ends(home: Path) -> None:
    assert allod("assign", "kim", "ada", *LATER).code == ExitCode.OK
    assert stands()["assignments"] == [{"staff": "kim", "until": LATER[1]}]
    assert allod("assign", "kim", "ada", "--end").code == ExitCode.OK
    assert stands()["assignments"] == []
    assert allod("assign", "kim", "ada").code == ExitCode.USAGE
    assert allod("assign", "kim", "ada", "--until", "soon").code == ExitCode.USAGE
    assert allod("assign", "ann", "ada", *LATER).code == ExitCode.REFUSED


def test_a_grant_is_refused_for_longer_than_a_week(home: Path) -> None:
    asked = ("grant", "give", "kim", "ada", "--purpose", "support.case", *WHY)
    refused = allod(*asked, *LATER, "--json")
    assert refused.code == ExitCode.USAGE
    assert refused.document["error"]["fix"]
    assert allod(*asked, "--until", iso(datetime.now(UTC))).code == ExitCode.USAGE


def test_a_grant_is_given_and_revoked(home: Path) -> None:
    until = iso(datetime.now(UTC) + timedelta(days=2))
    asked = ("grant", "give", "kim", "ada", "--purpose", "support.case", *WHY)
    made = allod(*asked, "--until", until, "--json")
    assert made.code == ExitCode.OK
    grant_id = made.document["grant_id"]
    assert grant_id in allod("reach", "ada").out
    assert allod("grant", "revoke", "ada", grant_id).code == ExitCode.OK
    assert allod("grant", "revoke", "ada", grant_id).code == ExitCode.NOT_FOUND
    assert allod("grant", "revoke", "ada", "x").code == ExitCode.NOT_FOUND


def test_a_hold_keeps_an_account_from_erasure(home: Path, tmp_path: Path) -> None:
    held = allod("hold", "set", "ada", *WHY, "--json").document["hold_id"]
    erased = ("erase", "ada", "--yes", "--json", "--out", tmp_path / "c.json")
    refused = allod(*erased)
    assert refused.code == ExitCode.REFUSED
    assert refused.document["error"]["code"] == "hold.erasure"
    assert not (tmp_path / "c.json").exists()
    assert allod("hold", "lift", "ada", held, *WHY).code == ExitCode.OK
    assert stands()["holds"] == []


def test_an_account_is_restricted_and_opened(home: Path) -> None:
    assert allod("restrict", "ada", *WHY).code == ExitCode.OK
    assert stands()["state"] == "restricted"
    assert allod("restrict", "ada", *WHY).code == ExitCode.CONFLICT
    assert allod("restrict", "ada", "--lift", *WHY).code == ExitCode.OK
    assert stands()["state"] == "active"


def test_what_the_customer_restricted_takes_the_instant_of_telling_them(
    home: Path,
) -> None:
    ran = allod("rights", "restrict", "ada", "--ground", "claims")
    assert ran.code == ExitCode.OK
    lift = ("restrict", "ada", "--lift", *WHY, "--json")
    untold = allod(*lift)
    assert untold.code == ExitCode.CONFLICT
    assert untold.document["error"]["code"] == "restriction.customers"
    for wrong in ("2020-01-01T00:00:00Z", LATER[1], "yesterday"):
        assert allod(*lift, "--told", wrong).code == ExitCode.USAGE
    assert stands()["state"] == "restricted"
    now = iso(datetime.now(UTC))
    assert allod("restrict", "ada", "--told", now, *WHY).code == ExitCode.USAGE
    assert allod(*lift, "--told", now).code == ExitCode.OK
    assert stands()["state"] == "active"


def test_no_step_is_taken_without_a_token_that_is_good_for_it(home: Path) -> None:
    other = home.parent / "ben.token"
    other.write_text(token("ben", "reach:read"))
    steps: tuple[tuple[str, ...], ...] = (
        ("org", "remove", "school"),
        ("assign", "kim", "ada", "--end"),
        ("grant", "revoke", "ada", "0" * 32),
        ("hold", "set", "ada", *WHY),
        ("restrict", "ada", *WHY),
    )
    for step in steps:
        refused: Ran = allod(*step, "--token-file", other, "--json")
        assert refused.code == ExitCode.REFUSED
        assert refused.document["error"]["code"] == "token.scope"
        assert allod(*step, "--token-file", home / "none").code == ExitCode.USAGE


def test_no_answer_names_the_customer(home: Path) -> None:
    assert "ada" not in json.dumps(stands())
