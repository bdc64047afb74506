"""The parts that change the policies, put together out of those of an open house."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from consent import Purposes, PurposesError
from kit.db import Database
from kit.errors import Fault
from kit.home import Home
from kit.settings import Settings
from pdp.bundle.bundle import TABLES, Bundle, installed
from pdp.change.activator import Activator
from pdp.change.active import active
from pdp.change.proposals import Proposals
from pdp.change.provenance import Provenance
from pdp.decision.decider import Pdp
from server.house.engines import decider, embedded, fit, proven, rehearsing
from server.house.policy_reload import Follower
from vault import Catalog
from vault.catalog.catalog import CatalogueError
from vault.gate.policies import InForce, Policies
from vault.open import Vault


@dataclass(frozen=True, slots=True)
class Governing:
    """What proposes, follows and activates policies in this process."""

    home: Home
    database: Database
    vault: Vault
    proposals: Proposals
    follower: Follower
    activator: Activator
    provenance: Provenance

    @classmethod
    def over(
        cls,
        settings: Settings,
        home: Home,
        database: Database,
        vault: Vault,
        policies: Policies,
        proposals: Proposals,
    ) -> Self:
        """Put the parts together."""

        def load(digest: str) -> InForce:
            return proven(installed(home.policies, digest), settings)

        def load_shadow(digest: str) -> Pdp:
            bundle = installed(home.policies, digest)
            return decider(bundle, embedded(bundle, settings))

        follower = Follower(
            policies,
            database=database,
            log=vault.log,
            proposals=proposals,
            load=load,
            load_shadow=load_shadow,
        )
        activator = Activator(
            database=database,
            proposals=proposals,
            folder=home.policies,
            observed=vault.observed,
            engines=lambda bundle: rehearsing(bundle, settings),
            fits=lambda bundle: unfitting(home.catalogue, bundle),
            publish=vault.log.publish,
        )
        provenance = Provenance(vault.log)
        return cls(home, database, vault, proposals, follower, activator, provenance)

    def newest(self) -> Bundle:
        """Give the bundle that is in force in the installation.

        It may be ahead of what this process decides by: an OPA server has to pull it
        before anything can be asked of it.

        Raises:
            NotApproved: the ledger does not show that it was approved.
            BundleError: it is not whole, or its rules are not fit for an engine.

        """
        with self.database.read() as session:
            newest = active(session)
        self.provenance.require(newest)
        return fit(installed(self.home.policies, newest.digest))

    def candidate(self) -> Bundle:
        """Give the bundle that an OPA server rehearses, the next to be activated.

        Raises:
            NotApproved, BundleError: as `newest`.

        """
        with self.database.read() as session:
            approved = self.proposals.waiting(session)
            digest = approved or self.proposals.waiting(session, approved=False)
        if digest is None:
            return self.newest()
        return fit(installed(self.home.policies, digest))


def unfitting(catalogue: Path, bundle: Bundle) -> list[Fault]:
    """Say where the catalogue names a purpose that a bundle has not.

    The next start would read one against the other, and refuse.
    """
    try:
        Catalog.load(catalogue, Purposes.parse(bundle.tables).names)
    except PurposesError as error:
        return [Fault(f"/{TABLES}", error.detail)]
    except CatalogueError as error:
        return [Fault("/catalogue", each) for each in error.faults]
    return []
