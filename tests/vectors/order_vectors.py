"""Make the frozen vectors of the orders, with nothing but the standard library.

    python tests/vectors/order_vectors.py

Nothing here is imported from the program: the formats are written down once more, from
what their modules say. `order.json` holds a chain of three orders and the head that a
lane's entry speaks of; `erasure_v2.json` the entry of an erasure that names its order.
"""

import base64
import hashlib
import hmac
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
AT = 1795348800
KEY = hashlib.sha256(b"allod test secret of orders").digest()
SUBJECT = bytes(range(0x20, 0x30)).hex()
ORDER = bytes(range(0x50, 0x60))
LANE = bytes(range(16))
SALT = hashlib.sha256(b"allod test salt of an erasure of version 2").digest()
SALT_O = hashlib.sha256(b"allod test salt of its order").digest()
SEALED = b"AV noise that only this person's key opens"


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _mac(message: bytes) -> bytes:
    return hmac.digest(KEY, message, "sha256")


def _framed(*fields: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(field)) + field for field in fields)


def _integer(number: int) -> bytes:
    return struct.pack(">Q", number)


def _chain() -> Iterator[dict[str, Any]]:
    before = bytes(32)
    erasure = _json({"order": ORDER.hex(), "secret": _b64(SALT), "until": AT, "v": 1})
    tokens = _json({"hashes": [SALT.hex()], "v": 1})
    for number, (kind, subject, body) in enumerate(
        (
            ("token.revoked", None, tokens),
            ("consent.withdrawn", SUBJECT, SEALED),
            ("erasure", SUBJECT, erasure),
        ),
        start=1,
    ):
        said = {
            "v": 1,
            "n": number,
            "kind": kind,
            "subject": subject,
            "body": _b64(body),
            "prev": _b64(before),
            "gen": 1,
        }
        mac = _mac(b"allod/order-mac/v1\n" + _json(said))
        line = _json({**said, "mac": _b64(mac)})
        before = hashlib.sha256(b"allod/order-digest/v1\n" + line).digest()
        yield {"line": line.decode(), "digest": before.hex()}


def _erasure(digest: bytes) -> dict[str, Any]:
    commit = hmac.digest(SALT_O, b"allod/order/v1\n" + ORDER, "sha256")
    payload = _json(
        {
            "v": 2,
            "kind": "erasure",
            "at": AT,
            "order_commit": _b64(commit),
            "order_digest": _b64(digest),
        }
    )
    commitment = hmac.digest(SALT, b"allod/commitment/v1\n" + payload, "sha256")
    body = f"allod-entry/v1\nerasure\n{AT}\n{_b64(commitment)}\n".encode()
    opening = {
        "v": 1,
        "salt": _b64(SALT),
        "payload": payload.decode(),
        "salt_o": _b64(SALT_O),
        "order": ORDER.hex(),
    }
    return {
        "opening": _json(opening).decode(),
        "digest": digest.hex(),
        "entry": body.decode(),
        "leaf": hashlib.sha256(b"\x00" + body).hexdigest(),
    }


def texts() -> Iterator[tuple[str, str]]:
    """Give name and text of each file of vectors."""
    orders = list(_chain())
    digest = bytes.fromhex(orders[-1]["digest"])
    context = b"allod/order-head/v1"
    head = _framed(context, LANE, _integer(7), _integer(len(orders)), digest)
    chain = {
        "format": "allod order, v 1",
        "key": KEY.hex(),
        "orders": orders,
        "lane": LANE.hex(),
        "seq": 7,
        "head": _mac(head).hex(),
    }
    erasure = {"format": "allod-entry/v1, erasure payload v 2", **_erasure(digest)}
    yield "order", json.dumps(chain, indent=1) + "\n"
    yield "erasure_v2", json.dumps(erasure, indent=1) + "\n"


if __name__ == "__main__":
    for name, text in texts():
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
