"""What an installation itself knows of a customer: their subject and class."""

from dataclasses import dataclass
from typing import Final

from kit.errors import NotFound
from vault._internal.customer_registry import Register
from vault._internal.ports.subjects import SubjectStore
from vault.customers.births import Births

ERASED: Final = "erased"


@dataclass(frozen=True, slots=True)
class RegisteredAs:
    """How a customer is registered. No record, no field: what the vault goes by."""

    customer_id: str
    region: str
    state: str
    minor: str


class Customers:
    """Answers of the registration itself, for the customer and for the operator."""

    def __init__(
        self, *, subjects: SubjectStore, register: Register, births: Births
    ) -> None:
        self._births = births
        self._subjects = subjects
        self._register = register

    def subject_of(self, customer_id: str) -> bytes | None:
        """Find the random subject of a customer, to bind a token or an order to it."""
        return self._register.resolve(customer_id)

    def lives(self, subject: bytes) -> bool:
        """Tell whether a subject is a customer, whose erasure has not begun."""
        known = self._subjects.class_of(subject)
        gone = known is None or known.state == ERASED
        return not gone and subject in self._register.living([subject])

    def without_key(self) -> list[bytes]:
        """List who has rows here, and no key: keys/ is from an older copy."""
        return self._register.unknown(self._subjects.all())

    def regions(self) -> dict[str, int]:
        """Count the customers of each region."""
        return self._subjects.regions()

    def standing(self, subject: bytes) -> RegisteredAs:
        """Tell how a subject is registered.

        Raises:
            NotFound: they are not, or not any more.

        """
        names = self._register.customer_ids_of([subject])
        known = self._subjects.class_of(subject)
        if subject not in names or known is None:
            raise NotFound
        return RegisteredAs(names[subject], known.region, known.state, known.minor)

    def birth_date(self, subject: bytes) -> str | None:
        """Give a customer's birth date, for themselves alone.

        None if none is kept, or what is kept does not open: that is an alarm of the
        daily run, and keeps nobody from the rest of what is theirs.

        Raises:
            Gone: they were erased.

        """
        readable = self._births.readable(subject)
        birth = self._births.of(subject) if readable else None
        return None if birth is None else birth.day.isoformat()
