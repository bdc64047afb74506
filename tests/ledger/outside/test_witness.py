"""Witnesses: what they cosign, what they refuse, and that they never go back."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import AT, ORIGIN, entries, naive_root, seed, signer
from paper_log import consistency_of
from witnesses import NearWitness

from kit.errors import AllodError, IntegrityFault, Invalid, NotFound, Refused
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.encoding import encode64
from ledger.formats.merkle import leaf_hash
from ledger.formats.note import open_note, sign
from ledger.formats.signing import (
    COSIGNATURE,
    ML_DSA_44,
    Cosigner,
    Signer,
    WrongSignature,
)
from ledger.outside.witness import (
    AddCheckpoint,
    Cosigned,
    OtherState,
    Witness,
    WitnessError,
    origin_hash,
    read_logs,
)

LEAVES = [leaf_hash(each.encode()) for each in entries(40)]
KINDS = (COSIGNATURE, ML_DSA_44)
HASH = origin_hash(ORIGIN)
FORKED = [leaf_hash(each.encode()) for each in entries(40, first=100)]


def note(size: int, leaves: list[bytes] = LEAVES, by: Signer | None = None) -> str:
    by = by or signer()
    checkpoint = Checkpoint(by.name, size, naive_root(leaves[:size]))
    return sign(checkpoint.encode(), [by])


def request(old: int, size: int, leaves: list[bytes] = LEAVES) -> bytes:
    proof = consistency_of(leaves[:size], old) if 0 < old < size else []
    return AddCheckpoint(old, tuple(proof), note(size, leaves)).encode()


def seen(witness: NearWitness) -> int:
    return witness.seen.size if witness.seen else 0


@pytest.fixture
def witness() -> NearWitness:
    return NearWitness(1)


def test_a_request_reads_as_the_specification_has_it() -> None:
    body = request(2, 3).decode()
    assert body.startswith(f"old 2\n{encode64(LEAVES[2])}\n\nledger.example/acme\n3\n")


def test_a_witness_cosigns_what_extends_the_last(witness: NearWitness) -> None:
    for old, size in [(0, 3), (3, 3), (3, 8), (8, 40)]:
        line = witness.witness.add(request(old, size))
        signatures = open_note(note(size) + line, witness.witness.verifiers).signatures
        assert [each.verifier.algorithm for each in signatures] == [*KINDS]
        assert {each.time for each in signatures} == {AT}
        assert seen(witness) == size


def test_another_old_size_is_told_the_one_that_counts(witness: NearWitness) -> None:
    witness.witness.add(request(0, 8))
    for old in (0, 3, 9):
        with pytest.raises(OtherState) as caught:
            witness.witness.add(request(old, 20))
        assert caught.value.size == 8
    assert seen(witness) == 8


def test_another_root_of_the_same_size_is_no_extension(witness: NearWitness) -> None:
    witness.witness.add(request(0, 8))
    before = witness.state.kept.copy()
    with pytest.raises(Invalid) as refused:
        witness.witness.add(request(8, 8, FORKED))
    assert refused.value.reason_code == "witness.root"
    assert witness.state.kept == before


@pytest.mark.parametrize("kind", KINDS)
def test_the_empty_tree_has_no_other_root(kind: int, witness: NearWitness) -> None:
    text = f"{ORIGIN}\n0\n{encode64(naive_root(LEAVES[:3]))}\n"
    if kind == ML_DSA_44:
        witness = knowing(second := Cosigner(ORIGIN, seed("second"), ML_DSA_44))
        line = second.line(text, AT)
    else:
        line = signer().line(text)
    with pytest.raises(Invalid) as refused:
        witness.witness.add(AddCheckpoint(0, (), f"{text}\n{line}").encode())
    assert refused.value.reason_code == "witness.empty_root"
    assert witness.seen is None


def test_extension_lines_are_cosigned_as_they_are(witness: NearWitness) -> None:
    text = note(8).partition("\n\n")[0] + "\nof 2026\nof the north\n"
    signed = sign(text, [signer()])
    lines = witness.witness.add(AddCheckpoint(0, (), signed).encode())
    opened = open_note(signed + lines, witness.witness.verifiers)
    assert opened.text == text
    assert len(opened.signatures) == len(KINDS)
    # Only the Ed25519 cosignature is over them (C2SP tlog-cosignature).
    bare = note(8) + lines
    for verifier, good in zip(witness.witness.verifiers, (False, True), strict=True):
        if good:
            assert open_note(bare, [verifier])
        else:
            with pytest.raises(WrongSignature):
                open_note(bare, [verifier])
    assert witness.witness.latest(HASH) == signed + lines


@pytest.mark.parametrize("below", ["\n", "\nx\n", "x"])
def test_a_line_below_a_checkpoint_is_a_line(below: str, witness: NearWitness) -> None:
    text = note(8).partition("\n\n")[0] + "\n" + below
    body = f"old 0\n\n{text}\n{signer().line(text)}".encode()
    with pytest.raises(WitnessError):
        witness.witness.add(body)
    assert witness.seen is None


def test_a_monitor_is_given_what_the_log_was_given(witness: NearWitness) -> None:
    other = Cosigner("other.example/w", seed("other"))
    for _ in range(2):
        with pytest.raises(NotFound):
            witness.witness.latest(HASH)
        with pytest.raises(Refused):
            witness.witness.add(request(0, 3).replace(b"\n3\n", b"\n4\n"))
    for old, size in [(0, 3), (3, 8), (8, 8)]:
        stranger = other.line(note(size).partition("\n\n")[0] + "\n", AT)
        lines = witness.witness.add(request(old, size) + stranger.encode())
        assert witness.witness.latest(HASH) == note(size) + lines
    for unknown in (HASH.upper(), HASH[:-1], origin_hash("no.such/log"), ORIGIN, ""):
        with pytest.raises(NotFound):
            witness.witness.latest(unknown)


def test_a_memory_that_its_own_keys_did_not_sign_is_damaged(
    witness: NearWitness,
) -> None:
    witness.witness.add(request(0, 8))
    kept = witness.state.kept[ORIGIN]
    fallen = note(3) + (kept.note or "").partition("\n\n")[2]
    witness.state.kept[ORIGIN] = Cosigned(kept.checkpoint, fallen)
    for ask in (
        lambda: witness.witness.add(request(8, 20)),
        lambda: witness.witness.latest(HASH),
    ):
        with pytest.raises(IntegrityFault):
            ask()


def test_what_an_earlier_version_remembered_still_counts(witness: NearWitness) -> None:
    witness.state.put(Cosigned(Checkpoint(ORIGIN, 8, naive_root(LEAVES[:8])), None))
    with pytest.raises(NotFound):
        witness.witness.latest(HASH)
    with pytest.raises(Invalid):
        witness.witness.add(request(8, 20, FORKED))
    lines = witness.witness.add(request(8, 20))
    assert witness.witness.latest(HASH) == note(20) + lines


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (AddCheckpoint(0, (), note(8, by=signer(text="x"))).encode(), "none of the"),
        (request(0, 8).replace(b"\n8\n", b"\n7\n"), "is not over this"),
    ],
)
def test_an_unknown_key_is_told_from_a_wrong_signature(
    body: bytes, why: str, witness: NearWitness
) -> None:
    with pytest.raises(Refused, match=why):
        witness.witness.add(body)


def test_a_history_that_does_not_extend_the_last_is_refused(
    witness: NearWitness,
) -> None:
    witness.witness.add(request(0, 8))
    with pytest.raises(Invalid):
        witness.witness.add(request(8, 20, FORKED))
    assert seen(witness) == 8


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (request(9, 8), WitnessError),
        (AddCheckpoint(0, (bytes(32),), note(8)).encode(), Invalid),
        (AddCheckpoint(0, (), note(8, by=signer("other.example"))).encode(), NotFound),
        (AddCheckpoint(0, (), note(8, by=signer(text="x"))).encode(), Refused),
        (AddCheckpoint(0, (bytes(32),) * 64, note(8)).encode(), WitnessError),
        (AddCheckpoint(0, (bytes(31),), note(8)).encode(), WitnessError),
        (b"old 0\n\nno checkpoint\n", WitnessError),
        (request(0, 8).replace(b"old 0", b"old 00"), WitnessError),
        (request(0, 8).replace(b"old 0", b"0"), WitnessError),
        (request(0, 8) + b"x" * (1 << 16), WitnessError),
        (request(0, 8).replace("— ".encode(), b"- "), WitnessError),
        (request(0, 8).rstrip(b"\n"), WitnessError),
        (b"", WitnessError),
        (b"\xff", WitnessError),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_remembered(
    witness: NearWitness, body: bytes, kind: type[AllodError]
) -> None:
    with pytest.raises(kind):
        witness.witness.add(body)
    assert witness.seen is None


def test_of_two_requests_at_once_one_is_cosigned(witness: NearWitness) -> None:
    witness.witness.add(request(0, 4))
    bodies = [request(4, size) for size in range(5, 21)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(witness.add_checkpoint, bodies))
    assert sorted({answer.status for answer in answers}) == [200, 409]
    assert [answer.status for answer in answers].count(200) == 1


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans())))
def test_whatever_is_asked_a_witness_signs_one_history(
    asked: list[tuple[int, int, bool]],
) -> None:
    witness, signed, last = NearWitness(1), {0: naive_root([])}, 0
    for old, size, forked in asked:
        leaves = FORKED if forked else LEAVES
        if witness.add_checkpoint(request(old, size, leaves)).status != 200:
            continue
        assert size >= last
        last = size
        assert signed.setdefault(size, naive_root(leaves[:size])) == naive_root(
            leaves[:size]
        )
    histories = [
        all(root == naive_root(leaves[:size]) for size, root in signed.items())
        for leaves in (LEAVES, FORKED)
    ]
    assert any(histories)


@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63),
    st.sampled_from([note(1), note(8)]),
)
def test_a_request_reads_as_it_was_written(
    old: int, proof: list[bytes], checkpoint: str
) -> None:
    asked = AddCheckpoint(old, tuple(proof), checkpoint)
    assert AddCheckpoint.parse(asked.encode()) == asked


@given(st.binary() | st.text().map(str.encode))
def test_no_bytes_make_the_parser_fail_otherwise(data: bytes) -> None:
    for body in (data, b"old 0\n" + data, b"old 1\n\n" + data):
        try:
            assert AddCheckpoint.parse(body).encode() == body
        except WitnessError:
            continue


@given(st.integers(0, len(request(3, 8)) - 1), st.integers(1, 255))
def test_no_changed_byte_is_cosigned_as_something_else(at: int, flip: int) -> None:
    witness, body = NearWitness(1), bytearray(request(3, 8))
    witness.witness.add(request(0, 3))
    body[at] ^= flip
    assert witness.add_checkpoint(bytes(body)).status in {200, 400, 403, 404, 409, 422}
    if witness.seen and witness.seen.size != 3:
        assert witness.seen.root == naive_root(LEAVES[:8])


def knowing(log: Cosigner) -> NearWitness:
    """A witness that knows a log by its second key alone."""
    near = NearWitness(1)
    near.witness = Witness(
        [Cosigner("witness.example/w1", seed("w"))],
        logs=[log.verifier],
        state=near.state,
        clock=near.clock,
    )
    return near


def test_a_log_may_be_known_by_its_second_key() -> None:
    second = Cosigner(ORIGIN, seed("second"), ML_DSA_44)
    witness = knowing(second).witness
    with pytest.raises(Refused):
        witness.add(request(0, 3))
    text = note(3).partition("\n\n")[0] + "\n"
    assert witness.add(request(0, 3) + second.line(text, AT).encode())


def test_a_list_of_logs_has_remarks_and_keys() -> None:
    key, second = signer().verifier, Cosigner(ORIGIN, seed("x"), ML_DSA_44).verifier
    keys = f"# a remark\n\n{key.vkey}\n{second.vkey}\n"
    assert read_logs(keys) == [key, second]
    long = signer("x" * 256).verifier.vkey
    for wrong in ("no key", NearWitness(1).witness.verifiers[0].vkey, long):
        with pytest.raises(WitnessError, match="line 2"):
            read_logs(f"\n{wrong}\n")
