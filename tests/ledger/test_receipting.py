"""What is provisional until witnesses cosigned, and the proof that leads on."""

import one_verifier
import pytest
from allod.proofs import VerificationError
from ledgers import LedgerHouse, signer
from one_verifier import handed, verify_receipt
from witnesses import NearWitness, cosigner, panel, trusting

from kit.errors import Conflict, NotFound
from ledger import receipting
from ledger.files.mirror import Mirror
from ledger.formats.commitment import Opening
from ledger.formats.trust_policy import Provisional, TrustPolicy
from ledger.log import Log
from ledger.outside.cosigning import Cosigning
from ledger.receipting import QuorumStatus

ONE = TrustPolicy.parse(trusting(1))


def witnessed(house: LedgerHouse) -> Cosigning:
    return Cosigning(house.log, clock=house.clock, panel=panel(NearWitness(1)))


def contributed(house: LedgerHouse) -> tuple[int, Opening]:
    index, opening = house.contribute()
    house.log.publish()
    return index, opening


def test_a_checkpoint_stands_as_its_witnesses_say(house: LedgerHouse) -> None:
    house.published(5)
    first = house.log.resource("checkpoint").decode()
    assert house.log.standing(first) == QuorumStatus(provisional=False)
    asking = witnessed(house)
    assert house.log.standing(first) == QuorumStatus(provisional=True)
    with pytest.raises(Provisional) as refused:
        ONE.accept(first)
    assert refused.value.size == 5
    house.published(3)
    asking.run_once()
    standing = house.log.standing(first)
    assert not standing.provisional
    assert standing.proof == house.log.extension(5).encode().decode()
    assert one_verifier.trusting(ONE).verify_checkpoint(
        first, handed([house.log.extension(5)])
    )
    for size in (0, 9):
        with pytest.raises(NotFound):
            house.log.extension(size)


def test_a_log_without_witnesses_has_no_such_proof(house: LedgerHouse) -> None:
    house.published(5)
    with pytest.raises(Conflict) as refused:
        house.log.extension(5)
    assert refused.value.reason_code == "witness.none"


def test_a_cosigned_tree_is_found_though_witnesses_were_silent_for_long(
    house: LedgerHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipting, "LOOK_BACK", 3)
    asking = witnessed(house)
    index, opening = contributed(house)
    size = house.published(1).size
    asking.run_once()
    for _ in range(9):
        house.published(1)
    proof = house.log.extension(index + 1)
    assert (proof.old, house.log.publication.read(proof.note).checkpoint.size) == (
        index + 1,
        size,
    )
    shown = verify_receipt(house.log.receipt(index, opening), ONE)
    assert set(shown.witnessed) == {"w1"}
    with pytest.raises(Conflict):
        house.log.extension(size + 1)


def test_all_receipts_that_are_provisional_are_under_one_tree(
    house: LedgerHouse,
) -> None:
    asking = witnessed(house)
    known = [contributed(house) for _ in range(3)]
    asking.run_once()
    new = [contributed(house) for _ in range(3)]
    receipts = list(house.log.receipts([*known, *new]))
    assert len({each.note for each in receipts[:3]}) == 1
    assert len({each.note for each in receipts[3:]}) == 1
    tree = house.log.publication.read(receipts[-1].note).checkpoint.size
    for each in receipts[3:]:
        with pytest.raises(VerificationError, match="too few witnesses"):
            verify_receipt(each, ONE)
    house.published(7)
    asking.run_once()
    proof = house.log.extension(tree)
    for each in receipts:
        assert set(verify_receipt(each, ONE, [proof]).witnessed) == {"w1"}


def test_what_was_signed_under_a_name_that_was_given_up_stays_provisional(
    house: LedgerHouse,
) -> None:
    index, opening = contributed(house)
    note = house.log.receipt(index, opening).note
    new = signer("ledger.example/new", "another key")
    log = Log(
        house.database,
        signer=new,
        mirror=Mirror(house.mirror_folder),
        clock=house.clock,
        retired=[signer().verifier],
    )
    log.expect(ONE)
    house.append(1)
    tree = log.publish()
    line = cosigner(1).line(tree.encode(), 1_800_000_000)
    log.publication.add_cosignature(tree.size, line, cosigner(1).verifier)
    assert log.cosigned(tree.size) is not None
    assert log.standing(note) == QuorumStatus(provisional=True)
    newest = log.latest()
    assert newest is not None
    assert log.standing(newest.note) == QuorumStatus(provisional=False)
