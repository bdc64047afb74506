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
from vault.catalog import CUSTOMER, Catalog


def resource_of(each: Unpacked, catalog: Catalog, purpose: str) -> ResourceClass:
    """Put a class into words, as it is for one purpose.

    Raises:
        Invalid: the catalogue has no such collection.
        ValueError: a word is none that policies know.

    """
    basis = catalog.basis_for(each.record.collection, purpose)
    return ResourceClass(
        collection=each.record.collection,
        classes=each.record.classes,
        reach=Reach(each.reach),
        region=each.customer.region,
        state=State(each.customer.state),
        minor=Minor(each.customer.minor),
        retention=Retention.EXPIRED if each.expired else Retention.WITHIN,
        hold=each.hold,
        basis=Basis(basis),
        consent=Consent(each.consent),
        ugc=Ugc(each.ugc),
    )


def registration(reach: Reach, region: str, minor: str, basis: str) -> ResourceClass:
    """Put into words the making known of somebody of whom nothing is known yet.

    Raises:
        ValueError: a word is none that policies know.

    """
    return ResourceClass(
        collection=CUSTOMER,
        classes=("identity",),
        reach=reach,
        region=region,
        minor=Minor(minor),
        basis=Basis(basis),
    )
