"""Every statement over orders: their chain, and how far each erasure has come."""

import json
from typing import Any

from kit.db import Database, WriteSession, raw, value
from kit.errors import IntegrityFault
from ledger.formats.order import NOTHING, OrderRef
from vault._internal.ports.orders import ErasureOrder, KeptOrder, OrderMoved
from vault._internal.row_macs import RowMacs

_SELECT = (
    "SELECT order_id, subject, step, secret_hash, document, certificate"
    " FROM vault_erasure"
)


class SqliteOrders:
    """Erasure orders on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, session: WriteSession, order: ErasureOrder) -> None:
        raw(session).execute(
            "INSERT INTO vault_erasure (order_id, subject, step, secret_hash,"
            " document, certificate) VALUES (?, ?, ?, ?, ?, ?)",
            (
                *(order.order_id, order.subject, order.step, order.secret_hash),
                *(order.document, order.certificate),
            ),
        )

    def find(self, order_id: bytes) -> ErasureOrder | None:
        row = (
            self._database.reader()
            .execute(f"{_SELECT} WHERE order_id = ?", (order_id,))
            .fetchone()
        )
        return None if row is None else ErasureOrder(*row)

    def get(self, order_id: bytes) -> ErasureOrder:
        order = self.find(order_id)
        if order is None:
            raise IntegrityFault("an erasure order is gone")
        return order

    def known(self, session: WriteSession, order_id: bytes) -> bool:
        row = raw(session).execute(
            "SELECT 1 FROM vault_erasure WHERE order_id = ?", (order_id,)
        )
        return row.fetchone() is not None

    def of_subject(self, session: WriteSession, subject: bytes) -> ErasureOrder | None:
        row = (
            raw(session).execute(f"{_SELECT} WHERE subject = ?", (subject,)).fetchone()
        )
        return None if row is None else ErasureOrder(*row)

    def all(self) -> list[ErasureOrder]:
        rows = self._database.reader().execute(f"{_SELECT} ORDER BY order_id")
        return [ErasureOrder(*row) for row in rows.fetchall()]

    def chains(self) -> list[dict[str, Any]]:
        rows = self._database.reader().execute(
            "SELECT document FROM vault_erasure WHERE step IN ('purged', 'stamped',"
            " 'certified')"
        )
        return [json.loads(document)["chain"] for (document,) in rows.fetchall()]

    def count(self) -> int:
        reader = self._database.reader()
        return int(value(reader.execute("SELECT count(*) FROM vault_erasure")))

    def unkeyed(self) -> list[bytes]:
        rows = self._database.reader().execute(
            "SELECT subject FROM vault_erasure WHERE step IN ('fenced', 'unkeyed',"
            " 'purged', 'stamped', 'certified')"
        )
        return [subject for (subject,) in rows.fetchall()]

    def count_stamped(self) -> int:
        row = self._database.reader().execute(
            "SELECT count(*) FROM vault_erasure WHERE step IN ('stamped', 'certified')"
        )
        return int(value(row))

    def purged(self) -> list[bytes]:
        rows = self._database.reader().execute(
            "SELECT subject FROM vault_erasure WHERE step IN ('purged', 'stamped',"
            " 'certified')"
        )
        return [subject for (subject,) in rows.fetchall()]

    def unfinished(self) -> list[ErasureOrder]:
        rows = self._database.reader().execute(f"{_SELECT} WHERE certificate IS NULL")
        return [ErasureOrder(*row) for row in rows.fetchall()]

    def open_numbers(self, steps: set[str]) -> set[int]:
        rows = self._database.reader().execute(
            "SELECT step, document FROM vault_erasure WHERE certificate IS NULL"
        )
        return {
            json.loads(document)["chained"]["number"]
            for step, document in rows.fetchall()
            if step in steps
        }

    def advance(
        self, session: WriteSession, order: ErasureOrder, step: str, document: bytes
    ) -> ErasureOrder:
        moved = raw(session).execute(
            "UPDATE vault_erasure SET step = ?, document = ?"
            " WHERE order_id = ? AND step = ?",
            (step, document, order.order_id, order.step),
        )
        if moved.rowcount != 1:
            raise OrderMoved
        return ErasureOrder(
            *(order.order_id, order.subject, step, order.secret_hash),
            *(document, order.certificate),
        )

    def certify(
        self, session: WriteSession, order: ErasureOrder, step: str, certificate: bytes
    ) -> ErasureOrder:
        moved = raw(session).execute(
            "UPDATE vault_erasure SET step = ?, certificate = ?"
            " WHERE order_id = ? AND step = ?",
            (step, certificate, order.order_id, order.step),
        )
        if moved.rowcount != 1:
            raise OrderMoved
        return ErasureOrder(
            *(order.order_id, order.subject, step, order.secret_hash),
            *(order.document, certificate),
        )


_APPROVED = "vault_lost_orders"
_KEPT = "SELECT number, digest, kind, line FROM vault_order"


class SqliteOrderChain:
    """The chain of orders on SQLite."""

    def __init__(self, database: Database, rows: RowMacs) -> None:
        self._database = database
        self._rows = rows

    def newest(self, session: WriteSession | None = None) -> OrderRef:
        return self._place("", session)

    def newest_sent(self, session: WriteSession | None = None) -> OrderRef:
        return self._place("WHERE sent = 1", session)

    def add(self, session: WriteSession, kept: KeptOrder, *, sent: bool) -> None:
        raw(session).execute(
            "INSERT INTO vault_order (number, kind, line, digest, sent, waiting)"
            " VALUES (?, ?, ?, ?, ?, 0)",
            (kept.ref.number, kept.kind, kept.line, kept.ref.digest, int(sent)),
        )

    def clear(self, session: WriteSession) -> None:
        raw(session).execute("DELETE FROM vault_order")

    def unsent(self) -> list[KeptOrder]:
        return self._list("WHERE sent = 0 ORDER BY number")

    def after(self, number: int, kinds: tuple[str, ...] = ()) -> list[KeptOrder]:
        named = f"AND kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        where = f"WHERE number > ? {named} ORDER BY number"
        return self._list(where, number, *kinds)

    def find(self, number: int) -> KeptOrder | None:
        found = self._list("WHERE number = ?", number)
        return found[0] if found else None

    def sent(self, number: int) -> None:
        with self._database.write_plain(durable=False) as connection:
            connection.execute(
                "UPDATE vault_order SET sent = 1 WHERE sent = 0 AND number <= ?",
                (number,),
            )

    def wait(self, session: WriteSession, number: int, *, waiting: bool) -> None:
        raw(session).execute(
            "UPDATE vault_order SET waiting = ? WHERE number = ?",
            (int(waiting), number),
        )

    def waiting(self) -> list[KeptOrder]:
        return self._list("WHERE waiting = 1 ORDER BY number")

    def approve(self, session: WriteSession, since: int, by: str, at: int) -> None:
        said = (since, by, at)
        raw(session).execute(
            "INSERT OR REPLACE INTO vault_lost_orders (since, approver, at, mac)"
            " VALUES (?, ?, ?, ?)",
            (*said, self._rows.of(_APPROVED, *said)),
        )

    def approvers(self, since: int) -> list[str]:
        rows = self._database.reader().execute(
            "SELECT mac, since, approver, at FROM vault_lost_orders WHERE since = ?"
            " ORDER BY approver",
            (since,),
        )
        believes = self._rows.believes
        return [
            approver
            for mac, since, approver, at in rows
            if believes(mac, _APPROVED, since, approver, at)
        ]

    def _list(self, where: str, *bound: object) -> list[KeptOrder]:
        rows = self._database.reader().execute(f"{_KEPT} {where}", bound)
        return [
            KeptOrder(OrderRef(number, digest), kind, line)
            for number, digest, kind, line in rows.fetchall()
        ]

    def _place(self, where: str, session: WriteSession | None) -> OrderRef:
        connection = raw(session) if session else self._database.reader()
        row = connection.execute(
            f"SELECT number, digest FROM vault_order {where}"
            " ORDER BY number DESC LIMIT 1"
        ).fetchone()
        return OrderRef(*row) if row else NOTHING
