"""Every error that leaves the house, rendered once, as RFC 9457 problem details.

No input, no identifier and no key is ever repeated: details are the house's own
words, pointers name declared members only, and what nobody foresaw is answered with
a request id and logged by its kind and place, never by its message (a `KeyError`
*is* a value).

There is one 404 body for all: absent, another's and out of reach cannot be told
apart, so it carries no request id; that is in the header.
"""

import traceback
from collections.abc import Iterable, Sequence

from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit import telemetry
from kit.errors import (
    AllodError,
    Conflict,
    Invalid,
    Malformed,
    NotFound,
    Reason,
    Refused,
    Resync,
    TimedOut,
    TooLarge,
    TooMany,
    Unauthenticated,
    UnsupportedMedia,
)
from kit.storage import in_words
from server.http.faults import invalid
from server.http.languages import Say, in_language, saying, saying_to_all, unsaid
from server.http.schemas import FaultResponse, Problem, ReasonResponse

MEDIA_TYPE = "application/problem+json"
REQUEST_ID = "allod.request_id"
"""The scope's key under which the edge keeps the request's id."""

_SERVER_FAULT = 500
_UNROUTED = frozenset({404, 405})
_INTERNAL = AllodError(
    "something went wrong on this side; the log has it under the request id"
)


class MethodNotAllowed(AllodError):
    """The path is known; what was to be done with it is not."""

    status, code, title = 405, "method_not_allowed", "Method not allowed"

    def __init__(self, detail: str, *, allowed: Iterable[str] = ()) -> None:
        super().__init__(detail)
        self.allowed = tuple(sorted(allowed))


_BY_STATUS: dict[int, AllodError] = {
    400: Malformed("the request cannot be read"),
    401: Unauthenticated("this needs a valid token"),
    404: NotFound(),
    405: MethodNotAllowed("this path answers other methods"),
    413: TooLarge("the body is beyond the limit"),
    415: UnsupportedMedia("this route reads another media type"),
}


def translate(error: Exception) -> AllodError:
    """Give the house's error for any error; what nobody foresaw is internal."""
    if isinstance(error, RequestValidationError):
        return invalid(error.errors())
    if isinstance(error, ClientDisconnect):  # answered to nobody, and no fault of ours
        return _BY_STATUS[400]
    if isinstance(error, HTTPException):
        return _BY_STATUS.get(error.status_code, _INTERNAL)
    if isinstance(error, OSError) and not isinstance(error, ConnectionError):
        return in_words(error) or _INTERNAL  # the path is the operator's: in the log
    return error if isinstance(error, AllodError) else _INTERNAL


def problem(error: AllodError, request_id: str, say: Say = unsaid) -> Problem:
    """Put an error into its problem document, said in the language of the answer."""
    if isinstance(error, NotFound):
        return _shown(_BY_STATUS[NotFound.status], say)
    if error.status == _SERVER_FAULT:
        return _shown(_INTERNAL, say, request_id=request_id)
    return _shown(
        error,
        say,
        request_id=request_id,
        decision_id=_decision_id(error),
        reasons=_reasons(error, say),
        faults=_faults(error),
        position=error.position if isinstance(error, Resync) else None,
    )


def _shown(error: AllodError, say: Say, **more: object) -> Problem:
    return Problem.model_validate(
        {
            "type": f"urn:allod:problem:{error.code}",
            "title": error.title,
            "status": error.status,
            "code": error.reason_code,
            "detail": error.detail,
            "fix": error.fix or None,
            "text": _text(error, say) or None,
            **more,
        }
    )


def _decision_id(error: AllodError) -> str | None:
    return (error.decision_id or None) if isinstance(error, Refused) else None


def _text(error: AllodError, say: Say) -> str:
    """Say an error by its own code, else by what kind of error it is."""
    if isinstance(error, Refused) and error.reasons:
        return say(error.reasons[0])
    own = say(Reason(error.reason_code, fix=error.fix))
    return own or say(Reason(error.code, fix=error.fix))


def _reasons(error: AllodError, say: Say) -> list[ReasonResponse] | None:
    if not isinstance(error, Refused | Invalid):
        return None
    reasons = [
        ReasonResponse(
            code=one.code,
            article=one.article,
            fix=one.fix,
            params=dict(one.params) or None,
            text=say(one) or None,
        )
        for one in error.reasons
    ]
    return reasons or None


