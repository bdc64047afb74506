"""What is wanted of a list, as it stands in a query.

    filter=amount:ge:9.5&filter=currency:eq:EUR&sort=-date

Each filter is a field, how it is compared, and with what; the value may hold colons.
All have to hold. A sort begins with `-` for the last first. What the words mean, and
whether they may be asked at all, is the gate's to say.
"""

from typing import Annotated

from fastapi import Depends, Query

from kit.errors import Fault, Invalid
from vault.gate.selection import MAX_FILTERS, Filter, ListQuery

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
