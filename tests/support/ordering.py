"""Orders: kept in memory behind the port, or read out of a mirror as they lie."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kit.db import WriteSession
from ledger.files.order_files import OrderFiles
from ledger.formats.order import OrderRef


@dataclass
class RecordingOrders:
    """Remembers what was ordered, and how often somebody waited for it again."""

    left: list[tuple[str, bytes | None, dict[str, Any]]] = field(default_factory=list)
    confirmed: int = 0

    def add(
        self,
        session: WriteSession,
        kind: str,
        result: Mapping[str, Any],
        *,
        subject: bytes | None = None,
    ) -> OrderRef:
        assert session.in_transaction()
        self.left.append((kind, subject, dict(result)))
        return OrderRef(len(self.left), bytes(32))

    def confirm(self, session: WriteSession) -> None:
        assert session.in_transaction()
        self.confirmed += 1

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.left]


def mirrored(home: Path) -> list[dict[str, Any]]:
    """Read the orders in the mirror of a home, as they lie."""
    segments = OrderFiles(home / "mirror" / "orders").segments()
    return [json.loads(line) for each in segments for line in each.lines]


def kinds_in(home: Path) -> list[str]:
    """Name the kinds of the orders in a home's mirror, in their order."""
    return [order["kind"] for order in mirrored(home)]


@contextmanager
def unwritable(home: Path) -> Iterator[None]:
    """Take away the folder of the orders, and let nobody make another, for a block."""
    folder = home / "mirror" / "orders"
    aside = folder.rename(folder.with_name("orders.aside"))
    folder.touch()
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)
