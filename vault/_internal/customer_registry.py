"""The register: who is a customer, under which random subject, and who no longer is.

A subject is drawn, never derived; the identity store alone joins it to a customer id.
Registering makes the key first. Erasing is one transaction: keys, indexes and the
customer go, the fence and the suppressed identifiers come. From then on the subject
stays destroyed, and the identifiers do not come back by themselves: a repeated import
meets `fence.erased` until the suppression lapses, or a registration on purpose lifts
it, with a new subject and a new key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kit.clock import Clock
from kit.errors import AllodError, IntegrityFault
from vault._internal.admission import Admission, RegisteredSubject
from vault._internal.customer_lookup import (
    CUSTOMER,
    NO_RECORD,
)
from vault._internal.identifiers import customer_name
from vault._internal.keyring import Keyring
from vault._internal.ports.identity import (
    IdentityStore,
)
from vault._internal.unlinking import Unlinking

LOT: Final = 500


class SubjectState(StrEnum):
    """What the identity store knows of a subject."""

    LIVE = "live"
    DESTROYED = "destroyed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Inventory:
    """What an erasure of a subject will destroy here; gathered while it is there.

    They go together, key by key.
    """

    kids: tuple[bytes, ...]
    commitments: tuple[bytes, ...]
    epochs: tuple[int, ...]


class Register(Unlinking):
    """The customers of one installation, and the fence."""

    def __init__(self, identity: IdentityStore, keyring: Keyring, clock: Clock) -> None:
        super().__init__(identity, keyring, clock)
        self._admission = Admission(identity, keyring, clock)

    def state(self, subject: bytes) -> SubjectState:
        """Tell destroyed from never known."""
        reads = self._identity.reads
        if reads.fenced(subject):
            return SubjectState.DESTROYED
        known = reads.customer_of(subject) is not None
        return SubjectState.LIVE if known else SubjectState.UNKNOWN

    def require_own(self, columns: Sequence[object]) -> None:
        """Check that a customer's hash is that of the id in their own sealed row.

        Raises:
            IntegrityFault: it is another's, or the id does not open.

        """
        handle, subject = columns[:2]
        found = self._identity.reads.named([subject]) if type(subject) is bytes else []
        named = [self._name(row.sealed, key) for row, key in found]
        if [self._blind.handle(name) for name in named] not in ([], [handle]):
            raise IntegrityFault("a customer's id leads to another's account")

    def is_whole(self, subject: bytes) -> bool:
        """Tell whether a subject has a customer and a key that opens, or a fence."""
        state = self.state(subject)
        if state is not SubjectState.LIVE:
            return state is SubjectState.DESTROYED
        try:
            return bool(self._keyring.keys_of(subject))
        except IntegrityFault:
            return False

    def unknown(self, subjects: Sequence[bytes]) -> list[bytes]:
        """Tell which of many subjects were neither registered here nor destroyed."""
        reads, absent = self._identity.reads, []
        for start in range(0, len(subjects), LOT):
            lot = subjects[start : start + LOT]
            here = {row.subject for row, _ in reads.named(lot)}
            absent += [s for s in lot if s not in here and not reads.fenced(s)]
        return absent

    def register(self, customer_id: str, *, again: bool = False) -> RegisteredSubject:
        """Register a customer; one who is registered stays as they are.

        With `again` an erased customer comes back, as another subject with another
        key and with nothing of what was.

        Raises:
            Invalid: nobody can have this id.
            Refused: `fence.erased`.
            Alike: it is another customer's but for its case.

        """
        outcome = self._admission.admit([customer_id], again=again)[customer_id]
        if isinstance(outcome, AllodError):
            raise outcome
        return outcome

    def register_many(
        self, customer_ids: Iterable[str]
    ) -> dict[str, bytes | AllodError]:
        """Register many customers in one transaction; about a thousand at a time.

        Gives each id its subject, or what keeps it out, as `register` would.
        """
        admitted = self._admission.admit(customer_ids, again=False)
        return {
            given: found if isinstance(found, AllodError) else found.subject
            for given, found in admitted.items()
        }

    def begin_likenesses(self) -> None:
        """Tell of every customer whose id theirs is like; once in a home.

        Raises:
            IntegrityFault: a customer's row was not written here.

        """
        after = NO_RECORD
        while lot := self._identity.reads.subjects(after, LOT):
            names = self.customer_ids_of(lot)
            rows = [
                self._admission.likeness(subject, customer_name(name))
                for subject, name in names.items()
            ]
            with self._identity.work() as work:
                for row in rows:
                    if not work.fenced(row.subject):
                        work.add_identifier(row)
            after = lot[-1]

    def without_likeness(self) -> int:
        """Count the customers of whom nothing tells whose id theirs is like."""
        return self._identity.reads.count_without(CUSTOMER)

    def inventory(self, subject: bytes) -> Inventory:
        """Gather what a certificate says of a subject, while its keys still open."""
        held = self._keyring.keys_of(subject)
        return Inventory(
            kids=tuple(row.kid for row, _ in held),
            commitments=tuple(keys.commitment for _, keys in held),
            epochs=tuple(row.epoch for row, _ in held),
        )

    def begin_tally(self) -> None:
        """Begin to count the suppressed, with those there are; once in a home."""
        with self._identity.work() as work:
            self._suppression.found(work)

    def is_tallied(self) -> bool:
        """Tell whether no suppressed identifier was taken away."""
        return self._suppression.is_whole(self._identity.reads)
