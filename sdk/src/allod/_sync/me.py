# Generated from allod/_async by scripts/generate_sync.py; edit that.
"""A customer's own vault: what is in it, what is allowed with it, and the way out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO
from uuid import uuid4

from allod._sync.consents import Consents
from allod._paging import following
from allod._transport import Call, conditions, instant, segments
from allod._types import (
    Access,
    Authorization,
    Corrected,
    Disclosure,
    Erasure,
    Filter,
    Page,
    Profile,
    Removal,
    Written,
)


class Me(Consents):
    """What the bearer of a customer's token can do; it is always about themselves."""

    def profile(self) -> Profile:
        """Read the registration."""
        return self._ask(Profile, Call("GET", "/v1/me"))

    def records(
        self,
        collection: str | None = None,
        *,
        filters: Sequence[Filter] = (),
        sort: str | None = None,
        after: str | None = None,
    ) -> Page:
        """Read everything that is held, or one collection of it (GDPR Art. 15).

        One collection can be filtered and sorted, as by `Records.list`.
        """
        call = Call(
            "GET",
            "/v1/me/records",
            params={
                "collection": collection,
                "filter": conditions(filters),
                "sort": sort,
                "after": after,
            },
        )
        return self._ask(Page, call)

    def each_record(
        self,
        collection: str | None = None,
        *,
        filters: Sequence[Filter] = (),
        sort: str | None = None,
    ) -> Iterator[Disclosure]:
        """Read everything that is held, or one collection of it, page after page."""
        after: str | None = None
        while True:
            page = self.records(
                collection, filters=filters, sort=sort, after=after
            )
            for item in page.items:
                yield item
            after = following(page, after)
            if after is None:
                return

    def record(self, record_id: str) -> Disclosure:
        """Read one record."""
        call = Call("GET", segments("v1", "me", "records", record_id))
        return self._ask(Disclosure, call)

    def correct(
        self, record_id: str, values: Mapping[str, Any], *, version: int
    ) -> Corrected:
        """Put right some fields of an own record; None takes a field out.

        Never repeated by itself: after a lost answer the second attempt would meet its
        own first one as a `Conflict`.
        """
        call = Call(
            "PATCH",
            segments("v1", "me", "records", record_id),
            body={"values": dict(values), "version": version},
            repeatable=False,
        )
        return self._ask(Corrected, call)

    def accesses(self) -> tuple[Access, ...]:
        """Read who asked for what, and how it was decided."""
        return self._items(Access, "/v1/me/accesses")

    def contribute(
        self,
        collection: str,
        values: Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> Written:
        """Contribute an item; nobody may use it until it is licensed.

        One key is one item and one entry of the ledger, however often it is sent.
        """
        call = Call(
            "POST",
            "/v1/me/contributions",
            body={"collection": collection, "values": dict(values)},
            headers={"Idempotency-Key": idempotency_key or str(uuid4())},
        )
        return self._ask(Written, call)

    def revise(
        self, record_id: str, values: Mapping[str, Any], *, version: int
    ) -> Written:
        """Put a new version of an own item in the place of `version`.

        Nobody else changes it. Never repeated by itself: after a lost answer the second
        attempt would meet its own first one as a `Conflict`.
        """
        call = Call(
            "PUT",
            segments("v1", "me", "contributions", record_id),
            body={"values": dict(values), "version": version},
            repeatable=False,
        )
        return self._ask(Written, call)

    def remove(self, record_id: str) -> Removal:
        """Remove an own item from the live store, with all that was allowed with it.

        It is gone for everybody, and not taken again. `finality` and `kept` say what
        that does not mean.
        """
        call = Call("DELETE", segments("v1", "me", "contributions", record_id))
        return self._ask(Removal, call)

    def contributions(self, *, after: str | None = None) -> Page:
        """Read the contributed items, each with what is allowed with it."""
        call = Call("GET", "/v1/me/contributions", params={"after": after})
        return self._ask(Page, call)

    def each_contribution(self) -> Iterator[Disclosure]:
        """Read the contributed items, page after page."""
        after: str | None = None
        while True:
            page = self.contributions(after=after)
            for item in page.items:
                yield item
            after = following(page, after)
            if after is None:
                return

    def license(
        self,
        record_id: str,
        *,
        purpose: str,
        product: str,
        territory: str,
        since: datetime,
        until: datetime,
    ) -> Authorization:
        """Allow one use of a contributed item, within these limits."""
        body = {
            "purpose": purpose,
            "product": product,
            "territory": territory,
            "since": instant(since),
            "until": instant(until),
        }
        call = Call("PUT", _contribution(record_id, "authorization"), body=body)
        return self._ask(Authorization, call)

    def withdraw_authorization(self, record_id: str) -> Authorization:
        """End every use of a contributed item, now."""
        call = Call("DELETE", _contribution(record_id, "authorization"))
        return self._ask(Authorization, call)

    def restrict_contribution(self, record_id: str) -> Authorization:
        """Put every use of a contributed item on hold; what was allowed is kept."""
        call = Call("PUT", _contribution(record_id, "restriction"))
        return self._ask(Authorization, call)

    def lift_contribution(self, record_id: str) -> Authorization:
        """End the hold on a contributed item."""
        call = Call("DELETE", _contribution(record_id, "restriction"))
        return self._ask(Authorization, call)

    def receipt(self, record_id: str) -> str:
        """Fetch the receipt of a contributed item; `allod.proofs` checks it.

        Keep it: after an erasure the vault cannot make it again.
        """
        path = _contribution(record_id, "receipt")
        response = self._http.send(Call("GET", path, accept="text/plain"))
        return response.text

    def cose_receipt(self, record_id: str) -> bytes:
        """Fetch the same proof as a COSE receipt (RFC 9942).

        `allod.proofs.verify_cose_receipt` checks it, and so do programs for COSE that
        nobody here wrote. It says less than the receipt does: neither the entry's
        place in the log nor who witnessed the log.
        """
        path = _contribution(record_id, "receipt", "cose")
        return self._bytes(Call("GET", path, accept="application/cose"))

    def evidence(self, record_id: str) -> bytes:
        """Fetch the evidence that a contributed item existed by a time (zip).

        `allod.proofs.verify_time_evidence` checks it, and standard tools do. `Conflict`
        while no time stamp covers the item.
        """
        path = _contribution(record_id, "evidence")
        return self._bytes(Call("GET", path, accept="application/zip"))

    def export(self, into: BinaryIO) -> int:
        """Write an archive of everything (zip) into a file; give its size in bytes.

        What was written is not an archive if this raises. Where the ledger has
        witnesses its newest receipts are provisional: `allod.proofs.verify_archive`
        names the tree in a `ProvisionalError`, and `Ledger.extension` fetches the
        proof, with a token or without.
        """
        call = Call(
            "POST", "/v1/me/exports", repeatable=False, accept="application/zip"
        )
        size = 0
        with self._http.stream(call) as response:
            for data in response.iter_bytes():
                size += into.write(data)
        return size

    def erase(self, *, secret: str | None = None) -> Erasure:
        """Have everything erased, for good (GDPR Art. 17).

        The token ends with the account: keep the id and the secret of the answer,
        with which the certificate can be fetched, and again while it is provisional.
        Or draw the secret yourself (`erasure_secret`) and keep it before you ask: if
        the answer is lost, or a repeated call finds the token ended,
        `erasures.get(erasure_id(secret), ...)` tells how far the erasure is. The same
        secret again is the same erasure.
        """
        headers = {} if secret is None else {"Erasure-Secret": secret}
        call = Call("POST", "/v1/me/erasure", headers=headers, repeatable=False)
        return self._ask(Erasure, call)


def _contribution(record_id: str, *what: str) -> str:
    return segments("v1", "me", "contributions", record_id, *what)
