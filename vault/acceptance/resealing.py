"""Sealing what is stored anew, in lots, under a maintenance permit.

    upgrade            records sealed before facts were sealed with them
    catalogue accept   records whose fields are of another class now, or sealed apart
    catalogue retire   records that hold a field which is no longer kept

A lot is read, opened and written in one transaction, so that each record is as it was
or as it is to be, whatever kills the run; and what is as it is to be is left alone, so
that a run may be repeated. A record that does not open is left as it lies, and counted.
Version, schema, retention and key stay; no value leaves this module.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, TypeAlias

from kit.db import Database, WriteSession
from kit.errors import Damaged
from vault._internal.classes import Classes, RecordClass
from vault._internal.envelope import BUCKET, kid_of
from vault._internal.keyring import Keyring
from vault._internal.permit import issue_for_maintenance
from vault._internal.ports.records import MAIN, RecordStore, SealedRow
from vault._internal.strongroom import Parts, Section, Strongroom
from vault.catalog.catalog import Catalog, Collection
from vault.intake.sealing import Place, seal_parts

LOT: Final = 500
_START: Final = (b"", b"")


@dataclass(slots=True)
class Resealed:
    """What came of a run: records sealed anew, and those that do not open."""

    changed: int = 0
    damaged: int = 0


class Anew(NamedTuple):
    """What is to be sealed in a record's place; None leaves it as it lies."""

    classes: tuple[str, ...]
    parts: Parts
    version: int


Change: TypeAlias = Callable[[SealedRow, RecordClass, Parts], Anew | None]
Told: TypeAlias = Callable[[Sequence[SealedRow]], None]


class Resealing:
    """Seals records anew."""

    def __init__(
        self,
        *,
        database: Database,
        records: RecordStore,
        strongroom: Strongroom,
        keyring: Keyring,
        classes: Classes,
        catalog: Catalog,
    ) -> None:
        self._database = database
        self._records = records
        self._strongroom = strongroom
        self._keyring = keyring
        self._classes = classes
        self._catalog = catalog

    def by_catalogue(self, *, older: bool = False) -> Resealed:
        """Have each record say what the catalogue makes of its fields.

        `older` takes a record that was sealed before facts were as its row says it is.
        """
        return self.run(self._arranged, older=older)

    def unsound(self) -> Resealed:
        """Count the records that do not open as they were sealed; changes nothing."""
        report, after = Resealed(), _START
        while rows := self._records.lot(None, after, LOT):
            opened = self._opened(rows, older=False)
            report.damaged += sum(isinstance(parts, Damaged) for _, parts, _ in opened)
            after = rows[-1].subject, rows[-1].record
        return report

    def run(
        self, change: Change, *, older: bool = False, told: Told = lambda _: None
    ) -> Resealed:
        """Change each record as `change` says; `told` hears of a lot before it is kept.

        A record that was sealed before facts were is sealed anew in any case, if
        `older` takes it at all.
        """
        report, after = Resealed(), _START
        while True:
            with self._database.write() as session:
                rows = self._records.lot(session, after, LOT)
                if not rows:
                    return report
                changed = self._lot(session, rows, change, report, older=older)
                if changed:
                    told(changed)
            after = rows[-1].subject, rows[-1].record

    def _lot(
        self,
        session: WriteSession,
        rows: Sequence[SealedRow],
        change: Change,
        report: Resealed,
        *,
        older: bool,
    ) -> list[SealedRow]:
        changed = []
        for row, parts, was_older in self._opened(rows, older=older):
            if isinstance(parts, Damaged):
                report.damaged += 1
                continue
            known = self._classes.record(row.k)
            anew = change(row, known, parts)
            if anew is None and was_older:
                anew = Anew(known.classes, parts, row.version)
            if anew is not None:
                self._keep(session, row, known, anew)
                changed.append(row)
        report.changed += len(changed)
        return changed

    def _opened(
        self, rows: Sequence[SealedRow], *, older: bool
    ) -> Iterator[tuple[SealedRow, Parts | Damaged, bool]]:
        """Open a lot; what belongs to the erased is passed over."""
        sections = {row.k: self._section(row.k) for row in rows}
        again = []
        for row, parts in zip(rows, self._open(rows, sections), strict=True):
            if isinstance(parts, Damaged) and older:
                again.append(row)
            elif parts is not None:
                yield row, parts, False
        aged = {k: replace(section, older=True) for k, section in sections.items()}
        for row, parts in zip(again, self._open(again, aged), strict=True):
            if parts is not None:
                yield row, parts, True

    def _open(
        self, rows: Sequence[SealedRow], sections: Mapping[int, Section]
    ) -> Iterable[Parts | Damaged | None]:
        if not rows:
            return ()
        permit = issue_for_maintenance(frozenset([row.record for row in rows]))
        return self._strongroom.open_apart(permit, rows, sections)

    def _section(self, number: int) -> Section:
        known = self._classes.record(number)
        return Section(known.collection, known.classes, (), whole=True, declared={})

    def _keep(
        self, session: WriteSession, row: SealedRow, known: RecordClass, anew: Anew
    ) -> None:
        subject, record, _, schema, _, sealed, _, until, contributed, *_ = row
        declared = self._catalog.collections.get(known.collection)
        parts = seal_parts(
            self._keyring.load(subject, kid_of(sealed)),
            anew.parts,
            place=Place(known.collection, record, anew.version, schema),
            known=(anew.classes, until, contributed),
            bucket=BUCKET if declared is None else declared.bucket,
        )
        wanted = RecordClass(known.collection, anew.classes)
        self._records.reseal(
            session,
            (subject, record),
            self._classes.number_of(session, wanted),
            anew.version,
            parts,
        )

    def _arranged(
        self, row: SealedRow, known: RecordClass, parts: Parts
    ) -> Anew | None:
        collection = self._catalog.collections.get(known.collection)
        if collection is None:
            return None
        classes, wanted = arranged(collection, known.classes, parts)
        if (classes, wanted) == (known.classes, parts):
            return None
        return Anew(classes, wanted, row.version)


def arranged(
    collection: Collection, known: tuple[str, ...], parts: Parts
) -> tuple[tuple[str, ...], Parts]:
    """Give the data classes and parts that a collection makes of a record's fields.

    A field that is not declared has no class: it stays in the part that it is in,
    unless that class is no longer sealed apart; and the record keeps the classes that
    it is known by, for nobody knows which of them was the field's.
    """
    held = {name: value for each in parts.values() for name, value in each.items()}
    declared = {n: v for n, v in held.items() if n in collection.fields}
    classes = {collection.class_of(name) for name in declared}
    wanted = collection.parts(declared)
    for part, values in parts.items():
        strays = {n: v for n, v in values.items() if n not in collection.fields}
        if strays:
            classes |= {*known}
            wanted.setdefault(_place(collection, part), {}).update(strays)
    return tuple(sorted(classes)), wanted


def _place(collection: Collection, part: str) -> str:
    together = part in collection.classes and part not in collection.sealed_apart
    return MAIN if together else part


def without(parts: Parts, field: str) -> Parts:
    """Give a record's parts without a field; a part that is then empty is none."""
    left: dict[str, dict[str, Any]] = {
        part: {name: value for name, value in values.items() if name != field}
        for part, values in parts.items()
    }
    return {part: values for part, values in left.items() if values or part == MAIN}
