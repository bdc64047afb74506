"""The parts of a vault, made in the order in which they need each other.

The parts know each other only by what is handed to them here. What leaves is `Vault`
(`vault.doors`), and it holds no key and no store.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from kit.clock import Clock, unix
from kit.errors import AllodError
from kit.home import Home
from kit.secret import Secret
from ledger.log import Log
from ledger.mirror import Mirror
from ledger.published import statements
from ledger.sequencer import Pace
from ledger.trusted_time import Authority, TrustedTime
from vault._internal.blind_index import BlindIndex
from vault._internal.care_store import SqliteCare
from vault._internal.census_store import SqliteCensus
from vault._internal.classes import Classes
from vault._internal.identity import IdentityStore
from vault._internal.installation import Installation
from vault._internal.keyring import Keyring
from vault._internal.orders import SqliteOrders
from vault._internal.org_store import SqliteOrg
from vault._internal.register import Register
from vault._internal.store import SqliteRecords
from vault._internal.strongroom import Strongroom
from vault._internal.subjects import SqliteSubjects
from vault.acceptance import Acceptance
from vault.access_log import AccessLog
from vault.actcheck import ActCheck
from vault.catalog import Catalog
from vault.customers import Customers
from vault.disclosing import Discloser
from vault.doors import Stores, Vault
from vault.erasable import Erasable
from vault.erasure import Erasure
from vault.evidence import EvidenceMaker
from vault.gate import Gate
from vault.gathering import Gathering
from vault.heartbeat import Heartbeat
from vault.imports import Imports
from vault.in_use import InUse
from vault.indexing import Indexing
from vault.intake import Intake
from vault.keys import Keys
from vault.ledger_keys import ledger_keys
from vault.observed import Observed
from vault.openings import Openings
from vault.policies import Policies
from vault.purging import Purging
from vault.question import Question
from vault.reach import Reach, reach_of
from vault.receipts import Receipts
from vault.registration import Registration
from vault.replay import Replay
from vault.resealing import Resealing
from vault.retiring import Retiring
from vault.row_seals import RowSeals
from vault.rowcheck import RowCheck
from vault.storing import Storing
from vault.tickets import Tickets
from vault.upgrade import Step, Upgrade
from vault.verdicts import Deciding, VerdictCache, Verdicts

IMPORT = "import"
PRINCIPALS = "principals"


class Parts:
    """The parts of one vault, made in the order in which they need each other."""

    def __init__(
        self,
        home: Home,
        stores: Stores,
        keyring: Keyring,
        made: Installation,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self.home, self.stores, self.keyring, self.clock = home, stores, keyring, clock
        self.log = ledger_of(home, stores, keyring, made, clock, pace)
        self.keys = keys_of(stores, keyring, self.log, clock)
        self.records = SqliteRecords(stores.vault)
        self.subjects = SqliteSubjects(stores.vault, keyring.rows)
        self.classes = Classes(stores.vault, keyring.rows)
        stores.vault.offer("row_believed", keyring.rows.knows)
        stores.vault.offer("subject_believed", self.classes.is_subject)
        self.care = SqliteCare(stores.vault, keyring.rows)
        self.register = Register(IdentityStore(stores.identity), keyring, clock)
        self.index = BlindIndex(IdentityStore(stores.identity), keyring, clock)
        self.access_log = AccessLog(stores.audit, clock)
        self.seals = seals_of(stores, keyring, self.log, clock)
        self.openings = Openings(
            log=self.log,
            subjects=self.subjects,
            keyring=keyring,
            clock=clock,
            granularity=self.log.granularity,
        )

    def vault(
        self,
        policies: Policies,
        erasables: Sequence[Erasable],
        suppression: timedelta,
        authority: Authority | None,
    ) -> Vault:
        """Make the vault itself."""
        catalog = Catalog.load(self.home.catalogue, policies.purposes().names)
        tickets = Tickets(
            database=self.stores.vault,
            classes=self.classes,
            catalog=catalog,
            policies=policies,
            log=self.access_log,
            clock=self.clock,
        )
        in_use = InUse(tickets=tickets, clock=self.clock)
        reach, resealing = self._reach(policies, tickets), self._resealing(catalog)
        acceptance = self._acceptance(catalog, resealing)
        intake = self._intake(catalog, acceptance, tickets, in_use)
        purging = Purging(
            database=self.stores.vault, subjects=self.subjects, erasables=erasables
        )
        erasure = self._erasure(purging, suppression)
        registration = Registration(
            tickets=tickets,
            in_use=in_use,
            subjects=self.subjects,
            register=self.register,
            org=SqliteOrg(self.stores.vault, self.keyring.rows),
            acts=reach.acts,
            policies=policies,
        )
        time = TrustedTime(
            self.stores.vault, log=self.log, clock=self.clock, authority=authority
        )
        return Vault(
            origin=self.log.origin,
            catalog=catalog,
            gate=self._gate(policies, catalog),
            intake=intake,
            registration=registration,
            tickets=tickets,
            receipts=Receipts(openings=self.openings, log=self.log),
            access_log=self.access_log,
            erasure=erasure,
            log=self.log,
            keys=self.keys,
            stamp=self.openings.stamp,
            pseudonym=pseudonyms(self.keyring),
            heartbeat=Heartbeat(
                database=self.stores.vault,
                stores=self.stores.all,
                access_log=self.access_log,
                keys=self.keys,
                log=self.log,
                erasure=erasure,
                time=time,
            ),
            evidence=EvidenceMaker(
                openings=self.openings,
                orders=SqliteOrders(self.stores.vault),
                erasure=erasure,
                time=time,
            ),
            replay=Replay(
                database=self.stores.vault,
                subjects=self.subjects,
                register=self.register,
                mirror=self.log.mirror,
                purging=purging,
                clock=self.clock,
                suppression=suppression,
            ),
            rowcheck=RowCheck(
                database=self.stores.vault,
                subjects=self.subjects,
                openings=self.openings,
                acts=ActCheck(
                    care=self.care,
                    units=SqliteOrg(self.stores.vault, self.keyring.rows),
                    subjects=self.subjects,
                    acts=reach.acts,
                    clock=self.clock,
                ),
                orders=SqliteOrders(self.stores.vault),
                access_log=self.access_log,
                log=self.log,
                resealing=resealing,
            ),
            customers=Customers(subjects=self.subjects, register=self.register),
            observed=Observed(
                census=SqliteCensus(self.stores.vault),
                classes=self.classes,
                catalog=catalog,
                clock=self.clock,
            ),
            imports=Imports(
                database=self.stores.vault,
                subjects=self.subjects,
                intake=intake,
                registration=registration,
                catalog=catalog,
                key=Secret(self.keyring.secret(IMPORT)),
            ),
            reach=reach,
            upgrade=self._upgrade(resealing, acceptance),
            rows=self.keyring.rows,
            row_seals=self.seals,
            acceptance=acceptance,
            retiring=Retiring(
                database=self.stores.vault,
                identity=IdentityStore(self.stores.identity),
                catalog=catalog,
                resealing=resealing,
                access_log=self.access_log,
                log=self.log,
            ),
        )

    def _upgrade(self, resealing: Resealing, acceptance: Acceptance) -> Upgrade:
        def secrets() -> None:
            self.keyring.secrets.draw_required(now=unix(self.clock.now()))

        def envelopes() -> None:
            resealing.by_catalogue(older=True)

        return Upgrade(
            IdentityStore(self.stores.identity),
            [
                Step("secrets", secrets),
                Step("rows", self.seals.give),
                Step("envelopes", envelopes),
                Step("catalogue", acceptance.adopt),
            ],
        )

    def _acceptance(self, catalog: Catalog, resealing: Resealing) -> Acceptance:
        return Acceptance(
            database=self.stores.vault,
            catalog=catalog,
            records=self.records,
            resealing=resealing,
            log=self.log,
            clock=self.clock,
        )

    def _resealing(self, catalog: Catalog) -> Resealing:
        return Resealing(
            database=self.stores.vault,
            records=self.records,
            strongroom=Strongroom(self.keyring),
            keyring=self.keyring,
            classes=self.classes,
            catalog=catalog,
        )

    def _reach(self, policies: Policies, tickets: Tickets) -> Reach:
        return reach_of(
            self.stores.vault,
            subjects=self.subjects,
            register=self.register,
            keyring=self.keyring,
            openings=self.openings,
            log=self.log,
            pseudonym=pseudonyms(self.keyring),
            purposes=policies.purposes,
            tickets=tickets,
            clock=self.clock,
        )

    def _gate(self, policies: Policies, catalog: Catalog) -> Gate:
        def verdicts(question: Question, deciding: Deciding) -> Verdicts:
            return Verdicts(
                question,
                deciding=deciding,
                classes=self.classes,
                catalog=catalog,
                token_key=lambda: self.keyring.secret(f"token/{question.purpose}"),
            )

        return Gate(
            records=self.records,
            discloser=Discloser(
                strongroom=Strongroom(self.keyring),
                register=self.register,
                log=self.access_log,
            ),
            register=self.register,
            index=self.index,
            catalog=catalog,
            classes=self.classes,
            purposes=policies.purposes,
            verdicts=VerdictCache(verdicts, policies.deciding),
            log=self.access_log,
            clock=self.clock,
        )

    def _intake(
        self, catalog: Catalog, acceptance: Acceptance, tickets: Tickets, in_use: InUse
    ) -> Intake:
        return Intake(
            tickets=tickets,
            in_use=in_use,
            records=self.records,
            register=self.register,
            storing=Storing(
                records=self.records,
                indexing=Indexing(self.index, catalog),
                openings=self.openings,
                in_use=in_use,
                rows=self.keyring.rows,
            ),
            keyring=self.keyring,
            catalog=catalog,
            acceptance=acceptance,
            clock=self.clock,
        )

    def _erasure(self, purging: Purging, suppression: timedelta) -> Erasure:
        return Erasure(
            database=self.stores.vault,
            orders=SqliteOrders(self.stores.vault),
            care=self.care,
            subjects=self.subjects,
            register=self.register,
            gathering=Gathering(
                register=self.register,
                openings=self.openings,
                log=self.access_log,
            ),
            log=self.log,
            purging=purging,
            clock=self.clock,
            suppression=suppression,
        )


def pseudonyms(keyring: Keyring) -> Callable[[str], str]:
    """Name principals for the public ledger: the same one always, and nobody known."""

    def pseudonym(name: str) -> str:
        key = keyring.secret(PRINCIPALS)
        return hmac.digest(key, name.encode(), "sha256")[:16].hex()

    return pseudonym


def ledger_of(
    home: Home,
    stores: Stores,
    keyring: Keyring,
    made: Installation,
    clock: Clock,
    pace: Pace,
) -> Log:
    """Give the installation's ledger, under its own name and keys."""
    keys = ledger_keys(keyring, made.origin, _said(stores))
    first, *others = keys.signers
    return Log(
        stores.vault,
        signer=first,
        also=others,
        cosigners=keys.cosigners,
        retired=keys.retired,
        mirror=Mirror(home.mirror),
        clock=clock,
        pace=pace,
    )


def _said(stores: Stores) -> list[Mapping[str, Any]]:
    """Give what the ledger says of keys; a damaged one is opened for `fsck` to see."""
    try:
        return [facts for _, facts in statements(stores.vault, "key.created")]
    except AllodError:
        return []


def keys_of(stores: Stores, keyring: Keyring, log: Log, clock: Clock) -> Keys:
    """Give what looks after the installation's own keys."""
    return Keys(
        database=stores.vault,
        identity=IdentityStore(stores.identity),
        keyring=keyring,
        log=log,
        clock=clock,
    )


def seals_of(stores: Stores, keyring: Keyring, log: Log, clock: Clock) -> RowSeals:
    """Give what vouches for the rows that grant, all of them together."""
    rows, identity = keyring.rows, IdentityStore(stores.identity)
    return RowSeals(
        stores.vault,
        stores.identity,
        rows=rows,
        units=SqliteOrg(stores.vault, rows),
        subjects=SqliteSubjects(stores.vault, rows),
        orders=SqliteOrders(stores.vault),
        register=Register(identity, keyring, clock),
        index=BlindIndex(identity, keyring, clock),
        log=log,
    )
