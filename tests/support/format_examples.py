"""The worked examples of docs/formats.md, made by the house's own code.

Run this file to put the examples into the page again.
"""

import base64
import hashlib
import re
from itertools import starmap
from pathlib import Path
from typing import Final

from allod.proofs._cbor import read_cbor
from format_artefacts import (
    AT,
    LOG,
    ORDER,
    ORIGIN,
    SECOND,
    WITNESS,
    Log,
    a_log,
    b64,
    certificate,
    chain_of,
    consent,
    manifest,
    split_view,
)

from kit.canonical import canonical, parse
from ledger.files.opening_bundles import encode_openings
from ledger.formats import merkle
from ledger.formats.cbor import encode
from ledger.formats.checkpoint import Checkpoint, Extension
from ledger.formats.cose import CoseReceipt
from ledger.formats.cosignature import over_text, over_tree
from ledger.formats.note import CONSENT, sign_document
from ledger.formats.receipt import write_opening
from ledger.formats.tiles import ENTRIES, TileRef, encode_bundle

PAGE: Final = Path(__file__).parents[2] / "docs" / "formats.md"

_BLOCK: Final = re.compile(
    r"(<!-- example: ([\w-]+) -->\n```\w+\n)(.*?)(```\n)", re.DOTALL
)
_WIDTH: Final = 32


def examples() -> dict[str, str]:
    """Give the text of each example by its name in the page."""
    log = a_log()
    return {
        name: text if text.endswith("\n") else f"{text}\n"
        for made in (_keys, _checkpoints, _entries, _trees, _proofs, _documents)
        for name, text in made(log).items()
    }


def _keys(log: Log) -> dict[str, str]:
    hashed = ORIGIN.encode() + b"\n" + b"\x01" + LOG.verifier.public
    second = SECOND.verifier
    return {
        "vkey": _table(
            ("hashed", hashed),
            ("key id", LOG.verifier.key_id),
            ("vkey", LOG.verifier.vkey),
        ),
        "vkey-ml-dsa": _table(
            ("seed", hashlib.sha256(b"second").digest()),
            ("public key", second.public[:_WIDTH].hex() + "…"),
            ("its SHA-256", hashlib.sha256(second.public).digest()),
            ("key id", second.key_id),
        ),
        "policy": f"log {LOG.verifier.vkey}\n"
        f"witness w1 {WITNESS.verifier.vkey}\ngroup quorate any w1\nquorum quorate\n",
    }


def _checkpoints(log: Log) -> dict[str, str]:
    text = log.text(6)
    return {
        "checkpoint": log.note(6, WITNESS),
        "checkpoint-signed": _hex(text.encode()),
        "cosigned": _hex(over_text(AT + 5, text)),
        "cosigned-ml-dsa": _hex(over_tree(ORIGIN, AT + 5, text)),
    }


def _entries(log: Log) -> dict[str, str]:
    _, first, content = log.chain[0]
    entry, link = log.bodies[0], canonical(first.link.document())
    erasure, operator = log.erasure, log.operator
    said, done = first.opening.statement(), erasure.opening.statement()
    return {
        "commitment": _table(
            ("salt", first.salt),
            ("payload", first.payload.decode()),
            ("HMAC over", b"allod/commitment/v1\n" + first.payload),
            ("C", first.commitment),
        ),
        "entry": entry.decode(),
        "entry-hex": _hex(entry),
        "content-commit": _table(
            ("salt_c", first.salt_c),
            ("HMAC over", b"allod/content/v1\n" + content),
            ("content_commit", base64.b64decode(said["content_commit"])),
        ),
        "link-commit": _table(
            ("salt_l", first.salt_l),
            ("link", link.decode()),
            ("HMAC over", b"allod/link/v1\n" + link),
            ("link_commit", base64.b64decode(said["link_commit"])),
        ),
        "order-commit": _table(
            ("order_salt", erasure.salt_o),
            ("HMAC over", b"allod/order/v1\n" + ORDER),
            ("order_commit", base64.b64decode(done["order_commit"])),
            ("payload", erasure.payload.decode()),
        ),
        "operator-entry": _table(
            ("payload", operator.payload.decode()),
            ("salt", operator.salt),
            ("C", operator.entry().commitment),
        ),
        "operator-opening": encode_openings(
            [(3, operator.salt, operator.payload)]
        ).decode(),
        "opening": first.to_bytes().decode(),
        "prev": log.chain[1][1].to_bytes().decode(),
    }


