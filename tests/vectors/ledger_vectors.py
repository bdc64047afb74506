"""Frozen ledger formats, made a second time from their text and nothing of ours.

Run this file to write entry.json, opening.json, receipt.json and certificate.json
again: they must not change. Tests hold this script, the ledger's own code and the
SDK's verifier against the files. All keys and salts are for tests only.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FOLDER = Path(__file__).parent

ORIGIN = "ledger.example/acme"
SEED = hashlib.sha256(b"allod test log key").digest()
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
PUBLIC = b"\x01" + KEY.public_key().public_bytes_raw()
KEY_ID = hashlib.sha256(ORIGIN.encode() + b"\n" + PUBLIC).digest()[:4]

SUBJECT = bytes(range(0x20, 0x30)).hex()
RECORD = bytes(range(0x30, 0x40)).hex()
ORDER = bytes(range(0x50, 0x60))
AT = 1_795_348_800

# kind, record, content: the chain of one customer
EVENTS: list[tuple[str, str | None, bytes]] = [
    ("contribution", RECORD, '{"text":"更轻的书包"}'.encode()),
    ("authorization", RECORD, b'{"purpose":"ugc.advertise","status":"granted"}'),
    ("consent", None, b'{"purpose":"marketing.email","state":"withdrawn"}'),
]


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _json(value: object) -> bytes:
    """Canonical JSON, of which this is all that these values need."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def _salt(name: str, number: int) -> bytes:
    return hashlib.sha256(f"{name}{number}".encode()).digest()


def _hmac(salt: bytes, context: bytes, message: bytes) -> bytes:
    return hmac.new(salt, context + b"\n" + message, "sha256").digest()


def _entry(number: int, kind: str, payload: bytes) -> dict[str, Any]:
    salt = _salt("salt", number)
    commitment = _hmac(salt, b"allod/commitment/v1", payload)
    body = f"allod-entry/v1\n{kind}\n{AT}\n{_b64(commitment)}\n".encode()
    return {
        "type": kind,
        "at": AT,
        "salt": _b64(salt),
        "payload": payload.decode(),
        "commitment": commitment.hex(),
        "entry": body.decode(),
        "leaf": hashlib.sha256(b"\x00" + body).hexdigest(),
    }


def _payload(kind: str, **members: object) -> bytes:
    return _json({"v": 1, "kind": kind, "at": AT, **members})


def _subject(number: int, prev: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make the entry of one event, and its opening."""
    kind, record, content = EVENTS[number]
    salt_c, salt_l = _salt("content", number), _salt("link", number)
    link = {"subject": SUBJECT, "seq": number + 1, "prev": prev, "record": record}
    payload = _payload(
        kind,
        content_commit=_b64(_hmac(salt_c, b"allod/content/v1", content)),
        link_commit=_b64(_hmac(salt_l, b"allod/link/v1", _json(link))),
    )
    entry = _entry(number, "subject", payload)
    opening = {
        "v": 1,
        "salt": entry["salt"],
        "payload": entry["payload"],
        "salt_c": _b64(salt_c),
        "salt_l": _b64(salt_l),
        "link": link,
    }
    return entry, {"content": content.decode(), "opening": _json(opening).decode()}


def _log() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Make all entries (three subject, one operator, one erasure) and the openings."""
    entries, openings, prev = [], [], None
    for number in range(len(EVENTS)):
        entry, opening = _subject(number, prev)
        prev = _b64(bytes.fromhex(entry["commitment"]))
        entries.append(entry)
        openings.append(opening)
    facts = {"digest": hashlib.sha256(b"a policy").hexdigest()}
    entries.append(_entry(3, "operator", _payload("policy.activated", facts=facts)))
    order_commit = _b64(_hmac(_salt("order", 4), b"allod/order/v1", ORDER))
    entries.append(_entry(4, "erasure", _payload("erasure", order_commit=order_commit)))
    return entries, openings


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _tree(leaves: list[bytes]) -> tuple[bytes, list[list[bytes]]]:
    """Hash a tree of five leaves by hand; gives its root and each leaf's path."""
    a, b, c, d, e = leaves
    ab, cd = _node(a, b), _node(c, d)
    abcd = _node(ab, cd)
    paths = [[b, cd, e], [a, cd, e], [d, ab, e], [c, ab, e], [abcd]]
    return _node(abcd, e), paths


def _signature(text: str) -> str:
    return f"— {ORIGIN} {_b64(KEY_ID + KEY.sign(text.encode()))}\n"


def _checkpoint(root: bytes) -> str:
    text = f"{ORIGIN}\n5\n{_b64(root)}\n"
    return f"{text}\n{_signature(text)}"


def _receipt(index: int, entry: dict[str, Any], path: list[bytes], note: str) -> str:
    extra = {
        "v": 1,
        "type": entry["type"],
        "time": entry["at"],
        "salt": entry["salt"],
        "payload": entry["payload"],
    }
    lines = ["c2sp.org/tlog-proof@v1", f"extra {_b64(_json(extra))}", f"index {index}"]
    return "\n".join([*lines, *map(_b64, path), "", note])


def _certificate(receipt: str) -> dict[str, Any]:
    document = {
        "v": 1,
        "id": ORDER.hex(),
        "log": ORIGIN,
        "order_salt": _b64(_salt("order", 4)),
        "receipt": receipt,
        "scope": "account",
        "ordered_at": "2026-11-22T12:00:00Z",
        "live_erased_at": "2026-11-22T12:00:01Z",
        "finality": "not_scheduled",
        "erased": {"data": 12, "identity": 5},
        "recipients": [],
        "not_proven": ["copies that others hold"],
    }
    text = f"allod/certificate/v1\n{_json(document).decode()}\n"
    return {"document": document, "note": _signature(text)}


def texts() -> Iterator[tuple[str, str]]:
    """Give name and text of each file of vectors."""
    entries, openings = _log()
    root, paths = _tree([bytes.fromhex(entry["leaf"]) for entry in entries])
    note = _checkpoint(root)
    vkey = f"{ORIGIN}+{KEY_ID.hex()}+{_b64(PUBLIC)}"
    policy = f"log {vkey}\nquorum none\n"
    receipts = [
        _receipt(index, entry, paths[index], note)
        for index, entry in enumerate(entries)
    ]
    erasure = {
        "v": 1,
        "salt": entries[4]["salt"],
        "payload": entries[4]["payload"],
        "salt_o": _b64(_salt("order", 4)),
        "order": ORDER.hex(),
    }
    yield "entry", _file("allod-entry/v1", entries=entries, root=root.hex())
    yield (
        "opening",
        _file("allod opening, v 1", openings=openings, erasure=_json(erasure).decode()),
    )
    yield (
        "receipt",
        _file(
            "c2sp.org/tlog-proof@v1",
            seed=SEED.hex(),
            policy=policy,
            checkpoint=note,
            receipts=receipts,
        ),
    )
    certificate = _certificate(receipts[4])
    yield (
        "certificate",
        _file("allod/certificate/v1", policy=policy, certificate=certificate),
    )


def _file(form: str, **members: object) -> str:
    document = {"format": form, **members}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, text in texts():
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
