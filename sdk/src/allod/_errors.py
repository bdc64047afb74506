"""The errors that a caller of the SDK can meet.

    AllodError
     ├ ApiError               the server answered with a problem (RFC 9457)
     │  ├ Malformed        400  the request was not what it claimed to be
     │  ├ Unauthenticated  401  no token, or one that is not valid
     │  ├ Refused          403  a decision said no; carries decision_id and reasons
     │  ├ NotFound         404  absent, another's or out of reach: one answer
     │  ├ Conflict         409  the record changed since, or exists already
     │  ├ Gone             410  it was here and has been erased
     │  ├ TooLarge         413  a body or a value beyond its limit
     │  ├ UnsupportedMedia 415  another media type than the route reads
     │  ├ Invalid          422  not allowed by the schema; carries faults
     │  ├ RateLimited      429  too many requests; carries retry_after
     │  └ ServerError      5xx  a fault at the server
     │     └ Unavailable   503  it fails closed for now; carries retry_after
     ├ ConnectionFailed       the connection failed; the request may have been done
     │  └ TimedOut            no answer within the time allowed
     └ UnexpectedAnswer       the answer is not what the API promises
        └ Truncated           the answer ended before its end: believe no part of it

Each has `status` (None without an answer), `code` (stable), `detail` (for people) and
`request_id` (for the operator). `str(error)` is one line that also names what is wrong
with which field and what would help. No message repeats what was sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_MOST_SAID = 5
"""How many faults, and how many reasons, a message names."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision said no: a stable code, the article of law, what would help.

    `text` says it in the client's language, where the server's policies have one.
    """

    code: str
    article: str = ""
    fix: str = ""
    text: str = ""

    def said(self) -> str:
        """Put it into words, without what would help."""
        return f"{self.code} ({self.article})" if self.article else self.code


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a payload: where (a JSON pointer) and what."""

    pointer: str
    message: str

    def said(self) -> str:
        """Put it into words."""
        return f"{self.pointer} {self.message}"


class AllodError(Exception):
    """Anything that goes wrong between a caller and an Allod server."""

    status: int | None = None

    def __init__(
        self, detail: str, *, code: str = "error", request_id: str | None = None
    ) -> None:
        super().__init__(f"{detail} [{code}]")
        self.detail = detail
        self.code = code
        self.request_id = request_id


@dataclass(frozen=True, slots=True)
class Problem:
    """The server's account of an error (RFC 9457), as it was read."""

    status: int
    code: str
    detail: str
    fix: str = ""
    decision_id: str | None = None
    request_id: str | None = None
    reasons: tuple[Reason, ...] = ()
    faults: tuple[Fault, ...] = ()
    retry_after: float | None = None
    text: str = ""
    position: str | None = None


class ApiError(AllodError):
    """The server answered, and the answer is a problem; `fix` says what would help.

    `text` says it in the client's language; to a customer, so that it can be shown.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(
            problem.detail, code=problem.code, request_id=problem.request_id
        )
        self.status = problem.status
        self.fix = problem.fix
        self.text = problem.text
        self.problem = problem

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why, by code and article of law, each with what would help."""
        return self.problem.reasons

    def __str__(self) -> str:
        said = [super().__str__()]
        said += [each.said() for each in self.problem.faults[:_MOST_SAID]]
        said += [each.said() for each in self.problem.reasons[:_MOST_SAID]]
        if self.fix:
            said.append(f"to mend it: {self.fix}")
        return "; ".join(said)

    def __reduce__(self) -> tuple[type["ApiError"], tuple[Problem]]:
        return type(self), (self.problem,)


class Malformed(ApiError):
    """The request was not what it claimed to be."""


class Unauthenticated(ApiError):
    """The token is missing, unknown, expired or revoked."""


class Refused(ApiError):
    """A decision said no; nothing was disclosed, and the refusal is on record."""

    @property
    def decision_id(self) -> str | None:
        """The decision, as the access log names it."""
        return self.problem.decision_id


class NotFound(ApiError):
    """Absent, another's, or out of reach: the three are told apart by nobody."""


class Conflict(ApiError):
    """The record changed since the caller looked, or exists already."""


class Gone(ApiError):
    """It was here, and has been erased for good; or what was followed is not known.

    Then the code is `changes.resync`, and `position` is where to begin anew.
    """

    @property
    def position(self) -> str | None:
        """Where to begin anew, for whoever followed what changes."""
        return self.problem.position


class TooLarge(ApiError):
    """A body or a value is beyond its limit."""


class UnsupportedMedia(ApiError):
    """The route reads another media type."""


class Invalid(ApiError):
    """Well-formed, but not what the schema allows."""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong, and where."""
        return self.problem.faults


class RateLimited(ApiError):
    """Too many requests for now."""

    @property
    def retry_after(self) -> float | None:
        """Seconds until it makes sense to ask again, if the server said so."""
        return self.problem.retry_after


class ServerError(ApiError):
    """Something is wrong at the server; the operator can mend it."""


class Unavailable(ServerError):
    """Something that must answer before anything is disclosed does not answer."""

    @property
    def retry_after(self) -> float | None:
        """Seconds until it makes sense to ask again, if the server said so."""
        return self.problem.retry_after


class ConnectionFailed(AllodError):
    """No answer came. A write may or may not have been done."""

    def __init__(self, detail: str, *, code: str = "no_answer") -> None:
        super().__init__(detail, code=code)


class TimedOut(ConnectionFailed):
    """No answer came within the time allowed."""

    def __init__(self, detail: str, *, code: str = "timed_out") -> None:
        super().__init__(detail, code=code)


class UnexpectedAnswer(AllodError):
    """The answer is not what the API promises; a proxy's page, for example."""

    def __init__(
        self, detail: str, *, code: str = "unexpected_answer", status: int | None = None
    ) -> None:
        super().__init__(detail, code=code)
        self.status = status


class Truncated(UnexpectedAnswer):
    """The answer ended before its end; what came of it is not the whole."""

    def __init__(self, detail: str, *, code: str = "truncated") -> None:
        super().__init__(detail, code=code)


BY_STATUS: Mapping[int, type[ApiError]] = MappingProxyType(
    {
        400: Malformed,
        401: Unauthenticated,
        403: Refused,
        404: NotFound,
        409: Conflict,
        410: Gone,
        413: TooLarge,
        415: UnsupportedMedia,
        422: Invalid,
        429: RateLimited,
        503: Unavailable,
    }
)

_FIRST_SERVER_ERROR = 500


def error_of(problem: Problem) -> ApiError:
    """Choose the class that says what a problem means."""
    fallback = ServerError if problem.status >= _FIRST_SERVER_ERROR else ApiError
    return BY_STATUS.get(problem.status, fallback)(problem)
