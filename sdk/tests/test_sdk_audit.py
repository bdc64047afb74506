"""Audits of logs that are whole, and of logs with which something was done."""

from collections.abc import Callable

import pytest
from allod.proofs import (
    AuditError,
    State,
    TrustPolicy,
    VerificationError,
    audit,
    verify_split_view,
)
from allod.proofs.tiles import WIDTH, bundle_leaves, tile_path
from paper_log import Key, root_of
from paper_tiles import (
    LOG,
    Files,
    checkpoint,
    checkpoint_of,
    entries,
    entry,
    leaves_of,
    path_at,
    tree_files,
    with_entries,
)

POLICY = TrustPolicy.of_log(LOG.vkey)
SIZE = 700
BODIES = entries(SIZE)
WHOLE = tree_files(BODIES)
FAR = 512  # a size from which on the rest is new


def seen(size: int) -> State:
    return audit(tree_files(BODIES[:size]).get, POLICY).state


SEEN = seen(FAR + 5)


def found(
    files: Files, state: State | None = None, *, full: bool = False
) -> AuditError:
    with pytest.raises(AuditError) as caught:
        audit(files.get, POLICY, state, full=full)
    return caught.value


def verdict(files: Files, state: State | None = None) -> tuple[str, int | None]:
    error = found(files, state)
    return error.code, error.index


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 700])
def test_a_whole_log_is_in_order(size: int) -> None:
    done = audit(tree_files(BODIES[:size]).get, POLICY)
    assert (done.checkpoint.size, done.entries) == (size, size)
    assert done.checkpoint.root == root_of(leaves_of(BODIES[:size]))
    assert State.parse(done.state.encode()) == done.state


def test_a_log_that_fills_tiles_of_the_second_level_is_in_order() -> None:
    bodies = entries(65_536 + 300)
    state = audit(tree_files(bodies[:65_530]).get, POLICY).state
    files = tree_files(bodies)
    assert audit(files.get, POLICY, state).entries == 306
    assert audit(files.get, POLICY, state, full=True).entries == len(bodies)
    changed = bytearray(files["tile/1/000"])
    changed[40 * 32] ^= 1
    files["tile/1/000"] = bytes(changed)
    assert verdict(files) == ("damaged", 40 * 256)


def test_only_what_is_new_is_hashed_and_fetched() -> None:
    asked: list[str] = []

    def fetch(path: str) -> bytes | None:
        asked.append(path)
        return WHOLE.get(path)

    assert audit(fetch, POLICY, SEEN).entries == SIZE - FAR - 5
    assert asked == [
        "checkpoint",
        "tile/1/000.p/2",
        "tile/entries/002.p/188",
        "tile/0/002.p/188",
        "tile/1/000.p/2",
    ]


@pytest.mark.parametrize("first", [0, 1, 255, 256, 257, 300, 512, 699])
@pytest.mark.parametrize("size", [256, 300, 512, 600, 700])
def test_an_audit_goes_on_from_any_size(first: int, size: int) -> None:
    if first <= size:
        done = audit(tree_files(BODIES[:size]).get, POLICY, seen(first))
        assert done.state == seen(size)


def test_progress_is_told() -> None:
    told: list[int] = []
    audit(WHOLE.get, POLICY, progress=told.append)
    assert told == [256, 512, 700]


def test_a_full_piece_stands_in_for_the_partial_one_that_went() -> None:
    later = tree_files(entries(768))
    files = {**later, "checkpoint": WHOLE["checkpoint"]}
    files["tile/1/000.p/2"] = WHOLE["tile/1/000.p/2"]
    assert audit(files.get, POLICY).entries == SIZE


def test_a_full_piece_at_the_place_of_a_partial_one_is_damage() -> None:
    later = tree_files(entries(768))
    for level in ("entries", 0):
        path = path_at(level, 2, 188)
        files = {**WHOLE, path: later[path_at(level, 2, 256)]}
        assert verdict(files) == ("damaged", SIZE)


@pytest.mark.parametrize("index", [0, 1, 255, 256, 511, 512, 699])
def test_a_flipped_bit_of_an_entry_is_damage_at_its_index(index: int) -> None:
    files = dict(WHOLE)
    n, offset = divmod(index, 256)
    path = path_at("entries", n, min(256, SIZE - n * 256))
    data = bytearray(files[path])
    data[offset * (2 + len(entry(0))) + 60] ^= 4
    files[path] = bytes(data)
    error = found(files)
    assert (error.code, error.index) == ("damaged", index)
    assert "not the one that was signed" in str(error)


@pytest.mark.parametrize("index", [0, 255, 256, 699])
def test_a_length_that_was_changed_is_damage_at_its_index(index: int) -> None:
    files = dict(WHOLE)
    n, offset = divmod(index, 256)
    path = path_at("entries", n, min(256, SIZE - n * 256))
    data = bytearray(files[path])
    data[offset * (2 + len(entry(0))) + 1] -= 1
    files[path] = bytes(data)
    assert verdict(files) == ("damaged", index)


