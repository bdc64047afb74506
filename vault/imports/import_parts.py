"""The parts of importing, put together."""

from typing import Final

from kit.clock import Clock
from kit.db import Database
from kit.secret import Secret
from vault._internal.blind_index import BlindIndex
from vault._internal.data_store import DataStore
from vault._internal.keyring import Keyring
from vault.catalog.catalog import Catalog
from vault.customers.births import Births
from vault.customers.registration import Registrar
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
    data: DataStore,
    keyring: Keyring,
    *,
    index: BlindIndex,
    intake: Intake,
    registration: Registrar,
    policies: Policies,
    catalog: Catalog,
    births: Births,
    clock: Clock,
) -> Imports:
    """Put together what imports files."""
    writer = LotWriter(
        imports=data.imports,
        targets=ImportTargets(data.imports, keyring),
        registration=registration,
        intake=intake,
        indexing=Indexing(index, catalog),
        foretelling=Foretelling(
            people=data.people,
            classes=data.classes,
            catalog=catalog,
            policies=policies,
            clock=clock,
        ),
        births=births,
    )
    return Imports(
        database=database,
        store=data.imports,
        writer=writer,
        catalog=catalog,
        words=Vocabulary(policies),
        births=births,
        keys=ImportKeys(Secret(keyring.secret(IMPORT))),
        clock=clock,
    )
