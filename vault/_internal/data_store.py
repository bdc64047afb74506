"""Which database stands behind the ports: the one module that names an adapter."""

from dataclasses import dataclass

from kit.db import Database
from vault._internal.classes import Classes
from vault._internal.ports.access_log import AccessStore
from vault._internal.ports.changes import ChangeStore
from vault._internal.ports.identity import IdentityStore
from vault._internal.ports.imports import ImportStore, MadeStore
from vault._internal.ports.keeping import (
    CatalogueStore,
    RowMacStore,
    VerificationStore,
)
from vault._internal.ports.orders import OrderChain, OrderStore
from vault._internal.ports.organisation import CareStore, UnitStore
from vault._internal.ports.people import PeopleStore
from vault._internal.ports.records import (
    Census,
    PackedClasses,
    RecordStore,
    RemovalStore,
)
from vault._internal.ports.subjects import BirthStore, SubjectStore
from vault._internal.row_macs import RowMacs
from vault._internal.sqlite.access_log import SqliteAccessStore
from vault._internal.sqlite.births import SqliteBirths
from vault._internal.sqlite.care import SqliteCare
from vault._internal.sqlite.catalogues import SqliteCatalogues
from vault._internal.sqlite.census import SqliteCensus
from vault._internal.sqlite.changes import SqliteChanges
from vault._internal.sqlite.classes import SqliteClasses
from vault._internal.sqlite.identity import SqliteIdentity
from vault._internal.sqlite.imports import SqliteImports
from vault._internal.sqlite.made import SqliteMade
from vault._internal.sqlite.orders import SqliteOrderChain, SqliteOrders
from vault._internal.sqlite.packed import SqlitePacked
from vault._internal.sqlite.people import SqlitePeople
from vault._internal.sqlite.records import SqliteRecords
from vault._internal.sqlite.removals import SqliteRemoved
from vault._internal.sqlite.row_macs import IDENTITY_ROWS, VAULT_ROWS, SqliteRowMacs
from vault._internal.sqlite.subjects import SqliteSubjects
from vault._internal.sqlite.units import SqliteOrg
from vault._internal.sqlite.verifications import SqliteVerifications


@dataclass(frozen=True, slots=True)
class DataStore:
    """The ports of one data store, and the classes that its reads speak of."""

    records: RecordStore
    packed: PackedClasses
    changes: ChangeStore
    census: Census
    removed: RemovalStore
    subjects: SubjectStore
    people: PeopleStore
    births: BirthStore
    care: CareStore
    units: UnitStore
    orders: OrderStore
    chain: OrderChain
    imports: ImportStore
    made: MadeStore
    catalogues: CatalogueStore
    verifications: VerificationStore
    row_macs: RowMacStore
    classes: Classes


def data_store(database: Database, rows: RowMacs) -> DataStore:
    """Give the data store of an installation, on SQLite."""
    classes = Classes(SqliteClasses(database, rows), rows)
    # A read's own statement asks them about each row that it comes by.
    database.offer("row_believed", rows.knows)
    database.offer("subject_believed", classes.is_subject)
    return DataStore(
        records=SqliteRecords(database),
        packed=SqlitePacked(database),
        changes=SqliteChanges(database),
        census=SqliteCensus(database),
        removed=SqliteRemoved(database),
        subjects=SqliteSubjects(database, rows),
        people=SqlitePeople(database),
        births=SqliteBirths(database),
        care=SqliteCare(database, rows),
        units=SqliteOrg(database, rows),
        orders=SqliteOrders(database),
        chain=SqliteOrderChain(database, rows),
        imports=SqliteImports(database),
        made=SqliteMade(database),
        catalogues=SqliteCatalogues(database),
        verifications=SqliteVerifications(),
        row_macs=SqliteRowMacs(database, rows, VAULT_ROWS),
        classes=classes,
    )


def identity_store(database: Database) -> IdentityStore:
    """Give the identity store of an installation, on SQLite."""
    return SqliteIdentity(database)


def identity_row_macs(identity: Database, rows: RowMacs) -> RowMacStore:
    """Give what looks after the MACs of the identity store's rows, on SQLite."""
    return SqliteRowMacs(identity, rows, IDENTITY_ROWS)


def access_store(database: Database) -> AccessStore:
    """Give the store of the access log, on SQLite."""
    return SqliteAccessStore(database)
