"""The parts of a vault, made in the order in which they need each other.

The parts know each other only by what is handed to them here. What leaves is `Vault`
(`vault.vault`), and it holds no key and no store.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from kit.clock import Clock, unix
from kit.home import Home
from ledger.outside.trusted_time import Authority, TrustedTime
from ledger.ports import Pace
from vault._internal.blind_index import BlindIndex
from vault._internal.customer_lookup import CustomerIds
from vault._internal.customer_registry import Register
from vault._internal.data_store import access_store, data_store, identity_store
from vault._internal.installation import Installation
from vault._internal.keyring import Keyring
from vault._internal.strongroom import Strongroom
from vault.acceptance.acceptance import Acceptance
from vault.acceptance.resealing import Resealing
from vault.acceptance.retiring import Retiring
from vault.audit.access_log import AccessLog
from vault.catalog.catalog import Catalog
from vault.checks.actcheck import ActCheck
from vault.checks.rowcheck import RowCheck
from vault.customers.births import Births
from vault.customers.customers import Customers
from vault.customers.registration import Registrar
from vault.customers.roster import Roster
from vault.erasure.adoption import Adoption
from vault.erasure.certificate_facts import CertificateFacts
from vault.erasure.erasure import Erasure
from vault.erasure.purging import Erasable, Purging
from vault.feed_keeping import FeedKeeping
from vault.foundations import keys_of, ledger_of, pseudonyms, seals_of
from vault.gate.allowance import Allowance
from vault.gate.disclosure import RecordOpener
from vault.gate.gate import Gate
from vault.gate.policies import Policies
from vault.gate.policy_input import Observed
from vault.gate.positions import FeedPositions
from vault.gate.verdict_plans import verdicts_of
from vault.gate.vocabulary import Vocabulary
from vault.heartbeat import Heartbeat
from vault.imports.import_parts import imports_of
from vault.intake.indexing import Indexing
from vault.intake.intake import Intake
from vault.intake.storing import Storing
from vault.order_parts import OrderParts, orders_of
from vault.organisation.reach import ReachArrangements, reach_of
from vault.proofs.openings import Openings
from vault.proofs.receipts import EvidenceMaker, Receipts
from vault.righting import righting_of
from vault.upgrade import Step, Upgrade
from vault.vault import Stores, Vault
from vault.writes.in_use import InUse
from vault.writes.tickets import Tickets

ROSTER: Final = "roster"


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
        self.data = data_store(stores.vault, keyring.rows)
        self.ids = CustomerIds(identity_store(stores.identity), keyring)
        self.register = Register(identity_store(stores.identity), keyring, clock)
        self.index = BlindIndex(identity_store(stores.identity), keyring, clock)
        self.access_log = AccessLog(access_store(stores.audit), clock)
        self.seals = seals_of(stores, self.data, keyring, self.log, clock)
        self.openings = Openings(
            log=self.log,
            subjects=self.data.subjects,
            keyring=keyring,
            clock=clock,
            granularity=self.log.granularity,
        )
        self.orders = orders_of(home, self.data, keyring, self.log)
        self.gathering = CertificateFacts(
            register=self.register, openings=self.openings, log=self.access_log
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
            people=self.data.people,
            classes=self.data.classes,
            catalog=catalog,
            policies=policies,
            log=self.access_log,
            clock=self.clock,
        )
        in_use = InUse(tickets=tickets, clock=self.clock)
        words, reach = Vocabulary(policies), self._reach(policies, tickets)
        births = Births(self.data.births, self.keyring, words, self.clock)
        resealing = Resealing(
            database=self.stores.vault,
            records=self.data.records,
            strongroom=Strongroom(self.keyring),
            keyring=self.keyring,
            classes=self.data.classes,
            catalog=catalog,
        )
        acceptance = Acceptance(
            database=self.stores.vault,
            catalogues=self.data.catalogues,
            catalog=catalog,
            records=self.data.records,
            resealing=resealing,
            index=self.index,
            log=self.log,
            purposes=policies.purposes,
            clock=self.clock,
        )
        intake = self._intake(catalog, acceptance, tickets, in_use)
        purging = Purging(subjects=self.data.subjects, erasables=erasables)
        erasure = self._erasure(purging, suppression)
        registration = Registrar(
            tickets=tickets,
            in_use=in_use,
            subjects=self.data.subjects,
            people=self.data.people,
            register=self.register,
            org=self.data.units,
            acts=reach.acts,
            words=words,
            births=births,
        )
        gate = self._gate(policies, catalog)
        righting = righting_of(
            self.stores.vault,
            identity_store(self.stores.identity),
            data=self.data,
            register=self.register,
            index=self.index,
            catalog=catalog,
            gate=gate,
            intake=intake,
            gathering=self.gathering,
            tickets=tickets,
            acts=reach.acts,
            orders=self.orders,
            words=words,
            births=births,
            log=self.log,
            clock=self.clock,
        )
        ordered = OrderParts(
            stores=self.stores,
            data=self.data,
            book=self.orders,
            gathering=self.gathering,
            erasure=erasure,
            purging=purging,
            acts=reach.acts,
            also=righting.replayers(),
            log=self.log,
            pseudonym=pseudonyms(self.keyring),
            clock=self.clock,
            suppression=suppression,
        )
        time = TrustedTime(
            self.stores.vault, log=self.log, clock=self.clock, authority=authority
        )
        feed = FeedKeeping(self.stores.vault, self.data.changes, self.clock)
        return Vault(
            feed=feed,
            origin=self.log.origin,
            catalog=catalog,
            words=words,
            gate=gate,
            intake=intake,
            righting=righting,
            registration=registration,
            roster=Roster(
                people=self.data.people,
                classes=self.data.classes,
                catalog=catalog,
                policies=policies,
                register=self.register,
                log=self.access_log,
                clock=self.clock,
                key=lambda: self.keyring.secret(ROSTER),
            ),
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
                orders=self.orders,
                erasure=erasure,
                removals=righting.removals,
                ageing=righting.ageing,
                feed=feed,
                time=time,
            ),
            evidence=EvidenceMaker(
                openings=self.openings,
                orders=self.data.orders,
                erasure=erasure,
                time=time,
            ),
            replay=ordered.replay,
            order_check=ordered.check,
            lost_orders=ordered.lost,
            orders=self.orders,
            rowcheck=RowCheck(
                database=self.stores.vault,
                subjects=self.data.subjects,
                openings=self.openings,
                acts=ActCheck(
                    care=self.data.care,
                    units=self.data.units,
                    subjects=self.data.subjects,
                    removed=self.data.removed,
                    acts=reach.acts,
                    clock=self.clock,
                ),
                orders=self.data.orders,
                chain=ordered.check,
                register=self.register,
                access_log=self.access_log,
                log=self.log,
                resealing=resealing,
                births=births,
            ),
            customers=Customers(
                subjects=self.data.subjects, register=self.register, births=births
            ),
            observed=Observed(
                census=self.data.census,
                classes=self.data.classes,
                catalog=catalog,
                clock=self.clock,
            ),
            imports=imports_of(
                self.stores.vault,
                self.data,
                self.keyring,
                index=self.index,
                intake=intake,
                registration=registration,
                policies=policies,
                catalog=catalog,
                births=births,
                clock=self.clock,
            ),
            reach=reach,
            upgrade=self._upgrade(resealing, acceptance, ordered.adoption),
            rows=self.keyring.rows,
            row_seals=self.seals,
            acceptance=acceptance,
            retiring=Retiring(
                database=self.stores.vault,
                identity=identity_store(self.stores.identity),
                catalog=catalog,
                resealing=resealing,
                access_log=self.access_log,
                log=self.log,
            ),
        )

    def _upgrade(
        self, resealing: Resealing, acceptance: Acceptance, adoption: Adoption
    ) -> Upgrade:
        draw = self.keyring.secrets.draw_required
        return Upgrade(
            identity_store(self.stores.identity),
            [
                Step("secrets", lambda: draw(now=unix(self.clock.now())), 2),
                Step("rows", self.seals.give, 2),
                Step("envelopes", partial(resealing.by_catalogue, older=True), 2),
                Step("catalogue", acceptance.adopt, 2),
                Step("orders", adoption.run, 2),
                Step("ids", self.register.begin_likenesses, 3),
            ],
        )

    def _reach(self, policies: Policies, tickets: Tickets) -> ReachArrangements:
        return reach_of(
            self.stores.vault,
            self.data,
            register=self.register,
            keyring=self.keyring,
            openings=self.openings,
            orders=self.orders,
            log=self.log,
            pseudonym=pseudonyms(self.keyring),
            purposes=policies.purposes,
            tickets=tickets,
            clock=self.clock,
        )

    def _gate(self, policies: Policies, catalog: Catalog) -> Gate:
        return Gate(
            records=self.data.records,
            packed=self.data.packed,
            changes=self.data.changes,
            positions=FeedPositions(self.keyring.secret),
            discloser=RecordOpener(
                strongroom=Strongroom(self.keyring),
                ids=self.ids,
                log=self.access_log,
            ),
            ids=self.ids,
            index=self.index,
            catalog=catalog,
            classes=self.data.classes,
            policies=policies,
            verdicts=verdicts_of(
                policies.deciding, self.data.classes, catalog, self.keyring.secret
            ),
            allowance=Allowance(self.stores.vault, self.data.verifications, self.clock),
            log=self.access_log,
            clock=self.clock,
        )

    def _intake(
        self, catalog: Catalog, acceptance: Acceptance, tickets: Tickets, in_use: InUse
    ) -> Intake:
        return Intake(
            tickets=tickets,
            in_use=in_use,
            records=self.data.records,
            register=self.register,
            storing=Storing(
                records=self.data.records,
                indexing=Indexing(self.index, catalog),
                openings=self.openings,
                in_use=in_use,
                classes=self.data.classes,
                people=self.data.people,
                removed=self.data.removed,
            ),
            keyring=self.keyring,
            catalog=catalog,
            acceptance=acceptance,
            clock=self.clock,
        )

    def _erasure(self, purging: Purging, suppression: timedelta) -> Erasure:
        return Erasure(
            database=self.stores.vault,
            orders=self.data.orders,
            book=self.orders,
            care=self.data.care,
            subjects=self.data.subjects,
            register=self.register,
            gathering=self.gathering,
            log=self.log,
            purging=purging,
            clock=self.clock,
            suppression=suppression,
        )
