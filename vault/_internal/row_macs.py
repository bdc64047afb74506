"""MACs of rows that grant: no row is believed that was not written here.

Whoever can write to a store's file could otherwise give themselves a token, a post or
another's account. Each such row carries a MAC over all its columns, with its table's
name, under the installation's secret `rows`; it is compared wherever the row is
believed. A row without one, or with another one, is nobody's: the read goes on as if
it were not there, and an alarm is raised.

What this cannot see is a row that was taken away, and an older row put back as it was:
both are for `allod ledger fsck` to find.

HMAC-SHA256 (RFC 2104, FIPS 198-1) over framed fields, each with its type, since SQLite
lets a column hold any: the text `1` is not the number 1, and no value is not an empty
one.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from struct import Struct
from typing import Any, Final, TypeAlias

from kit import telemetry
from kit.framing import framed

Value: TypeAlias = bytes | str | int | None

KEPT: Final = 4_096
"""How many rows are known by their very bytes, MAC included, to have been believed."""

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "vault_customer_class": ("number", "region", "state", "minor"),
    "vault_record_class": ("number", "collection", "classes"),
    "vault_assignment": ("staff", "subject", "until", "version"),
    "vault_unit": ("unit", "kind", "within", "version"),
    "vault_unit_closure": ("descendant", "ancestor", "depth"),
    "vault_post": ("staff", "unit", "until", "version"),
    "vault_placement": ("subject", "unit"),
    "vault_access_grant": ("subject", "grant_id", "staff", "purpose", "until"),
    "identity_customer": ("handle", "subject", "sealed"),
    "identity_fence": ("subject", "order_id", "at"),
    "identity_leaving": ("subject", "lot", "until", "named"),
    "identity_suppressed": ("mac", "until", "basis", "lot"),
}
"""What the MAC of a row covers, in this order: each column but the MAC itself."""

SUBJECT: Final = "vault_subject"
"""Its MAC covers the words of its class: a number could come to mean other words."""

_length: Final = Struct(">I").pack


class _Unbelieved(Exception):
    """A row's MAC is not the one that this installation gives it."""


class RowMacs:
    """Gives rows their MAC, and tells which of those that are read have theirs."""

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key
        # An exception is not kept: only what was believed is, by all of its bytes.
        self._known = lru_cache(maxsize=KEPT, typed=True)(self._require)

    @cached_property
    def _keyed(self) -> hmac.HMAC:
        # Copied for each row: to begin with the key costs more than all the rest.
        return hmac.new(self._key(), digestmod="sha256")

    def of(self, table: str, *fields: Value) -> bytes:
        """Give the MAC of a row: 32 bytes over its table and its columns in order.

        Raises:
            TypeError: a field is of a sort that no column holds.

        """
        mac = self._keyed.copy()
        mac.update(message(table, fields))
        return mac.digest()

    def believes(self, mac: object, table: str, *fields: Any) -> bool:  # noqa: ANN401 - what SQLite gives
        """Tell whether a row was written here; raises an alarm if it was not."""
        return self.fits(mac, table, *fields) or _alarmed()

    def fits(self, mac: object, table: str, *fields: Any) -> bool:  # noqa: ANN401 - likewise
        """Tell as `believes`, and raise no alarm: whoever asks has their own way."""
        try:
            expected = self.of(table, *fields)
        except TypeError:
            return False
        return type(mac) is bytes and hmac.compare_digest(mac, expected)

    def knows(self, mac: object, table: str, *fields: Any) -> bool:  # noqa: ANN401 - likewise
        """Tell as `believes`; a row of the very same bytes is not computed again.

        For what asks about one row again and again: once for each record, or twice
        in one read.
        """
        try:
            self._known(mac, table, *fields)
        except _Unbelieved:
            return _alarmed()
        return True

    def _require(self, mac: object, table: str, *fields: Value) -> None:
        if not self.fits(mac, table, *fields):
            raise _Unbelieved


def message(table: str, fields: Iterable[Value]) -> bytes:
    """Frame a row as `kit.framing` does, each field with a letter for its type first.

    Written out, since every call with a token and every read pass here.

    Raises:
        TypeError: a field is of a sort that no column holds.

    """
    parts = [_head(table)]
    for field in fields:
        letter, data = _lettered(field)
        # The letter counts as part of the field: one byte more than the data.
        parts += (_length(len(data) + 1), letter, data)
    return b"".join(parts)


@lru_cache(maxsize=64)
def _head(table: str) -> bytes:
    return framed("allod/row/v1", table)


def _lettered(field: Value) -> tuple[bytes, bytes]:
    if isinstance(field, bytes):
        return b"b", field
    if isinstance(field, str):
        return b"s", field.encode("utf-8", "surrogatepass")
    if isinstance(field, int):
        return b"i", b"%d" % field
    if field is None:
        return b"n", b""
    raise TypeError("a row holds bytes, text, whole numbers and nothing else")


def _alarmed() -> bool:
    telemetry.alarm("a row that grants was not written here", code="row.mac")
    return False


def believed(table: str, alias: str) -> str:
    """Write the condition that a row of a table is believed, for a reader's SQL."""
    columns = ", ".join(f"{alias}.{name}" for name in COLUMNS[table])
    return f"row_believed({alias}.mac, '{table}', {columns})"
