"""Following a collection: what is new, what is gone, who was erased."""

from allod._async.http import Http
from allod._changes import ChangePage
from allod._decode import decode
from allod._transport import Call


class Changes:
    """What changes in the vault, for a service that keeps what it was shown.

    `allod.changes("profile", purpose="support.case", whole=True)` gives the position to
    begin with, and each call after it the next one. Where it is not known any more what
    came after a position, the call raises `Gone` with the code `changes.resync`: drop
    what was kept, and go on from the `position` of that error.
    """

    def __init__(self, http: Http) -> None:
        self._http = http

    async def __call__(
        self,
        collection: str,
        *,
        purpose: str,
        after: str | None = None,
        whole: bool = False,
        limit: int | None = None,
    ) -> ChangePage:
        """Tell what changed since a position, at most 100 records in a call.

        Without one: give the position of now or, for the `whole`, one that begins with
        everything that may be shown.
        """
        params = {
            "purpose": purpose,
            "collection": collection,
            "after": after,
            "whole": "true" if whole else None,
            "limit": limit,
        }
        call = Call("GET", "/v1/changes", params=params)
        return decode(ChangePage, await self._http.fetch(call))
