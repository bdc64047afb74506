r"""Orders: what must hold again after a restore, one canonical line each, in a chain.

    {"body","gen","kind","mac","n","prev","subject","v"}

`n` counts from 1; `prev` is the digest of the order before; `body` is the result as a
ceiling, sealed under the subject's own key where the order is about a person, and
canonical JSON where it is not. The MAC is made under the secret `orders`, of the
generation `gen`, over everything else as it is written, so over the sealed body: who is
erased leaves noise that still authenticates.

    digest = SHA-256("allod/order-digest/v1\n" || line)
    mac    = HMAC-SHA-256(secret, "allod/order-mac/v1\n" || canonical(line without mac))
    head   = HMAC-SHA-256(secret, framed("allod/order-head/v1", lane, seq, n, digest))

A head stands in the public ledger. It is bound to its place there, so that two heads
differ although no order came between, and the log's rhythm tells nothing.

Frozen vectors: tests/vectors/order.json.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Self

from kit.canonical import canonical, parse
from kit.errors import Malformed
from kit.framing import framed
from kit.ids import parse_id
from ledger.formats.encoding import decode64, encode64

GENESIS: Final = bytes(32)
"""What stands for the order before the first."""

MAX_LINE: Final = 1 << 20

_DIGEST: Final = b"allod/order-digest/v1\n"
_MAC: Final = b"allod/order-mac/v1\n"
_MEMBERS: Final = frozenset({"body", "gen", "kind", "mac", "n", "prev", "subject", "v"})

Key = Callable[[int], bytes | None]
"""Gives the secret of a generation; None if there is none of that number."""


class OrderError(Malformed):
    """A line is no order, or does not authenticate as the one that belongs here."""

    code, title = "order_invalid", "The order does not verify"


@dataclass(frozen=True, slots=True)
class OrderRef:
    """The place of an order in the chain: its number and its digest."""

    number: int
    digest: bytes


NOTHING: Final = OrderRef(0, GENESIS)
"""The place before the first order."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order, and the line that it was read from or is written as."""

    number: int
    kind: str
    subject: bytes | None
    body: bytes
    before: bytes
    generation: int
    line: bytes

    @property
    def ref(self) -> OrderRef:
        """The place of this order in the chain."""
        return OrderRef(self.number, digest_of(self.line))

    @classmethod
    def make(
        cls,
        number: int,
        kind: str,
        subject: bytes | None,
        body: bytes,
        *,
        before: bytes,
        generation: int,
        key: bytes,
    ) -> Self:
        """Write an order and authenticate it."""
        said = {
            "v": 1,
            "n": number,
            "kind": kind,
            "subject": None if subject is None else subject.hex(),
            "body": encode64(body),
            "prev": encode64(before),
            "gen": generation,
        }
        line = canonical({**said, "mac": encode64(_mac(key, said))})
        return cls(number, kind, subject, body, before, generation, line)

    @classmethod
    def read(cls, line: bytes, key: Key) -> Self:
        """Read a line and check its MAC.

        Raises:
            OrderError: it is no order, or not one of this installation.

        """
        said = _object(line)
        claimed = _bytes(said.pop("mac"))
        order = cls(
            _number(said["n"]),
            _text(said["kind"]),
            _subject(said["subject"]),
            _bytes(said["body"]),
            _bytes(said["prev"]),
            _number(said["gen"]),
            line,
        )
        secret = key(order.generation)
        if secret is None or not hmac.compare_digest(claimed, _mac(secret, said)):
            raise OrderError(f"order {order.number} has a false MAC")
        return order


def digest_of(line: bytes) -> bytes:
    """Compute the digest of an order's line, which the next order names."""
    return hashlib.sha256(_DIGEST + line).digest()


def head_mac(key: bytes, *, lane: bytes, seq: int, head: OrderRef) -> bytes:
    """Compute what an entry of the ledger says of the head of the chain."""
    said = framed("allod/order-head/v1", lane, seq, head.number, head.digest)
    return hmac.digest(key, said, "sha256")


def _mac(key: bytes, said: dict[str, Any]) -> bytes:
    return hmac.digest(key, _MAC + canonical(said), "sha256")


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise OrderError("an order's line is too long")
    try:
        said = parse(line, max_depth=2)
        if canonical(said) != line:
            raise OrderError("an order's line is not in canonical form")
    except OrderError:
        raise
    except Malformed:
        raise OrderError("an order's line is not canonical JSON") from None
    if not isinstance(said, dict) or set(said) != _MEMBERS or said["v"] != 1:
        raise OrderError("a line is not an order of version 1")
    return said


def _number(value: object) -> int:
    if type(value) is not int or value < 1:
        raise OrderError("an order has a number from 1 on")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise OrderError("an order names its kind")
    return value


def _subject(value: object) -> bytes | None:
    found = parse_id(value) if isinstance(value, str) else None
    if value is not None and found is None:
        raise OrderError("an order's subject has 32 hexadecimal digits")
    return found


def _bytes(value: object) -> bytes:
    try:
        return decode64(_text(value))
    except ValueError:
        raise OrderError("a member of an order is not base64") from None
