"""What came of an import: every line of the file accounted for once, and its records.

A line goes to its worst outcome: refused, else written, else there already, else
skipped. The four sum to the lines of the file. A line may make several records; they
are counted apart. What was refused is told by line, code and field, never by value;
what was kept though nobody can have it (`doubtful`), by field and line.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, Self

from kit.errors import AllodError, Conflict, Invalid
from vault._internal.blind_index import Taken
from vault.imports.encodings import UTF_8
from vault.intake.storing import WriteResult

MAX_SHOWN: Final = 1_000
MAX_PLACES: Final = 10

_DIFFERS: Final = "record.differs"
_OURS: Final = frozenset({_DIFFERS, "record.changed", "customer.alike"})


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """A line, or a part of it, that was not imported. Never a value.

    `wants` is what the catalogue has of the field instead: type and bound. Its record
    begins at `line` and ends at `last`. `collection` is whose record was kept out; of
    a line that could not be read as a whole there is none.
    """

    line: int
    code: str
    field: str = ""
    wants: str = ""
    last: int = 0
    collection: str = ""

    @classmethod
    def of(cls, line: int, error: AllodError, collection: str = "") -> Self:
        """Say what kept a line, or its record of a collection, out."""
        return replace(cls._of(line, error), collection=collection)

    @classmethod
    def _of(cls, line: int, error: AllodError) -> Self:
        if isinstance(error, Taken):
            return cls(line, error.reason_code, error.field)
        if isinstance(error, Conflict):
            own = error.reason_code if error.reason_code in _OURS else _DIFFERS
            return cls(line, own)
        faults = error.faults if isinstance(error, Invalid) else ()
        fields = [(each.pointer.removeprefix("/"), each.message) for each in faults]
        place = fields[0][0] if fields else ""
        # The first is the refusal's field; of further ones each says which it is.
        wants = "; ".join(
            message if at == 0 else f"{name}: {message}"
            for at, (name, message) in enumerate(fields)
        )
        return cls(line, error.reason_code, place, wants)


class Doubt(NamedTuple):
    """A field that is held with an address or number that nobody can have."""

    line: int
    field: str


@dataclass(slots=True)
class Doubtful:
    """Records whose field was kept in doubt: how many, and the lines of the first."""

    records: int = 0
    lines: list[int] = field(default_factory=list)

    def count(self, line: int) -> None:
        """Count one more."""
        self.records += 1
        if len(self.lines) < MAX_PLACES:
            self.lines.append(line)


Progress = Callable[[int, int], None]
"""Told how many lines are done, of how many."""

Tell = Callable[[Refusal], None]


class Account(NamedTuple):
    """Lines by what became of them, then records by what became of them."""

    written: int = 0
    already: int = 0
    refused: int = 0
    skipped: int = 0
    records_written: int = 0
    records_replaced: int = 0
    records_already: int = 0
    records_refused: int = 0
    customers: int = 0

    @property
    def lines(self) -> int:
        """How many lines are accounted for."""
        return self.written + self.already + self.refused + self.skipped

    def plus(self, other: "Account") -> "Account":
        """Add what became of other lines."""
        return Account(*map(sum, zip(self, other, strict=True)))


NOTHING: Final = Account()
Outcome = WriteResult | AllodError


class Came(NamedTuple):
    """What came of some lines, or would come of them."""

    account: Account
    refusals: Sequence[Refusal]
    doubts: Sequence[Doubt]


def account_of(length: int, outcomes: Iterable[Outcome], refused: int = 0) -> Account:
    """Account for one row of so many lines by what became of its records.

    `refused` are those that were refused before.
    """
    said = Counter[str]()
    for each in outcomes:
        if isinstance(each, WriteResult):
            said[each.outcome] += 1
        else:
            refused += 1
    new = said["created"] + said["replaced"]
    return Account(
        written=length if new and not refused else 0,
        already=length if said and not new and not refused else 0,
        refused=length if refused else 0,
        skipped=0 if said or refused else length,
        records_written=said["created"],
        records_replaced=said["replaced"],
        records_already=said["there_already"],
        records_refused=refused,
    )


@dataclass(slots=True)
class ImportReport:
    """What came of an import.

    `codes` counts all refusals of this run, `refusals` holds its first thousand,
    `doubtful` has by field what it kept in doubt or found so. After an interruption
    `done` includes what became of the lines before it. `encoding` is the one that the
    file was read in. `by_line` are the collections whose records have no name but what
    their line says.
    """

    lines: int
    resumed_at: int = 0
    done: Account = NOTHING
    codes: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    doubtful: dict[str, Doubtful] = field(default_factory=dict)
    tell: Tell | None = field(default=None, repr=False)
    encoding: str = UTF_8
    by_line: tuple[str, ...] = ()

    @property
    def overlaps(self) -> bool:
        """Whether lines came in before, and one corrected since is a second record."""
        done = self.done
        return bool(self.by_line and done.records_already and done.records_written)

    def take(self, came: Came) -> None:
        """Tell what came of some lines; how many they are is in the account."""
        for refusal in came.refusals:
            self._refuse(refusal)
        for line, name in came.doubts:
            self.doubtful.setdefault(name, Doubtful()).count(line)

    def _refuse(self, refusal: Refusal) -> None:
        if self.tell is not None:
            self.tell(refusal)
        self.codes[refusal.code] += 1
        if len(self.refusals) < MAX_SHOWN:
            self.refusals.append(refusal)

    @property
    def written(self) -> int:
        """Lines of which something was written, and nothing refused."""
        return self.done.written

    @property
    def already(self) -> int:
        """Lines of which everything was there already."""
        return self.done.already

    @property
    def refused(self) -> int:
        """Lines of which something was refused."""
        return self.done.refused

    @property
    def skipped(self) -> int:
        """Lines that are no record, or make none that an earlier line did not."""
        return self.done.skipped

    @property
    def customers(self) -> int:
        """Customers who are new."""
        return self.done.customers
