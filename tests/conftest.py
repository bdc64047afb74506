"""Fixtures that every part shares: fresh databases, and a clock that stands still."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from clocks import ManualClock
from houses import Story, lived_in
from sqlalchemy import MetaData

from kit.db import Database
from kit.schema import AUDIT, IDENTITY, VAULT
from server import tables as _every_table  # noqa: F401 - declares them


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def _made(path: Path, metadata: MetaData) -> Iterator[Database]:
    database = Database(path)
    with database.write() as session:
        metadata.create_all(session.connection())
    yield database
    database.close()


@pytest.fixture
def vault_db(tmp_path: Path) -> Iterator[Database]:
    yield from _made(tmp_path / "vault.db", VAULT)


@pytest.fixture
def identity_db(tmp_path: Path) -> Iterator[Database]:
    yield from _made(tmp_path / "identity.db", IDENTITY)


@pytest.fixture
def audit_db(tmp_path: Path) -> Iterator[Database]:
    yield from _made(tmp_path / "audit.db", AUDIT)


@pytest.fixture
def story(tmp_path: Path, clock: ManualClock) -> Iterator[Story]:
    with lived_in(tmp_path / "home", clock) as story:
        yield story
