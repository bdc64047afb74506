"""The one tree of errors, each with a status, a stable code and who can mend it.

    AllodError
     ├ Malformed         400  the bytes are not what they claim to be        (caller)
     ├ Unauthenticated   401  no token, or one that is not valid             (caller)
     ├ Refused           403  a decision said no; carries reasons            (see fix)
     ├ NotFound          404  absent, another's or out of reach: one answer  (caller)
     ├ TimedOut          408  the rest of the request did not come           (caller)
     ├ Conflict          409  the thing has changed, or exists already       (caller)
     ├ Gone              410  it was here and has been erased                (nobody)
     │  └ Resync         410  what was followed goes on elsewhere            (caller)
     ├ TooLarge          413  a body or value beyond its limit               (caller)
     ├ UnsupportedMedia  415  another media type than the route reads        (caller)
     ├ Invalid           422  well-formed, but not allowed by the schema     (caller)
     ├ TooMany           429  more at once, or in a minute, than is served   (caller)
     ├ Unavailable       503  engine, log or store cannot answer: fail closed (operator)
     ├ IntegrityFault    500  bytes that ought to verify do not: page someone (operator)
     │  └ Damaged        409  one record does not verify, and is not given  (operator)
     └ CannotStart       500  the installation is not fit to open            (operator)

No message carries an input value, an identifier or a key. `server.http.errors` renders
the tree once, as problem details (RFC 9457).
"""

from dataclasses import dataclass
from typing import ClassVar


class AllodError(Exception):
    """Something went wrong that has a name, a status and a remedy."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, *, code: str | None = None, fix: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason_code = code or self.code
        self.fix = fix


class Malformed(AllodError):
    """The bytes cannot be read as what they claim to be."""

    status, code, title = 400, "malformed", "Malformed request"


class Unauthenticated(AllodError):
    """The caller showed no token, or one that is unknown, expired or revoked."""

    status, code, title = 401, "unauthenticated", "Authentication required"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a decision said no: a stable code, the article of law, what would help.

    `params` are what a text about it may say besides: facts of the class, never a value
    of a record or whose it is.
    """

    code: str
    article: str = ""
    fix: str = ""
    params: tuple[tuple[str, str | int], ...] = ()


class Refused(AllodError):
    """A decision said no. Nothing was disclosed, and the refusal is on record."""

    status, code, title = 403, "refused", "Refused by policy"

    def __init__(
        self, detail: str, *, reasons: tuple[Reason, ...] = (), decision_id: str = ""
    ) -> None:
        first = reasons[0] if reasons else Reason(self.code)
        super().__init__(detail, code=first.code, fix=first.fix)
        self.reasons = reasons
        self.decision_id = decision_id


class NotFound(AllodError):
    """Absent, another's, or out of reach: the three are told apart by nobody."""

    status, code, title = 404, "not_found", "Not found"

    def __init__(self, detail: str = "not found") -> None:
        super().__init__(detail)


class TimedOut(AllodError):
    """The rest of a request did not come within its time."""

    status, code, title = 408, "timed_out", "Request timeout"


class Conflict(AllodError):
    """The thing changed since the caller looked, or exists already."""

    status, code, title = 409, "conflict", "Conflict"

    def __init__(
        self,
        detail: str,
        *,
        faults: "tuple[Fault, ...]" = (),
        code: str | None = None,
        fix: str = "",
    ) -> None:
        super().__init__(detail, code=code, fix=fix)
        self.faults = faults


class Gone(AllodError):
    """It was here, and has been erased for good."""

    status, code, title = 410, "gone", "Erased"


class Resync(Gone):
    """What lies behind a position is not known any more; `position` begins anew."""

    code, title = "changes.resync", "Begin anew"

    def __init__(self, position: str = "") -> None:
        super().__init__(
            "what changed since this position cannot be told",
            fix="drop what was kept, and follow from the `position` given here: it"
            " begins with everything that may be shown now",
        )
        self.position = position


class TooLarge(AllodError):
    """A body or a value is beyond its limit."""

    status, code, title = 413, "too_large", "Too large"


class UnsupportedMedia(AllodError):
    """The route reads another media type."""

    status, code, title = 415, "unsupported_media_type", "Unsupported media type"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a payload: where (a JSON pointer) and what."""

    pointer: str
    message: str


class Invalid(AllodError):
    """Well-formed, but not what the schema allows."""

    status, code, title = 422, "invalid", "Invalid content"

    def __init__(
        self,
        detail: str,
        *,
        faults: tuple[Fault, ...] = (),
        reasons: tuple[Reason, ...] = (),
        code: str | None = None,
        fix: str = "",
    ) -> None:
        super().__init__(detail, code=code, fix=fix)
        self.faults = faults
        self.reasons = reasons


class TooMany(AllodError):
    """More is asked for at once, or within a minute, than is served.

    `retry_after` is in seconds (RFC 9110, 10.2.3; RFC 6585, 4); `quota` is how many a
    minute are served, where that is what was used up.
    """

    status, code, title = 429, "limit.concurrent", "Too many requests"

    def __init__(
        self,
        detail: str,
        *,
        retry_after: int,
        quota: int = 0,
        code: str | None = None,
        fix: str = "",
    ) -> None:
        super().__init__(detail, code=code, fix=fix)
        self.retry_after = max(1, retry_after)
        self.quota = quota


class Unavailable(AllodError):
    """Something that must answer before anything is disclosed does not answer."""

    status, code, title = 503, "unavailable", "Unavailable"


class IntegrityFault(AllodError):
    """Bytes that ought to verify do not: damage, or tampering."""

    status, code, title = 500, "integrity_fault", "Integrity fault"


class Damaged(IntegrityFault):
    """One record does not open as it was sealed, or its row says something else.

    It is not given; what was asked beside it is.
    """

    status, code, title = 409, "integrity", "Record damaged"

    def __init__(self) -> None:
        super().__init__(
            "the record is not as it was sealed, so nothing of it is given",
            fix="tell the operator, who has the request in the access log",
        )


class CannotStart(AllodError):
    """The installation is not fit to open; the message says what to do."""

    status, code, title = 500, "cannot_start", "Cannot start"
