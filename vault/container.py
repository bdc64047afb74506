"""The parts of a vault, each made once, when another one needs it.

The parts know each other only by what is handed to them here. What leaves is `Vault`
(`vault.vault`), and it holds no key and no store.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property, partial
from typing import Final

from kit.clock import unix
from ledger.outside.trusted_time import Authority, TrustedTime
from vault._internal.customer_lookup import CustomerIds
from vault._internal.strongroom import Strongroom
from vault.acceptance.acceptance import Acceptance
from vault.acceptance.resealing import Resealing
from vault.acceptance.retiring import Retiring
from vault.catalog.catalog import Catalog
from vault.checks.actcheck import ActCheck
from vault.checks.rowcheck import RowCheck
from vault.customers.births import Births
from vault.customers.customers import Customers
from vault.customers.registration import Registrar
from vault.customers.roster import Roster
from vault.erasure.erasure import Erasure
from vault.erasure.purging import Erasable, Purging
from vault.feed_keeping import FeedKeeping
from vault.foundations import Foundation, keys_of, seals_of
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
from vault.imports.imports import Imports
from vault.intake.indexing import Indexing
from vault.intake.intake import Intake
from vault.intake.storing import Storing
from vault.keys.keys import Keys
from vault.keys.row_seals import RowSeals
from vault.order_parts import OrderParts
from vault.organisation.reach import ReachArrangements, reach_of
from vault.proofs.receipts import EvidenceMaker, Receipts
from vault.righting import Righting, righting_of
from vault.upgrade import Step, Upgrade
from vault.vault import Vault
from vault.writes.in_use import InUse
from vault.writes.tickets import Tickets

ROSTER: Final = "roster"


class Parts:
    """The parts of one vault."""

    def __init__(
        self,
        base: Foundation,
        policies: Policies,
        *,
        erasables: Sequence[Erasable],
        suppression: timedelta,
        authority: Authority | None,
    ) -> None:
        self._base = base
        self._policies = policies
        self._suppression = suppression
        self._catalog = Catalog.load(base.home.catalogue, policies.purposes().names)
        self._words = Vocabulary(policies)
        self._tickets = Tickets(
            database=base.stores.vault,
            people=base.data.people,
            classes=base.data.classes,
            catalog=self._catalog,
            policies=policies,
            log=base.access_log,
            clock=base.clock,
        )
        self._in_use = InUse(tickets=self._tickets, clock=base.clock)
        self._births = Births(base.data.births, base.keyring, self._words, base.clock)
        self._purging = Purging(subjects=base.data.subjects, erasables=erasables)
        self._time = TrustedTime(
            base.stores.vault, log=base.log, clock=base.clock, authority=authority
        )
        self._feed = FeedKeeping(base.stores.vault, base.data.changes, base.clock)

    def vault(self) -> Vault:
        """Make the vault itself."""
        base = self._base
        return Vault(
            origin=base.log.origin,
            catalog=self._catalog,
            words=self._words,
            gate=self._gate,
            intake=self._intake,
            righting=self._righting,
            registration=self._registration,
            roster=self._roster(),
            tickets=self._tickets,
            receipts=Receipts(openings=base.openings, log=base.log),
            evidence=self._evidence(),
            access_log=base.access_log,
            erasure=self._erasure,
            log=base.log,
            keys=self._keys,
            stamp=base.openings.stamp,
            pseudonym=base.pseudonym,
            imports=self._imports(),
            customers=Customers(
                subjects=base.data.subjects,
                register=base.register,
                births=self._births,
            ),
            observed=self._observed(),
            feed=self._feed,
            heartbeat=self._heartbeat(),
            replay=self._orders.replay,
            orders=base.orders,
            order_check=self._orders.check,
            lost_orders=self._orders.lost,
            rowcheck=self._rowcheck(),
            reach=self._reach,
            upgrade=self._upgrade(),
            acceptance=self._acceptance,
            retiring=self._retiring(),
            rows=base.keyring.rows,
            row_seals=self._seals,
        )

    @cached_property
    def _keys(self) -> Keys:
        base = self._base
        return keys_of(base.stores, base.keyring, base.log, base.clock)

    @cached_property
    def _seals(self) -> RowSeals:
        base = self._base
        return seals_of(base.stores, base.data, base.keyring, base.log, base.clock)

    @cached_property
    def _reach(self) -> ReachArrangements:
        base = self._base
        return reach_of(
            base.stores.vault,
            base.data,
            register=base.register,
            keyring=base.keyring,
            openings=base.openings,
            orders=base.orders,
            log=base.log,
            pseudonym=base.pseudonym,
            purposes=self._policies.purposes,
            tickets=self._tickets,
            clock=base.clock,
        )

    @cached_property
    def _resealing(self) -> Resealing:
        return Resealing(
            database=self._base.stores.vault,
            records=self._base.data.records,
            strongroom=Strongroom(self._base.keyring),
            keyring=self._base.keyring,
            classes=self._base.data.classes,
            catalog=self._catalog,
        )

    @cached_property
    def _acceptance(self) -> Acceptance:
        base = self._base
        return Acceptance(
            database=base.stores.vault,
            catalogues=base.data.catalogues,
            catalog=self._catalog,
            records=base.data.records,
            resealing=self._resealing,
            index=base.index,
            log=base.log,
            purposes=self._policies.purposes,
            clock=base.clock,
        )

    @cached_property
    def _intake(self) -> Intake:
        base = self._base
        return Intake(
            tickets=self._tickets,
            in_use=self._in_use,
            records=base.data.records,
            register=base.register,
            storing=Storing(
                records=base.data.records,
                indexing=Indexing(base.index, self._catalog),
                openings=base.openings,
                in_use=self._in_use,
                classes=base.data.classes,
                people=base.data.people,
                removed=base.data.removed,
            ),
            keyring=base.keyring,
            catalog=self._catalog,
            acceptance=self._acceptance,
            clock=base.clock,
        )

    @cached_property
    def _registration(self) -> Registrar:
        return Registrar(
            tickets=self._tickets,
            in_use=self._in_use,
            subjects=self._base.data.subjects,
            people=self._base.data.people,
            register=self._base.register,
            org=self._base.data.units,
            acts=self._reach.acts,
            words=self._words,
            births=self._births,
        )

    @cached_property
    def _gate(self) -> Gate:
        base, ids = self._base, CustomerIds(self._base.identity, self._base.keyring)
        return Gate(
            records=base.data.records,
            packed=base.data.packed,
            changes=base.data.changes,
            positions=FeedPositions(base.keyring.secret),
            discloser=RecordOpener(
                strongroom=Strongroom(base.keyring), ids=ids, log=base.access_log
            ),
            ids=ids,
            index=base.index,
            catalog=self._catalog,
            classes=base.data.classes,
            policies=self._policies,
            verdicts=verdicts_of(
                self._policies.deciding,
                base.data.classes,
                self._catalog,
                base.keyring.secret,
            ),
            allowance=Allowance(base.stores.vault, base.data.verifications, base.clock),
            log=base.access_log,
            clock=base.clock,
        )

    @cached_property
    def _erasure(self) -> Erasure:
        base = self._base
        return Erasure(
            database=base.stores.vault,
            orders=base.data.orders,
            book=base.orders,
            care=base.data.care,
            subjects=base.data.subjects,
            register=base.register,
            gathering=base.gathering,
            log=base.log,
            purging=self._purging,
            clock=base.clock,
            suppression=self._suppression,
        )

    @cached_property
    def _righting(self) -> Righting:
        return righting_of(
            self._base,
            catalog=self._catalog,
            gate=self._gate,
            intake=self._intake,
            tickets=self._tickets,
            acts=self._reach.acts,
            words=self._words,
            births=self._births,
        )

    @cached_property
    def _orders(self) -> OrderParts:
        return OrderParts(
            self._base,
            erasure=self._erasure,
            purging=self._purging,
            acts=self._reach.acts,
            also=self._righting.replayers(),
            suppression=self._suppression,
        )

    def _roster(self) -> Roster:
        base = self._base
        return Roster(
            people=base.data.people,
            classes=base.data.classes,
            catalog=self._catalog,
            policies=self._policies,
            register=base.register,
            log=base.access_log,
            clock=base.clock,
            key=lambda: base.keyring.secret(ROSTER),
        )

    def _observed(self) -> Observed:
        return Observed(
            census=self._base.data.census,
            classes=self._base.data.classes,
            catalog=self._catalog,
            clock=self._base.clock,
        )

    def _evidence(self) -> EvidenceMaker:
        return EvidenceMaker(
            openings=self._base.openings,
            orders=self._base.data.orders,
            erasure=self._erasure,
            time=self._time,
        )

    def _heartbeat(self) -> Heartbeat:
        base = self._base
        return Heartbeat(
            database=base.stores.vault,
            stores=base.stores.all,
            access_log=base.access_log,
            keys=self._keys,
            log=base.log,
            orders=base.orders,
            erasure=self._erasure,
            removals=self._righting.removals,
            ageing=self._righting.ageing,
            feed=self._feed,
            time=self._time,
        )

    def _rowcheck(self) -> RowCheck:
        base = self._base
        return RowCheck(
            database=base.stores.vault,
            subjects=base.data.subjects,
            openings=base.openings,
            acts=ActCheck(
                care=base.data.care,
                units=base.data.units,
                subjects=base.data.subjects,
                removed=base.data.removed,
                acts=self._reach.acts,
                clock=base.clock,
            ),
            orders=base.data.orders,
            chain=self._orders.check,
            register=base.register,
            access_log=base.access_log,
            log=base.log,
            resealing=self._resealing,
            births=self._births,
        )

    def _imports(self) -> Imports:
        base = self._base
        return imports_of(
            base.stores.vault,
            base.data,
            base.keyring,
            index=base.index,
            intake=self._intake,
            registration=self._registration,
            policies=self._policies,
            catalog=self._catalog,
            births=self._births,
            clock=base.clock,
        )

    def _retiring(self) -> Retiring:
        base = self._base
        return Retiring(
            database=base.stores.vault,
            identity=base.identity,
            catalog=self._catalog,
            resealing=self._resealing,
            access_log=base.access_log,
            log=base.log,
        )

    def _upgrade(self) -> Upgrade:
        base, draw = self._base, self._base.keyring.secrets.draw_required
        return Upgrade(
            base.identity,
            [
                Step("secrets", lambda: draw(now=unix(base.clock.now())), 2),
                Step("rows", self._seals.give, 2),
                Step("envelopes", partial(self._resealing.by_catalogue, older=True), 2),
                Step("catalogue", self._acceptance.adopt, 2),
                Step("orders", self._orders.adoption.run, 2),
                Step("ids", base.register.begin_likenesses, 3),
            ],
        )
