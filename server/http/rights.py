"""Customers' rights have threads of their own.

Consent, withdrawal, erasure, export and own access wait for nobody's scan, trial or
import: whatever takes all other threads of the server, these are free.
"""

import functools
import inspect
from collections.abc import Callable, Coroutine, Generator, Iterator
from typing import Any, Final

from anyio import CapacityLimiter, to_thread

from kit.errors import Gone
from server.http.strict_json import StrictRoute
from vault import Customers

RIGHTS: Final = CapacityLimiter(16)
_CHUNK: Final = 48 << 10

Endpoint = Callable[..., Any]


class RightsRoute(StrictRoute):
    """A route whose function runs in a thread that is kept for customers' rights."""

    def __init__(self, path: str, endpoint: Endpoint, **named: Any) -> None:  # noqa: ANN401 - the framework's
        if not inspect.iscoroutinefunction(endpoint):
            endpoint = _in_own_thread(endpoint)
        super().__init__(path, endpoint, **named)


def _in_own_thread(work: Endpoint) -> Callable[..., Coroutine[Any, Any, Any]]:
    async def endpoint(**given: Any) -> Any:  # noqa: ANN401 - whatever the route takes
        return await to_thread.run_sync(
            functools.partial(work, **given), limiter=RIGHTS
        )

    # The framework reads what a route takes from its signature.
    functools.update_wrapper(endpoint, work)
    return endpoint


def while_living(
    parts: Iterator[bytes], customers: Customers, subject: bytes
) -> Generator[bytes, None, None]:
    """Give an export in small pieces, each only while its customer is one.

    Raises:
        Gone: they were erased, or are being erased; the rest does not leave.

    """
    for part in parts:
        for at in range(0, len(part), _CHUNK):
            if not customers.lives(subject):
                raise Gone("this customer is being erased, and the export ends here")
            yield part[at : at + _CHUNK]
