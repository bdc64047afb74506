"""Who reaches whom, and what keeps hands off: the parts that arrange it, together."""

from collections.abc import Callable
from dataclasses import dataclass

from consent.purposes import CurrentPurposes
from kit.clock import Clock
from kit.db import Database
from ledger.log import Log
from ledger.ports import Ordering
from vault._internal.customer_registry import Register
from vault._internal.data_store import DataStore
from vault._internal.keyring import Keyring
from vault.organisation.access_grants import AccessGrants
from vault.organisation.assignments import Assignments
from vault.organisation.holds import Holds
from vault.organisation.organisation import Organisation
from vault.organisation.restrictions import Restrictions
from vault.organisation.staff_actions import Acts
from vault.proofs.openings import Openings
from vault.writes.tickets import Tickets


@dataclass(frozen=True, slots=True)
class ReachArrangements:
    """What may be arranged about customers, and what was done about each."""

    organisation: Organisation
    assignments: Assignments
    grants: AccessGrants
    holds: Holds
    restrictions: Restrictions
    acts: Acts


def reach_of(
    database: Database,
    data: DataStore,
    *,
    register: Register,
    keyring: Keyring,
    openings: Openings,
    orders: Ordering,
    log: Log,
    pseudonym: Callable[[str], str],
    purposes: CurrentPurposes,
    tickets: Tickets,
    clock: Clock,
) -> ReachArrangements:
    """Make the parts, which share one store and one list of acts."""
    care, subjects = data.care, data.subjects
    acts = Acts(
        care=care,
        register=register,
        keyring=keyring,
        stamp=openings.stamp,
        tickets=tickets,
        clock=clock,
    )
    return ReachArrangements(
        organisation=Organisation(
            database=database,
            store=data.units,
            acts=acts,
            orders=orders,
            log=log,
            pseudonym=pseudonym,
            clock=clock,
        ),
        assignments=Assignments(care=care, acts=acts, orders=orders, clock=clock),
        grants=AccessGrants(
            care=care, acts=acts, orders=orders, purposes=purposes, clock=clock
        ),
        holds=Holds(care=care, erasures=data.orders, acts=acts, orders=orders),
        restrictions=Restrictions(
            subjects=subjects, acts=acts, orders=orders, clock=clock
        ),
        acts=acts,
    )
