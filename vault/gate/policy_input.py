"""An unpacked class in the policy's words: what the engine is asked about.

And all classes that there are, counted, for whoever asks what another set of policies
would change. Classes and numbers leave here, and nothing of any person.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from kit.clock import Clock, unix
from kit.errors import Reason
from pdp.decision.port import ClassCount
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
from vault._internal.classes import Classes, Unpacked
from vault._internal.ports.records import Census
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


class Observed:
    """Counts the records of the vault by class (`pdp.decision.port`)."""

    def __init__(
        self, *, census: Census, classes: Classes, catalog: Catalog, clock: Clock
    ) -> None:
        self._census = census
        self._classes = classes
        self._catalog = catalog
        self._clock = clock

    def cells(self, purpose: str) -> Iterator[ClassCount]:
        """Give the classes that there are now for a purpose, each once.

        The purpose need not be one that is known yet.

        Raises:
            IntegrityFault: a record or a customer names a class that is not there.
            Invalid: a record is of a collection that the catalogue no longer has.

        """
        found: Counter[ResourceClass] = Counter()
        for packed, records in self._census.count(purpose, unix(self._clock.now())):
            each = self._classes.unpack(packed)
            found[resource_of(each, self._catalog, purpose)] += records
        for resource, records in found.items():
            yield ClassCount(resource, records)
