"""On which grounds a customer's data is used for a purpose, where they are.

The catalogue binds each collection to a lawful basis; the law of the customer's region
may not know it, and then nothing is used on it.
"""

from collections.abc import Mapping

from consent import Bound, LawfulBasis
from pdp.bundle.regions import regions_of
from vault.gate.policies import Policies
from vault.open import Vault


def grounds_of(vault: Vault, policies: Policies) -> Bound:
    """Give what tells a customer's grounds, by the policies that are then in force."""

    def bound(subject: bytes, purpose: str) -> Mapping[str, LawfulBasis]:
        region = vault.customers.standing(subject).region
        law = regions_of(policies.current.bundle.tables).get(region)
        return {
            collection: basis
            for collection, basis in vault.catalog.bound(purpose).items()
            if law is None or basis in law.bases
        }

    return bound