def _faults(error: AllodError) -> list[FaultResponse] | None:
    if not isinstance(error, Invalid | Conflict):
        return None
    return [
        FaultResponse(pointer=one.pointer, message=one.message) for one in error.faults
    ] or None


def render(error: AllodError, scope: Scope) -> Response:
    """Make the response for an error of the request with this scope."""
    say = saying_to_all if isinstance(error, NotFound) else saying
    document = problem(error, scope[REQUEST_ID], say(scope))
    spoken = in_language(scope) if document.text else {}
    return Response(
        document.model_dump_json(exclude_none=True),
        status_code=document.status,
        media_type=MEDIA_TYPE,
        headers=_headers(error) | spoken,
    )


def _headers(error: AllodError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        # RFC 9110, 15.5.2: a 401 says how to authenticate.
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooMany):
        return _waiting(error)
    if isinstance(error, TimedOut):
        # RFC 9110, 15.5.9: what still comes would be read as another request.
        return {"Connection": "close"}
    if isinstance(error, MethodNotAllowed):
        # RFC 9110, 15.5.6: a 405 says which methods the path answers.
        return {"Allow": ", ".join(error.allowed)}
    return {}


def _waiting(error: TooMany) -> dict[str, str]:
    """Say when to come again; draft-ietf-httpapi-ratelimit-headers-10 for a quota."""
    after = {"Retry-After": str(error.retry_after)}
    if not error.quota:
        return after
    name = f'"{error.reason_code}"'
    return after | {
        "RateLimit-Policy": f"{name};q={error.quota};w=60",
        "RateLimit": f"{name};r=0;t={error.retry_after}",
    }


def note(error: Exception, request_id: str) -> None:
    """Log what the operator must mend: its kind and place, never its message."""
    known = translate(error)
    if known.status >= _SERVER_FAULT:
        event = f"a request failed: {kinds_and_place(error)}"
        code, path = known.reason_code, getattr(error, "filename", None)
        where = {"path": str(path)} if path else {}
        telemetry.alarm(event, request_id=request_id, code=code, **where)


def kinds_and_place(error: BaseException) -> str:
    """Tell of an error of which class it is and where it arose, and no more."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "nowhere"
    own = f"{type(error).__name__} at {place}"
    return f"{own}, from {kinds_and_place(error.__cause__)}" if error.__cause__ else own


async def _answer(request: Request, error: Exception) -> Response:
    request_id = request.scope[REQUEST_ID]
    note(error, request_id)
    known = translate(error)
    # A router knows its own routes: one path may be another router's, too.
    routed = isinstance(error, HTTPException) and error.status_code in _UNROUTED
    if routed and (allowed := _allowed(request)):
        known = MethodNotAllowed("this path answers other methods", allowed=allowed)
    return render(known, request.scope)


def _allowed(request: Request) -> set[str]:
    """Name the methods that a path answers, by whichever of the routes.

    `server.http.limits` answers HEAD wherever there is GET.
    """
    routes: Sequence[BaseRoute] = getattr(request.app.state, "routes", None) or (
        request.app.routes
    )
    allowed = {
        method
        for route in routes
        if isinstance(route, Route) and route.path_regex.match(request.scope["path"])
        for method in route.methods or ()
    }
    return allowed | {"HEAD"} if "GET" in allowed else allowed


async def _answer_unforeseen(request: Request, error: Exception) -> Response:
    # The framework raises it again after this answer, and the guard notes it there.
    return render(translate(error), request.scope)


def install(api: Starlette) -> None:
    """Let an application answer every error as the house does."""
    for kind in (AllodError, RequestValidationError, HTTPException):
        api.add_exception_handler(kind, _answer)
    api.add_exception_handler(Exception, _answer_unforeseen)


class ErrorGuard:
    """Answers what no application answered; nothing is raised to the server.

    Once the answer has begun it cannot be taken back: the body then ends short, and
    the server closes the connection, so a client never takes half for whole.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - the last door: nothing passes it
            note(error, scope[REQUEST_ID])
            if not begun:
                answer = render(translate(error), scope)
                await answer(scope, receive, send)
