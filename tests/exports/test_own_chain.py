"""A real export whose chain was damaged: what is wrong, and where, and nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allod.proofs import VerificationError
from archives import pack, unpack
from commands import allod
from houses import Scenario
from one_verifier import verify_own_chain

from ledger.formats.trust_policy import TrustPolicy
from server.cli.console import ExitCode

Entries = list[dict[str, Any]]
Damage = Callable[[Entries, Entries], None]


@pytest.fixture
def exported(scenario: Scenario) -> dict[str, dict[str, bytes]]:
    """Two customers' exports, of five entries and of three."""
    for name, ideas in (("ada", 3), ("bob", 1)):
        scenario.customer(name)
        for _ in range(ideas):
            scenario.idea(name)
        scenario.grant(name)
    scenario.house.log.publish()
    return {
        name: unpack(b"".join(scenario.house.exports.write(scenario.subject(name))))
        for name in ("ada", "bob")
    }


def entries_of(files: dict[str, bytes]) -> Entries:
    entries: Entries = json.loads(files["chain.json"])["entries"]
    return entries


def gap(ada: Entries, bob: Entries) -> None:
    del ada[2]


def beheaded(ada: Entries, bob: Entries) -> None:
    del ada[0]


def swap(ada: Entries, bob: Entries) -> None:
    ada[1], ada[2] = ada[2], ada[1]


def turn(ada: Entries, bob: Entries) -> None:
    ada.reverse()


def repeat(ada: Entries, bob: Entries) -> None:
    ada.insert(3, ada[1])


def slip_in(ada: Entries, bob: Entries) -> None:
    ada.insert(2, bob[1])


def slip_in_first(ada: Entries, bob: Entries) -> None:
    ada.insert(0, bob[0])


def replaced(ada: Entries, bob: Entries) -> None:
    ada[3] = bob[2]


def reworded(ada: Entries, bob: Entries) -> None:
    ada[3]["content"] = ada[3]["content"].replace("marketing", "analytics")


def relabelled(ada: Entries, bob: Entries) -> None:
    ada[1]["opening"]["link"]["subject"] = bob[0]["opening"]["link"]["subject"]


def resalted(ada: Entries, bob: Entries) -> None:
    ada[1]["opening"]["salt"] = bob[0]["opening"]["salt"]


def moved(ada: Entries, bob: Entries) -> None:
    ada[2]["index"] = ada[0]["index"]


def other_receipt(ada: Entries, bob: Entries) -> None:
    ada[4]["receipt"] = ada[3]["receipt"]


DAMAGES: list[tuple[Damage, str]] = [
    (gap, "the chain has a gap before entry 3: number 4 stands there"),
    (beheaded, "the chain has a gap before entry 1: number 2 stands there"),
    (swap, "entry 2 is out of the chain's order: number 3 stands there"),
    (turn, "entry 1 is out of the chain's order: number 5 stands there"),
    (repeat, "entry 4 is out of the chain's order: number 2 stands there"),
    (slip_in, "entry 3 is of another chain"),
    (slip_in_first, "entry 1 is of another chain"),
    (replaced, "entry 4 is of another chain"),
    (reworded, "entry 4: its payload commits to another content"),
    (relabelled, "entry 2: its payload commits to another link"),
    (moved, "entry 3 is not after the one before it in the log"),
    (other_receipt, "entry 5: a receipt is of another entry"),
]


def test_the_chain_of_a_real_export_verifies(
    scenario: Scenario, exported: dict[str, dict[str, bytes]]
) -> None:
    found = verify_own_chain(pack(exported["ada"]), scenario.house.log.policy)
    assert (found.entries, found.proven) == (5, 5)


@pytest.mark.parametrize(
    ("damage", "said"), DAMAGES, ids=[damage.__name__ for damage, _ in DAMAGES]
)
def test_each_damage_is_told_apart_and_named_by_its_position(
    scenario: Scenario, exported: dict[str, dict[str, bytes]], damage: Damage, said: str
) -> None:
    assert refusal(scenario.house.log.policy, exported, damage).startswith(said)


def test_another_salt_leads_to_another_commitment_and_breaks_the_chain_behind_it(
    scenario: Scenario, exported: dict[str, dict[str, bytes]]
) -> None:
    said = refusal(scenario.house.log.policy, exported, resalted)
    assert said == "entry 3 is of another chain"


def refusal(
    policy: TrustPolicy, exported: dict[str, dict[str, bytes]], damage: Damage
) -> str:
    with pytest.raises(VerificationError) as refused:
        verify_own_chain(damaged(exported, damage), policy)
    return str(refused.value)


def damaged(exported: dict[str, dict[str, bytes]], damage: Damage) -> bytes:
    ada, bob = entries_of(exported["ada"]), entries_of(exported["bob"])
    damage(ada, bob)
    document = json.dumps({"v": 1, "entries": ada}, ensure_ascii=False)
    theirs = {path: exported["bob"][path] for path in exported["bob"] if "/" in path}
    return pack({**theirs, **exported["ada"], "chain.json": document.encode()})


def test_the_command_says_it_and_ends_with_1(
    scenario: Scenario, exported: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    policy, archive = tmp_path / "policy.txt", tmp_path / "export.zip"
    policy.write_text(scenario.house.log.policy.encode())
    archive.write_bytes(pack(exported["ada"]))
    ran = allod("verify", "chain", archive, "--json")
    assert (ran.code, ran.document["facts"]["entries"]) == (0, 5)
    archive.write_bytes(damaged(exported, swap))
    ran = allod("verify", "chain", archive, "--json")
    assert ran.code == ExitCode.NO
    assert ran.document["why"].startswith("entry 2 is out of the chain's order")


def test_a_chain_is_looked_for_in_an_export_alone(tmp_path: Path) -> None:
    policy, other = tmp_path / "policy.txt", tmp_path / "chain"
    policy.write_text("quorum none\n")
    other.write_bytes(b"no archive")
    for words in (["verify", "chain", other], ["verify", policy, other]):
        assert allod(*words, "--json").code == ExitCode.USAGE
