"""Birth dates, and the word that follows from one: under age or not.

The policies know no clock and no date: they are told `yes`, `no` or `unknown`. The word
is decided when a customer is registered, imported or corrected, by the age at which
the law of their region has somebody agree for themselves, and again each day
(`vault.customers.ageing`). The date itself lies sealed under the customer's key, with
what was stated beside it; decisions never see it.

A stated word wins only towards protection: who was said to be a child stays one until
that is corrected, and nobody who is a child by date is said not to be.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from kit.canonical import canonical, parse
from kit.clock import Clock
from kit.db import WriteSession
from kit.errors import Fault, Gone, IntegrityFault, Invalid
from vault._internal.envelope import Envelope
from vault._internal.keyring import Keyring
from vault._internal.ports.subjects import BirthStore
from vault.gate.vocabulary import Vocabulary

YES: Final = "yes"
NO: Final = "no"
OLDEST: Final = 130
"""Nobody was born so many years ago."""

PAGE: Final = 1_000

# From UTC by which a day begins first, and last, on Earth.
_EASTERNMOST: Final = timedelta(hours=14)
_WESTERNMOST: Final = timedelta(hours=-12)
_ENVELOPE: Final = Envelope("birth", schema="1")
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Birth:
    """When somebody was born, and what was stated of their minority besides."""

    day: date
    stated: str

    def document(self) -> dict[str, str]:
        """Write it for an envelope or an order."""
        return {"day": self.day.isoformat(), "stated": self.stated}


def read_birth(document: dict[str, str]) -> Birth:
    """Read what `document` wrote."""
    return Birth(date.fromisoformat(document["day"]), document["stated"])


class Births:
    """Keeps birth dates, and says what follows from them."""

    def __init__(
        self,
        rows: BirthStore,
        keyring: Keyring,
        words: Vocabulary,
        clock: Clock,
    ) -> None:
        self._rows = rows
        self._keyring = keyring
        self._words = words
        self._clock = clock

    @property
    def today(self) -> date:
        """The day that has begun everywhere: nobody comes of age before it."""
        return self._day(_WESTERNMOST)

    @property
    def minorities(self) -> dict[str, int]:
        """The age of majority of each region that the policies in force give one."""
        return self._words.minorities

    def day(self, text: str) -> date:
        """Read a birth date.

        Raises:
            Invalid: it is no day, or nobody alive was born on it.

        """
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise _impossible() from None
        latest = self._day(_EASTERNMOST)
        one_way = text == day.isoformat()
        if not one_way or day > latest or _age(day, latest) >= OLDEST:
            raise _impossible()
        return day

    def said(self, birth_date: str | None, stated: str) -> Birth | None:
        """Take in what is said of a customer who is new.

        Raises:
            Invalid: nobody alive was born on that day.

        """
        return None if birth_date is None else Birth(self.day(birth_date), stated)

    def word(self, region: str, birth: Birth) -> str:
        """Decide whether somebody is under age by the law of a region.

        Where the policies give no age, what was stated stands.
        """
        minority = self.minorities.get(region)
        if birth.stated == YES or minority is None:
            return birth.stated
        return YES if _age(birth.day, self.today) < minority else NO

    def minor(self, region: str, stated: str, birth_date: str | None) -> str:
        """Decide it of a customer who is new; the stated word without a date."""
        birth = self.said(birth_date, stated)
        return stated if birth is None else self.word(region, birth)

    def put(self, session: WriteSession, subject: bytes, birth: Birth) -> None:
        """Keep a birth date in the caller's unit of work."""
        keys = self._keyring.main(subject)
        body = canonical(birth.document())
        self._rows.put(session, subject, _ENVELOPE.seal(keys, subject, _VERSION, body))

    def of(self, subject: bytes, session: WriteSession | None = None) -> Birth | None:
        """Give what is kept of a customer's birth; inside a unit of work, if given.

        Raises:
            Gone: they were erased.
            IntegrityFault: it does not open.

        """
        sealed = self._rows.find(subject, session)
        if sealed is None:
            return None
        keys = self._keyring.main(subject)
        return read_birth(parse(_ENVELOPE.open(keys, subject, _VERSION, sealed)))

    def readable(self, subject: bytes) -> bool:
        """Tell whether what is kept of a customer's birth opens, if anything is."""
        try:
            self.of(subject)
        except Gone:  # erased meanwhile
            return True
        except IntegrityFault:
            return False
        return True

    def damaged(self) -> int:
        """Count the birth dates that do not open."""
        found, page = 0, self.after(b"", PAGE)
        while page:
            found += sum(not self.readable(each) for each in page)
            page = self.after(page[-1], PAGE)
        return found

    def after(self, subject: bytes, limit: int) -> list[bytes]:
        """List the next customers whose birth date is kept."""
        return self._rows.after(subject, limit)

    def _day(self, ahead: timedelta) -> date:
        return (self._clock.now() + ahead).date()


def _age(born: date, on: date) -> int:
    before = (on.month, on.day) < (born.month, born.day)
    return on.year - born.year - before


def _impossible() -> Invalid:
    return Invalid(
        "nobody can have been born then",
        code="birth_date.impossible",
        faults=(Fault("/birth_date", f"a day of the last {OLDEST} years, YYYY-MM-DD"),),
        fix="write the day of birth as YYYY-MM-DD, or leave it out",
    )
