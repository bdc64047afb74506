"""Who reaches whom, and what keeps hands off: the parts that arrange it, together."""

from collections.abc import Callable
from dataclasses import dataclass

from consent.purposes import CurrentPurposes
from kit.clock import Clock
from kit.db import Database
from ledger.log import Log
from ledger.ordering import Ordering
from vault._internal.care_store import SqliteCare
from vault._internal.keyring import Keyring
from vault._internal.orders import SqliteOrders
from vault._internal.org_store import SqliteOrg
from vault._internal.register import Register
from vault._internal.subjects import SqliteSubjects
from vault.access_grants import AccessGrants
from vault.acts import Acts
from vault.assignments import Assignments
from vault.holds import Holds
from vault.openings import Openings
from vault.organisation import Organisation
from vault.restrictions import Restrictions
from vault.tickets import Tickets


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be arranged about customers, and what was done about each."""

    organisation: Organisation
    assignments: Assignments
    grants: AccessGrants
    holds: Holds
    restrictions: Restrictions
    acts: Acts


def reach_of(
    database: Database,
    *,
    subjects: SqliteSubjects,
    register: Register,
    keyring: Keyring,
    openings: Openings,
    orders: Ordering,
    log: Log,
    pseudonym: Callable[[str], str],
    purposes: CurrentPurposes,
    tickets: Tickets,
    clock: Clock,
) -> Reach:
    """Make the parts, which share one store and one list of acts."""
    care = SqliteCare(database, keyring.rows)
    acts = Acts(
        care=care,
        register=register,
        keyring=keyring,
        stamp=openings.stamp,
        tickets=tickets,
        clock=clock,
    )
    return Reach(
        organisation=Organisation(
            database=database,
            store=SqliteOrg(database, keyring.rows),
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
        holds=Holds(
            care=care, erasures=SqliteOrders(database), acts=acts, orders=orders
        ),
        restrictions=Restrictions(
            subjects=subjects, acts=acts, orders=orders, clock=clock
        ),
        acts=acts,
    )
