"""Who allowed what, for which purpose, shown which text, until when.

What rests on consent is denied until a person grants it. What they say is an event that
is never rewritten and is stamped in the ledger; what is so now is a fact that the gate
reads in its own SQL (`consent.facts`). Calls take the caller's unit of work first,
flush inside it and never commit.
"""

from consent.authorization import Authorization, UgcAct, UgcEvent
from consent.ceilings import ConsentCeilings
from consent.erasure import ConsentEraser, eraser
from consent.events import ConsentAct, ConsentEvent, Recorded
from consent.facts import ConsentWord, UgcWord
from consent.grants import Grants
from consent.notices import Notice, Notices, NoticesError, read_notices
from consent.purposes import (
    CurrentPurposes,
    LawfulBasis,
    Purpose,
    Purposes,
    PurposesError,
)
from consent.receipts import Controller, consent_record, sign_receipt
from consent.standings import ConsentStatus
from consent.terms import Licence, parse_terms
from consent.ugc import Authorizations
from consent.uses import Bound, Stop, Use

__all__ = [
    "Authorization",
    "Authorizations",
    "Bound",
    "ConsentAct",
    "ConsentCeilings",
    "ConsentEraser",
    "ConsentEvent",
    "ConsentStatus",
    "ConsentWord",
    "Controller",
    "CurrentPurposes",
    "Grants",
    "LawfulBasis",
    "Licence",
    "Notice",
    "Notices",
    "NoticesError",
    "Purpose",
    "Purposes",
    "PurposesError",
    "Recorded",
    "Stop",
    "UgcAct",
    "UgcEvent",
    "UgcWord",
    "Use",
    "consent_record",
    "eraser",
    "parse_terms",
    "read_notices",
    "sign_receipt",
]
