"""What a start does with a copy that was restored: the parts outside of the vault.

Consents, licences and tokens end as the mirror's orders say; the bundle in force is the
newest that was activated, from the mirror's own copy, or nothing decides.
"""

from collections.abc import Mapping
from typing import Any

from consent import ConsentCeilings
from kit.clock import unix
from kit.db import WriteSession
from ledger.ports import Replayer
from pdp.bundle.bundle import BundleError, install, installed, load
from pdp.change.active import active, reactivate
from pdp.change.proposals import ACTIVATED
from pdp.change.provenance import require_approved
from server.house.engines import engine_of, proven, ready
from server.house.house import House
from vault.erasure.lost_orders import Closing
from vault.erasure.order_check import ACCEPTED


def replayers(house: House) -> dict[str, Replayer]:
    """Give what brings back each kind of orders that is not the vault's own."""
    consents = ConsentCeilings(house.grants, house.authorizations, house.clock)

    def activated(
        session: WriteSession, _: bytes | None, result: Mapping[str, Any]
    ) -> None:
        _bring_bundle(house, result["digest"])
        digest, at, entry = (result[name] for name in ("digest", "at", "entry"))
        reactivate(session, digest=digest, at=at, entry=entry)

    return {
        **consents.replayers(),
        **house.tokens.replayers(),
        ACTIVATED: activated,
        ACCEPTED: closing(house).replayer,
    }


def closing(house: House) -> Closing:
    """Give what ends everything that was granted before an instant."""
    consents = ConsentCeilings(house.grants, house.authorizations, house.clock)

    def policies(session: WriteSession) -> None:
        *_, (entry, facts) = house.log.operators(ACTIVATED)
        if entry > active(session).entry:
            digest, at = facts["digest"], unix(house.clock.now())
            _bring_bundle(house, digest)
            reactivate(session, digest=digest, at=at, entry=entry)

    return Closing(consents.close, house.tokens.close, policies)


def follow_restored(house: House) -> None:
    """Decide by what is in force now, if that is not what the start began with.

    Raises:
        NotApproved: the ledger does not show that it was approved.
        BundleError: neither the home nor the mirror has it; nothing decides.

    """
    with house.vault_db.read() as session:
        newest = active(session)
    require_approved(house.log, newest)
    if newest.digest == house.pdp.revision:
        return
    bundle = installed(house.home.policies, newest.digest)
    if house.settings.opa_url:
        # It pulls the bundle from this server, which does not answer yet; until it has
        # it, its revision is another one and every read is refused.
        house.policies.switch(ready(bundle, engine_of(bundle, house.settings)))
    else:
        house.policies.switch(proven(bundle, house.settings))


def _bring_bundle(house: House, digest: str) -> None:
    if (house.home.policies / digest).exists():
        return
    try:
        bundle = load(house.home.mirror_policies / digest, digest=digest)
    except BundleError:
        # It is in force all the same: what cannot be loaded leaves nothing to decide.
        return
    install(bundle, house.home.policies)
