"""Frozen envelopes, made a second time from the format's text and nothing of ours.

Run this file to write envelope.json again: it must not change. A test holds both this
script and the vault's own sealing against the file, byte for byte.
"""

import json
import struct
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FILE = Path(__file__).with_name("envelope.json")

KEY = bytes(range(32))
KID = bytes(range(0x10, 0x20))
SUBJECT = bytes(range(0x20, 0x30))
RECORD = bytes(range(0x30, 0x40))
NONCE = bytes(range(0x40, 0x4C))


def _fields(*fields: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(field)) + field for field in fields)


def _facts(
    classes: tuple[bytes, ...],
    retain_until: int | None,
    contributed: bool,  # noqa: FBT001 - as the format has it
    parts: tuple[bytes, ...],
) -> bytes:
    """Write the facts before a body of codec 2, from the format's text."""
    kept = b"\x00" + bytes(8)
    if retain_until is not None:
        kept = b"\x01" + struct.pack(">q", retain_until)
    said = kept + struct.pack(">B", contributed)
    said += _fields(_fields(*classes), _fields(*parts))
    return struct.pack(">I", len(said)) + said


# collection, part, schema, version, codec (0 bytes, 1 JSON, 2 facts and JSON), bucket,
# body
CASES: list[tuple[str, str, str, int, int, int, bytes]] = [
    ("profile", "main", "1", 1, 1, 256, b'{"city":"Oslo"}'),
    ("profile", "special", "2", 7, 1, 256, b'{"allergy":"nuts"}'),
    ("profile", "main", "1", 1, 1, 256, b"{" + b'"a":1'.ljust(249) + b"}"),
    ("profile", "main", "1", 1, 1, 256, b"{" + b'"a":1'.ljust(250) + b"}"),
    ("idea", "main", "1", 2**63, 1, 64, '{"text":"更轻的书包"}'.encode()),
    ("file", "main", "1", 1, 0, 1, bytes(range(256))),
    ("file", "main", "1", 1, 0, 1, b""),
    (
        *("profile", "main", "1", 1, 2, 256),
        _facts((b"contact", b"identity"), None, False, (b"contact",))
        + b'{"name":"Ada"}',
    ),
    (
        *("profile", "contact", "1", 1, 2, 256),
        _facts((b"contact", b"identity"), None, False, (b"contact",))
        + b'{"email":"ada@example.org"}',
    ),
    (
        *("idea", "main", "1", 2, 2, 512),
        _facts((b"content",), 1_800_000_000, True, ()) + b'{"title":"A lid"}',
    ),
]


def _hkdf(info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(KEY)


def _envelope(case: tuple[str, str, str, int, int, int, bytes]) -> bytes:
    collection, part, schema, version, codec, bucket, body = case
    header = b"AV\x01\x01" + KID + _hkdf(b"allod/commit/v1")
    aad = _fields(
        b"allod/rec/v1",
        header,
        SUBJECT,
        collection.encode(),
        RECORD,
        struct.pack(">Q", version),
        part.encode(),
        schema.encode(),
    )
    plaintext = struct.pack(">BI", codec, len(body)) + body
    while len(plaintext) % bucket:
        plaintext += b"\x00"
    key = _hkdf(b"allod/rec/v1")
    return header + NONCE + AESGCM(key).encrypt(NONCE, plaintext, aad)


def _written(case: tuple[str, str, str, int, int, int, bytes]) -> dict[str, Any]:
    collection, part, schema, version, codec, bucket, body = case
    return {
        "collection": collection,
        "part": part,
        "schema": schema,
        "version": str(version),
        "codec": codec,
        "bucket": bucket,
        "body": body.hex(),
        "envelope": _envelope(case).hex(),
    }


def text() -> str:
    """Give the text of envelope.json."""
    document = {
        "format": "allod envelope, version 1, suite 1",
        "key": KEY.hex(),
        "kid": KID.hex(),
        "subject": SUBJECT.hex(),
        "record": RECORD.hex(),
        "nonce": NONCE.hex(),
        "record_key": _hkdf(b"allod/rec/v1").hex(),
        "commitment": _hkdf(b"allod/commit/v1").hex(),
        "map_key": _hkdf(b"allod/map/v1").hex(),
        "cases": [_written(case) for case in CASES],
    }
    return json.dumps(document, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
