"""What is known of an import afterwards, and of taking it back."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from kit.clock import from_unix
from vault._internal.ports.imports import TAKEN, RunRow
from vault.imports.import_report import Account

REPLACED: Final = "replaced"
REFUSED: Final = "refused"
GONE: Final = "gone"
MAY_GO: Final = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One import: of which file, from when to when, what it did, what became of it.

    Before 0.2 nobody noted when one began, and of which file it was.
    """

    number: int
    digest: str
    begun: datetime | None
    ended: datetime | None
    state: str
    done: Account
    removed: int
    reason: str

    @classmethod
    def of(cls, row: RunRow) -> Self:
        """Read a row."""
        return cls(
            number=row.number,
            digest=row.digest.hex(),
            begun=from_unix(row.at) if row.at else None,
            ended=None if row.ended is None else from_unix(row.ended),
            state=row.state,
            done=Account(*row.counts),
            removed=row.removed,
            reason=row.reason,
        )


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What came of taking an import back, or would; `before` if it was back already.

    `stays` counts what stays by what keeps it. It is not `done` while the gate refuses
    what may go: `codes` says by which rules. `customers` are those whom the import
    registered.
    """

    number: int
    done: bool
    before: bool
    removed: int
    stays: Mapping[str, int]
    customers: int
    codes: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(
        cls, row: RunRow, tally: Mapping[str, int], *, before: bool, codes: Counter[str]
    ) -> Self:
        """Say it of an import as it is now: what could go, and is there, was refused.

        What it made and is not there any more, without having been taken back, is gone
        with its customer, or by its author's word.
        """
        done, stays = Account(*row.counts), dict(tally)
        there = sum(stays.values()) - stays.get(REPLACED, 0)
        stays[REFUSED] = stays.pop(MAY_GO, 0)
        stays[GONE] = max(0, done.records_written - row.removed - there)
        counts = {reason: count for reason, count in stays.items() if count}
        said = row.number, row.state == TAKEN, before, row.removed
        return cls(*said, counts, done.customers, codes)

    @classmethod
    def foretold(cls, row: RunRow, tally: Mapping[str, int]) -> Self:
        """Say what would come of it, if the gate has nothing against it."""
        there = dict(tally)
        may_go = 0 if row.state == TAKEN else there.pop(MAY_GO, 0)
        becomes = row._replace(removed=row.removed + may_go)
        return cls.of(becomes, there, before=row.state == TAKEN, codes=Counter())
