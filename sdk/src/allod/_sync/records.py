# Generated from allod/_async by scripts/generate_sync.py; edit that.
"""Customers and their records, as a service works with them.

Every read and every write names the purpose that it is for; the policies answer with
masks or leave, or with a refusal and its reasons, and either goes on record first.
"""

from collections.abc import Iterator, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from allod._sync.http import Part
from allod._sync.many import send_many
from allod._sync.scan import Scan
from allod._decode import decode
from allod._many import (
    NewCustomer,
    NewRecord,
    Outcome,
    customer_body,
    record_body,
)
from allod._paging import following
from allod._transport import NDJSON, Call, conditions, segments
from allod._types import (
    Authorization,
    Batch,
    Disclosure,
    Filter,
    MeasureKind,
    Minor,
    Numbers,
    Page,
    Profile,
    Roster,
    Verified,
    Written,
)


class Customers(Part):
    """Who is in the vault."""

    def register(
        self,
        customer_id: str,
        *,
        region: str,
        purpose: str,
        minor: Minor = "unknown",
        birth_date: date | None = None,
        unit: str | None = None,
        again: str | None = None,
    ) -> None:
        """Open a vault for a customer; nothing happens if there is one within reach.

        From a birth date follows whether they are under age, by the law of their
        region; `minor` then matters if it is "yes". Staff name a `unit` that they hold.
        An id that is in use beyond your reach, or
        that is kept from coming back since an erasure, is a `Conflict`
        (`customer.unavailable`). `again` takes back who was erased, under a new key:
        it is the reason, which they are shown, and the token needs the scope
        `customers:readmit`.
        """
        body: dict[str, Any] = {
            "customer_id": customer_id,
            "region": region,
            "minor": minor,
            "purpose": purpose,
        }
        if birth_date is not None:
            body["birth_date"] = birth_date.isoformat()
        if unit is not None:
            body["unit"] = unit
        if again is not None:
            body |= {"again": True, "reason": again}
        self._http.fetch(Call("POST", "/v1/customers", body=body))

    def page(
        self, *, purpose: str, limit: int | None = None, after: str | None = None
    ) -> Roster:
        """List customers within reach, a page at a time; `list` reads all pages.

        A page can be empty and yet not the last: read on until `next` is None.
        """
        params = {"purpose": purpose, "limit": limit, "after": after}
        return self._ask(Roster, Call("GET", "/v1/customers", params=params))

    def list(self, *, purpose: str) -> Iterator[Profile]:
        """Go through all customers within reach who may be shown, page after page."""
        after: str | None = None
        while True:
            page = self.page(purpose=purpose, after=after)
            for customer in page.items:
                yield customer
            after = following(page, after)
            if after is None:
                return

    def correct(
        self,
        customer_id: str,
        *,
        region: str | None = None,
        minor: Minor | None = None,
        birth_date: date | None = None,
        reason: str,
        purpose: str,
    ) -> Profile:
        """Correct a customer's region, date of birth, or whether they are under age.

        It binds the next read; the customer is shown the reason. For tokens with the
        scope `customers:correct`.
        """
        born = None if birth_date is None else birth_date.isoformat()
        changed = {"region": region, "minor": minor, "birth_date": born}
        body = {name: word for name, word in changed.items() if word is not None}
        body |= {"reason": reason, "purpose": purpose}
        where = segments("v1", "customers", customer_id)
        answer = self._http.fetch(Call("PATCH", where, body=body))
        return decode(Profile, answer)

    def add_many(
        self, customers: Iterable[NewCustomer], *, purpose: str, unit: str | None = None
    ) -> tuple[Outcome, ...]:
        """Register many, a thousand to a call; gives what became of each.

        Who is known already is `there_already`, so that the whole may be done again.
        One who is refused keeps no other out, and is not raised: look at `error`.
        """

        def call(_: int, items: list[dict[str, Any]]) -> Call:
            body: dict[str, Any] = {"purpose": purpose, "items": items}
            if unit is not None:
                body["unit"] = unit
            return Call("POST", "/v1/registrations", body=body)

        return send_many(self._http, call, map(customer_body, customers))


