"""Every operation of the API, and a body for each that it would take.

The list is the routers' own. An operation without a row where one is needed fails the
test that asks for it, so that a new one cannot be left out.
"""

from dataclasses import dataclass
from typing import Any

from server.app import FACES
from server.faces.data_plane import HOT

UNTIL = "2026-11-25T12:00:00Z"
WHY = "a complaint that cannot wait"
PROFILE = {"name": "Ada", "language": "en"}
LICENCE = {
    "purpose": "ugc.display",
    "product": "catalogue",
    "territory": "eu",
    "since": "2026-11-22T12:00:00Z",
    "until": "2027-11-22T12:00:00Z",
}
CASE = {"purpose": "support.case"}


@dataclass(frozen=True)
class Sent:
    """What an operation is sent: query and body."""

    query: dict[str, str] | None = None
    body: Any = None


ABOUT = "/v1/customers/{customer_id}"
RECORD = f"{ABOUT}/records/{{record_id}}"
OWN = "/v1/me/contributions/{record_id}"
HELD = "/v1/org/units/{unit}/customers/{customer_id}"

# About one customer, named in the path.
CUSTOMERS: dict[tuple[str, str], Sent] = {
    ("PATCH", ABOUT): Sent(
        body={"minor": "yes", "reason": WHY, "purpose": "service.registration"}
    ),
    ("GET", f"{ABOUT}/records"): Sent(CASE | {"collection": "profile"}),
    ("GET", RECORD): Sent(CASE),
    ("GET", f"{ABOUT}/contributions/{{record_id}}/authorization"): Sent(CASE),
    ("POST", f"{ABOUT}/records"): Sent(
        body={"collection": "profile", "values": PROFILE} | CASE
    ),
    ("PUT", RECORD): Sent(body={"values": PROFILE, "version": 1} | CASE),
    ("POST", f"{ABOUT}/verify"): Sent(
        body=CASE | {"collection": "profile", "field": "phone", "value": "+491234567"}
    ),
    ("GET", f"{ABOUT}/reach"): Sent(),
    ("PUT", f"{ABOUT}/assignments/{{staff}}"): Sent(body={"until": UNTIL}),
    ("DELETE", f"{ABOUT}/assignments/{{staff}}"): Sent(),
    ("POST", f"{ABOUT}/grants"): Sent(
        body=CASE | {"staff": "max", "until": UNTIL, "reason": WHY}
    ),
    ("DELETE", f"{ABOUT}/grants/{{grant_id}}"): Sent(),
    ("POST", f"{ABOUT}/holds"): Sent(body={"reason": WHY}),
    ("POST", f"{ABOUT}/holds/{{hold_id}}/lifting"): Sent(body={"reason": WHY}),
    ("PUT", f"{ABOUT}/restriction"): Sent(body={"restricted": True, "reason": WHY}),
    ("PUT", HELD): Sent(),
    ("DELETE", HELD): Sent(),
}
# About a record of the customer who calls.
OWNS: dict[tuple[str, str], Sent] = {
    ("GET", "/v1/me/records/{record_id}"): Sent(),
    ("PATCH", "/v1/me/records/{record_id}"): Sent(
        body={"values": {"language": "de"}, "version": 1}
    ),
    ("DELETE", OWN): Sent(),
    ("PUT", OWN): Sent(body={"values": {"title": "A", "text": "B"}, "version": 1}),
    ("PUT", f"{OWN}/authorization"): Sent(body=LICENCE),
    ("DELETE", f"{OWN}/authorization"): Sent(),
    ("PUT", f"{OWN}/restriction"): Sent(),
    ("DELETE", f"{OWN}/restriction"): Sent(),
    ("GET", f"{OWN}/receipt"): Sent(),
    ("GET", f"{OWN}/receipt/cose"): Sent(),
    ("GET", f"{OWN}/evidence"): Sent(),
}
# About whoever is meant by the body, or about everybody there is.
OTHERS: dict[tuple[str, str], Sent] = {
    ("POST", "/v1/customers"): Sent(
        body={"customer_id": "new", "region": "eu", "purpose": "service.registration"}
    ),
    ("GET", "/v1/customers"): Sent(CASE),
    ("POST", "/v1/records"): Sent(
        body=CASE
        | {
            "items": [
                {"customer_id": "ada", "collection": "profile", "values": PROFILE},
                {"customer_id": "nobody", "collection": "profile", "values": PROFILE},
            ]
        }
    ),
    ("POST", "/v1/registrations"): Sent(
        body={"purpose": "service.registration"}
        | {"items": [{"customer_id": "new", "region": "eu"}]}
    ),
    ("POST", "/v1/read"): Sent(
        body=CASE | {"items": [{"customer_id": "ada", "record_id": "0" * 32}]}
    ),
    ("POST", "/v1/find"): Sent(
        body=CASE | {"collection": "profile", "field": "email", "value": "a@b.example"}
    ),
    ("POST", "/v1/scan"): Sent(body=CASE | {"collection": "profile"}),
    ("POST", "/v1/aggregate"): Sent(
        body={
            "purpose": "analytics.aggregate",
            "collection": "purchase",
            "measure": {"kind": "count"},
        }
    ),
    ("GET", "/v1/me/records"): Sent(),
    ("GET", "/v1/me/contributions"): Sent(),
    ("POST", "/v1/me/contributions"): Sent(
        body={"collection": "idea", "values": {"title": "A", "text": "B"}}
    ),
    ("POST", "/v1/me/exports"): Sent(),
}


def operations() -> list[tuple[str, str]]:
    """List method and path of every operation, as the routers have it."""
    framework = [
        (method, route.path_format)
        for face in FACES
        for route in face.router.routes
        for method in sorted(route.methods)
    ]
    return sorted([*framework, *((hot.method, hot.path) for hot in HOT)])
