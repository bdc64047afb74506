"""What is put right, registration, records, items, an import: the parts of it."""

from dataclasses import dataclass

from ledger.ports import Replayer
from vault.catalog.catalog import Catalog
from vault.customers.ageing import Ageing
from vault.customers.births import Births
from vault.customers.corrections import Corrections
from vault.foundations import Foundation
from vault.gate.gate import Gate
from vault.gate.vocabulary import Vocabulary
from vault.imports.taking_back import TakingBack
from vault.intake.intake import Intake
from vault.intake.rectification import Rectification
from vault.intake.removal import Removals
from vault.organisation.staff_actions import Acts
from vault.writes.tickets import Tickets


@dataclass(frozen=True, slots=True)
class Righting:
    """What may be corrected, and removed."""

    corrections: Corrections
    rectification: Rectification
    removals: Removals
    taking_back: TakingBack
    ageing: Ageing

    def replayers(self) -> dict[str, Replayer]:
        """Give what brings the orders of these parts back, after a restore."""
        parts = self.corrections, self.removals, self.taking_back
        return {kind: it for part in parts for kind, it in part.replayers().items()}


def righting_of(
    base: Foundation,
    *,
    catalog: Catalog,
    gate: Gate,
    intake: Intake,
    tickets: Tickets,
    acts: Acts,
    words: Vocabulary,
    births: Births,
) -> Righting:
    """Make the parts, which share one list of acts."""
    data, orders = base.data, base.orders
    return Righting(
        corrections=Corrections(
            tickets=tickets,
            subjects=data.subjects,
            register=base.register,
            acts=acts,
            orders=orders,
            words=words,
            births=births,
        ),
        rectification=Rectification(
            gate=gate,
            intake=intake,
            catalog=catalog,
            acts=acts,
            gathering=base.gathering,
        ),
        removals=_removals(base, catalog, tickets, acts),
        taking_back=_taking_back(base, catalog, tickets, words),
        ageing=Ageing(
            database=base.stores.vault,
            subjects=data.subjects,
            births=births,
            acts=acts,
            orders=orders,
        ),
    )


def _removals(
    base: Foundation, catalog: Catalog, tickets: Tickets, acts: Acts
) -> Removals:
    return Removals(
        database=base.stores.vault,
        identity=base.identity,
        records=base.data.records,
        removed=base.data.removed,
        subjects=base.data.subjects,
        index=base.index,
        catalog=catalog,
        tickets=tickets,
        acts=acts,
        orders=base.orders,
        clock=base.clock,
    )


def _taking_back(
    base: Foundation, catalog: Catalog, tickets: Tickets, words: Vocabulary
) -> TakingBack:
    return TakingBack(
        database=base.stores.vault,
        runs=base.data.imports,
        made=base.data.made,
        identity=base.identity,
        index=base.index,
        catalog=catalog,
        tickets=tickets,
        reached_from=words.reached_from,
        orders=base.orders,
        log=base.log,
        clock=base.clock,
    )
