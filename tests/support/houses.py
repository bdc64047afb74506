"""A whole house in a folder: real stores, real keys, the real policy engine.

`Scenario` wraps the program's own `House` with short cuts for what stories are made of.
Only the clock is a fake; the engine can be one.
"""

import atexit
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from zlib import crc32

from clocks import ManualClock

from kit.clock import iso
from kit.errors import AllodError
from kit.settings import Settings
from pdp.bundle.bundle import Bundle, install
from pdp.decision.port import Engine
from pdp.decision.question import Kind
from server.auth.principals import operating
from server.house.house import House
from server.house.init import found_house
from server.house.wiring import open_house
from vault import (
    Access,
    Disclosure,
    Item,
    NewCustomer,
    Principal,
    Question,
    WriteResult,
)

SUPPORT = Principal(Kind.SERVICE, "helpdesk", roles=("support",))
MARKETING = Principal(Kind.SERVICE, "mailer", roles=("marketing",))
PRODUCT = Principal(Kind.SERVICE, "workshop", roles=("product",))
PROFILE = {
    "name": "Ada Example",
    "email": "ada@example.org",
    "phone": "+4915112345678",
}
IDEA = {"title": "A lid that stays on", "text": "Make it blue.", "language": "en"}
HISTORY = operating("import.history", region="eu")
CASE = Question(SUPPORT, "support.case")
CAMPAIGN = Question(MARKETING, "marketing.email")

_numbers = count(1)


def caring(by: str) -> Question:
    """Ask as an officer who arranges who reaches whom, and what is held."""
    officer = Principal(Kind.STAFF, by, roles=("privacy_officer",))
    return Question(officer, "account.care", action="write")


@dataclass(frozen=True)
class Scenario:
    """One house, and what its people do."""

    house: House
    clock: ManualClock
    home: Path

    def customer(self, name: str = "ada", *, region: str = "eu") -> bytes:
        self.register(name, region=region)
        return self.subject(name)

    def register(
        self,
        name: str,
        *,
        region: str = "eu",
        minor: str = "no",
        readmit: str | None = None,
        birth_date: str | None = None,
    ) -> bool:
        new = NewCustomer(name, region, minor, readmit=readmit, birth_date=birth_date)
        question = operating("service.registration", region=region)
        return self.house.registration.register(question, new)

    def register_many(self, names: Iterable[str]) -> dict[str, bytes | AllodError]:
        news = [NewCustomer(name, "eu") for name in names]
        return self.house.registration.register_many(HISTORY, news)

    def subject(self, name: str) -> bytes:
        subject = self.house.vault.customers.subject_of(name)
        assert subject is not None
        return subject

    def own(self, name: str, purpose: str = "self.access") -> Question:
        return Question(
            Principal(Kind.CUSTOMER, name, subject=self.subject(name)), purpose
        )

    def profile(self, name: str = "ada", **values: Any) -> WriteResult:
        address = {
            "email": f"{name}@example.org",
            "phone": f"+49151{crc32(name.encode()):010}",
        }
        return self.put(name, "profile", PROFILE | address | values)

    def idea(self, name: str = "ada", **values: Any) -> WriteResult:
        return self.put(name, "idea", IDEA | values)

    def put(self, name: str, collection: str, values: dict[str, Any]) -> WriteResult:
        item = Item(collection, values, f"client-{next(_numbers)}")
        return self.house.intake.put(self.history(name), name, item)

    def history(self, name: str) -> Question:
        """Ask as a command does that brings in what was kept elsewhere."""
        subject = self.house.customers.subject_of(name)
        if subject is None:
            return HISTORY
        region = self.house.customers.standing(subject).region
        return operating("import.history", region=region)

    def read(self, question: Question, name: str, written: WriteResult) -> Disclosure:
        return self.house.gate.read(question, name, written.record)

    def reads(self, name: str = "ada") -> list[Access]:
        """Give what the access log says of a customer, but for what was written."""
        return [each for each in self.on_record(name) if each.action != "write"]

    def writes(self, name: str = "ada") -> list[Access]:
        """Give what the access log says was to be written about a customer."""
        return [each for each in self.on_record(name) if each.action == "write"]

    def on_record(self, name: str = "ada") -> list[Access]:
        """Give all that the access log says of a customer."""
        events = self.house.access_log.of_subject(self.subject(name))
        return [event for _, event in events]

    def grant(self, name: str, purpose: str = "marketing.email") -> None:
        with self.house.vault_db.write() as session:
            self.house.grants.grant(
                session, self.subject(name), purpose, notice_version=1, language="en"
            )

    def withdraw(self, name: str, purpose: str = "marketing.email") -> None:
        self.say_no(name, "withdraw", purpose)

    def say_no(self, name: str, how: str, purpose: str = "marketing.email") -> None:
        with self.house.vault_db.write() as session:
            getattr(self.house.grants, how)(session, self.subject(name), purpose)

    def put_in_force(self, bundle: Bundle) -> int:
        """Have a bundle proposed and approved, unseen; gives the entry's index."""
        digest, proposals = (
            install(bundle, self.house.home.policies),
            self.house.governing.proposals,
        )
        with self.house.vault_db.write() as session:
            number = proposals.propose(session, digest, by="ann", widens=True).number
            proposals.approve(session, number, by="ben")
            proposals.approve(session, number, by="cat", widening=True, reason="a test")
            return proposals.activate(session, number, by="ann", showed={}).entry

    def license(
        self, name: str, written: WriteResult, purpose: str, *, days: int = 30
    ) -> None:
        terms = {
            "purpose": purpose,
            "product": "catalogue",
            "territory": "EU",
            "since": iso(self.clock.now()),
            "until": iso(self.clock.now() + timedelta(days=days)),
        }
        with self.house.vault_db.write() as session:
            self.house.authorizations.license(
                session, self.subject(name), written.record, terms
            )


def settle(home: Path, clock: ManualClock) -> Settings:
    """Make an installation in `home`."""
    settings = Settings(home=home)
    found_house(settings, clock=clock)
    return settings


@cache
def _founded() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="allod-tests-"))
    atexit.register(shutil.rmtree, folder)
    settle(folder / "home", ManualClock())
    return folder / "home"


@contextmanager
def opened(
    home: Path, clock: ManualClock, engine: Engine | None = None
) -> Iterator[Scenario]:
    """Open the installation in `home` for the length of a block."""
    with open_house(Settings(home=home), clock=clock, engine=engine) as house:
        yield Scenario(house, clock, home)


@contextmanager
def lived_in(
    home: Path, clock: ManualClock, engine: Engine | None = None
) -> Iterator[Scenario]:
    """Open a copy of an installation that was made once and never opened.

    Its keys are those of every other copy: who needs two houses that are strangers to
    each other makes one of them by `settle`.
    """
    assert clock.now() == ManualClock().now(), "a copy was made when the clock began"
    shutil.copytree(_founded(), home, dirs_exist_ok=True)
    with opened(home, clock, engine) as scenario:
        yield scenario
