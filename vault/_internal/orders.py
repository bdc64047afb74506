"""Every statement over erasure orders."""

import json
from dataclasses import dataclass
from typing import Any

from kit.db import Database, WriteSession, raw
from kit.errors import IntegrityFault

_SELECT = (
    "SELECT order_id, subject, step, secret_hash, document, certificate"
    " FROM vault_erasure"
)


class OrderMoved(Exception):
    """Another worker has taken this order a step further; look at it again."""


@dataclass(frozen=True, slots=True)
class Order:
    """One erasure order as it stands. `document` is canonical JSON."""

    order_id: bytes
    subject: bytes
    step: str
    secret_hash: bytes
    document: bytes
    certificate: bytes | None


class SqliteOrders:
    """Erasure orders on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, session: WriteSession, order: Order) -> None:
        """Keep a new order."""
        raw(session).execute(
            "INSERT INTO vault_erasure VALUES (?, ?, ?, ?, ?, ?)",
            (
                *(order.order_id, order.subject, order.step, order.secret_hash),
                *(order.document, order.certificate),
            ),
        )

    def find(self, order_id: bytes) -> Order | None:
        """Find an order by its id."""
        row = (
            self._database.reader()
            .execute(f"{_SELECT} WHERE order_id = ?", (order_id,))
            .fetchone()
        )
        return None if row is None else Order(*row)

    def get(self, order_id: bytes) -> Order:
        """Get an order that is known to be there."""
        order = self.find(order_id)
        if order is None:
            raise IntegrityFault("an erasure order is gone")
        return order

    def of_subject(self, session: WriteSession, subject: bytes) -> Order | None:
        """Find the order about a subject, inside a unit of work."""
        row = (
            raw(session).execute(f"{_SELECT} WHERE subject = ?", (subject,)).fetchone()
        )
        return None if row is None else Order(*row)

    def all(self) -> list[Order]:
        """List every order, finished or not, by its id."""
        rows = self._database.reader().execute(f"{_SELECT} ORDER BY order_id")
        return [Order(*row) for row in rows.fetchall()]

    def chains(self) -> list[dict[str, Any]]:
        """Give the head of each erased customer's chain, whose openings are gone."""
        rows = self._database.reader().execute(
            "SELECT document FROM vault_erasure WHERE step IN ('purged', 'stamped',"
            " 'certified')"
        )
        return [json.loads(row[0])["chain"] for row in rows.fetchall()]

    def count(self) -> int:
        """Count all orders, whatever became of them."""
        rows = self._database.reader().execute("SELECT count(*) FROM vault_erasure")
        return int(rows.fetchall()[0][0])

    def unkeyed(self) -> list[bytes]:
        """List the subjects whose keys were destroyed."""
        rows = self._database.reader().execute(
            "SELECT subject FROM vault_erasure WHERE step IN ('unkeyed', 'purged',"
            " 'stamped', 'certified')"
        )
        return [row[0] for row in rows.fetchall()]

    def unfinished(self) -> list[Order]:
        """List the orders that have no certificate yet."""
        rows = self._database.reader().execute(f"{_SELECT} WHERE certificate IS NULL")
        return [Order(*row) for row in rows.fetchall()]

    def advance(
        self, session: WriteSession, order: Order, step: str, document: bytes
    ) -> Order:
        """Note that a step is done, in the unit of work that did it.

        Raises:
            OrderMoved: another worker did it first; this unit of work is undone.

        """
        moved = raw(session).execute(
            "UPDATE vault_erasure SET step = ?, document = ?"
            " WHERE order_id = ? AND step = ?",
            (step, document, order.order_id, order.step),
        )
        if moved.rowcount != 1:
            raise OrderMoved
        return Order(
            *(order.order_id, order.subject, step, order.secret_hash),
            *(document, order.certificate),
        )

    def certify(
        self, session: WriteSession, order: Order, step: str, certificate: bytes
    ) -> Order:
        """Keep an order's certificate, the last of its steps.

        Raises:
            OrderMoved: another worker did it first; this unit of work is undone.

        """
        moved = raw(session).execute(
            "UPDATE vault_erasure SET step = ?, certificate = ?"
            " WHERE order_id = ? AND step = ?",
            (step, certificate, order.order_id, order.step),
        )
        if moved.rowcount != 1:
            raise OrderMoved
        return Order(
            *(order.order_id, order.subject, step, order.secret_hash),
            *(order.document, certificate),
        )
