"""A consent record of somebody who refused, consented and withdrew."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from consents import ConsentHouse

from consent import ConsentEvent
from consent.receipts import Controller, consent_record

EMAIL: Final = "marketing.email"
ACME: Final = Controller("Acme GmbH", "https://acme.example/me/consents")


def spoken(house: ConsentHouse) -> tuple[ConsentEvent, ...]:
    """Let Anna refuse, consent for a year, and withdraw an hour later."""
    with house.database.write() as session:
        house.grants.withdraw(session, house.anna, EMAIL)
        house.grants.grant(
            session,
            house.anna,
            EMAIL,
            notice_version=1,
            language="zh",
            until=house.clock.now() + timedelta(days=365),
        )
    house.clock.advance(hours=1)
    with house.database.write() as session:
        house.grants.withdraw(session, house.anna, EMAIL)
        return house.grants.history(session, house.anna)


def record_of(house: ConsentHouse, events: Sequence[ConsentEvent]) -> dict[str, Any]:
    """Write it down, under an identifier that is always the same."""
    return consent_record(
        str(uuid.UUID(int=7)),
        events,
        purpose=house.purposes.get(EMAIL),
        controller=ACME,
        classes=["contact", "preference"],
        at=house.clock.now(),
    )
