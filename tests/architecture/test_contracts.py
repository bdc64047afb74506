"""The import contracts are kept, and a violation of each is noticed as that one.

Violations are planted in a copy of the source. Each must break the contract it is
aimed at and no other: so a contract that has silently stopped to bite is found.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contracts import copied, linted, verdicts
from source_rules import PACKAGES, ROOT

LAYERS = "Layers"
POLICY_ROOMS = "Policies: each room uses the rooms below it"
LEDGER_ROOMS = "The ledger: each room uses the rooms below it"
VAULT_ROOMS = "The vault: each room uses the rooms below it"
SERVER_ROOMS = "The server: each room uses the rooms below it"
DOOR = "The vault is entered by its door"
INSIDE = "The vault's inside is the vault's own"
PORTS = "A database stands behind the vault's ports"
LEDGER_PORTS = "A database stands behind the ledger's ports"
WEB = "The web framework stays at the edge"
CIPHERS = "Ciphers and signatures have few homes"
ENGINE = "The policy engine has one home"
EXCHANGES = "Another server is asked by few modules"
ASKING = "Whoever asks another server does so within a deadline and a bound"
TIME = "The reader of time stamps has one home"
PURE = "The ledger's formats touch neither database nor network"

PLANTED = [
    (LAYERS, "kit/ids.py", "import ledger.formats.merkle"),
    (LAYERS, "ledger/formats/merkle.py", "from consent import terms"),
    (LAYERS, "consent/terms.py", "import pdp.decision.question"),
    (LAYERS, "pdp/decision/decision_cache.py", "from consent.purposes import Purposes"),
    (LAYERS, "vault/vault.py", "import exports"),
    (LAYERS, "crm/__init__.py", "from exports import archive"),
    (LAYERS, "vault/heartbeat.py", "def late():\n    from server.auth import tokens"),
    (POLICY_ROOMS, "pdp/decision/question.py", "from pdp.bundle import layout"),
    (POLICY_ROOMS, "pdp/bundle/layout.py", "import pdp.engines.trees"),
    (POLICY_ROOMS, "pdp/engines/opa.py", "from pdp.review.cases import Case"),
    (POLICY_ROOMS, "pdp/review/lint.py", "from pdp.change import diff"),
    (LEDGER_ROOMS, "ledger/outside/cosigning.py", "from ledger.checks import audit"),
    (LEDGER_ROOMS, "ledger/checks/audit.py", "import ledger.outside.witness"),
    (VAULT_ROOMS, "vault/audit/access_log.py", "from vault.gate import gate"),
    (VAULT_ROOMS, "vault/gate/gate.py", "from vault.intake.intake import Intake"),
    (VAULT_ROOMS, "vault/writes/in_use.py", "import vault.customers.births"),
    (VAULT_ROOMS, "vault/keys/keys.py", "from vault.customers import roster"),
    (VAULT_ROOMS, "vault/erasure/erasure.py", "from vault.checks import rowcheck"),
    (VAULT_ROOMS, "vault/catalog/catalog.py", "from vault.container import Parts"),
    (SERVER_ROOMS, "server/auth/tokens.py", "from server.http import turns"),
    (SERVER_ROOMS, "server/http/turns.py", "import server.outside.cosigning"),
    (SERVER_ROOMS, "server/outside/cosigning.py", "from server.house import wiring"),
    (SERVER_ROOMS, "server/house/house.py", "from server.ops.doctor import BUNDLE"),
    (SERVER_ROOMS, "server/ops/doctor.py", "from server.faces import health"),
    (SERVER_ROOMS, "server/roles/auditing.py", "from server.demo import context"),
    (SERVER_ROOMS, "server/faces/health.py", "from server.cli.console import Voice"),
    (DOOR, "crm/database.py", "from vault.gate.gate import Gate"),
    (DOOR, "exports/archive.py", "def late():\n    import vault.open"),
    (DOOR, "exports/pages.py", "from vault import container"),
    (INSIDE, "server/house/wiring.py", "from vault._internal.permit import issue"),
    (INSIDE, "server/app.py", "import vault._internal.keyring"),
    (PORTS, "vault/gate/gate.py", "from vault._internal.sqlite import records"),
    (PORTS, "vault/_internal/keyring.py", "import vault._internal.sqlite.spans"),
    (LEDGER_PORTS, "ledger/log.py", "from ledger.sqlite.store import SqliteLedger"),
    (WEB, "vault/gate/gate.py", "from fastapi import Request"),
    (WEB, "exports/export.py", "import starlette.responses"),
    (CIPHERS, "exports/archive.py", "from cryptography import x509"),
    (CIPHERS, "vault/_internal/data_store.py", "import cryptography.fernet"),
    (CIPHERS, "server/auth/tokens.py", "from cryptography.hazmat import primitives"),
    (TIME, "server/house/wiring.py", "import rfc3161_client"),
    (ENGINE, "vault/gate/verdict_plans.py", "import regorus"),
    (ENGINE, "pdp/decision/decider.py", "from regorus import Engine"),
    (ASKING, "pdp/engines/opa.py", "import http.client"),
    (ASKING, "server/outside/http_client.py", "from http.client import HTTPConnection"),
    (EXCHANGES, "pdp/decision/decider.py", "from kit.exchange import Exchange"),
    (EXCHANGES, "exports/archive.py", "import kit.exchange"),
    (PURE, "ledger/formats/merkle.py", "import sqlite3"),
    (PURE, "ledger/formats/receipt.py", "from kit.db import Database"),
    (PURE, "ledger/formats/note.py", "import sqlalchemy"),
    (PURE, "ledger/formats/signing.py", "import socket"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("copy"))


@pytest.fixture
def changed(copy: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    _, path, line = request.param
    file = copy / path
    before = file.read_text("utf-8")
    file.write_text(f"{before}\n{line}\n", "utf-8")
    yield copy
    file.write_text(before, "utf-8")


def test_all_contracts_are_kept() -> None:
    found = verdicts(linted(ROOT))
    assert set(found.values()) == {"KEPT"}
    assert set(found) == _declared()


@pytest.mark.parametrize(
    ("changed", "contract"),
    [(each, each[0]) for each in PLANTED],
    indirect=["changed"],
    ids=[f"{path}: {line.split()[-1]}" for _, path, line in PLANTED],
)
def test_a_violation_breaks_its_contract_and_no_other(
    changed: Path, contract: str
) -> None:
    broken = {
        name for name, said in verdicts(linted(changed)).items() if said == "BROKEN"
    }
    assert broken == {contract}


def test_every_contract_is_broken_once_here() -> None:
    assert {contract for contract, _, _ in PLANTED} == _declared()


def test_every_package_that_ships_is_under_contract() -> None:
    settings = _settings()
    wheel = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    linted = settings["tool"]["importlinter"]["root_packages"]
    assert set(linted) == set(wheel) == set(PACKAGES)


def _declared() -> set[str]:
    return {each["name"] for each in _settings()["tool"]["importlinter"]["contracts"]}


def _settings() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
