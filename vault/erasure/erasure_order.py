"""What an erasure's row and its order say: the document, the ceiling, the place."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kit.canonical import canonical
from kit.clock import iso
from ledger.formats.encoding import decode64, encode64
from ledger.formats.order import OrderRef
from vault._internal.ports.orders import ErasureOrder


def begun_at(now: datetime, order_id: bytes, until: int) -> dict[str, Any]:
    """Begin the document of an erasure of a whole account; `until` in unix seconds."""
    return {
        "v": 1,
        "order": order_id.hex(),
        "scope": "account",
        "ordered_at": iso(now),
        "suppressed_until": until,
    }


def ceiling(order_id: bytes, until: int, secret_hash: bytes) -> dict[str, Any]:
    """Say what the order holds: nothing of the person, who is named beside it."""
    secret = encode64(secret_hash)
    return {"order": order_id.hex(), "until": until, "secret": secret}


def placed(document: Mapping[str, Any], ref: OrderRef) -> bytes:
    """Write an erasure's document with the place of its order in the chain."""
    place = {"number": ref.number, "digest": encode64(ref.digest)}
    return canonical({**document, "chained": place})


def ref_of(order: ErasureOrder) -> OrderRef:
    """Give the place of an erasure's order in the chain of orders."""
    place = json.loads(order.document)["chained"]
    return OrderRef(place["number"], decode64(place["digest"]))
