"""What staff arranged, once more from their acts: the rows that reads weigh follow.

Whoever lifts a hold in the database, or gives themselves a grant there, changes what
may be read or erased, and no proof of the ledger falls with it. So each act that is
kept is held to the entry that stamped it, and holds, grants, assignments, placements,
the restriction and what was removed are made again from the acts. What differs is
named, never whose.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from kit.clock import Clock, from_unix, iso, unix
from ledger.checks.audit import LedgerFinding
from ledger.formats.commitment import CommitmentError
from vault._internal.ports.organisation import CareStore, UnitStore
from vault._internal.ports.records import RemovalStore
from vault._internal.ports.subjects import SubjectStore
from vault.customers import ageing, corrections, registration
from vault.intake import rectification, removal
from vault.organisation import (
    access_grants,
    assignments,
    holds,
    organisation,
    restricted,
)
from vault.organisation.staff_actions import Act, Acts
from vault.proofs.openings import Stamped

# What stands, by sort and name, with its terms; an end is the last of them.
Arranged = dict[tuple[str, str], tuple[str | None, ...]]

_REGISTERED: Final = "correction of the registration"

_RESTRICTION: Final = "restriction"

# Per kind of act: the sort of thing, what names it, and its terms.
_BEGINS: Final[Mapping[str, tuple[str, str, tuple[str, ...]]]] = {
    holds.SET: ("hold", "act_id", ("record_id",)),
    access_grants.GRANTED: ("grant", "act_id", ("staff", "purpose", "until")),
    assignments.ASSIGNED: ("assignment", "staff", ("until",)),
    organisation.PLACED: ("placement", "unit", ()),
    restricted.SET: (_RESTRICTION, "", ()),
    restricted.CLAIMED: (_RESTRICTION, "act_id", ()),
    corrections.CORRECTED: (_REGISTERED, "", ("region", "minor")),
    removal.REMOVED: ("removal", "record_id", ()),
    ageing.CAME_OF_AGE: (_REGISTERED, "", ("region", "minor")),
}
_ENDS: Final[Mapping[str, tuple[str, str]]] = {
    holds.LIFTED: ("hold", "hold_id"),
    access_grants.REVOKED: ("grant", "grant_id"),
    assignments.UNASSIGNED: ("assignment", "staff"),
    organisation.DISPLACED: ("placement", "unit"),
    restricted.LIFTED: (_RESTRICTION, ""),
}
_LIMITED: Final = frozenset({"grant", "assignment"})

# Nothing is arranged by these: they say how somebody came back, or what was put right.
_TOLD: Final = frozenset({registration.READMITTED, rectification.CORRECTED})

ACTS: Final = frozenset({*_BEGINS, *_ENDS, *_TOLD, restricted.RELEASED})


class ActCheck:
    """Compares what is arranged with the acts, and the acts with the ledger."""

    def __init__(
        self,
        *,
        care: CareStore,
        units: UnitStore,
        subjects: SubjectStore,
        removed: RemovalStore,
        acts: Acts,
        clock: Clock,
    ) -> None:
        self._care = care
        self._units = units
        self._subjects = subjects
        self._removed = removed
        self._acts = acts
        self._clock = clock

    def findings(
        self, subject: bytes, stamped: Iterable[Stamped]
    ) -> Iterator[LedgerFinding]:
        """Name what the acts of a customer, or their entries, do not bear out."""
        left, arranged = list(self._acts.of(subject)), Arranged()
        for entry in stamped:
            if entry.opening.kind not in ACTS:
                continue
            act = next((each for each in left if _stamps(entry, each)), None)
            if act is None:
                yield LedgerFinding("act", entry.index, "a stamped act is not kept")
            else:
                left.remove(act)
                _take(arranged, act.document())
        if left:
            yield LedgerFinding("act", None, "an act was never stamped")
        yield from self._differing(subject, arranged)

    def _differing(self, subject: bytes, arranged: Arranged) -> Iterator[LedgerFinding]:
        now = unix(self._clock.now())
        said, there = _lasting(arranged, now), self._rows(subject, now)
        if (_REGISTERED, "") not in said:  # nobody corrected it: it was said once
            there.pop((_REGISTERED, ""), None)
        for sort in sorted({key[0] for key, _ in said.items() ^ there.items()}):
            yield LedgerFinding(
                "arranged", None, f"a {sort} does not follow from the acts"
            )
        if not self._care.is_marked(subject):
            yield LedgerFinding(
                "arranged", None, "records do not say what holds there are"
            )

    def _rows(self, subject: bytes, now: int) -> Arranged:
        rows = Arranged()
        for hold in self._care.holds(subject):
            record = None if hold.record is None else hold.record.hex()
            rows["hold", hold.hold_id.hex()] = (record,)
        for grant in self._care.grants(subject, now, lying=True):
            terms = grant.staff, grant.purpose, iso(from_unix(grant.until))
            rows["grant", grant.grant_id.hex()] = terms
        for row in self._care.assignments(subject, now, lying=True):
            rows["assignment", row.staff] = (iso(from_unix(row.until)),)
        for unit in self._units.units_of(subject, lying=True):
            rows["placement", unit] = ()
        for item in self._removed.gone(subject):
            rows["removal", item.hex()] = ()
        known = self._subjects.said_of(subject)
        if known is not None and known.state == restricted.RESTRICTED:
            rows[_RESTRICTION, ""] = ()
        if known is not None:
            rows[_REGISTERED, ""] = (known.region, known.minor)
        return rows


def _take(arranged: Arranged, said: Mapping[str, Any]) -> None:
    """Do once more what an act did."""
    kind = said["kind"]
    if kind in _BEGINS:
        sort, name, terms = _BEGINS[kind]
        arranged[sort, said.get(name, "")] = tuple(said[term] for term in terms)
    elif kind == restricted.RELEASED:
        for claim in said["claims"]:
            arranged.pop((_RESTRICTION, claim), None)
    elif kind not in _TOLD:
        sort, name = _ENDS[kind]
        arranged.pop((sort, said.get(name, "")), None)


def _lasting(arranged: Arranged, now: int) -> Arranged:
    """Leave out what has ended by itself; an account is restricted, by whomever."""
    ended = iso(from_unix(now))
    return {
        (sort, "" if sort == _RESTRICTION else name): terms
        for (sort, name), terms in arranged.items()
        if sort not in _LIMITED or str(terms[-1]) > ended
    }


def _stamps(entry: Stamped, act: Act) -> bool:
    try:
        entry.opening.check(act.content)
    except CommitmentError:
        return False
    return True
