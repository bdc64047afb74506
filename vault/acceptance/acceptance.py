"""Which catalogue this vault goes by: the one whose digest the ledger names last.

A catalogue is a file that an editor changes; what it says opens data. So another one
than was accepted does not start the program. Accepting it says what it opens, has each
record say what the new catalogue makes of its fields (`vault.acceptance.resealing`),
and only then stamps the digest, an operator entry `catalogue.accepted`: a run that was
cut off has accepted nothing, and is begun again.
"""

from hashlib import sha256
from hmac import compare_digest
from typing import Final

from consent.purposes import CurrentPurposes
from kit.canonical import canonical, parse
from kit.clock import Clock, unix
from kit.db import Database, WriteSession
from kit.errors import CannotStart, Conflict, Unavailable
from ledger.formats import entry_kinds
from ledger.formats.entry_kinds import EntryType
from ledger.formats.order_kinds import neither
from ledger.log import Log
from vault._internal.blind_index import BlindIndex
from vault._internal.ports.keeping import CatalogueStore
from vault._internal.ports.records import RecordStore
from vault.acceptance.changes import NOTHING, CatalogChange, Document, changes, heeds_of
from vault.acceptance.resealing import Resealed, Resealing
from vault.catalog.catalog import Catalog
from vault.catalog.document import digest, document

ACCEPTED: Final = "catalogue.accepted"

entry_kinds.declare(ACCEPTED, EntryType.OPERATOR)
# Needs no order: an older catalogue does not start where the ledger names another.
neither(ACCEPTED)


class NotAccepted(CannotStart):
    """The catalogue is another one than was accepted last."""

    code = "catalogue_not_accepted"

    def __init__(self) -> None:
        super().__init__(
            "the catalogue is not the one that was accepted, or data/ is a copy from"
            " before that",
            fix="put the accepted one back, or see what this one opens; then accept it:"
            " `allod catalogue accept`",
        )


def stamp_accepted(
    session: WriteSession,
    *,
    log: Log,
    catalogues: CatalogueStore,
    catalog: Catalog,
    at: int,
) -> int:
    """Note in the ledger and beside it that a catalogue is accepted; gives the index.

    The caller has had the records say what it makes of them.
    """
    found = digest(catalog)
    entry = log.stamp_operator(session, ACCEPTED, {"digest": found})
    catalogues.add(session, found, canonical(document(catalog)), at, entry)
    return entry


class Acceptance:
    """The catalogue of one vault, and the one that was accepted."""

    def __init__(
        self,
        *,
        database: Database,
        catalogues: CatalogueStore,
        catalog: Catalog,
        records: RecordStore,
        resealing: Resealing,
        index: BlindIndex,
        log: Log,
        purposes: CurrentPurposes,
        clock: Clock,
    ) -> None:
        self._database = database
        self._catalogues = catalogues
        self._catalog = catalog
        self._records = records
        self._resealing = resealing
        self._index = index
        self._log = log
        self._purposes = purposes
        self._clock = clock
        self.digest = digest(catalog)

    @property
    def accepted(self) -> str | None:
        """The digest that the ledger names last; None if it names none."""
        said = [facts for _, facts in self._log.operators(ACCEPTED)]
        return str(said[-1].get("digest")) if said else None

    @property
    def is_accepted(self) -> bool:
        """Whether the catalogue is the one that was accepted, and the records know it.

        They do not where a copy of data/ from before was put back: the ledger names it
        all the same.
        """
        row = self._catalogues.newest()
        known = "" if row is None else row.digest
        return all(
            compare_digest(each, self.digest) for each in (self.accepted or "", known)
        )

    def require(self) -> None:
        """Check that the catalogue is the one that was accepted.

        Raises:
            NotAccepted: it is another one, or none was.

        """
        if not self.is_accepted:
            raise NotAccepted

    def require_still(self, session: WriteSession) -> None:
        """Check, in a unit of work that writes, that none was accepted meanwhile.

        Raises:
            Unavailable: another process accepted another one.

        """
        if not compare_digest(self._catalogues.digest(session) or "", self.digest):
            raise Unavailable(
                "another catalogue was accepted since this program was started",
                code="catalogue.changed",
                fix="start it again",
            )

    def changes(self) -> tuple[CatalogChange, ...]:
        """Say what the catalogue changes, against the one that was accepted."""
        heeds = heeds_of(self._purposes())
        return changes(self._before(), document(self._catalog), heeds)

    def accept(self) -> Resealed:
        """Accept the catalogue, and have every record say what it makes of it.

        Nothing else may use the home meanwhile.

        Raises:
            Conflict: it drops a collection of which there are records, or says of a
                field that what several customers have is one customer's.

        """
        if self.is_accepted:
            return Resealed()
        self._require_no_records()
        self._require_unique()
        report = self._resealing.by_catalogue()
        with self._database.write() as session:
            self._stamp(session)
        return report

    def adopt(self) -> None:
        """Accept the catalogue of a home that knew of no acceptance, once.

        For the upgrade, which has had every record say what the catalogue makes of it.
        """
        said, unknown = self.accepted, self._catalogues.newest() is None
        if said is None or (unknown and compare_digest(said, self.digest)):
            with self._database.write() as session:
                self._stamp(session)

    def _stamp(self, session: WriteSession) -> None:
        stamp_accepted(
            session,
            log=self._log,
            catalogues=self._catalogues,
            catalog=self._catalog,
            at=unix(self._clock.now()),
        )

    def _before(self) -> Document:
        """Give what was accepted; if that is not there any more, all counts as new."""
        row = self._catalogues.newest()
        found = b"" if row is None else row.document
        if not compare_digest(sha256(found).hexdigest(), self.accepted or ""):
            return NOTHING
        return dict(parse(found))

    def _require_unique(self) -> None:
        shared = {
            f"{each.name}.{name}"
            for each in self._catalog
            for name in each.identifiers
            if each.fields[name].shared
        }
        declared = {
            f"{each.name}.{n}" for each in self._catalog for n in each.identifiers
        }
        several = self._index.several()
        for field in sorted(several.keys() & declared - shared):
            raise Conflict(
                f"{several[field]} values of {field} are several customers', and the"
                " catalogue does not say that it is shared",
                code="catalogue.in_use",
                fix="keep `shared: true`, or give each customer one of their own",
            )

    def _require_no_records(self) -> None:
        for name in self._records.collections():
            if name not in self._catalog.collections:
                raise Conflict(
                    f"there are records of the collection {name}, which it drops",
                    code="catalogue.in_use",
                    fix="keep the collection: without it nobody is given its records",
                )
