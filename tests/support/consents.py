"""Consent on real parts: the shipped purposes, published notices, one subject."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from clocks import ManualClock
from ordering import RecordingOrders
from stamps import RecordingStamp

from consent import (
    Authorizations,
    ConsentCeilings,
    Grants,
    LawfulBasis,
    Notices,
    Purposes,
)
from kit.clock import unix
from kit.db import Database
from kit.ids import new_id

TABLES = Path(__file__).parents[2] / "policies" / "tables" / "data.json"


def shipped_purposes() -> Purposes:
    return Purposes.parse(json.loads(TABLES.read_text(encoding="utf-8")))


@dataclass
class ConsentHouse:
    database: Database
    clock: ManualClock
    purposes: Purposes = field(default_factory=shipped_purposes)
    stamp: RecordingStamp = field(default_factory=RecordingStamp)
    orders: RecordingOrders = field(default_factory=RecordingOrders)
    bound: dict[str, dict[str, LawfulBasis]] = field(default_factory=dict)
    removed: set[bytes] = field(default_factory=set)
    anna: bytes = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.notices = Notices(lambda: self.purposes, self.clock)
        self.grants = Grants(
            *(lambda: self.purposes, self.notices, self.stamp, self.orders),
            *(self.clock, lambda _, purpose: self.bound.get(purpose, {})),
        )
        self.ugc = Authorizations(
            *(lambda: self.purposes, self.stamp, self.orders),
            *(lambda _, __, record: record not in self.removed, self.clock),
        )
        self.ceilings = ConsentCeilings(self.grants, self.ugc, self.clock)
        with self.database.write() as session:
            for purpose in self.purposes:
                if LawfulBasis.CONSENT in purpose.bases:
                    texts = {"en": purpose.title, "zh": f"{purpose.name} 可以吗"}
                    self.notices.publish(session, purpose.name, texts)

    @property
    def now(self) -> int:
        return unix(self.clock.now())
