"""Whoever has the public log and one receipt finds no other entry of its customer.

Not better than chance: by place, time, rhythm, bits of the commitments, what the
receipt itself opens, or what was learned from logs whose owners are known. The same
attempts do find them in logs that are broken on purpose, so that they are worth
something; and where customers act in bursts, which no log of times can hide.
"""

import math
from functools import cache

import pytest
from linking import (
    WAYS,
    Learned,
    Log,
    Score,
    World,
    alike,
    hits,
    lived,
    nearest,
    opened_again,
    same_minute,
)

SOUND = World()
LOGS, EACH, TAUGHT = 30, 24, 6
TRIALS = LOGS * EACH
CHANCE = (SOUND.entries - 1) / (SOUND.customers * SOUND.entries - 1)
# Four standard deviations above the mean: by luck alone once in some 30,000 tries, and
# the seeds are fixed. Whoever were right in one of fifteen tries would be above it.
BOUND = TRIALS * CHANCE + 4 * math.sqrt(TRIALS * CHANCE * (1 - CHANCE))


@cache
def logs_of_the_sound() -> list[Log]:
    return [lived(SOUND, seed) for seed in range(LOGS)]


def found(score: Score, world: World, logs: int = 5) -> float:
    """Tell how often a way succeeds in a world, as a share of the tries."""
    return hits(score, (lived(world, seed) for seed in range(logs)), EACH) / logs / EACH


def learned(world: World) -> Learned:
    return Learned.from_logs([lived(world, 1000 + seed) for seed in range(TAUGHT)])


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_way_finds_more_than_chance_would(way: Score) -> None:
    assert hits(way, logs_of_the_sound(), EACH) <= BOUND


def test_nor_does_what_can_be_learned_from_logs_with_known_owners() -> None:
    assert hits(learned(SOUND), logs_of_the_sound(), EACH) <= BOUND


def test_the_bound_would_notice_one_right_guess_in_fifteen() -> None:
    assert TRIALS / 15 > BOUND


def test_a_salt_that_is_used_twice_over_nothing_hidden_would_be_found() -> None:
    assert found(opened_again, World(bare=True)) > 0.9


def test_a_mark_in_the_commitment_would_be_found() -> None:
    marked = World(marked=True)
    assert found(alike, marked) > 0.5
    assert found(learned(marked), marked) > 0.9


def test_bursts_of_one_customer_are_seen_and_no_commitment_hides_them() -> None:
    bursts = World(bursts=True)
    assert found(nearest, bursts) > 0.3
    assert found(same_minute, bursts) > 0.9
