"""Tickets: what the gate hands to the unit of work that writes, and nothing else can.

A ticket says what was decided on: whose, in which packed class each person and record
was, under which revision of the policies. The unit of work looks whether all of that
still holds before its first change. It guards against mistakes and races, not against
hostile code in this process, like a permit.
"""

import time
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import Final, NoReturn, final

from vault._internal.ports.records import ReadContext
from vault.gate.question import Question

_TICKET_MINT: Final = object()

LIFE_SECONDS: Final = 5.0


@final
@dataclass(frozen=True, slots=True)
class WriteTicket:
    """Leave to write about some persons for one purpose, for a few seconds.

    `people` holds each person's part of the packed class; `records` the packed class
    of each record that is to be changed. `unit` is the one that a member of staff
    registers into: they have to hold it.
    """

    decision_id: bytes
    question: Question
    asked: ReadContext
    people: Mapping[bytes, int]
    records: Mapping[tuple[bytes, bytes], int]
    unit: str | None
    revision: str
    collection: str
    expires: float
    mint: InitVar[object]

    def __post_init__(self, mint: object) -> None:
        if mint is not _TICKET_MINT:
            raise TypeError("a ticket is issued by the gate, not constructed")

    @property
    def live(self) -> bool:
        """Whether its five seconds have not passed."""
        return time.monotonic() < self.expires

    def __copy__(self) -> NoReturn:
        raise TypeError("a ticket is not copied")

    def __deepcopy__(self, _memo: object) -> NoReturn:
        raise TypeError("a ticket is not copied")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a ticket is not pickled")


def issue_ticket(
    *,
    decision_id: bytes,
    question: Question,
    asked: ReadContext,
    revision: str,
    collection: str,
    people: Mapping[bytes, int],
    records: Mapping[tuple[bytes, bytes], int],
    unit: str | None = None,
) -> WriteTicket:
    """Mint a ticket. Called in `writes/tickets.py` and nowhere else (a source rule)."""
    return WriteTicket(
        decision_id=decision_id,
        question=question,
        asked=asked,
        people=people,
        records=records,
        unit=unit,
        revision=revision,
        collection=collection,
        expires=time.monotonic() + LIFE_SECONDS,
        mint=_TICKET_MINT,
    )
