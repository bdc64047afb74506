"""Many at once: what is sent in one list, in what pieces, and what became of each."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from allod._decode import items
from allod._errors import ApiError, UnexpectedAnswer, error_of
from allod._json import Object, as_object
from allod._problems import read_problem
from allod._types import Minor

MOST_ITEMS = 1_000
MOST_BYTES = 900_000
"""Below the megabyte that a server takes, with room for what stands around."""

Became = Literal["created", "replaced", "there_already", "refused"]


@dataclass(frozen=True, slots=True)
class NewRecord:
    """One record of many; over `version` of `record_id`, if one is to be replaced."""

    customer_id: str = field(repr=False)
    collection: str
    values: Mapping[str, Any] = field(repr=False)
    record_id: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """One customer of many who are to be registered."""

    customer_id: str = field(repr=False)
    region: str
    minor: Minor = "unknown"
    birth_date: date | None = field(default=None, repr=False)


def _error(value: object) -> ApiError:
    return error_of(read_problem(as_object(value)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of many; `error` says why it was refused, and is not raised.

    `index` is a contribution's entry in the ledger. `doubtful` names fields with an
    e-mail address or telephone number that nobody can have; it was kept.
    """

    outcome: Became
    record_id: str | None = None
    version: int | None = None
    index: int | None = None
    error: ApiError | None = field(default=None, metadata={"read": _error})
    doubtful: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether it was not done."""
        return self.outcome == "refused"


def record_body(record: NewRecord) -> dict[str, Any]:
    """Write a record as it is sent."""
    body: dict[str, Any] = {
        "customer_id": record.customer_id,
        "collection": record.collection,
        "values": dict(record.values),
    }
    if record.record_id is not None:
        body |= {"record_id": record.record_id, "version": record.version}
    return body


def customer_body(customer: NewCustomer) -> dict[str, Any]:
    """Write a customer as they are sent."""
    body = {
        "customer_id": customer.customer_id,
        "region": customer.region,
        "minor": customer.minor,
    }
    if customer.birth_date is not None:
        body["birth_date"] = customer.birth_date.isoformat()
    return body


def pieces(bodies: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Cut a list, however long, into what one call may carry."""
    piece: list[dict[str, Any]] = []
    size = 0
    for body in bodies:
        # As it is sent, with the comma and blank that part it from the next.
        length = len(json.dumps(body, allow_nan=False, ensure_ascii=False).encode()) + 2
        if len(piece) == MOST_ITEMS or (piece and size + length > MOST_BYTES):
            yield piece
            piece, size = [], 0
        piece.append(body)
        size += length
    if piece:
        yield piece


def read_outcomes(source: Object, sent: int) -> tuple[Outcome, ...]:
    """Read what became of the items of one call.

    Raises:
        UnexpectedAnswer: not one for each of the `sent` items, or one that is refused
            and names no error, or the other way round.

    """
    found = items(Outcome, source)
    if len(found) != sent:
        raise UnexpectedAnswer("there is not one outcome for each item")
    if any(each.refused != (each.error is not None) for each in found):
        raise UnexpectedAnswer("the outcome of an item is not as promised")
    return found
