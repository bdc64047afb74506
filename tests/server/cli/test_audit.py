"""`allod ledger audit` and `compare` on a log that this house has published."""

from pathlib import Path

import pytest
from commands import allod
from ledgers import LedgerHouse, entries
from paper_tiles import LOG, Files, lay, tree_files, with_entries
from paper_tiles import entries as bodies_of

from server.cli.console import ExitCode

BODIES = bodies_of(700)
WHOLE = tree_files(BODIES)
SEEN = 517


@pytest.fixture
def published(tmp_path: Path) -> LedgerHouse:
    house = LedgerHouse(tmp_path / "house")
    house.published(300)
    policy = house.log.policy.encode()
    (tmp_path / "policy.txt").write_text(policy, "utf-8")
    return house


def mirror(house: LedgerHouse) -> Path:
    return house.mirror_folder / "ledger"


def test_a_published_log_is_audited_and_then_only_what_is_new(
    published: LedgerHouse, tmp_path: Path
) -> None:
    options = ("--policy", tmp_path / "policy.txt", "--state", tmp_path / "state")
    first = allod("ledger", "audit", mirror(published), *options, "--json")
    assert (first.code, first.document["hashed"]) == (0, 300)
    published.published(400)
    again = allod("ledger", "audit", mirror(published), *options, "--json")
    assert (again.document["hashed"], again.document["tree"]) == (400, 700)
    full = allod("ledger", "audit", mirror(published), *options, "--full", "--json")
    assert (full.code, full.document["hashed"]) == (0, 700)
    published.close()


def test_damage_is_named_and_ends_with_one(
    published: LedgerHouse, tmp_path: Path
) -> None:
    bundle = mirror(published) / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes()[:-1] + b"?")
    policy = tmp_path / "policy.txt"
    ran = allod("ledger", "audit", mirror(published), "--policy", policy, "--json")
    assert (ran.code, ran.document["ok"]) == (1, False)
    assert (ran.document["code"], ran.document["first_bad"]) == ("damaged", 255)
    words = allod("ledger", "audit", mirror(published), "--policy", policy)
    assert "first bad    255" in words.out
    published.close()


def without(path: str) -> Files:
    return {each: data for each, data in WHOLE.items() if each != path}


def moved(*places: int) -> Files:
    """The log with entries handed round in its bundles: each takes the next's place."""
    bodies = list(BODIES)
    for place, taken in zip(places, (*places[1:], places[0]), strict=True):
        bodies[place] = BODIES[taken]
    return with_entries(WHOLE, bodies)


def forged(place: int) -> list[bytes]:
    return [*BODIES[:place], *bodies_of(1, "forged"), *BODIES[place + 1 :]]


def kept(files: Files) -> Files:
    """The files under the checkpoint that the log did sign."""
    return files | {"checkpoint": WHOLE["checkpoint"]}


KINDS: dict[str, tuple[Files, int | None]] = {
    "damaged": (with_entries(WHOLE, forged(600)), 600),
    "truncated": (without("tile/entries/002.p/188"), 512),
    "swapped": (moved(600, 601), 600),
    "reordered": (moved(530, 600, 650), 530),
    "rewritten": (kept(tree_files(forged(600))), SEEN),
    "rolled-back": (tree_files(BODIES[:300]), 300),
    "forked": (tree_files(forged(0)), 0),
    "split-view": (tree_files(forged(3)[:SEEN]), None),
    "refused": (WHOLE | {"checkpoint": WHOLE["checkpoint"][:-9] + b"=\n"}, None),
    "missing": (without("checkpoint"), None),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_named_with_its_first_entry_and_the_state_stays(
    tmp_path: Path, kind: str
) -> None:
    files, first_bad = KINDS[kind]
    policy, state = tmp_path / "policy.txt", tmp_path / "state"
    policy.write_text(f"log {LOG.vkey}\nquorum none\n", "utf-8")
    options = ("--policy", policy, "--state", state, "--json")
    options = (*options, "--evidence", tmp_path / "evidence.json")
    seen = lay(tmp_path / "seen", tree_files(BODIES[:SEEN]))
    assert allod("ledger", "audit", seen, *options).code == ExitCode.OK
    before = state.read_bytes()
    ran = allod("ledger", "audit", lay(tmp_path / "log", files), *options)
    assert (ran.code, ran.document["ok"]) == (ExitCode.NO, False)
    assert (ran.document["code"], ran.document.get("first_bad")) == (kind, first_bad)
    assert state.read_bytes() == before


def test_a_split_view_leaves_evidence_that_verify_accepts(
    published: LedgerHouse, tmp_path: Path
) -> None:
    other = LedgerHouse(tmp_path / "other")
    other.append(1)
    other.published(301)
    kept = tmp_path / "evidence.json"
    options = ("--policy", tmp_path / "policy.txt", "--evidence", kept, "--json")
    ahead = allod("ledger", "compare", mirror(published), mirror(other), *options)
    assert (ahead.code, ahead.document["relation"]) == (0, "second-ahead")
    liar = LedgerHouse(tmp_path / "liar")
    liar.add(entries(50, 9_000))
    liar.log.publish()
    ran = allod("ledger", "compare", mirror(liar), mirror(other), *options)
    assert (ran.code, ran.document["relation"]) == (1, "split-view")
    verified = allod("verify", kept, "--json")
    assert (verified.code, verified.document["kind"]) == (0, "split view")
    assert verified.document["facts"]["trees"] == [50, 302]
    for house in (published, other, liar):
        house.close()


def test_an_address_where_nobody_answers_decides_nothing(tmp_path: Path) -> None:
    policy = tmp_path / "policy.txt"
    policy.write_text("quorum none\n", "utf-8")
    address = "http://127.0.0.1:1/ledger"
    ran = allod("ledger", "audit", address, "--policy", policy, "--json")
    assert (ran.code, ran.document["error"]["code"]) == (5, "unreachable")
    assert [each.name for each in tmp_path.iterdir()] == ["policy.txt"]