def _trees(log: Log) -> dict[str, str]:
    bundle = encode_bundle(log.bodies)
    leaves = [merkle.leaf_hash(each) for each in log.bodies]
    nodes = [(0, 1), (2, 3), (4, 5)]
    pairs = [merkle.node_hash(leaves[a], leaves[b]) for a, b in nodes]
    four = merkle.node_hash(pairs[0], pairs[1])
    return {
        "tree": _table(
            *((f"leaf {at}", leaf) for at, leaf in enumerate(leaves)),
            *(
                (f"node {a}-{b}", pair)
                for (a, b), pair in zip(nodes, pairs, strict=True)
            ),
            ("node 0-3", four),
            ("root", merkle.node_hash(four, pairs[2])),
            ("empty root", merkle.root(0, log.node)),
        ),
        "bundle": f"{TileRef(ENTRIES, 0, 6).path}\n{_hex(bundle[: _WIDTH * 3])}…\n",
        "tile": f"{TileRef(0, 0, 6).path}\n{_hex(log.tiles[0, 0])}",
        "inclusion": "\n".join(map(b64, merkle.inclusion_path(6, 3, log.node))),
        "consistency": "\n".join(map(b64, merkle.consistency_path(3, 6, log.node))),
    }


def _proofs(log: Log) -> dict[str, str]:
    receipt = log.receipt(0, log.chain[0][1].opening)
    checkpoint = Checkpoint.parse(log.text(6))
    cose = CoseReceipt.of(receipt, checkpoint, LOG)
    path = tuple(merkle.consistency_path(3, 6, log.node))
    return {
        "extra": write_opening(receipt.opening).decode(),
        "receipt": receipt.encode(),
        "extension": Extension(3, path, log.note(6, WITNESS)).encode().decode(),
        "cose-signed": _hex(_structure(cose.encode(), checkpoint.root)),
        "cose": _hex(cose.encode()),
        "split-view": split_view(log).decode(),
    }


def _structure(cose: bytes, root: bytes) -> bytes:
    """Give the Sig_structure of a COSE receipt (RFC 9052, section 4.4)."""
    match read_cbor(cose):
        case (18, [bytes(protected), *_]):
            return encode(["Signature1", protected, b"", root])
    raise AssertionError


def _documents(log: Log) -> dict[str, str]:
    signed = certificate(log)
    chain, _ = chain_of(log)
    listed, said = manifest(log), consent()
    body = f"allod/manifest/v1\n{canonical(parse(listed)['document']).decode()}\n"
    text = f"allod/certificate/v1\n{canonical(signed['document']).decode()}\n"
    entry = parse(chain)["entries"][0]
    return {
        "certificate": canonical(signed).decode(),
        "certificate-signed": _digested(text.encode()),
        "consent-record": canonical(sign_document(CONSENT, said, LOG)).decode(),
        "consent-signed": _digested(b"%s\n%s\n" % (CONSENT.encode(), canonical(said))),
        "manifest": listed.decode(),
        "manifest-signed": _hex(body.encode()),
        "chain-entry": canonical({**entry, "opening": "…"}).decode(),
        "export-content": log.chain[3][2].decode(),
    }


def _digested(data: bytes) -> str:
    return _table(
        ("begins", data[:48].hex()),
        ("ends", data[-24:].hex()),
        ("length", str(len(data))),
        ("SHA-256", hashlib.sha256(data).digest()),
    )


def _table(*rows: tuple[str, bytes | str]) -> str:
    return "".join(starmap(_row, rows))


def _row(name: str, value: bytes | str) -> str:
    lines = _hex(value).splitlines() if isinstance(value, bytes) else [value]
    indented = f"\n{'':14} ".join(lines)
    return f"{name:<14} {indented}\n"


def _hex(data: bytes) -> str:
    starts = range(0, len(data), _WIDTH)
    return "".join(f"{data[at : at + _WIDTH].hex()}\n" for at in starts)


def printed(text: str) -> dict[str, str]:
    """Give the examples as they stand in the page."""
    return {name: body for _, name, body, _ in _BLOCK.findall(text)}


def renewed(text: str) -> str:
    """Put the examples into a page's text."""
    made = examples()
    return _BLOCK.sub(lambda at: f"{at[1]}{made[at[2]]}{at[4]}", text)


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), encoding="utf-8")
