"""Whatever is done to a stored log is found; a log that only grows raises no alarm.

Each mutation changes the files of a log in one random way that makes a difference.
The longer loops run with `--slow` and on CI.
"""

from collections.abc import Callable
from random import Random

import pytest
from allod.proofs import AuditError, State, TrustPolicy, audit
from paper_tiles import LOG, Files, entries, tree_files

POLICY = TrustPolicy.of_log(LOG.vkey)
BODIES = entries(900)
SIZES = (1, 2, 7, 255, 256, 257, 300, 512, 600, 770, 900)
LOGS = {size: tree_files(BODIES[:size]) for size in SIZES}
KINDS = {
    *("damaged", "truncated", "swapped", "reordered", "rewritten"),
    *("refused", "missing", "rolled-back", "forked", "split-view"),
}

Mutate = Callable[[Files, Random], None]


def pieces(files: Files) -> list[str]:
    return sorted(path for path in files if path != "checkpoint")


def flip_a_bit(files: Files, chance: Random) -> None:
    path = chance.choice(pieces(files))
    at = chance.randrange(len(files[path]) * 8)
    data = bytearray(files[path])
    data[at // 8] ^= 1 << at % 8
    files[path] = bytes(data)


def flip_a_bit_of_the_checkpoint(files: Files, chance: Random) -> None:
    data = bytearray(files["checkpoint"])
    at = chance.randrange(len(data) * 8)
    data[at // 8] ^= 1 << at % 8
    files["checkpoint"] = bytes(data)


def cut(files: Files, chance: Random) -> None:
    path = chance.choice(sorted(files))
    files[path] = files[path][: chance.randrange(len(files[path]))]


def drop(files: Files, chance: Random) -> None:
    del files[chance.choice(sorted(files))]


def lengthen(files: Files, chance: Random) -> None:
    path = chance.choice(sorted(files))
    files[path] += chance.randbytes(chance.randint(1, 90))


def remove_a_slice(files: Files, chance: Random) -> None:
    path = chance.choice(pieces(files))
    size = len(files[path])
    start = chance.randrange(size)
    files[path] = files[path][:start] + files[path][chance.randint(start + 1, size) :]


def exchange_pieces(files: Files, chance: Random) -> None:
    one, other = chance.choice(pieces(files)), chance.choice(sorted(files))
    files[one], files[other] = files[other], files[one]


def shuffle_records(files: Files, chance: Random) -> None:
    path = chance.choice(pieces(files))
    width = 32 if "entries" not in path else 2 + len(BODIES[0])
    data = files[path]
    records = [data[at : at + width] for at in range(0, len(data), width)]
    if chance.random() < 0.5:
        chance.shuffle(records)
    else:
        one, other = chance.randrange(len(records)), chance.randrange(len(records))
        records[one], records[other] = records[other], records[one]
    files[path] = b"".join(records)


def take_an_older_piece(files: Files, chance: Random) -> None:
    path = chance.choice(pieces(files))
    other = LOGS[chance.choice(SIZES)]
    files[path] = other.get(path, other["checkpoint"])


def rewrite(files: Files, chance: Random) -> None:
    size = int(files["checkpoint"].split(b"\n")[1])
    bodies = BODIES[:size]
    bodies[chance.randrange(size)] = chance.randbytes(84)
    files |= {**tree_files(bodies), "checkpoint": files["checkpoint"]}


MUTATIONS: tuple[Mutate, ...] = (
    flip_a_bit,
    flip_a_bit_of_the_checkpoint,
    cut,
    drop,
    lengthen,
    remove_a_slice,
    exchange_pieces,
    shuffle_records,
    take_an_older_piece,
    rewrite,
)


def mutated(chance: Random) -> Files:
    """Give a log with which something was done; never one that is as it was."""
    while True:
        whole = LOGS[chance.choice(SIZES)]
        files = dict(whole)
        chance.choice(MUTATIONS)(files, chance)
        if files != whole:
            return files


def found(files: Files, state: State | None) -> AuditError | None:
    try:
        audit(files.get, POLICY, state)
    except AuditError as error:
        return error
    return None


def unfound(count: int, seed: int) -> int:
    chance, missed = Random(seed), 0  # noqa: S311 - repeatable, no secret
    for _ in range(count):
        error = found(mutated(chance), None)
        missed += error is None or error.code not in KINDS
    return missed


def alarms(count: int, seed: int) -> int:
    """Audit logs that only grow, from random states on, now and then in full."""
    chance, raised = Random(seed), 0  # noqa: S311 - repeatable, no secret
    state: State | None = None
    size = 0
    for _ in range(count):
        size = chance.randint(size, min(size + 120, len(BODIES)))
        files = tree_files(BODIES[:size])
        try:
            full = chance.random() < 0.2
            state = audit(files.get, POLICY, state, full=full).state
        except AuditError:
            raised += 1
        if size == len(BODIES):
            size, state = 0, None
    return raised


def test_200_mutations_of_a_stored_log_are_all_found() -> None:
    assert unfound(200, seed=1) == 0


def test_50_clean_runs_raise_no_alarm() -> None:
    assert alarms(50, seed=2) == 0


@pytest.mark.slow
def test_5000_mutations_of_a_stored_log_are_all_found() -> None:
    assert unfound(5_000, seed=3) == 0


@pytest.mark.slow
def test_1000_clean_runs_raise_no_alarm() -> None:
    assert alarms(1_000, seed=4) == 0
