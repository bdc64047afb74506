"""What a start, an operator and an upgrade do with orders; put together."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property

from ledger.ports import Replayer
from vault.erasure.adoption import Adoption
from vault.erasure.erasure import Erasure
from vault.erasure.erasure_replay import ErasureReplay
from vault.erasure.lost_orders import LostOrders
from vault.erasure.order_check import OrderCheck
from vault.erasure.purging import Purging
from vault.erasure.replay import Replay
from vault.foundations import Foundation
from vault.orders.ceilings import Ceilings
from vault.organisation.restrictions import Restrictions
from vault.organisation.staff_actions import Acts


class OrderParts:
    """What reads the orders and brings them back; each part is made once."""

    def __init__(
        self,
        base: Foundation,
        *,
        erasure: Erasure,
        purging: Purging,
        acts: Acts,
        also: Mapping[str, Replayer],
        suppression: timedelta,
    ) -> None:
        self._base = base
        self._erasure = erasure
        self._purging = purging
        self._acts = acts
        self._also = also
        self._suppression = suppression

    @cached_property
    def check(self) -> OrderCheck:
        """What compares the orders with what stands in the stores."""
        base = self._base
        return OrderCheck(
            book=base.orders,
            chain=base.orders.chain,
            erasures=base.data.orders,
            identity=base.identity,
            mirror=base.log.mirror,
            log=base.log,
        )

    @cached_property
    def replay(self) -> Replay:
        """What brings back the orders that a copy of the stores lacks."""
        base = self._base
        return Replay(
            database=base.stores.vault,
            chain=base.orders.chain,
            book=base.orders,
            check=self.check,
            subjects=base.data.subjects,
            identity=base.identity,
            erasures=self._erasures(),
            own={**self._ceilings().replayers(), **self._also},
        )

    @cached_property
    def lost(self) -> LostOrders:
        """What goes on without orders that are nowhere any more."""
        base = self._base
        return LostOrders(
            database=base.stores.vault,
            chain=base.orders.chain,
            book=base.orders,
            check=self.check,
            replay=self.replay,
            identity=base.identity,
            log=base.log,
            pseudonym=base.pseudonym,
            clock=base.clock,
        )

    @cached_property
    def adoption(self) -> Adoption:
        """What makes orders of the erasures of a home that had none."""
        base = self._base
        return Adoption(
            database=base.stores.vault,
            erasures=base.data.orders,
            chain=base.orders.chain,
            book=base.orders,
            identity=base.identity,
            log=base.log,
            clock=base.clock,
            suppression=self._suppression,
        )

    def _erasures(self) -> ErasureReplay:
        base = self._base
        return ErasureReplay(
            database=base.stores.vault,
            orders=base.data.orders,
            subjects=base.data.subjects,
            identity=base.identity,
            gathering=base.gathering,
            purging=self._purging,
            erasure=self._erasure,
            clock=base.clock,
            suppression=self._suppression,
        )

    def _ceilings(self) -> Ceilings:
        base, subjects = self._base, self._base.data.subjects
        return Ceilings(
            care=base.data.care,
            units=base.data.units,
            subjects=subjects,
            acts=self._acts,
            restrictions=Restrictions(
                subjects=subjects,
                acts=self._acts,
                orders=base.orders,
                clock=base.clock,
            ),
            log=base.log,
            pseudonym=base.pseudonym,
            clock=base.clock,
        )
