"""The hot routes: point read, batch read, ingest; outside the web framework.

The framework costs more than the read itself (an answer through it takes twice the
CPU), so these three are plain coroutines on the outer router. They run on the event
loop; what waits is awaited, and the one write hops to a thread, because a commit
waits for the disk. A door admits, as everywhere, before any body is read.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kit.errors import Fault, Invalid
from kit.ids import parse_id
from server.auth.principals import Bearer, Scope
from server.faces.disclosures import (
    DisclosureResponse,
    answered,
    disclosed,
    json_response,
)
from server.faces.services_schemas import (
    NewRecord,
    ReadMany,
    ReadManyAnswer,
    WrittenResponse,
)
from server.house.house import House
from server.http.admission import Door, service
from server.http.errors import REQUEST_ID
from server.http.languages import in_language, saying
from server.http.schemas import Schema
from server.http.strict_json import read_as
from vault import WriteResult

NO_RECORD = b""
MAX_KEY = 128

Serve = Callable[[House, Bearer, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Hot:
    """One hot route, with all that the OpenAPI document says of it."""

    method: str
    path: str
    summary: str
    door: Door
    serve: Serve
    answer: type[Schema]
    body: type[Schema] | None = None
    query: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    status: int = 200

    def route(self, house: House) -> Route:
        """Make the route itself."""

        async def endpoint(request: Request) -> Response:
            bearer = self.door.let_in(house.tokens, house.turns, request)
            return await self.serve(house, bearer, request)

        return Route(self.path, endpoint, methods=[self.method])


async def _read(house: House, bearer: Bearer, request: Request) -> Response:
    question = bearer.asks(
        required(request.query_params.get("purpose"), "purpose"),
        request=request.scope[REQUEST_ID],
    )
    where = request.path_params
    record = parse_id(where["record_id"]) or NO_RECORD
    found = await house.gate.read_async(question, where["customer_id"], record)
    return json_response(disclosed(found))


async def _read_many(house: House, bearer: Bearer, request: Request) -> Response:
    wanted = await read_as(request, ReadMany)
    question = bearer.asks(wanted.purpose, request=request.scope[REQUEST_ID])
    batch = await house.gate.read_many(
        question,
        [
            (each.customer_id, parse_id(each.record_id) or NO_RECORD)
            for each in wanted.items
        ],
    )
    say = saying(request.scope)
    answer = json_response(
        {
            "items": [answered(each, say) for each in batch.answers],
            "decision_id": batch.decision_id.hex(),
        }
    )
    answer.headers.update(in_language(request.scope))
    return answer


async def _ingest(house: House, bearer: Bearer, request: Request) -> Response:
    key = idempotency_key(request)
    new = await read_as(request, NewRecord)
    question = bearer.writes(
        new.purpose, decided=house.decides_writes, request=request.scope[REQUEST_ID]
    )
    written = await asyncio.to_thread(
        house.intake.put,
        question,
        request.path_params["customer_id"],
        bearer.item(new.collection, new.values, key),
    )
    return json_response(written_shown(written), 201)


def written_shown(written: WriteResult) -> dict[str, object]:
    """Put what came of a write into the API's words."""
    return {
        "record_id": written.record.hex(),
        "version": written.version,
        "index": written.index,
        **doubts(written),
    }


def doubts(written: WriteResult) -> dict[str, object]:
    """Name the fields that were kept with what nobody can have, if there are any."""
    return {"doubtful": list(written.doubtful)} if written.doubtful else {}


def idempotency_key(request: Request) -> str:
    """Give the caller's own id for a write.

    Raises:
        Invalid: there is none, or it is not printable, or too long.

    """
    key = required(request.headers.get("idempotency-key"), "Idempotency-Key")
    if len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        fault = Fault("/Idempotency-Key", f"at most {MAX_KEY} printable characters")
        raise Invalid("the Idempotency-Key cannot be used", faults=(fault,))
    return key


def required(value: str | None, name: str) -> str:
    """Give a parameter that has to be there.

    Raises:
        Invalid: it is not.

    """
    if not value:
        fault = Fault(f"/{name}", "is required")
        raise Invalid("a parameter is missing", faults=(fault,))
    return value


HOT = (
    Hot(
        "GET",
        "/v1/customers/{customer_id}/records/{record_id}",
        "Read one record for a purpose",
        service(Scope.RECORDS_READ),
        _read,
        DisclosureResponse,
        query=("purpose",),
    ),
    Hot(
        "POST",
        "/v1/read",
        "Read up to 100 records with one decision",
        service(Scope.RECORDS_READ),
        _read_many,
        ReadManyAnswer,
        body=ReadMany,
    ),
    Hot(
        "POST",
        "/v1/customers/{customer_id}/records",
        "Write a record, once per Idempotency-Key",
        service(Scope.RECORDS_WRITE),
        _ingest,
        WrittenResponse,
        body=NewRecord,
        header=("Idempotency-Key",),
        status=201,
    ),
)
