"""An outsider who tries to link entries: worlds to try in, and ways to try.

An outsider has the whole public log and one receipt that a customer showed them: salt
and payload of one entry, and a path, which follows from the log. They guess another
entry of the same customer. Each way to guess is a score; the best candidate is named.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from kit.canonical import canonical
from ledger.formats.commitment import Entry, Opening, commit
from ledger.formats.encoding import decode64
from ledger.formats.entries import Link, SubjectOpening, subject_entry
from ledger.formats.entry_kinds import EntryType

START, DAY = 1_795_348_800, 86_400
KINDS = ("contribution", "consent", "authorization", "export")

Score = Callable[["Public", "Shown", int], float]


@dataclass(frozen=True, slots=True)
class World:
    """How customers behave, and how the log would have to be broken to tell on them.

    In a `bare` log a customer has one salt, and nothing in a payload is hidden; in a
    `marked` one each commitment begins with something of its customer's.
    """

    customers: int = 24
    entries: int = 5
    bursts: bool = False
    bare: bool = False
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Public:
    """What anybody can download, parsed."""

    entries: tuple[Entry, ...]
    bits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What one receipt says, and the commitments within its payload, as numbers."""

    index: int
    opening: Opening
    held: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Log:
    """A log, with what only the vault knows: openings, and whose each entry is."""

    public: Public
    openings: tuple[Opening, ...]
    owners: tuple[int, ...]

    def shown(self, index: int) -> Shown:
        opening = self.openings[index]
        statement = json.loads(opening.payload)
        held = (decode64(statement[name]) for name in ("content_commit", "link_commit"))
        return Shown(index, opening, tuple(map(_number, held)))


@dataclass
class _Customer:
    subject: bytes
    chain: list[SubjectOpening] = field(default_factory=list)


def lived(world: World, seed: int) -> Log:
    """Let customers act, each on their own, and log what they do."""
    random = Random(seed)  # noqa: S311 - a world for a test; drawn again, the same
    customers = [_Customer(random.randbytes(16)) for _ in range(world.customers)]
    acts = sorted(_acts(world, random))
    stamped = [_stamped(world, random, customers[who], at) for at, who in acts]
    entries = tuple(entry for entry, _ in stamped)
    return Log(
        Public(entries, tuple(_number(entry.commitment) for entry in entries)),
        tuple(opening for _, opening in stamped),
        tuple(who for _, who in acts),
    )


def _stamped(
    world: World, random: Random, customer: _Customer, at: int
) -> tuple[Entry, Opening]:
    chain = customer.chain
    prev = chain[-1].commitment if chain else None
    entry, made = subject_entry(
        Link(customer.subject, len(chain) + 1, prev, random.randbytes(16)),
        kind=random.choice(KINDS),
        at=at,
        content=random.choice((b"yes", b"no")),
        granularity=60,
        draw=lambda: random.randbytes(32),
    )
    chain.append(made)
    opening = made.opening
    if world.bare:
        payload = _reworded(chain[0].payload, entry.at, random.choice(KINDS))
        opening = Opening(EntryType.SUBJECT, entry.at, chain[0].salt, payload)
        entry = opening.entry()
    if world.marked:
        mark = hashlib.sha256(customer.subject).digest()[:4]
        entry = replace(entry, commitment=mark + entry.commitment[4:])
    return entry, opening


def _reworded(payload: bytes, at: int, kind: str) -> bytes:
    return canonical({**json.loads(payload), "at": at, "kind": kind})


def _acts(world: World, random: Random) -> Iterator[tuple[int, int]]:
    for who in range(world.customers):
        begin = START + random.randrange(DAY)
        for number in range(world.entries):
            at = begin + number if world.bursts else START + random.randrange(DAY)
            yield at, who


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def nearest(_: Public, shown: Shown, at: int) -> float:
    """Guess the entries beside it."""
    return -abs(at - shown.index)


