"""Cosigning: what a log asks of its witnesses, and what two histories come to."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from allod.proofs import TrustPolicy as TheirPolicy
from allod.proofs import VerificationError, verify_receipt
from ledgers import LedgerHouse, entries, stamped
from witnesses import NearWitness, cosigner, panel, trusting

from ledger.formats.commitment import Opening
from ledger.formats.note import with_lines
from ledger.formats.signing import NoteError
from ledger.outside.cosigning import (
    PATIENCE,
    RETRY,
    Cosigning,
    WitnessAnswer,
    WitnessSet,
    WitnessTarget,
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[LedgerHouse]:
    house = LedgerHouse(tmp_path / "house")
    yield house
    house.close()


def cosigning(house: LedgerHouse, *witnesses: NearWitness) -> Cosigning:
    return Cosigning(house.log, clock=house.clock, panel=panel(*witnesses))


def verify(receipt: str, policy: str) -> set[str]:
    """Verify a receipt; gives the witnesses."""
    return set(verify_receipt(receipt, TheirPolicy.parse(policy)).witnessed)


def refuse(receipt: str, policy: str) -> None:
    with pytest.raises(VerificationError, match="too few witnesses"):
        verify_receipt(receipt, TheirPolicy.parse(policy))


def contributed(house: LedgerHouse) -> tuple[int, Opening]:
    index, opening = house.contribute()
    house.log.publish()
    return index, opening


def test_a_receipt_reaches_the_quorum_once_it_was_cosigned(house: LedgerHouse) -> None:
    first, second = NearWitness(1), NearWitness(2)
    asking = cosigning(house, first, second)
    for _ in range(4):
        index, opening = contributed(house)
        bare = house.log.receipt(index, opening).encode()
        refuse(bare, trusting(1, 2))
        asking.run_once()
        receipt = house.log.receipt(index, opening).encode()
        assert verify(receipt, trusting(1, 2)) == {"w1", "w2"}
        assert verify(receipt, trusting(2, 3, least="any")) == {"w2"}
        refuse(receipt, trusting(1, 2, 3))
        house.append(300)
    # After the first, each is asked once a checkpoint, with a proof from its own size.
    assert first.asked == second.asked == 4


def test_a_receipt_is_made_under_the_newest_checkpoint_that_has_the_quorum(
    house: LedgerHouse,
) -> None:
    asking = cosigning(house, NearWitness(1), NearWitness(2))
    older, newer = contributed(house), house.contribute()
    asking.run_once()
    house.log.publish()
    assert verify(house.log.receipt(*older).encode(), trusting(1, 2)) == {"w1", "w2"}
    refuse(house.log.receipt(*newer).encode(), trusting(1, 2))
    asking.run_once()
    for one in (older, newer):
        receipt = house.log.receipt(*one)
        assert verify(receipt.encode(), trusting(1, 2)) == {"w1", "w2"}
        assert receipt.note == house.log.resource("checkpoint").decode()


def test_cosignatures_are_on_the_mirror_and_the_log_is_still_whole(
    house: LedgerHouse,
) -> None:
    house.published(5)
    cosigning(house, NearWitness(1)).run_once()
    note = house.log.resource("checkpoint").decode()
    assert note == (house.mirror_folder / "ledger" / "checkpoint").read_text()
    assert note.count("— ") == 2
    again = house.again()
    assert again.repair().size == 5
    assert again.resource("checkpoint").decode() == note


def test_a_witness_that_knows_an_older_size_says_so(house: LedgerHouse) -> None:
    witness = NearWitness(1)
    house.published(5)
    cosigning(house, witness).run_once()
    house.published(300)
    cosigning(house, witness).run_once()
    assert witness.asked == 3
    assert witness.seen is not None
    assert witness.seen.size == 305


def test_a_witness_that_is_down_stops_nobody_and_is_asked_later(
    house: LedgerHouse, caplog: pytest.LogCaptureFixture
) -> None:
    down, up = NearWitness(1, down=True), NearWitness(2)
    asking = cosigning(house, down, up)
    house.published(5)
    asking.run_once()
    asking.run_once()
    assert (down.asked, up.asked) == (1, 1)
    house.clock.advance(seconds=PATIENCE.total_seconds() + 1)
    with caplog.at_level(logging.ERROR):
        asking.run_once()
        asking.run_once()
    assert [each.msg for each in caplog.records] == ["too few witnesses cosign"]
    down.down = False
    house.clock.advance(seconds=RETRY.total_seconds())
    asking.run_once()
    policy = replace(panel(down, up).policy, logs=house.log.verifiers)
    assert len(policy.accept(house.log.resource("checkpoint")).witnessed) == 2


@pytest.mark.parametrize(
    "answer",
    [
        WitnessAnswer(200, b""),
        WitnessAnswer(200, b"\xff\n"),
        WitnessAnswer(200, cosigner(1).line("another text\n", 1).encode()),
        WitnessAnswer(200, cosigner(2).line("another text\n", 1).encode()),
        WitnessAnswer(409, b"five\n"),
        WitnessAnswer(409, b"007\n"),
        WitnessAnswer(500, b""),
    ],
)
def test_a_wrong_answer_changes_nothing(
    house: LedgerHouse, answer: WitnessAnswer
) -> None:
    class Wrong:
        def add_checkpoint(self, body: bytes) -> WitnessAnswer:
            assert body.startswith(b"old 0\n\n")
            return answer

    house.published(5)
    before = house.log.resource("checkpoint")
    policy = panel(NearWitness(1)).policy
    wrong = WitnessSet((WitnessTarget(cosigner(1).verifier, Wrong()),), policy)
    Cosigning(house.log, clock=house.clock, panel=wrong).run_once()
    assert house.log.resource("checkpoint") == before


def test_lines_of_others_are_left_out(house: LedgerHouse) -> None:
    house.published(1)
    note = house.log.resource("checkpoint").decode()
    text = note.rpartition("\n\n")[0] + "\n"
    one, two = cosigner(1).line(text, 7), cosigner(2).line(text, 8)
    assert with_lines(note, two + one, cosigner(1).verifier) == note + one
    assert with_lines(note + one, one, cosigner(1).verifier) == note + one
    with pytest.raises(NoteError):
        with_lines(note, two, cosigner(1).verifier)


def test_of_two_histories_one_at_most_reaches_the_quorum(
    house: LedgerHouse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A split view: the same log, the same key, another history for somebody."""
    other = LedgerHouse(tmp_path / "other")
    first, second, policy = NearWitness(1), NearWitness(2), trusting(1, 2)
    house.append(3)
    index, opening = contributed(house)
    cosigning(house, first, second).run_once()
    assert verify(house.log.receipt(index, opening).encode(), policy) == {"w1", "w2"}

    other.add(entries(9, first=500))
    for count in (0, 1, 300):
        new, opened = stamped(b"another history")
        (place,) = other.add([new])
        other.append(count)
        other.log.publish()
        with caplog.at_level(logging.ERROR):
            cosigning(other, first, second).run_once()
        refuse(other.log.receipt(place, opened.opening).encode(), policy)
        refuse(other.log.receipt(place, opened.opening).encode(), trusting(1))
    assert first.seen is not None
    assert first.seen.size == 4
    other.close()


