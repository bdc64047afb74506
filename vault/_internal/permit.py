"""Permits: what the gate hands to the strongroom, and nothing else can make.

But for one: what seals records anew opens them, under a permit of its own.

A permit says which records one decision opened, for which purpose, and for how many
seconds. It guards against mistakes, not against hostile code in this process: that
is the work of the database's own roles and of a key provider outside (SECURITY.md).

The mint is an `InitVar`: as a field it would be carried over by
`dataclasses.replace`, and a permit could be widened.
"""

import time
from collections.abc import Iterable
from dataclasses import InitVar, dataclass
from typing import Final, NoReturn, final

from kit.ids import new_id

_MINT: Final = object()

MAX_RECORDS: Final = 1_000
LIFE_SECONDS: Final = 5.0
MAINTENANCE: Final = "maintenance"
"""What a permit says that no policy decided about: no purpose has this name."""


@final
@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to open at most 1,000 records for one purpose, for a few seconds."""

    decision_id: bytes
    purpose: str
    records: frozenset[bytes]
    expires: float
    mint: InitVar[object]

    def __post_init__(self, mint: object) -> None:
        if mint is not _MINT:
            raise TypeError("a permit is issued by the gate, not constructed")

    def covers(self, records: Iterable[bytes]) -> bool:
        """Tell whether each of `records` may be opened at this moment."""
        return self.records.issuperset(records) and time.monotonic() < self.expires

    def __copy__(self) -> NoReturn:
        raise TypeError("a permit is not copied")

    def __deepcopy__(self, _memo: object) -> NoReturn:
        raise TypeError("a permit is not copied")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a permit is not pickled")


def issue_for_maintenance(records: frozenset[bytes]) -> Permit:
    """Mint a permit for sealing records anew; nothing of them is disclosed under it.

    Called in `vault/acceptance/resealing.py` and nowhere else (a source rule).
    """
    return issue(decision_id=new_id(), purpose=MAINTENANCE, records=records)


def issue(*, decision_id: bytes, purpose: str, records: frozenset[bytes]) -> Permit:
    """Mint a permit. Called in `gate/gate.py` and nowhere else (a source rule).

    Raises:
        ValueError: more records than one permit covers.

    """
    if len(records) > MAX_RECORDS:
        raise ValueError(f"a permit covers at most {MAX_RECORDS} records")
    # Not the wall clock: setting that back would prolong a permit.
    expires = time.monotonic() + LIFE_SECONDS
    return Permit(decision_id, purpose, records, expires, _MINT)
