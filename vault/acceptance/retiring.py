"""Retiring a field: what is stored under a name that the catalogue dropped, removed.

Each record that holds it becomes a new version without it. Two kinds of record keep
theirs, and are counted: what is held as evidence, for a hold wins; and contributions,
which are changed by their author alone, and whose ledger entry proves the very text.
What goes stands in the access log before it is gone, for the person to read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from struct import pack
from typing import Final

from kit.db import Database
from kit.errors import Conflict
from kit.ids import new_id
from ledger.formats import entry_kinds
from ledger.formats.entry_kinds import EntryType
from ledger.formats.order_kinds import neither
from ledger.log import Log
from vault._internal.classes import RecordClass
from vault._internal.permit import MAINTENANCE
from vault._internal.ports.identity import IdentityStore
from vault._internal.ports.records import SealedRow
from vault._internal.strongroom import Parts
from vault.acceptance.resealing import Anew, Resealing, arranged, without
from vault.audit.access import Access
from vault.audit.access_log import AccessLog
from vault.catalog.catalog import Catalog, Collection

RETIRED: Final = "catalogue.retired"
OPERATOR: Final = "operator"

entry_kinds.declare(RETIRED, EntryType.OPERATOR)
# As for accepting: what was retired is declared by no catalogue that is accepted.
neither(RETIRED)


@dataclass(slots=True)
class Retired:
    """What came of retiring a field, in numbers of records."""

    removed: int = 0
    held: int = 0
    contributed: int = 0
    damaged: int = 0


class Retiring:
    """Removes from the records what the catalogue no longer declares."""

    def __init__(
        self,
        *,
        database: Database,
        identity: IdentityStore,
        catalog: Catalog,
        resealing: Resealing,
        access_log: AccessLog,
        log: Log,
    ) -> None:
        self._database = database
        self._identity = identity
        self._catalog = catalog
        self._resealing = resealing
        self._access_log = access_log
        self._log = log

    def retire(self, collection: str, field: str) -> Retired:
        """Remove a field from all records of a collection; may be repeated.

        Raises:
            Invalid: there is no such collection.
            Conflict: the catalogue declares the field.
            Unavailable: the access log cannot be written.

        """
        declared, report = self._catalog.collection(collection), Retired()
        if field in declared.fields:
            raise Conflict(
                "the catalogue declares this field",
                code="field.declared",
                fix="drop it from the catalogue, run `allod catalogue accept`, and then"
                " retire it",
            )
        ran = self._resealing.run(
            partial(_less, declared, field, report),
            told=partial(self._tell, collection, field, new_id()),
        )
        report.removed, report.damaged = ran.changed, ran.damaged
        if report.removed:
            facts = {"collection": collection, "field": field, "records": ran.changed}
            with self._database.write() as session:
                self._log.stamp_operator(session, RETIRED, facts)
        return report

    def _tell(
        self, collection: str, field: str, scan: bytes, rows: Sequence[SealedRow]
    ) -> None:
        """Have a lot on record, and found by the field no more, before it is kept."""
        self._access_log.append(
            Access(
                principal_kind="service",
                principal=OPERATOR,
                purpose=MAINTENANCE,
                action="retire",
                revision="",
                decision=new_id(),
                outcome="retired",
                collection=collection,
                subjects=b"".join([row.subject for row in rows]),
                records=b"".join([row.record for row in rows]),
                versions=pack(f">{len(rows)}I", *[row.version + 1 for row in rows]),
                fields=field,
                scan=scan,
            )
        )
        with self._identity.work() as work:
            for row in rows:
                work.drop_identifier(row.subject, row.record, f"{collection}.{field}")


def _less(
    collection: Collection,
    field: str,
    report: Retired,
    row: SealedRow,
    known: RecordClass,
    parts: Parts,
) -> Anew | None:
    holds = any(field in values for values in parts.values())
    if known.collection != collection.name or not holds:
        return None
    if row.status:
        report.held += 1
        return None
    if row.contributed:
        report.contributed += 1
        return None
    classes, left = arranged(collection, known.classes, without(parts, field))
    return Anew(classes, left, row.version + 1)
