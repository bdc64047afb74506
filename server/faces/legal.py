"""What those who answer for the policies read: the active text, and how it does."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import PlainTextResponse

from kit.errors import NotFound
from pdp.review.cases import run
from server.faces.dependencies import InLanguage, TheHouse, text_answer
from server.faces.legal_schemas import (
    CaseFault,
    CasesResponse,
    PoliciesResponse,
    PolicyFile,
    PurposeResponse,
    PurposesResponse,
)
from server.http.admission import legal, turn
from server.http.strict_json import StrictRoute
from server.http.turns import Work

router = APIRouter(
    prefix="/v1/policies",
    tags=["legal"],
    route_class=StrictRoute,
    dependencies=[Depends(legal())],
)


@router.get("")
def active(house: TheHouse) -> PoliciesResponse:
    """Name the policies that decide now: their digest and their files."""
    files = [PolicyFile.model_validate(each) for each in house.bundle.listing()]
    return PoliciesResponse(digest=house.bundle.digest, files=files)


@router.get(
    "/files/{path:path}",
    response_class=PlainTextResponse,
    responses=text_answer("package allod.legal.consent\n…"),
)
def file(
    house: TheHouse,
    path: Annotated[str, Path(max_length=256, examples=["legal/consent.rego"])],
) -> PlainTextResponse:
    """Give one file, as it decides now."""
    text = house.bundle.texts.get(path)
    if text is None:
        raise NotFound
    return PlainTextResponse(text)


@router.get("/purposes")
def purposes(house: TheHouse, speaker: InLanguage) -> PurposesResponse:
    """List what data may be used for, with titles in the language of the answer."""
    return PurposesResponse(
        items=[
            PurposeResponse(
                name=each.name,
                title=speaker.purpose(each.name),
                article=each.article,
                bases=sorted(each.bases),
                channel=each.channel,
            )
            for each in house.purposes
        ]
    )


@router.get("/cases", dependencies=[Depends(turn(Work.TRIAL))])
def cases(house: TheHouse) -> CasesResponse:
    """Run the cases that the lawyers wrote, on the active text."""
    report = run(house.bundle)
    return CasesResponse(
        total=len(report.results),
        failed=len(report.failed),
        coverage=report.percent("legal"),
        faults=[*map(CaseFault.of, report.failed)],
    )
