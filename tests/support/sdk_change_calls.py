"""The call that follows a collection: the request it makes, and what it reads."""

from datetime import UTC, datetime

from allod import ChangePage, RecordChange, Shown
from sdk_calls import Case

PERSON, RECORD = "7c" * 16, "7d" * 16
DECISION = "7e" * 16
AT = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)
SHOWN = {
    "version": 2,
    "values": {"name": "Anna"},
    "masks": {},
    "omitted": ["note"],
    "authorization": None,
}
CHANGES = [
    Case(
        lambda a: a.changes("profile", purpose="p", whole=True),
        "GET /v1/changes?purpose=p&collection=profile&whole=true",
        {"items": [], "position": "abc", "more": True, "decision_id": DECISION},
        ChangePage((), "abc", True, DECISION),
    ),
    Case(
        lambda a: a.changes("profile", purpose="p", after="abc", limit=5),
        "GET /v1/changes?purpose=p&collection=profile&after=abc&limit=5",
        {
            "items": [
                {
                    "person": PERSON,
                    "record": RECORD,
                    "what": "shown",
                    "at": "2027-03-01T09:30:00Z",
                    "shown": SHOWN,
                },
                {
                    "person": PERSON,
                    "record": None,
                    "what": "erased",
                    "at": "2027-03-01T09:30:00Z",
                    "shown": None,
                },
            ],
            "position": "abd",
            "more": False,
            "decision_id": DECISION,
        },
        ChangePage(
            (
                RecordChange(
                    PERSON,
                    "shown",
                    AT,
                    RECORD,
                    Shown(2, {"name": "Anna"}, {}, ("note",), None),
                ),
                RecordChange(PERSON, "erased", AT),
            ),
            "abd",
            False,
            DECISION,
        ),
    ),
]
