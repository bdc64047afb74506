"""What the chapters share: a house, a customer, three who ask, what has happened."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kit.errors import IntegrityFault, Refused
from pdp.decision.question import Kind
from server.house.house import House
from vault import Disclosure, Principal, Question

CUSTOMER: Final = "00042"
SUPPORT: Final = Principal(Kind.SERVICE, "helpdesk", roles=("support",), region="us")
MARKETING: Final = Principal(Kind.SERVICE, "mailer", roles=("marketing",), region="us")


class DoesNotHold(IntegrityFault):
    """The demo was about to say something that is not so."""

    code, title = "demo_broken", "A step of the demo does not hold"


@dataclass(slots=True)
class DemoContext:
    """What the chapters share. `record` is the idea's, once it is contributed."""

    house: House
    out: Path
    data: Path | None
    say: Callable[[str], None]
    progress: Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
    record: bytes = b""
    made: list[Path] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """The folder of the installation."""
        return self.house.home.root

    def subject(self) -> bytes:
        """Give the customer's random subject.

        Raises:
            DoesNotHold: they are not there.

        """
        found = self.house.customers.subject_of(CUSTOMER)
        if found is None:
            raise DoesNotHold("the customer of this story is not in the vault")
        return found

    def ask(self, question: Question, collection: str) -> Disclosure:
        """Read the customer's one record of a collection, through the gate."""
        page = self.house.gate.list_records(question, CUSTOMER, collection)
        must(len(page.items) == 1, "one record is disclosed")
        return page.items[0]

    def denied(self, read: Callable[[], object]) -> Refused:
        """Do what has to be refused, say why it was, and give the refusal.

        Raises:
            DoesNotHold: it was not refused.

        """
        try:
            read()
        except Refused as refusal:
            for reason in refusal.reasons:
                self.say(f"  refused    {reason.code} ({reason.article})")
                self.say(f"  would help {reason.fix}")
            return refusal
        raise DoesNotHold("this was to be refused, and was not")

    def keep(self, name: str, data: bytes) -> Path:
        """Write something that leaves the house into out/."""
        path = self.out / name
        path.write_bytes(data)
        self.made.append(path)
        return path


def must(holds: bool, what: str) -> None:  # noqa: FBT001 - it is the sentence's verb
    """Go on only if something holds.

    Raises:
        DoesNotHold: it does not.

    """
    if not holds:
        raise DoesNotHold(f"this was to be seen, and is not so: {what}")
