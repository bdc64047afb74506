"""Evidence of when, for those whom it is about: a proof with an authority's time stamp.

Each is one zip that is verified offline, here with `allod verify` and elsewhere with
standard tools. Without a time-stamping authority there is none, which is a conflict
and not an absence: the entry is there, and its receipt can be had.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from starlette.responses import Response

from server.faces.customers import ZIP, Reader
from server.faces.dependencies import ErasureId, RecordId, TheHouse, text_answer
from server.http.admission import anybody
from server.http.rights import RightsRoute

router = APIRouter(prefix="/v1", tags=["customers"], route_class=RightsRoute)

_ZIPPED = text_answer("PK…", ZIP)


@router.get(
    "/me/contributions/{record_id}/evidence",
    response_class=Response,
    responses=_ZIPPED,
)
def of_contribution(house: TheHouse, bearer: Reader, record_id: RecordId) -> Response:
    """Give the evidence that a contributed item existed by a time."""
    made = house.evidence.of_record(bearer.own(), record_id)
    return Response(made.encode(), media_type=ZIP)


@router.get(
    "/erasures/{erasure_id}/evidence",
    dependencies=[Depends(anybody)],
    response_class=Response,
    responses=_ZIPPED,
)
def of_erasure(
    house: TheHouse,
    erasure_id: ErasureId,
    erasure_secret: Annotated[str, Header(max_length=128, examples=["Q2hhbmdl…"])] = "",
) -> Response:
    """Give an erasure's certificate with evidence of when, for its secret."""
    made = house.evidence.of_erasure(erasure_id, erasure_secret)
    return Response(made.encode(), media_type=ZIP)
