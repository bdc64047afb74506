"""What a policy engine of one's own pulls: the active bundle, signed.

OPA's client for bundles asks again and again, with the tag of what it has; while the
bundle is the same it is told so in a few bytes. While the key is rotated the bundle is
to be had under either key, since an OPA is pinned to one: `?key=` names it.
"""

import hashlib
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import PlainTextResponse, Response

from pdp.bundle.bundle import Bundle
from pdp.bundle.bundle_archive import MEDIA_TYPE, archive
from pdp.decision.question import Kind
from server.auth.principals import Scope
from server.faces.dependencies import TheHouse, text_answer
from server.house.house import House
from server.http.admission import Door
from server.http.strict_json import StrictRoute
from vault.keys.keys import BUNDLE, pem_file

_PEM: Final = (
    "allod-0f1e2d3c4b5a6978 active\n"
    "-----BEGIN PUBLIC KEY-----\nMFkw…\n-----END PUBLIC KEY-----\n"
)
_ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            MEDIA_TYPE: {
                "schema": {"type": "string", "format": "binary"},
                "example": "…",
            }
        }
    },
    304: {"description": "The bundle is still the one that the caller has"},
}

router = APIRouter(
    prefix="/v1/bundle",
    tags=["engines"],
    route_class=StrictRoute,
    dependencies=[Depends(Door(Kind.SERVICE, scope=Scope.BUNDLE_READ))],
)


KeyId = Annotated[
    str,
    Query(
        alias="key",
        pattern=r"^(allod-[0-9a-f]{16})?$",
        description="the id of the key to sign with; without it, the one in force",
        examples=["allod-0f1e2d3c4b5a6978"],
    ),
]
Known = Annotated[
    str,
    Header(
        alias="If-None-Match",
        max_length=1024,
        description="the tags of what the caller has",
    ),
]


@router.get("", response_class=Response, responses=_ARCHIVE)
def bundle(house: TheHouse, key: KeyId = "", known: Known = "") -> Response:
    """Give the active bundle as OPA takes it, signed (ES256)."""
    return _archived(house, house.governing.newest(), key, known)


@router.get("/candidate", response_class=Response, responses=_ARCHIVE)
def candidate(house: TheHouse, key: KeyId = "", known: Known = "") -> Response:
    """Give the bundle that is to be tried, for an OPA that decides nothing.

    It is the newest one that is approved and waits, else the newest that is proposed,
    else the active one.
    """
    return _archived(house, house.governing.candidate(), key, known)


def _archived(house: House, bundle: Bundle, key: str, known: str) -> Response:
    packed = archive(bundle, house.vault.keys.bundle_signer(key))
    tag = f'"{hashlib.sha256(packed).hexdigest()}"'
    # One body for each tag, so a weak comparison is right (RFC 9110, 13.1.2).
    tags = {each.strip().removeprefix("W/") for each in known.split(",")}
    if tag in tags or "*" in tags:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(packed, media_type=MEDIA_TYPE, headers={"ETag": tag})


@router.get("/key", response_class=PlainTextResponse, responses=text_answer(_PEM))
def keys(house: TheHouse) -> PlainTextResponse:
    """Give the keys that verify it; from the vault itself they prove nothing.

    The one in force comes first, and while it is rotated its successor after it; above
    each stands its id (explanatory text, RFC 7468).
    """
    return PlainTextResponse(pem_file(house.vault.keys.public(BUNDLE)))
