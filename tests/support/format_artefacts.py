"""What leaves a vault, one of each sort, made by the house's own code.

Keys, salts and the clock are fixed, so that each run gives the same bytes; where a
frozen vector has the same thing, it is the vector.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from consent import Controller, LawfulBasis, Purpose, consent_record
from consent.events import ConsentAct, ConsentEvent
from exports.chain import ChainEntry, export_content, receipt_path
from exports.formats import listing
from exports.manifest import Listed, sign_manifest
from kit.canonical import canonical
from kit.secret import Secret
from ledger.formats import merkle
from ledger.formats.certificate import make_certificate
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.commitment import Entry, Opening
from ledger.formats.entries import (
    ErasureOpening,
    Link,
    SubjectOpening,
    erasure_entry,
    operator_entry,
    subject_entry,
)
from ledger.formats.merkle import CompactRange
from ledger.formats.note import sign
from ledger.formats.receipt import Receipt
from ledger.formats.signing import COSIGNATURE, ML_DSA_44, Cosigner, Signer
from ledger.formats.tiles import Growth, nodes

ORIGIN: Final = "ledger.example/acme"
AT: Final = 1_795_348_800
SUBJECT, RECORD = bytes(range(0x20, 0x30)), bytes(range(0x30, 0x40))
ORDER: Final = bytes(range(0x50, 0x60))


def _seed(word: str) -> Secret:
    return Secret(hashlib.sha256(word.encode()).digest())


LOG: Final = Signer(ORIGIN, _seed("allod test log key"))
SECOND: Final = Cosigner(ORIGIN, _seed("second"), ML_DSA_44)
README: Final = b"Yours.\n"
WITNESS: Final = Cosigner("witness.example/w1", _seed("w1"), COSIGNATURE)


def _salts(*names: str) -> Callable[[], bytes]:
    drawn = (hashlib.sha256(name.encode()).digest() for name in names)
    return lambda: next(drawn)


@dataclass(frozen=True)
class Log:
    """Six entries of every type: a customer's chain, an operator's, an erasure's."""

    entries: tuple[Entry, ...]
    chain: tuple[tuple[int, SubjectOpening, bytes], ...]
    operator: Opening
    erasure: ErasureOpening

    @property
    def bodies(self) -> list[bytes]:
        return [each.encode() for each in self.entries]

    @cached_property
    def tiles(self) -> Mapping[tuple[int, int], bytes]:
        growth = Growth(CompactRange(), lambda _level, _n: b"")
        growth.add(self.bodies)
        return {(ref.level, ref.n): data for ref, data in growth.drain()}

    def node(self, level: int, index: int) -> bytes:
        return nodes(lambda *place: self.tiles[place])(level, index)

    def text(self, size: int) -> str:
        root = merkle.root(size, self.node)
        return Checkpoint(ORIGIN, size, root).encode()

    def note(self, size: int, *cosigners: Cosigner) -> str:
        text = self.text(size)
        return sign(text, [LOG]) + "".join(
            each.line(text, AT + 5) for each in cosigners
        )

    def receipt(self, index: int, opening: Opening, *cosigners: Cosigner) -> Receipt:
        size = len(self.entries)
        path = merkle.inclusion_path(size, index, self.node)
        return Receipt(index, tuple(path), self.note(size, *cosigners), opening)


def a_log() -> Log:
    """Make the log of the examples."""
    chain = list(_chain())
    facts = {"digest": hashlib.sha256(b"a policy").hexdigest()}
    made = operator_entry(
        "policy.activated", facts, at=AT, granularity=60, draw=_salts("salt3")
    )
    erased, erasure = erasure_entry(
        ORDER,
        at=AT + 59,
        granularity=60,
        digest=hashlib.sha256(b"an order").digest(),
        draw=_salts("salt4", "order4"),
    )
    entries = [opening.opening.entry() for _, opening, _ in chain]
    entries[3:3] = [made[0], erased]
    return Log(tuple(entries), tuple(chain), made[1], erasure)


