"""The parts of importing, put together."""

from typing import Final

from kit.clock import Clock
from kit.db import Database
from kit.secret import Secret
from vault._internal.blind_index import BlindIndex
from vault._internal.classes import Classes
from vault._internal.import_store import SqliteImports
from vault._internal.keyring import Keyring
from vault.catalog.catalog import Catalog
from vault.customers.births import Births
from vault.customers.registration import Registration
from vault.gate.policies import Policies
from vault.gate.vocabulary import Vocabulary
from vault.imports.import_keys import ImportKeys
from vault.imports.import_lots import LotWriter
from vault.imports.import_targets import ImportTargets
from vault.imports.imports import Imports
from vault.intake.foretelling import Foretelling
from vault.intake.indexing import Indexing
from vault.intake.intake import Intake

IMPORT: Final = "import"


def imports_of(
    database: Database,
    keyring: Keyring,
    *,
    index: BlindIndex,
    classes: Classes,
    intake: Intake,
    registration: Registration,
    policies: Policies,
    catalog: Catalog,
    births: Births,
    clock: Clock,
) -> Imports:
    """Put together what imports files."""
    store = SqliteImports(database)
    writer = LotWriter(
        imports=store,
        targets=ImportTargets(store, keyring),
        registration=registration,
        intake=intake,
        indexing=Indexing(index, catalog),
        foretelling=Foretelling(
            database=database,
            classes=classes,
            catalog=catalog,
            policies=policies,
            clock=clock,
        ),
        births=births,
    )
    return Imports(
        database=database,
        store=store,
        writer=writer,
        catalog=catalog,
        words=Vocabulary(policies),
        births=births,
        keys=ImportKeys(Secret(keyring.secret(IMPORT))),
        clock=clock,
    )
