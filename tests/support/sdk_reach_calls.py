"""Each call about who reaches whom: the request it makes, and what it reads."""

from datetime import UTC, datetime

from allod import (
    AccessGrant,
    Assignment,
    CustomerReach,
    Hold,
    Org,
    Post,
    Unit,
)
from sdk_calls import Case

SENT = "2026-11-29T12:00:00Z"
ASKED = "2026-11-29T12:00:00+00:00"
UNTIL = datetime(2026, 11, 29, 12, tzinfo=UTC)
ID = "7b" * 16
UNIT, ADA = "/v1/org/units/north", "/v1/customers/ada"
DONE = {"done": True}
GRANT = {"grant_id": ID, "staff": "kim", "purpose": "support.case", "until": SENT}
GRANTED = AccessGrant(ID, "kim", "support.case", UNTIL)
UNITS = [
    {"unit": "school", "kind": "school", "within": None},
    {"unit": "north", "kind": "campus", "within": "school"},
]
REACH = [
    Case(
        lambda a: a.org.chart(),
        "GET /v1/org",
        {"units": UNITS, "posts": [{"staff": "kim", "unit": "north", "until": SENT}]},
        Org(
            (Unit("school", "school"), Unit("north", "campus", "school")),
            (Post("kim", "north", UNTIL),),
        ),
    ),
    Case(
        lambda a: a.org.set_unit("north", kind="campus", within="school"),
        f"PUT {UNIT}",
        DONE,
        None,
        body={"kind": "campus", "within": "school"},
    ),
    Case(lambda a: a.org.remove_unit("north"), f"DELETE {UNIT}", DONE, None),
    Case(
        lambda a: a.org.post("kim", "north", until=UNTIL),
        f"PUT {UNIT}/posts/kim",
        DONE,
        None,
        body={"until": ASKED},
    ),
    Case(
        lambda a: a.org.unpost("kim", "north"), f"DELETE {UNIT}/posts/kim", DONE, None
    ),
    Case(
        lambda a: a.org.place("ada", "north"), f"PUT {UNIT}/customers/ada", DONE, None
    ),
    Case(
        lambda a: a.org.displace("ada", "north"),
        f"DELETE {UNIT}/customers/ada",
        DONE,
        None,
    ),
    Case(
        lambda a: a.reach.get("ada"),
        f"GET {ADA}/reach",
        {
            "state": "active",
            "units": ["north"],
            "assignments": [{"staff": "lee", "until": SENT}],
            "grants": [GRANT],
            "holds": [{"hold_id": ID, "record_id": None}],
        },
        CustomerReach(
            "active", ("north",), (Assignment("lee", UNTIL),), (GRANTED,), (Hold(ID),)
        ),
    ),
    Case(
        lambda a: a.reach.assign("ada", "kim", until=UNTIL),
        f"PUT {ADA}/assignments/kim",
        DONE,
        None,
        body={"until": ASKED},
    ),
    Case(
        lambda a: a.reach.unassign("ada", "kim"),
        f"DELETE {ADA}/assignments/kim",
        DONE,
        None,
    ),
    Case(
        lambda a: a.reach.grant(
            "ada", "kim", purpose="support.case", until=UNTIL, reason="r"
        ),
        f"POST {ADA}/grants",
        GRANT,
        GRANTED,
        body={
            "staff": "kim",
            "purpose": "support.case",
            "until": ASKED,
            "reason": "r",
        },
    ),
    Case(lambda a: a.reach.revoke("ada", ID), f"DELETE {ADA}/grants/{ID}", DONE, None),
    Case(
        lambda a: a.reach.hold("ada", reason="r", record_id=ID),
        f"POST {ADA}/holds",
        {"hold_id": ID, "record_id": ID},
        Hold(ID, ID),
        body={"record_id": ID, "reason": "r"},
    ),
    Case(
        lambda a: a.reach.lift("ada", ID, reason="r"),
        f"POST {ADA}/holds/{ID}/lifting",
        DONE,
        None,
        body={"reason": "r"},
    ),
    Case(
        lambda a: a.reach.restrict("ada", reason="r"),
        f"PUT {ADA}/restriction",
        DONE,
        None,
        body={"restricted": True, "reason": "r"},
    ),
]