def _chain() -> Iterator[tuple[int, SubjectOpening, bytes]]:
    said = (
        (0, "contribution", RECORD, '{"text":"更轻的书包"}'.encode()),
        (1, "authorization", RECORD, b'{"purpose":"ugc.advertise","status":"granted"}'),
        (2, "consent", None, b'{"purpose":"marketing.email","state":"withdrawn"}'),
        (5, "export", None, export_content(now())),
    )
    prev = None
    for seq, (index, kind, record, content) in enumerate(said, start=1):
        names = (f"{each}{seq - 1}" for each in ("salt", "content", "link"))
        _, opening = subject_entry(
            Link(SUBJECT, seq, prev, record),
            kind=kind,
            at=AT + 59,
            content=content,
            granularity=60,
            draw=_salts(*names),
        )
        prev = opening.commitment
        yield index, opening, content


def now() -> datetime:
    """The instant at which everything happens."""
    return datetime.fromtimestamp(AT, UTC)


def split_view(log: Log) -> bytes:
    """Two trees of one log: the true one of six, another of three."""
    other = [each.encode() for each in (log.entries[2], *log.entries[:2])]
    short = CompactRange()
    for body in other:
        short.append(merkle.leaf_hash(body))
    first = sign(Checkpoint(ORIGIN, 3, short.root()).encode(), [LOG])
    said = {
        "v": 1,
        "kind": "split-view",
        "first": first,
        "second": log.note(6),
        "root": b64(merkle.root(3, log.node)),
        "path": list(map(b64, merkle.consistency_path(3, 6, log.node))),
    }
    return canonical(said) + b"\n"


def certificate(log: Log) -> dict[str, Any]:
    """The certificate of the log's erasure."""
    said = {
        "scope": "account",
        "ordered_at": "2026-11-22T12:00:00Z",
        "live_erased_at": "2026-11-22T12:00:01Z",
        "finality": "not_scheduled",
        "keys": [],
        "chain": {"entries": 0, "head": None},
        "erased": {"keys": 0, "identifiers": 1, "rows": {"data": 12}},
        "kept": [],
        "recipients": [],
        "not_proven": ["copies that the recipients hold"],
    }
    receipt = log.receipt(4, log.erasure.opening)
    return make_certificate(said, opening=log.erasure, receipt=receipt, signer=LOG)


def chain_of(log: Log) -> tuple[bytes, dict[str, bytes]]:
    """The customer's chain.json, and the receipts that it lists."""
    receipts, entries = {}, []
    for index, opening, content in log.chain:
        data = log.receipt(index, opening.opening).encode().encode()
        path = receipt_path(opening)
        receipts[path] = data
        entries.append(ChainEntry(index, opening, content, _listed(path, data)))
    documents = [entry.document() for entry in entries]
    return b"".join(listing({"v": 1}, "entries", documents)), receipts


def manifest(log: Log) -> bytes:
    """The manifest of an export that holds a chain and a page."""
    chain, _ = chain_of(log)
    files = {"README.txt": README, "chain.json": chain}
    listed = [_listed(path, data) for path, data in files.items()]
    return sign_manifest(listed, made_at=now(), signer=LOG)


def export(log: Log) -> dict[str, bytes]:
    """All files of that export, in their order."""
    chain, receipts = chain_of(log)
    files = {"README.txt": README, **receipts, "chain.json": chain}
    return {**files, "manifest.json": manifest(log)}


def consent() -> dict[str, Any]:
    """What somebody said about one purpose: yes, and later no."""
    notice = hashlib.sha256(b"a notice").digest()
    given = ConsentEvent(
        *(SUBJECT, 1, ConsentAct.GRANTED, "marketing.email", now(), 1, "en", notice)
    )
    ended = ConsentEvent(
        *(SUBJECT, 2, ConsentAct.WITHDRAWN, "marketing.email", now()),
    )
    return consent_record(
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        [given, ended],
        purpose=Purpose(
            "marketing.email", "News by e-mail", "", frozenset({LawfulBasis.CONSENT})
        ),
        controller=Controller("Example Ltd", "https://vault.example/me"),
        classes=["contact"],
        at=now(),
    )


def _listed(path: str, data: bytes) -> Listed:
    return Listed(path, hashlib.sha256(data).hexdigest(), len(data))


def b64(data: bytes) -> str:
    """Write bytes as base64."""
    return base64.b64encode(data).decode()
