"""The log: what is appended, what is served, and what is not served yet."""

import hashlib
from typing import Any

import pytest
from allod.proofs import verify_inclusion
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import ORIGIN, LedgerHouse, entries, leaves, naive_root, signer, stamped
from one_verifier import verify_receipt

from kit.errors import CannotStart, IntegrityFault, NotFound
from kit.sqlite import ConstraintBroken
from ledger.files.mirror import Mirror
from ledger.formats.commitment import Opening
from ledger.formats.entry_kinds import EntryType
from ledger.formats.merkle import leaf_hash, verify_consistency
from ledger.formats.tiles import ENTRIES, parse_bundle
from ledger.formats.trust_policy import TrustPolicy
from ledger.log import Log


def test_entries_get_the_next_indexes(house: LedgerHouse) -> None:
    assert house.append(3) == [0, 1, 2]
    assert house.append(2) == [3, 4]
    assert house.add([]) == []


def test_an_entry_stands_or_falls_with_what_it_stamps(house: LedgerHouse) -> None:
    house.append(3)
    with pytest.raises(ZeroDivisionError), house.database.write() as session:
        house.log.append(session, entries(300, 3))
        _ = 1 // 0
    assert house.append(1) == [3]
    assert house.log.publish().root == naive_root(leaves(4))


def test_the_root_is_that_of_the_definition(house: LedgerHouse) -> None:
    for count in (1, 254, 1, 1, 256, 300):
        checkpoint = house.published(count)
        assert checkpoint.root == naive_root(leaves(checkpoint.size))
    assert checkpoint.size == 813


def test_several_appends_in_one_transaction_follow_each_other(
    house: LedgerHouse,
) -> None:
    with house.database.write() as session:
        assert house.log.append(session, entries(2)) == [0, 1]
        assert house.log.append(session, entries(2, 2)) == [2, 3]
    assert house.log.publish().root == naive_root(leaves(4))


def test_every_proof_that_is_served_verifies(house: LedgerHouse) -> None:
    size = house.published(600).size
    hashes = leaves(size)
    for index, within in (
        (0, 1),
        (0, 600),
        (255, 256),
        (256, 257),
        (599, 600),
        (5, 300),
    ):
        path = house.log.inclusion(index, within)
        root = naive_root(hashes[:within])
        verify_inclusion(leaf_hash(house.log.entry(index)), index, within, path, root)
    for before, after in ((1, 600), (255, 600), (256, 512), (300, 300), (599, 600)):
        path = house.log.consistency(before, after)
        roots = naive_root(hashes[:before]), naive_root(hashes[:after])
        verify_consistency(before, after, path, *roots)


def test_nothing_is_served_before_it_is_published(house: LedgerHouse) -> None:
    house.published(5)
    house.append(300)
    log = house.log
    for ask in (
        lambda: log.entry(5),
        lambda: log.entry(-1),
        lambda: log.inclusion(5, 6),
        lambda: log.inclusion(5, 5),
        lambda: log.inclusion(0, 6),
        lambda: log.inclusion(-1, 5),
        lambda: log.consistency(0, 5),
        lambda: log.consistency(5, 6),
        lambda: log.consistency(5, 4),
        lambda: log.tile(0, 0, 6),
        lambda: log.tile(0, 0),
        lambda: log.tile(0, 1, 1),
        lambda: log.tile(1, 0, 1),
        lambda: log.tile(ENTRIES, 0, 6),
        lambda: log.operator(0),
        lambda: log.operator(99),
        lambda: log.resource("tile/0/000"),
        lambda: log.resource("tile/0/000.p/6"),
        lambda: log.resource("../data/vault.db"),
    ):
        with pytest.raises(NotFound):
            ask()


def test_nothing_is_served_before_the_first_checkpoint(house: LedgerHouse) -> None:
    _, opening = house.contribute()
    assert house.log.latest() is None
    for ask in (
        lambda: house.log.resource("checkpoint"),
        lambda: house.log.entry(0),
        lambda: house.log.receipt(0, opening),
    ):
        with pytest.raises(NotFound):
            ask()


def test_a_partial_tile_is_never_served_as_the_full_one(house: LedgerHouse) -> None:
    house.published(255)
    with pytest.raises(NotFound):
        house.log.resource("tile/0/000")
    house.published(1)
    assert len(house.log.resource("tile/0/000")) == 256 * 32
    assert len(house.log.resource("tile/0/000.p/255")) == 255 * 32
    assert len(house.log.resource("tile/1/000.p/1")) == 32


def test_an_outsider_can_rebuild_the_tree_from_what_is_served(
    house: LedgerHouse,
) -> None:
    checkpoint = house.published(700)
    bodies: list[bytes] = []
    for path, width in (
        ("tile/entries/000", 256),
        ("tile/entries/001", 256),
        ("tile/entries/002.p/188", 188),
    ):
        bodies += parse_bundle(house.log.resource(path), width)
    hashes = [leaf_hash(body) for body in bodies]
    assert naive_root(hashes) == checkpoint.root
    assert b"".join(hashes[512:]) == house.log.resource("tile/0/002.p/188")
    opened = house.log.policy.accept(house.log.resource("checkpoint"))
    assert opened.checkpoint == checkpoint