class Records(Part):
    """What the vault holds about customers."""

    def add(
        self,
        customer_id: str,
        collection: str,
        values: Mapping[str, Any],
        *,
        purpose: str,
        idempotency_key: str | None = None,
    ) -> Written:
        """Write a new record.

        The key makes repeating harmless; give one of your own to make it so across
        restarts of your program too.
        """
        call = Call(
            "POST",
            segments("v1", "customers", customer_id, "records"),
            body={
                "collection": collection,
                "values": dict(values),
                "purpose": purpose,
            },
            headers={"Idempotency-Key": idempotency_key or str(uuid4())},
        )
        return self._ask(Written, call)

    def add_many(
        self,
        records: Iterable[NewRecord],
        *,
        purpose: str,
        idempotency_key: str | None = None,
        first: int = 0,
    ) -> tuple[Outcome, ...]:
        """Write many records, a thousand to a call; gives what became of each.

        One that is refused keeps no other out, and is not raised: look at `error`. Each
        is the write of the key and of its number in the list, so that the same list
        under the same key, after an error or a crash, finishes what is missing; give a
        key of your own for that. A list that you cut yourself goes on at `first`.
        """
        key = idempotency_key or str(uuid4())

        def call(before: int, items: list[dict[str, Any]]) -> Call:
            body = {"purpose": purpose, "first": first + before, "items": items}
            headers = {"Idempotency-Key": key}
            return Call("POST", "/v1/records", body=body, headers=headers)

        return send_many(self._http, call, map(record_body, records))

    def update(
        self,
        customer_id: str,
        record_id: str,
        values: Mapping[str, Any],
        *,
        purpose: str,
        version: int,
    ) -> Written:
        """Write a record's next version over `version`, the one that was read.

        A contribution is changed by its author alone (`me.revise`).

        Never repeated by itself: after a lost answer the second attempt would meet
        its own first one as a `Conflict`.
        """
        call = Call(
            "PUT",
            _record(customer_id, record_id),
            body={"values": dict(values), "version": version, "purpose": purpose},
            repeatable=False,
        )
        return self._ask(Written, call)

    def get(
        self, customer_id: str, record_id: str, *, purpose: str
    ) -> Disclosure:
        """Read one record."""
        path = _record(customer_id, record_id)
        call = Call("GET", path, params={"purpose": purpose})
        return self._ask(Disclosure, call)

    def list(
        self,
        customer_id: str,
        collection: str,
        *,
        purpose: str,
        filters: Sequence[Filter] = (),
        sort: str | None = None,
        limit: int | None = None,
        after: str | None = None,
    ) -> Page:
        """Read a customer's records of one collection, a page at a time.

        `filters` all have to hold; `sort` is a field, with `-` before it for the last
        first. Both are refused on a field that is not shown in clear. A filtered page
        can be empty and yet not the last: read on until `next` is None.
        """
        call = Call(
            "GET",
            segments("v1", "customers", customer_id, "records"),
            params={
                "purpose": purpose,
                "collection": collection,
                "filter": conditions(filters),
                "sort": sort,
                "limit": limit,
                "after": after,
            },
        )
        return self._ask(Page, call)

    def each(
        self,
        customer_id: str,
        collection: str,
        *,
        purpose: str,
        filters: Sequence[Filter] = (),
        sort: str | None = None,
    ) -> Iterator[Disclosure]:
        """Read a customer's records of one collection, page after page.

        As `list`, which also counts what is withheld.
        """
        after: str | None = None
        while True:
            page = self.list(
                customer_id,
                collection,
                purpose=purpose,
                filters=filters,
                sort=sort,
                after=after,
            )
            for item in page.items:
                yield item
            after = following(page, after)
            if after is None:
                return

    def read_many(
        self, items: Sequence[tuple[str, str]], *, purpose: str
    ) -> Batch:
        """Read up to 100 records, named by customer and record, with one decision."""
        names = [{"customer_id": c, "record_id": r} for c, r in items]
        body = {"purpose": purpose, "items": names}
        return self._ask(Batch, Call("POST", "/v1/read", body=body))

    def find(
        self, collection: str, field: str, value: str, *, purpose: str
    ) -> Page:
        """Find records by the exact value of an identifier, such as an e-mail.

        A shared one, such as a household's telephone, is found at each who has it.
        """
        body = {"purpose": purpose, "collection": collection}
        call = Call("POST", "/v1/find", body={**body, "field": field, "value": value})
        return self._ask(Page, call)

    def verify(
        self,
        customer_id: str,
        collection: str,
        field: str,
        value: str,
        *,
        purpose: str,
    ) -> Verified:
        """Ask whether a field that you see masked holds a value: yes or no.

        Few questions are answered: 5 an hour and 20 a day about one customer, whoever
        asks, 30 an hour to you (`RateLimited`, with `retry_after`). The customer sees
        each. Never repeated by itself: each attempt counts.
        """
        call = Call(
            "POST",
            segments("v1", "customers", customer_id, "verify"),
            body={
                "purpose": purpose,
                "collection": collection,
                "field": field,
                "value": value,
            },
            repeatable=False,
        )
        return self._ask(Verified, call)

    def scan(self, collection: str, *, purpose: str) -> Scan:
        """Read a whole collection, streamed."""
        call = Call(
            "POST",
            "/v1/scan",
            body={"purpose": purpose, "collection": collection},
            accept=NDJSON,
            repeatable=False,
        )
        return Scan(self._http, call)

    def aggregate(
        self,
        collection: str,
        *,
        purpose: str,
        group_by: Sequence[str] = (),
        measure: MeasureKind = "count",
        field: str | None = None,
    ) -> Numbers:
        """Count a collection's records in groups, or take the sum or mean of a field.

        Refused on a field that is not shown in clear; groups with too few persons,
        and those that would give them away, are counted and not shown.
        """
        measured = {"kind": measure} | ({"field": field} if field else {})
        call = Call(
            "POST",
            "/v1/aggregate",
            body={
                "purpose": purpose,
                "collection": collection,
                "group_by": list(group_by),
                "measure": measured,
            },
        )
        return self._ask(Numbers, call)

    def authorization(
        self, customer_id: str, record_id: str, *, purpose: str
    ) -> Authorization:
        """Ask what the author of a contributed item allows."""
        where = ("contributions", record_id, "authorization")
        path = segments("v1", "customers", customer_id, *where)
        call = Call("GET", path, params={"purpose": purpose})
        return self._ask(Authorization, call)


def _record(customer_id: str, record_id: str) -> str:
    return segments("v1", "customers", customer_id, "records", record_id)
