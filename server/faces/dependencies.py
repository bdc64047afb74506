"""What a handler is given beside its principal: the house, what the call names.

All are coroutines on purpose: a plain function would cost a hop to a thread each.

What is wanted of a list stands in the query:

    filter=amount:ge:9.5&filter=currency:eq:EUR&sort=-date

Each filter is a field, how it is compared, and with what; the value may hold colons.
All have to hold. A sort begins with `-` for the last first. What the words mean, and
whether they may be asked at all, is the gate's to say.
"""

from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from kit.errors import Fault, Invalid, NotFound
from kit.ids import parse_id
from pdp.bundle.language import Speaker
from server.auth.principals import ACCOUNT_CARE, Bearer
from server.faces.disclosures import DECISION, RECORD
from server.house.house import House
from server.http.errors import REQUEST_ID
from server.http.languages import in_language, speaker_of
from server.http.schemas import Name
from vault import Question
from vault.gate.selection import MAX_FILTERS, Filter, ListQuery

MAX_PAGE = 100


async def _house(request: Request) -> House:
    house: House = request.app.state.house
    return house


async def _request_id(request: Request) -> str:
    found: str = request.scope[REQUEST_ID]
    return found


async def _speaker(request: Request, response: Response) -> Speaker:
    # The answer is in a language, and would be in another: its headers say both.
    response.headers.update(in_language(request.scope))
    return speaker_of(request.scope)


async def _record(record_id: Annotated[str, Path(examples=[RECORD])]) -> bytes:
    return _parsed(record_id)


async def _erasure(erasure_id: Annotated[str, Path(examples=[DECISION])]) -> bytes:
    return _parsed(erasure_id)


async def _after(
    after: Annotated[
        str, Query(max_length=32, description="`next` of the page before")
    ] = "",
) -> bytes:
    return _parsed(after) if after else b""


def _parsed(text: str) -> bytes:
    # A name that cannot be is merely one that is not there.
    found = parse_id(text)
    if found is None:
        raise NotFound
    return found


def care(house: House, bearer: Bearer, request_id: str) -> Question:
    """Put what a member of staff does about an account into the gate's question.

    Raises:
        Refused: the purpose of such acts is not among the token's.

    """
    decided = house.decides_writes
    return bearer.writes(ACCOUNT_CARE, decided=decided, request=request_id)


def text_answer(
    example: str, media_type: str = "text/plain"
) -> dict[int | str, dict[str, Any]]:
    """Describe an answer that is text, for a route's `responses`."""
    return {200: {"content": {media_type: {"example": example}}}}


TheHouse = Annotated[House, Depends(_house)]
RequestId = Annotated[str, Depends(_request_id)]
InLanguage = Annotated[Speaker, Depends(_speaker)]
RecordId = Annotated[bytes, Depends(_record)]
ErasureId = Annotated[bytes, Depends(_erasure)]
After = Annotated[bytes, Depends(_after)]
CustomerName = Annotated[str, Path(max_length=128, examples=["4711"])]
OwnPurpose = Annotated[Name, Path(examples=["marketing.email"])]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, examples=[MAX_PAGE])]
Purpose = Annotated[Name, Query(examples=["support.case"])]
Collection = Annotated[Name, Query(examples=["profile"])]
OneOrAll = Annotated[Name | None, Query(examples=["profile"])]
OwnCursor = Annotated[
    str, Query(max_length=97, description="`next` of the page before")
]
IdempotencyKey = Annotated[
    str,
    Header(
        pattern=r"^[\x21-\x7e]{1,128}$",
        description="the caller's own id for this write: a retry finds what it made",
        examples=["order-2026-0001"],
    ),
]


_PARTS = 3
_LONGEST = 1_200

Filters = Annotated[
    list[Annotated[str, Query(max_length=_LONGEST)]],
    Query(
        alias="filter",
        max_length=MAX_FILTERS,
        description="`field:operator:value`, by eq, ne, lt, le, gt or ge; all hold",
        examples=[["amount:ge:9.5"]],
    ),
]
Sort = Annotated[
    str,
    Query(
        max_length=65,
        description="the field to sort by, with `-` before it for the last first",
        examples=["-date"],
    ),
]


async def _wish(filters: Filters = [], sort: Sort = "") -> ListQuery:  # noqa: B006 - FastAPI copies it
    field = sort.removeprefix("-")
    if sort and not field:
        raise _unreadable([Fault("/sort", "name a field")])
    split = [each.split(":", _PARTS - 1) for each in filters]
    faults = [
        Fault(f"/filter/{at}", "write field:operator:value")
        for at, parts in enumerate(split)
        if len(parts) != _PARTS
    ]
    if faults:
        raise _unreadable(faults)
    return ListQuery(
        tuple(Filter(*parts) for parts in split), field, descending=field != sort
    )


def _unreadable(faults: list[Fault]) -> Invalid:
    return Invalid("the query cannot be read", faults=tuple(faults))


Wanted = Annotated[ListQuery, Depends(_wish)]
