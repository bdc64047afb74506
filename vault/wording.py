"""An unpacked class in the policy's words: what the engine is asked about."""

from pdp.question import (
    Basis,
    Consent,
    Minor,
    Reach,
    ResourceClass,
    Retention,
    State,
    Ugc,
)
from vault._internal.classes import Unpacked
from vault.catalog import Catalog


def resource_of(each: Unpacked, catalog: Catalog, purpose: str) -> ResourceClass:
    """Put a class into words, as it is for one purpose.

    Raises:
        Invalid: the catalogue has no such collection.
        ValueError: a word is none that policies know.

    """
    collection = catalog.collection(each.record.collection)
    return ResourceClass(
        collection=each.record.collection,
        classes=each.record.classes,
        reach=Reach(each.reach),
        region=each.customer.region,
        state=State(each.customer.state),
        minor=Minor(each.customer.minor),
        retention=Retention.EXPIRED if each.expired else Retention.WITHIN,
        hold=each.hold,
        basis=Basis(collection.basis_for(purpose)),
        consent=Consent(each.consent),
        ugc=Ugc(each.ugc),
    )
