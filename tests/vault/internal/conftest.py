"""An installation's keys and identities, on a fresh identity store."""

import pytest
from clocks import ManualClock
from root_keys import MemoryKek

from kit.clock import unix
from kit.db import Database
from vault._internal.blind_index import BlindIndex
from vault._internal.customer_registry import Register
from vault._internal.data_store import identity_store
from vault._internal.keyring import Keyring
from vault._internal.ports.identity import IdentityStore


@pytest.fixture
def identity(identity_db: Database) -> IdentityStore:
    return identity_store(identity_db)


@pytest.fixture
def kek() -> MemoryKek:
    return MemoryKek()


@pytest.fixture
def keyring(identity: IdentityStore, kek: MemoryKek, clock: ManualClock) -> Keyring:
    return Keyring.found(identity, kek, now=unix(clock.now()))


@pytest.fixture
def register(identity: IdentityStore, keyring: Keyring, clock: ManualClock) -> Register:
    return Register(identity, keyring, clock)


@pytest.fixture
def index(identity: IdentityStore, keyring: Keyring, clock: ManualClock) -> BlindIndex:
    return BlindIndex(identity, keyring, clock)
