"""Bodies read by the house's own strict parser, before the framework sees them.

FastAPI reads bodies with the standard parser (duplicate names, NaN and 5,000-digit
integers pass or crash), turns any error raised meanwhile into a generic 400, and does
all this before it asks who is calling. So a route of this class goes to its door
first, then reads and parses, and hands the framework a request that has its value
already. `route_class` belongs to one router: a test walks them all.

What a body may hold is bounded before a value is built, and what a validator complains
of before it is written down: a megabyte of empty objects is refused in a pass over its
bytes. Bodies that take more than a moment are read in threads of their own, off the
event loop.
"""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any, ClassVar, Final, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from kit.canonical import parse
from kit.errors import Malformed, UnsupportedMedia
from server.http.admission import Door
from server.http.faults import invalid, too_many
from server.http.schemas import Schema

MEDIA_TYPE: Final = "application/json"
MAX_ELEMENTS: Final = 10_000
"""How many members, items and containers a body may hold, unless its route says."""
MAX_COMPLAINTS: Final = 200
"""How many complaints of a validator are written down; with more, none is."""
INLINE_BYTES: Final = 1 << 12
"""A larger body is read off the event loop: reading this much takes a millisecond."""

_READERS: Final = CapacityLimiter(2)

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

    most_elements: ClassVar[int] = MAX_ELEMENTS

    def get_route_handler(self) -> Handler:
        """Put the door, and the strict reading, before the framework's own.

        Raises:
            TypeError: the route is declared with more than one body.

        """
        handler = super().get_route_handler()
        doors = [door for door in called(self.dependant) if isinstance(door, Door)]
        field = self.body_field
        adapter: TypeAdapter[Any] | None = None
        if field is not None:
            if len(self.dependant.body_params) != 1:
                raise TypeError("a route has one body")
            adapter = TypeAdapter[Any](field.field_info.annotation or object)

        async def strictly(request: Request) -> Response:
            for door in doors:
                await door(request)
            if adapter is None:
                return await handler(request)
            body = await read(request)
            value = await _off_the_loop(_valid, body, adapter, self.most_elements)
            return await handler(ReadRequest(request, body, value))

        return strictly


def called(dependant: Dependant) -> Iterator[object]:
    """Give everything that is called before a route's own function."""
    for below in dependant.dependencies:
        yield below.call
        yield from called(below)


async def read(request: Request) -> bytes:
    """Read a request's body, which is said to be JSON.

    Raises:
        UnsupportedMedia: the body is said to be something else.
        Malformed: there is no body.

    """
    media_type = request.headers.get("content-type", "").partition(";")[0]
    if media_type.strip().lower() != MEDIA_TYPE:
        raise UnsupportedMedia(f"this route reads {MEDIA_TYPE}")
    body = await request.body()
    if not body:
        raise Malformed("the request has no body")
    return body


async def read_as(request: Request, schema: type[S]) -> S:
    """Read a JSON body as a schema, for the routes that the framework does not serve.

    Raises:
        UnsupportedMedia, Malformed: as `read`, or it is not strict JSON.
        Invalid: the schema refuses it.

    """
    body = await read(request)
    valid: S = await _off_the_loop(_valid, body, schema, MAX_ELEMENTS)
    return valid


async def _off_the_loop(
    work: Callable[[bytes, Any, int], Any], body: bytes, how: object, most: int
) -> Any:  # noqa: ANN401 - whatever was read
    if len(body) <= INLINE_BYTES:
        return work(body, how, most)
    return await to_thread.run_sync(work, body, how, most, limiter=_READERS)


def _valid(body: bytes, how: TypeAdapter[Any] | type[Schema], most: int) -> Any:  # noqa: ANN401 - whatever was read
    value = parse(body, max_elements=most)
    try:
        if isinstance(how, TypeAdapter):
            return how.validate_python(value)
        return how.model_validate(value)
    except ValidationError as error:
        # Counting costs nothing; writing ten thousand of them down takes a while.
        if error.error_count() > MAX_COMPLAINTS:
            raise too_many(MAX_COMPLAINTS) from None
        complaints = error.errors(
            include_url=False, include_context=True, include_input=False
        )
        raise invalid(complaints) from None
