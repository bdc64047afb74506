"""What a home has for its purposes: what binds them, and who has tokens for them."""

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from consent import Bound, LawfulBasis
from pdp.bundle.regions import regions_of
from pdp.review.reachable import Around
from vault.catalog.catalog import DataClass
from vault.gate.policies import Policies
from vault.open import Vault

if TYPE_CHECKING:
    from server.house.house import House


def around_of(house: "House") -> Around:
    """Say what there is around the policies of a home."""
    bound: defaultdict[str, set[str]] = defaultdict(set)
    for bases in (*(each.purposes for each in house.catalog), house.catalog.customer):
        for purpose, basis in bases.items():
            bound[purpose].add(basis.value)
    conditions: defaultdict[str, set[str]] = defaultdict(set)
    for each in house.catalog:
        if DataClass.SPECIAL.value in each.classes:
            for purpose in each.purposes:
                conditions[purpose].add(each.condition_for(purpose).value)
    now = house.clock.now()
    with house.vault_db.read() as session:
        tokens = [
            each.bearer
            for each in house.tokens.list(session)
            if each.revoked is None and each.expires > now
        ]
        noticed = {name for name in bound if house.notices.current(session, name)}
    return Around(
        bound=dict(bound),
        conditions=dict(conditions),
        noticed=noticed,
        roles={role for each in tokens for role in each.principal.roles},
        purposes={name for each in tokens for name in each.purposes},
    )


def grounds_of(vault: Vault, policies: Policies) -> Bound:
    """Give what tells a customer's grounds, by the policies that are then in force.

    The catalogue binds each collection to a lawful basis; the law of the customer's
    region may not know it, and then nothing is used on it.
    """

    def bound(subject: bytes, purpose: str) -> Mapping[str, LawfulBasis]:
        region = vault.customers.standing(subject).region
        law = regions_of(policies.current.bundle.tables).get(region)
        return {
            collection: basis
            for collection, basis in vault.catalog.bound(purpose).items()
            if law is None or basis in law.bases
        }

    return bound