@pytest.mark.parametrize(
    ("path", "offset", "index"),
    [("tile/0/000", 7, 7), ("tile/0/002.p/188", 187, 699), ("tile/1/000.p/2", 1, 256)],
)
def test_a_flipped_bit_of_a_tile_is_damage_at_its_first_entry(
    path: str, offset: int, index: int
) -> None:
    data = bytearray(WHOLE[path])
    data[offset * 32 + 31] ^= 128
    error = found({**WHOLE, path: bytes(data)})
    assert (error.code, error.index) == ("damaged", index)
    assert "does not follow" in str(error)


def replaced(place: dict[int, int]) -> Files:
    """The files of the log with other entries at some places, its tiles kept."""
    bodies = [BODIES[place.get(index, index)] for index in range(SIZE)]
    return with_entries(WHOLE, bodies)


@pytest.mark.parametrize("pair", [(0, 1), (3, 699), (255, 256), (600, 601)])
def test_two_entries_that_changed_places_are_told_apart(pair: tuple[int, int]) -> None:
    one, other = pair
    assert verdict(replaced({one: other, other: one})) == ("swapped", one)


def test_entries_in_another_order_are_told_apart() -> None:
    assert verdict(replaced({9: 300, 300: 601, 601: 9})) == ("reordered", 9)
    moved = {index: index - 1 for index in range(101, 651)} | {100: 650}
    assert verdict(replaced(moved)) == ("reordered", 100)


def test_whole_tiles_that_changed_places_are_told_apart() -> None:
    files = dict(WHOLE)
    for level in ("entries", 0):
        one, other = path_at(level, 0, 256), path_at(level, 1, 256)
        files[one], files[other] = files[other], files[one]
    assert verdict(files) == ("swapped", 0)


@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("tile/entries/000", 0),
        ("tile/entries/002.p/188", 512),
        ("tile/0/001", 256),
        ("tile/0/002.p/188", 512),
        ("tile/1/000.p/2", 0),
    ],
)
def test_a_piece_that_is_missing_is_a_truncation(path: str, index: int) -> None:
    assert verdict({p: d for p, d in WHOLE.items() if p != path}) == (
        "truncated",
        index,
    )


@pytest.mark.parametrize("cut", [1, 40, 86 * 3, 86 * 188])
def test_a_piece_that_is_cut_short_is_a_truncation(cut: int) -> None:
    path = "tile/entries/002.p/188"
    data = WHOLE[path][:-cut]
    whole = len(data) // (2 + len(entry(0)))
    assert verdict({**WHOLE, path: data}) == ("truncated", 512 + whole)
    path = "tile/0/002.p/188"
    whole = len(WHOLE[path][:-cut]) // 32
    assert verdict({**WHOLE, path: WHOLE[path][:-cut]}) == ("truncated", 512 + whole)


@pytest.mark.parametrize(
    "path", ["tile/entries/000", "tile/entries/002.p/188", "tile/0/001"]
)
def test_bytes_beyond_the_end_are_damage(path: str) -> None:
    assert found({**WHOLE, path: WHOLE[path] + b"\0"}).code == "damaged"


def test_the_first_of_several_faults_is_named() -> None:
    files = replaced({200: 201, 201: 200})
    del files["tile/0/002.p/188"]
    files["tile/1/000.p/2"] = bytes(64)
    assert verdict(files) == ("swapped", 200)


def forged(place: int) -> Files:
    """What a careful forger leaves: all of it fits together, but for the signature."""
    bodies = [*BODIES[:place], entry(place, "forged"), *BODIES[place + 1 :]]
    return {**tree_files(bodies), "checkpoint": WHOLE["checkpoint"]}


def test_a_careful_forgery_is_found_between_what_was_seen_and_the_end() -> None:
    assert verdict(forged(600)) == ("rewritten", 0)
    assert verdict(forged(600), SEEN) == ("rewritten", FAR + 5)
    assert verdict(forged(3), SEEN) == ("rewritten", 0)
    assert verdict(forged(FAR + 4), SEEN) == ("rewritten", FAR + 4)


def test_a_log_that_became_smaller_was_rolled_back() -> None:
    assert verdict(tree_files(BODIES[:300]), SEEN) == ("rolled-back", 300)
    assert verdict(tree_files([]), SEEN) == ("rolled-back", 0)


def test_two_trees_of_one_size_are_a_split_view_with_evidence() -> None:
    other = tree_files(entries(FAR + 5, "other"))
    error = found(other, SEEN)
    assert error.code == "split-view"
    assert error.evidence is not None
    shown = verify_split_view(error.evidence.encode(), POLICY)
    assert shown.first.size == shown.second.size == FAR + 5


