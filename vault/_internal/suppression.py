"""Identifiers that do not come back by themselves after an erasure.

A row here keeps somebody out, so what nobody here wrote is read the narrow way: a row
that was changed by hand still keeps out, and does not lapse. That none was taken away
is told by a tally: the number of rows and the sum of their MACs, kept in the same unit
of work (an additive multiset hash under a key; Clarke et al., ASIACRYPT 2003).
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from kit.errors import Reason, Refused
from vault._internal.customer_lookup import Blind
from vault._internal.ports.identity import (
    MAX_HOLDERS,
    IdentityReads,
    IdentityWork,
    IndexRow,
    LeavingRow,
    SuppressedRow,
    TallyRow,
)
from vault._internal.row_macs import RowMacs

TABLE: Final = "identity_suppressed"
LEAVING: Final = "identity_leaving"
COME_BACK: Final = 0
"""The end of the suppression of somebody who came back before it had begun."""
_TALLY: Final = "identity_tally"
# Sums of MACs are taken modulo 2^256, the length of one.
_BYTES: Final = 32
_MODULUS: Final = 1 << (8 * _BYTES)


class Suppression:
    """The suppressed identifiers of one installation."""

    def __init__(self, blind: Blind, rows: RowMacs) -> None:
        self._blind = blind
        self._rows = rows

    def standing(
        self, reads: IdentityReads, macs: Collection[bytes], now: int
    ) -> set[bytes]:
        """Give those of many hashes that are suppressed at an instant."""
        found = reads.suppressions(macs)
        return {row.mac for row in found if row.until > now or not self._is_ours(row)}

    def hold(
        self, work: IdentityWork, macs: Iterable[tuple[str, bytes]], now: int
    ) -> bool:
        """Tell whether each of some identifiers is kept out at an instant."""
        hashed = {self._blind.suppressed(field, index) for field, index in macs}
        return self.standing(work, hashed, now).issuperset(hashed)

    def of_leavers(
        self, reads: IdentityReads, indexed: Iterable[tuple[str, bytes]], now: int
    ) -> set[tuple[str, bytes]]:
        """Give those identifiers that keep out as they lie: their suppression is due.

        They are of somebody whose keys are destroyed already, and will be suppressed
        as soon as their turn comes.
        """
        if not reads.is_anybody_leaving():
            return set()
        return {each for each in indexed if self._is_leavers(reads, each, now)}

    def _is_leavers(
        self, reads: IdentityReads, indexed: tuple[str, bytes], now: int
    ) -> bool:
        return any(
            self._blind.is_bound(row)
            and (leaving.until > now or not self.is_own_leaving(leaving))
            and indexed in self.held_alone(reads, self._said_with(reads, row))
            for row, leaving in reads.leavers(*indexed)
        )

    def _said_with(self, reads: IdentityReads, row: IndexRow) -> list[IndexRow]:
        """Give what a record says in a field, by whatever rules it is hashed."""
        return [
            each
            for each in reads.index_said(row.subject, row.record)
            if each.field == row.field
        ]

    def is_own_leaving(self, row: LeavingRow) -> bool:
        """Tell whether it was written here that somebody is leaving."""
        return self._rows.believes(row.row_mac, LEAVING, *row[:-1])

    def set_leaving(self, work: IdentityWork, row: LeavingRow) -> None:
        """Keep that somebody is leaving, vouched for."""
        work.set_leaving(row._replace(row_mac=self._rows.of(LEAVING, *row[:-1])))

    def held_alone(
        self, reads: IdentityReads, held: Sequence[IndexRow]
    ) -> list[tuple[str, bytes]]:
        """Give those of a subject's identifiers that no other living person has.

        What a record says in a field is one, by however many rules it is hashed; so
        all of a record are to be among those that are asked about.
        """
        others = {
            (row.field, row.record)
            for row in held
            if any(
                there.subject != row.subject and self._is_held(reads, there)
                for there in reads.holders(row.field, row.mac, MAX_HOLDERS)
            )
        }
        return [
            (row.field, row.mac)
            for row in held
            if (row.field, row.record) not in others
        ]

    def _is_held(self, reads: IdentityReads, row: IndexRow) -> bool:
        # Put there by hand, it would keep an identifier of the erased from suppression.
        holder = reads.customer_of(row.subject)
        return (
            holder is not None
            and self._blind.is_bound(row)
            and self._rows.knows(holder.row_mac, "identity_customer", *holder[:-1])
        )

    def begin(
        self,
        work: IdentityWork,
        macs: Iterable[tuple[str, bytes]],
        *,
        until: int,
        basis: str,
        lot: bytes,
    ) -> None:
        """Keep the identifiers of one erasure out; the later end counts."""
        hashed = {self._blind.suppressed(field, index) for field, index in macs}
        known = {row.mac: row for row in work.suppressions(hashed)}
        after = []
        for mac in hashed:
            end = max(until, known[mac].until) if mac in known else until
            row = SuppressedRow(mac, end, basis, lot, None)
            after.append(row._replace(row_mac=self._rows.of(TABLE, *row[:-1])))
        for each in after:
            work.suppress(each)
        self._count(work, after, list(known.values()))

    def lift(self, work: IdentityWork, mac: bytes) -> None:
        """Let an identifier come back, and with it all of the same erasure."""
        rows = work.suppressed_with(mac)
        for lot in {row.lot for row in rows}:
            for leaving in work.leaving_with(lot):
                self.set_leaving(work, leaving._replace(until=COME_BACK))
        self._drop(work, rows)

    def drop_lapsed(self, work: IdentityWork, now: int) -> None:
        """Forget suppressions whose time is over, and no row that was set back."""
        self._drop(work, [row for row in work.lapsed(now) if self._is_ours(row)])

    def found(self, work: IdentityWork) -> None:
        """Begin the tally, with the rows that there are; for init and the upgrade."""
        rows = work.all_suppressed()
        work.set_tally(self._row(len(rows), _sum(rows), 1))

    def is_whole(self, reads: IdentityReads) -> bool:
        """Tell whether the rows that there are make up the tally."""
        row = reads.tally(TABLE)
        if row is None or not self._rows.fits(row.row_mac, _TALLY, *row[:-1]):
            return False
        rows = reads.all_suppressed()
        return (row.rows, int.from_bytes(row.sum)) == (len(rows), _sum(rows))

    def _drop(self, work: IdentityWork, rows: Sequence[SuppressedRow]) -> None:
        for row in rows:
            work.drop_suppressed(row.mac)
        self._count(work, [], rows)

    def _count(
        self,
        work: IdentityWork,
        added: Sequence[SuppressedRow],
        taken: Sequence[SuppressedRow],
    ) -> None:
        known = work.tally(TABLE)
        if known is None or not (added or taken):
            return
        # One that was changed stays so, or the next erasure would make it right again.
        if not self._rows.believes(known.row_mac, _TALLY, *known[:-1]):
            return
        total = int.from_bytes(known.sum) + _sum(added) - _sum(taken)
        count = known.rows + len(added) - len(taken)
        work.set_tally(self._row(count, total, known.version + 1))

    def _row(self, count: int, total: int, version: int) -> TallyRow:
        columns = TABLE, count, (total % _MODULUS).to_bytes(_BYTES), version
        return TallyRow(*columns, self._rows.of(_TALLY, *columns))

    def _is_ours(self, row: SuppressedRow) -> bool:
        return self._rows.believes(row.row_mac, TABLE, *row[:-1])


def _sum(rows: Iterable[SuppressedRow]) -> int:
    macs = [row.row_mac for row in rows if isinstance(row.row_mac, bytes)]
    return sum(map(int.from_bytes, macs)) % _MODULUS


def erased() -> Refused:
    """Say that an identifier is suppressed since an erasure."""
    return Refused(
        "this customer was erased, and does not come back by an ordinary write",
        reasons=(
            Reason(
                "fence.erased",
                article="GDPR 17; PIPL 47",
                fix="if they ask to come back, register them with `again`",
            ),
        ),
    )
