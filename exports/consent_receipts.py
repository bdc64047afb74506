"""Signed consent records for the people who said it (ISO/IEC TS 27560, GDPR 7(1)).

The record says who the controller is, so there is none until the operator named them.
What it holds is what the ledger stamped; anybody with the log's key verifies it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from consent import (
    Controller,
    CurrentPurposes,
    LawfulBasis,
    Purpose,
    consent_record,
    sign_receipt,
)
from consent.events import ConsentEvent
from consent.receipts import is_consent
from kit.clock import Clock
from kit.errors import Conflict
from ledger.formats.signing import Signer
from vault import Catalog

UNNAMED: Final = "controller.unnamed"


class ConsentReceipts:
    """Makes consent receipts of what people said."""

    def __init__(
        self,
        *,
        controller: Controller | None,
        purposes: CurrentPurposes,
        classes: Callable[[str], frozenset[str]],
        catalog: Catalog,
        signer: Callable[[], Signer],
        clock: Clock,
    ) -> None:
        self._controller = controller
        self._purposes = purposes
        self._classes = classes
        self._catalog = catalog
        self._signer = signer
        self._clock = clock

    @property
    def ready(self) -> bool:
        """Whether the controller is named."""
        return self._controller is not None

    def of(self, events: Sequence[ConsentEvent], purpose: str) -> dict[str, Any]:
        """Make the receipt of what one person said about one purpose.

        `events` are all that they ever said, oldest first.

        Raises:
            Conflict: the controller is not named (`controller.unnamed`).
            Invalid: nothing of it is about consent to this purpose.

        """
        if self._controller is None:
            raise Conflict(
                "the controller is not named, and a consent record says who it is",
                code=UNNAMED,
                fix="have the operator set ALLOD_CONTROLLER and ALLOD_CONTROLLER_URL",
            )
        record = consent_record(
            str(uuid4()),
            [each for each in events if each.purpose == purpose],
            purpose=self._purpose(purpose),
            controller=self._controller,
            classes=self._used(purpose),
            at=self._clock.now(),
        )
        return sign_receipt(record, self._signer())

    def all_of(self, events: Sequence[ConsentEvent]) -> Mapping[str, dict[str, Any]]:
        """Make a receipt of each purpose that they consented to, refused or ended."""
        if not self.ready:
            return {}
        said: dict[str, list[ConsentEvent]] = {}
        for each in events:
            said.setdefault(each.purpose, []).append(each)
        about = sorted(name for name, told in said.items() if is_consent(told))
        return {name: self.of(events, name) for name in about}

    def _purpose(self, name: str) -> Purpose:
        """Give a purpose; what has left the tables was said all the same."""
        known = self._purposes().by_name.get(name)
        return known or Purpose(name, name, "", frozenset({LawfulBasis.CONSENT}))

    def _used(self, purpose: str) -> list[str]:
        """Name the data classes that the purpose may use by consent."""
        bound = self._catalog.bound(purpose)
        held = {
            each
            for name, basis in bound.items()
            if basis is LawfulBasis.CONSENT and name in self._catalog.collections
            for each in self._catalog.collection(name).classes
        }
        return sorted(held & self._classes(purpose))