def test_a_history_for_each_witness_reaches_no_quorum_of_both(
    house: LedgerHouse, tmp_path: Path
) -> None:
    other, policy = LedgerHouse(tmp_path / "other"), trusting(1, 2)
    other.add(entries(3, first=500))
    first, second = NearWitness(1), NearWitness(2)
    stamps = []
    for each, own in ((house, first), (other, second)):
        stamps.append((each, *contributed(each)))
        cosigning(each, own).run_once()
    for each, index, opening in stamps:
        cosigning(each, first, second).run_once()
        receipt = each.log.receipt(index, opening).encode()
        assert len(verify(receipt, trusting(1, 2, least="any"))) == 1
        refuse(receipt, policy)
    other.close()


def test_the_log_is_told_that_a_witness_saw_what_it_does_not_have(
    house: LedgerHouse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ahead, witness = LedgerHouse(tmp_path / "ahead"), NearWitness(1)
    ahead.published(9)
    cosigning(ahead, witness).run_once()
    house.published(5)
    with caplog.at_level(logging.ERROR):
        cosigning(house, witness).run_once()
    assert "has seen a tree" in caplog.text
    ahead.close()


def test_a_ledger_that_outgrew_the_other_history_is_told_of_it_as_well(
    house: LedgerHouse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other, witness = LedgerHouse(tmp_path / "other"), NearWitness(1)
    other.add(entries(3, first=500))
    other.log.publish()
    cosigning(other, witness).run_once()
    house.published(5)
    with caplog.at_level(logging.ERROR):
        cosigning(house, witness).run_once()
    assert "has seen a tree" in caplog.text
    other.close()


def test_a_receipt_at_a_million_entries_is_small(house: LedgerHouse) -> None:
    index, opening = contributed(house)
    cosigning(house, NearWitness(1)).run_once()
    receipt = house.log.receipt(index, opening)
    # A path of 20 hashes, and the seven digits of size and index.
    grown = replace(receipt, index=999_999, path=(b"\xff" * 32,) * 20)
    note = grown.note.replace("\n1\n", "\n1000000\n", 1)
    assert len(replace(grown, note=note).encode()) <= 2_600
