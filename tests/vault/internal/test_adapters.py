"""Each adapter does what its port says: one suite a port, whoever stands behind it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conformance_changes import CHANGE_EXERCISES
from conformance_identity import EXERCISES as IDENTITY_EXERCISES
from conformance_identity import MakeIdentity
from conformance_imports import IMPORT_EXERCISES, MADE_EXERCISES
from conformance_keeping import (
    CATALOGUE_EXERCISES,
    ROW_MAC_EXERCISES,
    VERIFICATION_EXERCISES,
)
from conformance_keys import EXERCISES, MakeKek
from conformance_logs import LOG_EXERCISES, MakeLog
from conformance_orders import CHAIN_EXERCISES, ORDER_EXERCISES
from conformance_organisation import CARE_EXERCISES, UNIT_EXERCISES
from conformance_people import CLASS_EXERCISES, PACKED_EXERCISES, PEOPLE_EXERCISES
from conformance_stores import DATA_EXERCISES, MakeData, Opened
from conformance_subjects import (
    BIRTH_EXERCISES,
    REMOVAL_EXERCISES,
    SUBJECT_EXERCISES,
)
from root_keys import MemoryKek

from kit.db import Database
from kit.home import Home
from vault._internal.data_store import access_store, data_store, identity_store
from vault._internal.kek import make_kek
from vault._internal.row_macs import RowMacs

EVERY = (
    *DATA_EXERCISES,
    *CHANGE_EXERCISES,
    *(*SUBJECT_EXERCISES, *BIRTH_EXERCISES, *REMOVAL_EXERCISES),
    *(*CLASS_EXERCISES, *PEOPLE_EXERCISES, *PACKED_EXERCISES),
    *(*CARE_EXERCISES, *UNIT_EXERCISES),
    *(*ORDER_EXERCISES, *CHAIN_EXERCISES),
    *(*IMPORT_EXERCISES, *MADE_EXERCISES),
    *(*CATALOGUE_EXERCISES, *VERIFICATION_EXERCISES, *ROW_MAC_EXERCISES),
)


@pytest.mark.parametrize("exercise", EVERY, ids=lambda each: each.__name__)
def test_the_data_store_on_sqlite_holds(
    exercise: Callable[[MakeData], None], vault_db: Database
) -> None:
    def make() -> Opened:
        rows = RowMacs(lambda: b"r" * 32)
        return Opened(data_store(vault_db, rows), vault_db.write)

    exercise(make)


@pytest.mark.parametrize("exercise", LOG_EXERCISES, ids=lambda each: each.__name__)
def test_the_access_log_on_sqlite_holds(
    exercise: Callable[[MakeLog], None], audit_db: Database
) -> None:
    exercise(lambda: access_store(audit_db))


@pytest.mark.parametrize("exercise", IDENTITY_EXERCISES, ids=lambda each: each.__name__)
def test_the_identity_store_on_sqlite_holds(
    exercise: Callable[[MakeIdentity], None], identity_db: Database
) -> None:
    exercise(lambda: identity_store(identity_db))


@pytest.mark.parametrize("provider", ["file", "memory"])
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda each: each.__name__)
def test_a_key_provider_holds(
    exercise: Callable[[MakeKek], None], provider: str, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    home.root_key.parent.mkdir(parents=True, exist_ok=True)
    exercise((lambda: make_kek(home, None)) if provider == "file" else MemoryKek)
