"""What a home has for its purposes: what binds them, who has tokens for them."""

from collections import defaultdict
from typing import TYPE_CHECKING

from pdp.review.reachable import Around
from vault.catalog.catalog import DataClass

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
