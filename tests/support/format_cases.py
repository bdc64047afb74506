"""What readers of docs/formats.md once judged differently, and what is right by it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import format_artefacts as true
from format_folders import laid, resealed, zipped
from format_judges import Question
from format_mutations import nest
from format_signing import (
    LOG,
    NO_QUORUM,
    a_log,
    asked,
    paper,
    plainly,
    signed_as,
)
from paper_log import Key, PaperLog, b64, plain_json
from paper_tiles import tree_files

from kit.canonical import canonical, parse


@dataclass(frozen=True)
class Case:
    """A question, and whether it is accepted."""

    name: str
    accepted: bool
    question: Question

    def __str__(self) -> str:
        return self.name


def _policies() -> Iterator[Case]:
    keys = [Key("witness.example/w", f"w{n}", kind=4) for n in range(257)]
    lines = [f"witness w{n} {key.vkey}\n" for n, key in enumerate(keys)]
    for names, accepted in ((256, True), (257, False)):
        text = f"log {LOG.vkey}\n{''.join(lines[:names])}quorum none\n"
        yield Case(f"a policy of {names} names", accepted, asked("policy", b"", text))


def _manifests() -> Iterator[Case]:
    whole = true.manifest(a_log())
    document = parse(whole)["document"]
    twice = {**document, "files": document["files"] + document["files"][:1]}
    for name, data in {
        "a manifest with a blank before it": b" " + whole,
        "a manifest without its newline": whole.removesuffix(b"\n"),
        "a manifest that lists a file twice": _manifest(twice),
        "a manifest of a thirteenth month": _manifest(
            {**document, "made_at": "2026-13-01T00:00:00Z"}
        ),
    }.items():
        yield Case(name, accepted=False, question=asked("manifest", data))


def _manifest(document: dict[str, Any]) -> bytes:
    return canonical(signed_as("allod/manifest/v1", document)) + b"\n"


def _consents() -> Iterator[Case]:
    # The record lies in an object, and what is nested in a member of the record.
    for depth, accepted in ((32, True), (33, False)):
        signed = signed_as("allod/consent/v1", {"deep": nest(depth - 2)})
        question = asked("consent record", plain_json(signed))
        yield Case(f"a record nested {depth} deep", accepted, question)
    data = b'{"document":' + b"[" * 5000 + b"]" * 5000 + b',"note":""}'
    yield Case("a record nested without end", False, asked("consent record", data))


def _receipts() -> Iterator[Case]:
    for name, accepted, facts in (
        ("a fraction", False, 1.5),
        ("a large number", False, 2**53),
        ("the largest number", True, 2**53 - 1),
        ("what is 32 deep", True, nest(31)),
        ("what is 33 deep", False, nest(32)),
    ):
        log = PaperLog(LOG)
        log.stamp("more", {"facts": facts}, "operator")
        question = asked("receipt", log.receipt(0).encode())
        yield Case(f"a receipt that states {name}", accepted, question)


def _certificates() -> Iterator[Case]:
    whole = {**true.certificate(a_log()), "proof": None}
    data = canonical(whole)
    yield Case("a certificate, proof null", True, asked("certificate", data))
    data = canonical({**whole, "proof": "old 6"})
    yield Case("a certificate, proof cut off", False, asked("certificate", data))
    note = a_log().note(6).encode()
    proof = b"old 6\n\n\xff"
    question = asked("checkpoint", note, proof=proof)
    yield Case("a proof that is no text", accepted=False, question=question)


def _false_certificates() -> Iterator[Case]:
    """Certificates of somebody who has a trusted key, and no such erasure."""
    document = true.certificate(a_log())["document"]
    other = Key("other.example/log", "another log")
    data = canonical(other.document("allod/certificate/v1", document))
    both = f"log {other.vkey}\n{NO_QUORUM}"
    question = asked("certificate", data, both)
    yield Case("a certificate that another log signed", False, question)
    order = {"order_commit": b64(bytes(32))}
    for sort, said in (
        ("operator", {"facts": order}),
        ("subject", {"content_commit": b64(bytes(32)), "link_commit": b64(bytes(32))}),
    ):
        log = PaperLog(LOG)
        log.stamp("erasure", said, sort)
        stamped = {**document, "receipt": log.receipt(0)}
        data = canonical(signed_as("allod/certificate/v1", stamped))
        name = f"a certificate of an entry of type {sort}"
        yield Case(name, accepted=False, question=asked("certificate", data))


def _chains() -> Iterator[Case]:
    opening = a_log().chain[0][1]
    said = json.loads(opening.to_bytes())
    short = plainly({**said, "salt_c": b64(bytes(31))})
    yield Case("an opening with a short salt", False, asked("chain", short))
    files = true.export(a_log())
    chain = files["chain.json"].replace(b'"index":0', b'"index":-0')
    data = zipped(resealed({**files, "chain.json": chain}))
    yield Case("an export with an index of -0", False, asked("export", data))


def _copies() -> Iterator[Case]:
    line = {"index": 3, **_opened(3)}
    good = canonical(line) + b"\n"
    more = {"more": 1, **line}
    for name, accepted, data in (
        ("an opening of each operator entry", True, good),
        ("an opening twice", False, good + good),
        ("an opening of an entry of another type", False, _other() + good),
        ("an opening without its newline", False, good.removesuffix(b"\n")),
        ("an opening with a member more", False, canonical(more) + b"\n"),
        ("an opening with a blank", False, b" " + good),
        ("an opening that ends as on Windows", False, good.replace(b"\n", b"\r\n")),
        ("an opening that names a member twice", False, b'{"index":3,' + good[1:]),
        ("an opening nested deeply", False, b"[" * 3000 + b"]" * 3000 + b"\n"),
        ("no opening", False, b""),
        ("an opening beyond the checkpoint", True, good + _later()),
        ("an opening out of order", False, _later() + good),
    ):
        yield Case(name, accepted, _copy(paper(), data))
    log = paper()
    kind, at, salt, payload = log.openings[3]
    log.openings[3] = kind, at, salt, payload.replace(b"policy.", b"Policy.")
    data = canonical({"index": 3, **_opened(3, log)}) + b"\n"
    yield Case("an opening of something of no kind", False, _copy(log, data))


def _opened(index: int, log: PaperLog | None = None) -> dict[str, str]:
    _, _, salt, payload = (log or paper()).openings[index]
    return {"salt": b64(salt), "payload": b64(payload)}


def _other() -> bytes:
    return canonical({"index": 0, **_opened(0)}) + b"\n"


def _later() -> bytes:
    return canonical({"index": 6, "salt": "", "payload": ""}) + b"\n"


def _copy(log: PaperLog, openings: bytes) -> Question:
    bodies = [log.entry(index) for index in range(len(log.openings))]
    return laid("copy", {**tree_files(bodies, LOG), "operator/000": openings})


_SORTS: Final[tuple[Callable[[], Iterator[Case]], ...]] = (
    *(_policies, _manifests, _consents, _receipts, _certificates),
    *(_false_certificates, _chains, _copies),
)
CASES: Final = [case for cases in _SORTS for case in cases()]
