"""What is put right, registration, records, items, an import: the parts of it."""

from dataclasses import dataclass

from kit.clock import Clock
from kit.db import Database
from ledger.log import Log
from ledger.ports import Ordering, Replayer
from vault._internal.blind_index import BlindIndex
from vault._internal.customer_registry import Register
from vault._internal.data_store import DataStore
from vault._internal.ports.identity import IdentityStore
from vault.catalog.catalog import Catalog
from vault.customers.ageing import Ageing
from vault.customers.births import Births
from vault.customers.corrections import Corrections
from vault.erasure.certificate_facts import CertificateFacts
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
    database: Database,
    identity: IdentityStore,
    *,
    data: DataStore,
    register: Register,
    index: BlindIndex,
    catalog: Catalog,
    gate: Gate,
    intake: Intake,
    gathering: CertificateFacts,
    tickets: Tickets,
    acts: Acts,
    orders: Ordering,
    words: Vocabulary,
    births: Births,
    log: Log,
    clock: Clock,
) -> Righting:
    """Make the parts, which share one list of acts."""
    return Righting(
        corrections=Corrections(
            tickets=tickets,
            subjects=data.subjects,
            register=register,
            acts=acts,
            orders=orders,
            words=words,
            births=births,
        ),
        rectification=Rectification(
            gate=gate, intake=intake, catalog=catalog, acts=acts, gathering=gathering
        ),
        removals=Removals(
            database=database,
            identity=identity,
            records=data.records,
            removed=data.removed,
            subjects=data.subjects,
            index=index,
            catalog=catalog,
            tickets=tickets,
            acts=acts,
            orders=orders,
            clock=clock,
        ),
        taking_back=TakingBack(
            database=database,
            runs=data.imports,
            made=data.made,
            identity=identity,
            index=index,
            catalog=catalog,
            tickets=tickets,
            reached_from=words.reached_from,
            orders=orders,
            log=log,
            clock=clock,
        ),
        ageing=Ageing(
            database=database,
            subjects=data.subjects,
            births=births,
            acts=acts,
            orders=orders,
        ),
    )
