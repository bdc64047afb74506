"""The vault's side of `pdp.decision.observed`: its records, counted by class.

For whoever asks what another set of policies would change. Classes and numbers leave
here, and nothing of any person.
"""

from collections import Counter
from collections.abc import Iterator

from kit.clock import Clock, unix
from pdp.decision.observed import ClassCount
from pdp.decision.question import ResourceClass
from vault._internal.classes import Classes
from vault._internal.ports.records import Census
from vault.catalog.catalog import Catalog
from vault.gate.policy_input import resource_of


class Observed:
    """Counts the records of the vault by class."""

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
