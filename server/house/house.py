"""A house: an open installation, with everything that a face or a command may use."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from consent import Authorizations, Grants, Notices, Purposes
from exports.consent_receipts import ConsentReceipts
from exports.export import Exports
from kit.clock import Clock
from kit.db import Database
from kit.home import Home
from kit.settings import Settings
from ledger.checks.audit import LedgerFinding
from ledger.log import Log
from ledger.outside.cosigning import Cosigning
from pdp.bundle.bundle import Bundle
from pdp.bundle.language import Languages
from pdp.decision.decider import Pdp
from pdp.decision.question import Action
from server.auth.tokens import Tokens
from server.house.policy_services import Governing
from server.http.turns import Turns
from vault import (
    AccessLog,
    Catalog,
    Customers,
    Erasure,
    EvidenceMaker,
    Gate,
    Intake,
    Receipts,
)
from vault.customers.registration import Registrar
from vault.gate.policies import Policies
from vault.imports.imports import Imports
from vault.open import Stores, Vault


@dataclass(frozen=True, slots=True)
class House:
    """Everything that a face or a command may use."""

    settings: Settings
    home: Home
    clock: Clock
    stores: Stores
    vault: Vault
    policies: Policies
    governing: Governing
    cosigning: Cosigning
    notices: Notices
    grants: Grants
    authorizations: Authorizations
    tokens: Tokens
    exports: Exports
    consent_receipts: ConsentReceipts
    turns: Turns

    @property
    def bundle(self) -> Bundle:
        """The policies in force, as text."""
        return self.policies.current.bundle

    @property
    def decides_writes(self) -> bool:
        """Whether the policies in force decide writes, or leave them to code."""
        return self.bundle.decides(Action.WRITE)

    @property
    def pdp(self) -> Pdp:
        """What decides now."""
        return self.policies.current.pdp

    @property
    def languages(self) -> Languages:
        """In which languages the policies in force speak."""
        return self.policies.current.languages

    @property
    def purposes(self) -> Purposes:
        """What data may be used for now."""
        return self.policies.current.purposes

    @property
    def vault_db(self) -> Database:
        """The data store."""
        return self.stores.vault

    @property
    def identity_db(self) -> Database:
        """The identity store."""
        return self.stores.identity

    @property
    def audit_db(self) -> Database:
        """The access log's store."""
        return self.stores.audit

    @property
    def catalog(self) -> Catalog:
        """The collections of this vault."""
        return self.vault.catalog

    @property
    def gate(self) -> Gate:
        """The one door to cleartext."""
        return self.vault.gate

    @property
    def intake(self) -> Intake:
        """The way in."""
        return self.vault.intake

    @property
    def registration(self) -> Registrar:
        """Who becomes a customer."""
        return self.vault.registration

    @property
    def customers(self) -> Customers:
        """What the installation itself knows of a customer."""
        return self.vault.customers

    @property
    def imports(self) -> Imports:
        """The way in for files."""
        return self.vault.imports

    @property
    def receipts(self) -> Receipts:
        """Proofs of what a customer contributed."""
        return self.vault.receipts

    @property
    def evidence(self) -> EvidenceMaker:
        """The same proofs with an authority's time stamp."""
        return self.vault.evidence

    @property
    def access_log(self) -> AccessLog:
        """Who asked what."""
        return self.vault.access_log

    @property
    def erasure(self) -> Erasure:
        """Erasures and their certificates."""
        return self.vault.erasure

    @property
    def log(self) -> Log:
        """The ledger."""
        return self.vault.log

    def findings(self) -> Iterator[LedgerFinding]:
        """Name what in the rows is not as the ledger or their MACs say."""
        yield from self.vault.rowcheck.findings()
        yield from self.vault.row_seals.findings()
        yield from self.tokens.entries.findings()

    def close(self) -> None:
        """Publish what is committed, write what is queued, and let go of everything."""
        self.vault.close()
        self.policies.close()
        self.stores.close()

    def __enter__(self) -> Self:
        """Open for the length of a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close at its end."""
        self.close()
