"""What the verdict about a write hangs on, and what becomes of several.

Many targets of one question weigh the same: they are decided once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from kit import telemetry
from vault._internal.classes import RecordClass
from vault.gate.question import NOBODY
from vault.writes.write_events import Target
from vault.writes.write_verdicts import WriteVerdict

Records = Mapping[tuple[bytes, bytes], int]


class WeighingKey(NamedTuple):
    """What the verdict about a target hangs on; `there` is the record it replaces."""

    person: int
    known: RecordClass
    contributed: bool
    there: int | None


def weighs(
    target: Target, persons: Mapping[bytes, int], records: Records
) -> WeighingKey | None:
    """Say what a target's verdict hangs on; None if nobody or nothing is there."""
    subject = target.subject or NOBODY
    person = persons.get(subject)
    there = None
    if target.record is not None:
        there = records.get((subject, target.record))
        if there is None:
            return None
    if person is None:
        return None
    return WeighingKey(person, target.known, target.contributed, there)


def joined(verdicts: Sequence[WriteVerdict]) -> WriteVerdict:
    """Join the verdicts of what belongs together."""
    reasons = {r.code: r for verdict in verdicts for r in verdict.reasons}
    visible = all(verdict.visible for verdict in verdicts)
    return WriteVerdict(tuple(reasons.values()), visible)


def raise_alarm(verdicts: Iterable[WriteVerdict]) -> None:
    """Have somebody look at what was refused for a fault of our own."""
    broken = [verdict for verdict in verdicts if verdict.broken]
    for code in {reason.code for each in broken for reason in each.reasons}:
        telemetry.alarm("gate refused for a fault of its own", code=code)
