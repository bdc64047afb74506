"""`allod policy propose | approve | activate | …`, each typed in somebody's name."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from bundles import shipped
from commands import Ran, allod
from documents import ROOT
from revisions import narrower, wider

from pdp.bundle.bundle import Bundle
from pdp.change.activator import Activator
from server.cli.console import ExitCode

WHY = ("--reason", "customers asked to be called back")
SCOPES = ("policies:propose", "policies:approve", "policies:activate")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One house for all; at the end of each test the shipped bundle is in force."""
    home = tmp_path_factory.mktemp("changes") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Activator.__init__.__kwdefaults__, "generated", 100)
        patch.setenv("ALLOD_HOME", str(home))
        patch.delenv("ALLOD_TOKEN_FILE", raising=False)
        assert allod("init", "--home", home, "--origin", "vault.test/allod").code == 0
        for name in ("ann", "ben", "cat"):
            (home.parent / f"{name}.token").write_text(token(name, *SCOPES))
        yield home


def token(name: str, *scopes: str) -> str:
    asked = [part for each in scopes for part in ("--scope", each)]
    made = allod("token", "new", "staff", name, "--role", "legal", *asked, "--json")
    return str(made.document["token"])


def policy(home: Path, who: str, *arguments: str | Path) -> Ran:
    file = home.parent / f"{who}.token"
    return allod("policy", *arguments, "--token-file", file)


def folder(home: Path, bundle: Bundle) -> Path:
    root = home.parent / "mine"
    for path, text in bundle.texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


def test_the_whole_way_there_and_back(home: Path) -> None:
    made = policy(home, "ann", "propose", folder(home, wider()))
    assert "proposal 1 by ann: open and opens something" in made.out
    assert "next: allod policy approve 1" in made.out
    own = policy(home, "ann", "approve", "1")
    assert own.code == ExitCode.REFUSED
    assert policy(home, "ben", "approve", "1").code == ExitCode.OK
    early = policy(home, "ann", "activate", "1", "--json")
    assert (early.code, early.document["ok"]) == (ExitCode.CONFLICT, False)
    said = policy(home, "cat", "approve", "1", "--widening", *WHY)
    assert "next: allod policy activate 1" in said.out
    assert "0 classes differ" in allod("policy", "shadow", "1").out
    done = policy(home, "ann", "activate", "1", "--json").document
    assert done["digest"] == wider().digest
    assert wider().digest in allod("policy", "history").out
    back = policy(home, "ann", "rollback", shipped().digest, *WHY, "--json").document
    assert back["proposal"]["state"] == "active"
    states = [
        it["state"] for it in allod("policy", "proposals", "--json").document["items"]
    ]
    assert states == ["active", "active"]


def test_a_proposal_is_taken_back(home: Path) -> None:
    made = policy(home, "ann", "propose", folder(home, narrower()), "--json").document
    assert made["changes"]
    number = str(made["proposal"]["number"])
    taken = policy(home, "ann", "withdraw", number).out
    assert "withdrawn" in taken
    assert "next: propose it anew" in taken
    assert policy(home, "ben", "approve", number).code == ExitCode.CONFLICT
    assert policy(home, "ben", "approve", "999").code == ExitCode.NOT_FOUND
    gone = policy(home, "ann", "rollback", "ab" * 32, *WHY)
    assert gone.code == ExitCode.NOT_FOUND


def test_a_token_opens_only_the_doors_of_its_scopes(home: Path) -> None:
    (home.parent / "eve.token").write_text(token("eve", "policies:approve"))
    for step in (
        ("propose", ROOT / "policies"),
        ("activate", "1"),
        ("rollback", shipped().digest, *WHY),
        ("withdraw", "1"),
    ):
        assert policy(home, "eve", *step).code == ExitCode.REFUSED
    missing = policy(home, "nobody", "approve", "1")
    assert missing.code == ExitCode.USAGE
    assert "--token-file" in missing.err
    (home.parent / "fake.token").write_text(f"al_staff_{'A' * 43}")
    wrong = policy(home, "fake", "approve", "1", "--json")
    assert (wrong.code, wrong.document["ok"]) == (ExitCode.USAGE, False)
    assert "AAAA" not in wrong.out + wrong.err


def test_after_a_change_that_was_meant_the_cases_are_written_anew(
    tmp_path: Path,
) -> None:
    mine = Path(shutil.copytree(ROOT / "policies", tmp_path / "mine"))
    tables = mine / "tables/data.json"
    changed = tables.read_text("utf-8").replace(
        '"contact": "last4"', '"contact": "drop"'
    )
    tables.write_text(changed, "utf-8")
    assert allod("policy", "test", "--policies", mine).code == ExitCode.NO
    ran = allod("policy", "accept", mine)
    assert (ran.code, "0 left to you" in ran.out) == (ExitCode.OK, True)
    assert allod("policy", "test", "--policies", mine).code == ExitCode.OK
    assert allod("policy", "accept", mine, "--json").document["items"] == []
