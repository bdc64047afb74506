"""Every statement over orders: their chain, and how far each erasure has come."""

import json
from dataclasses import dataclass
from typing import Any

from kit.db import Database, WriteSession, raw
from kit.errors import IntegrityFault
from ledger.formats.order import NOTHING, OrderRef
from vault._internal.row_macs import RowMacs

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

    def known(self, session: WriteSession, order_id: bytes) -> bool:
        """Tell whether there is such an order, inside a unit of work."""
        row = raw(session).execute(
            "SELECT 1 FROM vault_erasure WHERE order_id = ?", (order_id,)
        )
        return row.fetchone() is not None

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

    def count_stamped(self) -> int:
        """Count the erasures whose entry is in the ledger."""
        row = self._database.reader().execute(
            "SELECT count(*) FROM vault_erasure WHERE step IN ('stamped', 'certified')"
        )
        return int(row.fetchone()[0])

    def purged(self) -> list[bytes]:
        """List the subjects of whom nothing is left."""
        rows = self._database.reader().execute(
            "SELECT subject FROM vault_erasure WHERE step IN ('purged', 'stamped',"
            " 'certified')"
        )
        return [row[0] for row in rows.fetchall()]

    def unfinished(self) -> list[Order]:
        """List the orders that have no certificate yet."""
        rows = self._database.reader().execute(f"{_SELECT} WHERE certificate IS NULL")
        return [Order(*row) for row in rows.fetchall()]

    def open_numbers(self, steps: set[str]) -> set[int]:
        """Give the numbers, in the chain, of the orders that stand at some steps."""
        rows = self._database.reader().execute(
            "SELECT step, document FROM vault_erasure WHERE certificate IS NULL"
        )
        return {
            json.loads(document)["chained"]["number"]
            for step, document in rows.fetchall()
            if step in steps
        }

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


@dataclass(frozen=True, slots=True)
class KeptOrder:
    """One order of the chain as it is kept: its line and its place."""

    ref: OrderRef
    kind: str
    line: bytes


_APPROVED = "vault_lost_orders"
_KEPT = "SELECT number, digest, kind, line FROM vault_order"


class SqliteOrderChain:
    """The chain of orders on SQLite."""

    def __init__(self, database: Database, rows: RowMacs) -> None:
        self._database = database
        self._rows = rows

    def newest(self, session: WriteSession | None = None) -> OrderRef:
        """Give the place of the last order; inside a unit of work, if given."""
        return self._place("", session)

    def newest_sent(self, session: WriteSession | None = None) -> OrderRef:
        """Give the place of the last order that is durable in the mirror."""
        return self._place("WHERE sent = 1", session)

    def add(self, session: WriteSession, kept: KeptOrder, *, sent: bool) -> None:
        """Keep an order behind the last one."""
        raw(session).execute(
            "INSERT INTO vault_order VALUES (?, ?, ?, ?, ?, 0)",
            (kept.ref.number, kept.kind, kept.line, kept.ref.digest, int(sent)),
        )

    def clear(self, session: WriteSession) -> None:
        """Forget the chain, to keep another one in its place."""
        raw(session).execute("DELETE FROM vault_order")

    def unsent(self) -> list[KeptOrder]:
        """List the orders that are not known to be in the mirror."""
        return self._list("WHERE sent = 0 ORDER BY number")

    def after(self, number: int, kinds: tuple[str, ...] = ()) -> list[KeptOrder]:
        """List the orders with a higher number, those of some kinds if any is named."""
        named = f"AND kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        where = f"WHERE number > ? {named} ORDER BY number"
        return self._list(where, number, *kinds)

    def find(self, number: int) -> KeptOrder | None:
        """Find an order by its number."""
        found = self._list("WHERE number = ?", number)
        return found[0] if found else None

    def sent(self, number: int) -> None:
        """Note that all up to a number are in the mirror; noted again if it is lost."""
        with self._database.write_plain(durable=False) as connection:
            connection.execute(
                "UPDATE vault_order SET sent = 1 WHERE sent = 0 AND number <= ?",
                (number,),
            )

    def wait(self, session: WriteSession, number: int, *, waiting: bool) -> None:
        """Say whether an order waits for a key that an older copy does not have."""
        raw(session).execute(
            "UPDATE vault_order SET waiting = ? WHERE number = ?",
            (int(waiting), number),
        )

    def waiting(self) -> list[KeptOrder]:
        """List the orders that wait for a key."""
        return self._list("WHERE waiting = 1 ORDER BY number")

    def approve(self, session: WriteSession, since: int, by: str, at: int) -> None:
        """Keep one principal's yes to going on without orders; one counts once."""
        said = (since, by, at)
        raw(session).execute(
            "INSERT OR REPLACE INTO vault_lost_orders VALUES (?, ?, ?, ?)",
            (*said, self._rows.of(_APPROVED, *said)),
        )

    def approvers(self, since: int) -> list[str]:
        """List who said so, for an instant; a row by another hand says nothing."""
        rows = self._database.reader().execute(
            "SELECT mac, since, approver, at FROM vault_lost_orders WHERE since = ?"
            " ORDER BY approver",
            (since,),
        )
        believes = self._rows.believes
        return [row[2] for row in rows if believes(row[0], _APPROVED, *row[1:])]

    def _list(self, where: str, *bound: object) -> list[KeptOrder]:
        rows = self._database.reader().execute(f"{_KEPT} {where}", bound)
        return [
            KeptOrder(OrderRef(number, digest), kind, line)
            for number, digest, kind, line in rows.fetchall()
        ]

    def _place(self, where: str, session: WriteSession | None) -> OrderRef:
        connection = raw(session) if session else self._database.reader()
        row = connection.execute(
            f"SELECT number, digest FROM vault_order {where}"  # noqa: S608 - constants
            " ORDER BY number DESC LIMIT 1"
        ).fetchone()
        return OrderRef(*row) if row else NOTHING
