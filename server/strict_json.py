"""Bodies read by the house's own strict parser, before the framework sees them.

FastAPI reads bodies with the standard parser (duplicate names, NaN and 5,000-digit
integers pass or crash) and turns any error raised meanwhile into a generic 400. So a
route of this class reads and parses first, and hands the framework a request that
has its value already. `route_class` belongs to one router: a test walks them all.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from kit.canonical import parse
from kit.errors import Malformed, UnsupportedMedia
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
    """A route that reads JSON strictly, or answers with the house's own error."""

    def get_route_handler(self) -> Handler:
        """Put the strict reading before the framework's own."""
        handler = super().get_route_handler()
        if self.body_field is None:
            return handler

        async def strictly(request: Request) -> Response:
            return await handler(await read(request))

        return strictly


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
