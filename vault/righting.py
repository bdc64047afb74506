"""What is put right, registration, records, items, an import: the parts of it."""

from dataclasses import dataclass

from kit.clock import Clock
from kit.db import Database
from ledger.log import Log
from ledger.ordering import Ordering, Replayer
from vault._internal.blind_index import BlindIndex
from vault._internal.identity import IdentityStore
from vault._internal.register import Register
from vault._internal.store import SqliteRecords
from vault._internal.subjects import SqliteSubjects
from vault.acts import Acts
from vault.ageing import Ageing
from vault.births import Births
from vault.catalog import Catalog
from vault.corrections import Corrections
from vault.gate import Gate
from vault.gathering import Gathering
from vault.intake import Intake
from vault.rectification import Rectification
from vault.removal import Removals
from vault.taking_back import TakingBack
from vault.tickets import Tickets
from vault.vocabulary import Vocabulary


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
    records: SqliteRecords,
    subjects: SqliteSubjects,
    register: Register,
    index: BlindIndex,
    catalog: Catalog,
    gate: Gate,
    intake: Intake,
    gathering: Gathering,
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
            subjects=subjects,
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
            records=records,
            subjects=subjects,
            index=index,
            catalog=catalog,
            tickets=tickets,
            acts=acts,
            orders=orders,
            clock=clock,
        ),
        taking_back=TakingBack(
            database=database,
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
            subjects=subjects,
            births=births,
            acts=acts,
            orders=orders,
        ),
    )