def test_a_receipt_verifies_offline(house: LedgerHouse) -> None:
    house.append(300)
    index, opening = house.contribute()
    house.append(300)
    house.log.publish()
    text = house.log.receipt(index, opening).encode()
    policy = TrustPolicy.parse(house.log.policy.encode())
    verified = verify_receipt(text, policy)
    assert (verified.index, verified.kind) == (index, "contribution")


def test_a_receipt_waits_for_its_checkpoint(house: LedgerHouse) -> None:
    house.published(1)
    index, opening = house.contribute()
    with pytest.raises(NotFound):
        house.log.receipt(index, opening)


def test_a_receipt_is_made_only_with_what_opens_the_entry(house: LedgerHouse) -> None:
    index, _ = house.contribute()
    house.log.publish()
    _, other = stamped()
    with pytest.raises(IntegrityFault):
        house.log.receipt(index, other.opening)


def test_a_row_that_was_edited_gives_no_receipt(house: LedgerHouse) -> None:
    index, opening = house.contribute()
    house.log.publish()
    house.tamper("UPDATE ledger_entry SET body = x'00' WHERE idx = ?", index)
    with pytest.raises(IntegrityFault):
        house.log.receipt(index, opening)


def test_operator_entries_are_open_to_all(house: LedgerHouse) -> None:
    with house.database.write() as session:
        facts = {"digest": "00"}
        index = house.log.stamp_operator(session, "policy.activated", facts)
    house.published(1)
    opening = house.log.operator(index)
    assert isinstance(opening, Opening)
    assert opening.statement()["facts"] == facts
    assert opening.entry().encode() == house.log.entry(index)
    with pytest.raises(NotFound):
        house.log.operator(index + 1)


def test_the_logs_clock_is_coarse(house: LedgerHouse) -> None:
    house.clock.advance(seconds=59)
    assert house.log.moment() % 60 == 0
    with house.database.write() as session:
        house.log.stamp_operator(session, "key.created", {})
    house.log.publish()
    assert house.log.operator(0).entry().at == house.log.moment()
    assert house.log.operator(0).type is EntryType.OPERATOR


def test_during_a_rotation_two_keys_sign(house: LedgerHouse) -> None:
    new = signer(text="another key")

    def opened(**keys: Any) -> Log:
        mirror = Mirror(house.mirror_folder)
        return Log(house.database, mirror=mirror, clock=house.clock, **keys)

    house.published(1)
    house.append(1)
    overlap = opened(signer=signer(), also=[new])
    overlap.publish()
    latest = overlap.latest()
    assert latest is not None
    assert latest.note.count("— ") == 2
    for key in (signer(), new):
        TrustPolicy((key.verifier,)).accept(latest.note)
    house.append(1)
    after = opened(signer=new, retired=[signer().verifier])
    after.publish()
    assert after.latest() != latest
    with pytest.raises(IntegrityFault):
        opened(signer=signer(text="a third key")).publish()


def test_every_key_signs_under_the_logs_name(house: LedgerHouse) -> None:
    with pytest.raises(CannotStart):
        Log(
            house.database,
            signer=signer(),
            also=[signer("other.example/log")],
            mirror=Mirror(house.mirror_folder),
            clock=house.clock,
        )


def test_a_damaged_tile_gives_an_error_and_no_wrong_proof(house: LedgerHouse) -> None:
    house.published(300)
    house.tamper("UPDATE ledger_tile SET data = x'00' WHERE level = 0 AND n = 0")
    for ask in (lambda: house.log.inclusion(5, 300), lambda: house.log.tile(0, 0)):
        with pytest.raises(IntegrityFault):
            ask()


def test_a_damaged_head_stops_the_log(house: LedgerHouse) -> None:
    house.append(3)
    house.tamper("UPDATE ledger_head SET peaks = x'00'")
    with pytest.raises(IntegrityFault):
        house.append(1)


def test_a_second_entry_at_one_index_is_refused(house: LedgerHouse) -> None:
    house.append(3)
    house.tamper("UPDATE ledger_head SET size = 1, peaks = zeroblob(32)")
    with pytest.raises(ConstraintBroken, match=r"ledger_entry\.idx"):
        house.add(entries(1))


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(st.integers(1, 120), min_size=1, max_size=6))
def test_any_rhythm_of_appending_gives_the_same_tree(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    house = LedgerHouse(tmp_path_factory.mktemp("ledger"))
    for step in steps:
        house.published(step)
    latest = house.log.latest()
    assert latest is not None
    assert latest.checkpoint.root == naive_root(leaves(sum(steps)))
    house.close()


def test_no_entry_holds_anything_but_its_commitment(house: LedgerHouse) -> None:
    index, opening = house.contribute()
    house.log.publish()
    secrets = (opening.salt, opening.payload, hashlib.sha256(b"an idea").digest())
    body = house.log.entry(index)
    assert not any(secret in body for secret in secrets)
    assert ORIGIN.encode() not in body
