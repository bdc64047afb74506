"""Bodies read by the house's own strict parser, before the framework sees them.

FastAPI reads bodies with the standard parser (duplicate names, NaN and 5,000-digit
integers pass or crash), turns any error raised meanwhile into a generic 400, and does
all this before it asks who is calling. So a route of this class goes to its door
first, then reads and parses, and hands the framework a request that has its value
already. `route_class` belongs to one router: a test walks them all.
"""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from kit.canonical import parse
from kit.errors import Malformed, UnsupportedMedia
from server.doors import Door
from server.faults import invalid
from server.schemas import Schema

MEDIA_TYPE = "application/json"

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
S = TypeVar("S", bound=Schema)


class ReadRequest(Request):
    """A request whose body has been read and understood."""

    def __init__(self, request: Request, body: bytes, value: Any) -> None:  # noqa: ANN401 - any JSON value
        super().__init__(request.scope, request.receive)
        self._bytes, self._value = body, value

    async def body(self) -> bytes:
        """Give the bytes that were read."""
        return self._bytes

    async def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """Give the value that they hold."""
        return self._value


class StrictRoute(APIRoute):
    """A route that knows who calls before it reads, and then reads JSON strictly."""

    def get_route_handler(self) -> Handler:
        """Put the door, and the strict reading, before the framework's own."""
        handler = super().get_route_handler()
        doors = [door for door in called(self.dependant) if isinstance(door, Door)]
        reads = self.body_field is not None

        async def strictly(request: Request) -> Response:
            for door in doors:
                await door(request)
            return await handler(await read(request) if reads else request)

        return strictly


def called(dependant: Dependant) -> Iterator[object]:
    """Give everything that is called before a route's own function."""
    for below in dependant.dependencies:
        yield below.call
        yield from called(below)


async def read(request: Request) -> ReadRequest:
    """Read a request's JSON body.

    Raises:
        UnsupportedMedia: the body is said to be something else.
        Malformed: there is no body, or it is not strict JSON.

    """
    media_type = request.headers.get("content-type", "").partition(";")[0]
    if media_type.strip().lower() != MEDIA_TYPE:
        raise UnsupportedMedia(f"this route reads {MEDIA_TYPE}")
    body = await request.body()
    if not body:
        raise Malformed("the request has no body")
    return ReadRequest(request, body, parse(body))


async def read_as(request: Request, schema: type[S]) -> S:
    """Read a JSON body as a schema, for the routes that the framework does not serve.

    Raises:
        UnsupportedMedia, Malformed: as `read`.
        Invalid: the schema refuses it.

    """
    value = await (await read(request)).json()
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        complaints = error.errors(
            include_url=False, include_context=True, include_input=False
        )
        raise invalid(complaints) from None
