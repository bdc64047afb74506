"""`allod ledger audit` and `compare` on a log that this house has published."""

from pathlib import Path

import pytest
from commands import allod
from ledgers import LedgerHouse, entries


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
