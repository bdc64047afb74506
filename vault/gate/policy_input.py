"""An unpacked class in the policy's words: what the engine is asked about."""

from collections.abc import Iterable
from typing import Final

from kit.errors import Reason
from pdp.decision.question import (
    Basis,
    Consent,
    CustomerState,
    Minor,
    Reach,
    ResourceClass,
    Retention,
    Ugc,
)
from vault._internal.classes import Unpacked
from vault.catalog.catalog import CUSTOMER, Catalog

OF_A_ROW: Final = frozenset(
    "gate.unknown_" + word
    for word in (
        *("word", "collection", "class", "reach", "region", "state", "minor"),
        *("retention", "hold", "basis", "condition", "consent", "ugc"),
    )
)
"""What the gate says of a record's own words. Whatever else keeps it from deciding is
the caller's, the bundle's or the engine's, and keeps every record from disclosure."""


def undecidable(reasons: Iterable[Reason]) -> bool:
    """Tell whether nothing but a record's own words keeps it from being decided."""
    faults = {each.code for each in reasons if each.code.startswith("gate.")}
    return bool(faults) and faults <= OF_A_ROW


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
        state=CustomerState(each.customer.state),
        minor=Minor(each.customer.minor),
        retention=Retention.EXPIRED if each.expired else Retention.WITHIN,
        hold=each.hold,
        basis=Basis(basis),
        consent=Consent(each.consent),
        ugc=Ugc(each.ugc),
        condition=catalog.condition_for(each.record.collection, purpose),
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