@pytest.mark.parametrize("place", [0, 3, 255, 511, 512, FAR + 4])
@pytest.mark.parametrize("full", [True, False])
def test_a_log_with_another_past_is_a_fork_with_evidence(
    place: int, *, full: bool
) -> None:
    bodies = [*BODIES[:place], entry(place, "forked"), *BODIES[place + 1 :]]
    error = found(tree_files(bodies), SEEN, full=full)
    assert error.code == "forked"
    assert error.index is not None
    assert error.index <= place
    assert error.evidence is not None
    shown = verify_split_view(error.evidence.encode(), POLICY)
    assert (shown.first.size, shown.second.size) == (FAR + 5, SIZE)


def test_what_was_seen_before_is_hashed_again_when_asked() -> None:
    files = replaced({3: 4, 4: 3})
    assert audit(files.get, POLICY, SEEN).entries == SIZE - FAR - 5
    assert found(files, SEEN, full=True).code == "swapped"


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\xff",
        WHOLE["checkpoint"] + b"x",
        WHOLE["checkpoint"].replace(b"\n700\n", b"\n0700\n"),
        WHOLE["checkpoint"].replace(b"\n700\n", b"\n699\n"),
        WHOLE["checkpoint"].replace(b"\n\n", b"\nmore\n\n"),
        checkpoint(BODIES, Key(LOG.name, "another key")),
        checkpoint(BODIES, Key("ledger.example/b", "allod test log key")),
        checkpoint_of(700, bytes(31)),
        checkpoint_of(0, bytes(32)),
    ],
)
def test_a_checkpoint_that_is_not_the_logs_is_refused(note: bytes) -> None:
    error = found({**WHOLE, "checkpoint": note}, SEEN)
    assert (error.code, error.index) == ("refused", None)


def test_a_log_without_a_checkpoint_is_missing() -> None:
    assert found({}).code == "missing"


def test_another_log_that_is_trusted_too_does_not_go_on_with_this_one() -> None:
    other = Key("ledger.example/b", "key b")
    policy = TrustPolicy.parse(f"log {LOG.vkey}\nlog {other.vkey}\nquorum none\n")
    root = root_of(leaves_of(BODIES))
    note = checkpoint_of(SIZE, root, other, origin=other.name)
    with pytest.raises(AuditError) as caught:
        audit({**WHOLE, "checkpoint": note}.get, policy, SEEN)
    assert caught.value.code == "other-log"


def test_a_quorum_of_witnesses_is_asked_for() -> None:
    witness = Key("witness.example/w1", "allod test witness key", 4)
    policy = TrustPolicy.parse(
        f"log {LOG.vkey}\nwitness w1 {witness.vkey}\nquorum w1\n"
    )
    with pytest.raises(AuditError, match="too few witnesses"):
        audit(WHOLE.get, policy)
    cosigned = {**WHOLE, "checkpoint": checkpoint(BODIES, LOG, witness)}
    # What was seen before the policy asked for witnesses stays good.
    done = audit(cosigned.get, policy, SEEN)
    assert list(done.accepted.witnessed) == ["w1"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:0],
        lambda data: data[:-3],
        lambda data: data.replace(b'"v":1', b'"v":2'),
        lambda data: data.replace(b'"v":1', b'"v":true'),
        lambda data: data.replace(b'["', b'["A'),
        lambda data: data.replace(b'"peaks":["', b'"peaks":[1,"'),
        lambda data: data.replace(b'"peaks":[', b'"peaks":[["a"],'),
    ],
)
def test_a_state_that_cannot_be_read_is_refused(
    spoil: Callable[[bytes], bytes],
) -> None:
    with pytest.raises(VerificationError):
        State.parse(spoil(SEEN.encode()))


def test_a_state_is_believed_only_if_its_log_has_signed_it() -> None:
    for state in (
        State(SEEN.note, SEEN.peaks[:-1]),
        State(SEEN.note, (bytes(32), *SEEN.peaks[1:])),
        State(SEEN.note.replace("517", "518"), SEEN.peaks),
    ):
        with pytest.raises(VerificationError):
            audit(WHOLE.get, POLICY, state)


def test_an_empty_entry_and_the_longest_one_are_entries_too() -> None:
    bodies = [b"", bytes(65_535), b"\0", *BODIES[:300]]
    assert audit(tree_files(bodies).get, POLICY).entries == 303


def test_half_a_length_is_no_entry() -> None:
    assert bundle_leaves(b"\0", 1) == ([], False)
    assert bundle_leaves(b"", 0) == ([], True)


def test_paths_are_those_of_the_specification() -> None:
    assert tile_path(0, 1_234_067, WIDTH) == "tile/0/x001/x234/067"
    assert tile_path("entries", 0, 112) == "tile/entries/000.p/112"