def same_minute(public: Public, shown: Shown, at: int) -> float:
    """Guess those of the same time, however far away."""
    return -abs(public.entries[at].at - public.entries[shown.index].at)


def same_rhythm(public: Public, shown: Shown, at: int) -> float:
    """Guess those that came at the same second of an hour."""
    apart = abs(public.entries[at].at - public.entries[shown.index].at) % 3600
    return -min(apart, 3600 - apart)


def alike(public: Public, shown: Shown, at: int) -> float:
    """Guess the commitment that differs in the fewest bits."""
    return -(public.bits[at] ^ public.bits[shown.index]).bit_count()


def alike_to_the_payload(public: Public, shown: Shown, at: int) -> float:
    """Guess the commitment that is most like one that the payload holds."""
    return -min((public.bits[at] ^ held).bit_count() for held in shown.held)


def opened_again(public: Public, shown: Shown, at: int) -> float:
    """Guess what the receipt's own salt opens, its payload reworded."""
    entry, opening = public.entries[at], shown.opening
    payloads = (_reworded(opening.payload, entry.at, kind) for kind in KINDS)
    return any(commit(opening.salt, each) == entry.commitment for each in payloads)


@dataclass(frozen=True, slots=True)
class Learned:
    """Guess as logs with known owners have taught: the log-odds of each feature."""

    weights: tuple[tuple[float, float], ...]

    @classmethod
    def from_logs(cls, logs: Sequence[Log]) -> "Learned":
        counts = [[1.0, 1.0, 1.0, 1.0] for _ in range(_FEATURES)]
        for log in logs:
            for first in range(len(log.owners)):
                for second in range(first):
                    same = log.owners[first] == log.owners[second]
                    for place, held in enumerate(_features(log.public, first, second)):
                        counts[place][2 * same + held] += 1
        return cls(tuple(map(_odds, counts)))

    def __call__(self, public: Public, shown: Shown, at: int) -> float:
        features = _features(public, shown.index, at)
        return sum(w[held] for w, held in zip(self.weights, features, strict=True))


_GAPS, _LAPSES = (1, 2, 3, 5, 8, 13, 34), (0, 60, 300, 900, 3600, 14_400)
_FEATURES = 32 + len(_GAPS) + len(_LAPSES) + 1


def _features(public: Public, first: int, second: int) -> list[bool]:
    """Tell which bytes agree in their upper bits, how far apart, how long apart."""
    one, other = public.entries[first], public.entries[second]
    pairs = zip(one.commitment, other.commitment, strict=True)
    gap, lapse = abs(first - second), abs(one.at - other.at)
    return [
        *((a ^ b) < 64 for a, b in pairs),
        *(gap <= bound for bound in _GAPS),
        *(lapse <= bound for bound in _LAPSES),
        gap % 2 == 0,
    ]


def _odds(counts: list[float]) -> tuple[float, float]:
    apart_not, apart, same_not, same = counts
    others, own = apart_not + apart, same_not + same
    return (
        math.log(same_not / own) - math.log(apart_not / others),
        math.log(same / own) - math.log(apart / others),
    )


def hits(score: Score, logs: Iterable[Log], per_log: int) -> int:
    """Count how often the best guess is an entry of the same customer."""
    return sum(
        log.owners[_best(score, log, index)] == log.owners[index]
        for log in logs
        for index in range(0, len(log.owners), max(1, len(log.owners) // per_log))
    )


def _best(score: Score, log: Log, index: int) -> int:
    public, shown = log.public, log.shown(index)
    others = (at for at in range(len(log.owners)) if at != index)
    # Equal scores are told apart by what means nothing.
    return max(others, key=lambda at: (score(public, shown, at), public.bits[at]))


WAYS: tuple[Score, ...] = (
    nearest,
    same_minute,
    same_rhythm,
    alike,
    alike_to_the_payload,
    opened_again,
)
