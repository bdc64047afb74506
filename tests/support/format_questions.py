"""Questions about everything that a vault hands out: true, and changed at random.

Half of the changes are of bytes. The other half is made by somebody who has the log's
key: what is said is bent, and then stamped, hashed and signed as it should be.
"""

import base64
import json
import struct
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

import format_artefacts as true
from format_examples import examples
from format_folders import copy, export, laid, tree, zipped
from format_judges import Question
from format_mutations import bent, mutated, spelled
from format_signing import (
    LOG,
    NO_QUORUM,
    POLICIES,
    PQ,
    SECOND,
    W1,
    WITNESS,
    a_log,
    asked,
    bend_opening,
    note_of,
    opening_bytes,
    paper,
    plainly,
    relinked,
    signed_as,
)
from format_stamps import EVIDENCE, OUT, dated, evidence, stamped, true_stamp
from paper_log import Key, b64, consistency_of, root_of
from paper_tiles import entries, tree_files

from kit.canonical import canonical, parse
from ledger.formats.cbor import Tag, encode

Maker = Callable[[Random], Question]


def _policy(rng: Random) -> Question:
    lines = (
        *(f"log {LOG.vkey}", f"log {SECOND.vkey} https://a.example", W1.strip()),
        *(PQ.strip(), "group g any w1", "group h 2 w1 pq", "group h all g", "# é"),
        *("quorum none", "quorum w1", "quorum h", "group i 0 w1", "\tquorum\tg ", ""),
        *(f"witness w1 {LOG.vkey}", "group j 01 pq", "quorum", "wit\x7fness"),
    )
    chosen = POLICIES[rng.randrange(6)].strip().split("\n")
    for _ in range(rng.randint(0, 2)):
        chosen.insert(rng.randint(0, len(chosen)), rng.choice(lines))
    text = (rng.choice(("\n", "\r\n")).join(chosen) + "\n").encode()
    return Question("policy", {"policy": _perhaps(rng, text)})


def _perhaps(rng: Random, data: bytes) -> bytes:
    return mutated(rng, data) if rng.random() < 0.4 else data


def _checkpoint(rng: Random) -> Question:
    lines = a_log().text(6).split("\n")
    if rng.random() < 0.6:
        at = rng.randrange(3)
        odd = (
            "",
            "0",
            "06",
            "+6",
            "é",
            "a+b",
            "a b",
            "a\x7f",
            "a\u3000",
            b64(bytes(31)),
        )
        lines[at] = rng.choice(
            (*odd, b64(bytes(32)), lines[at] + " ", f"{2**63}", "x" * 256)
        )
    if rng.random() < 0.1:
        lines.insert(3, "an extension")
    text = "\n".join(lines)
    keys = [key for key in (LOG, WITNESS, SECOND) if rng.random() < 0.8] or [LOG]
    note = f"{text}\n{''.join(_line(rng, key, text) for key in keys)}".encode()
    proof = _extension(rng) if rng.random() < 0.4 else {}
    return asked("checkpoint", _perhaps(rng, note), rng.choice(POLICIES), **proof)


def _line(rng: Random, key: Key, text: str) -> str:
    at = rng.choice((1767225600, 0, 2**63 - 1, 2**63, 2**64 - 1))
    try:
        line = key.line(text, at)
    except (ValueError, struct.error):  # the second key signs checkpoints alone
        line = key.line(a_log().text(6), at)
    return line * rng.choice((1, 1, 1, 2))


def _extension(rng: Random) -> dict[str, bytes]:
    log = paper(8)
    leaves = log.leaves()
    old = rng.choice((6, 6, 6, 5))
    text = f"{true.ORIGIN}\n8\n{b64(root_of(leaves))}\n"
    note = f"{text}\n{''.join(key.line(text) for key in (LOG, WITNESS, SECOND))}"
    path = "".join(f"{b64(each)}\n" for each in consistency_of(leaves, 6))
    return {"proof": _perhaps(rng, f"old {old}\n{path}\n{note}".encode())}


def _receipt(rng: Random) -> Question:
    log, index = paper(), rng.randrange(6)
    if rng.random() < 0.3:
        return asked("receipt", mutated(rng, log.receipt(index).encode()))
    bend_opening(rng, log, index)
    head, _, rest = log.receipt(index, {}).split("\n", 2)
    extra = b64(opening_bytes(rng, log, index))
    return asked("receipt", f"{head}\nextra {extra}\n{rest}".encode())


def _cose(rng: Random) -> Question:
    log, index = paper(), rng.randrange(6)
    if rng.random() < 0.4:
        bend_opening(rng, log, index)
    lines = log.receipt(index, {}).split("\n\n")[0].split("\n")[3:]
    path = [base64.b64decode(line) for line in lines]
    said = {1: -8, 4: LOG.key_id, 15: {1: LOG.name}, 395: 1}
    size, place = (
        rng.choice((6, 6, 6, 6, 6, 7, 2**64 - 1)),
        rng.choice((index, index, index, index, -1, 9)),
    )
    if rng.random() < 0.2:
        said |= rng.choice(
            ({1: -7}, {4: b""}, {15: {1: b""}}, {395: 2}, {0: 1}, {"a": 1})
        )
    protected = encode(dict(said))
    structure = encode(["Signature1", protected, b"", root_of(log.leaves())])
    headers = {
        396: {-1: [encode([size, place, path])] * rng.choice((1, 1, 1, 1, 1, 2))},
        "allod/opening/v1": opening_bytes(rng, log, index),
    }
    parts = [
        protected,
        headers,
        rng.choice((None, None, None, None, b"")),
        true.LOG.sign_structure(structure),
    ]
    data = encode(Tag(rng.choice((18, 18, 18, 18, 18, 17)), parts))
    return asked(
        "COSE receipt",
        _perhaps(rng, data),
        rng.choice((NO_QUORUM, NO_QUORUM, *POLICIES[:3])),
    )


def _certificate(rng: Random) -> Question:
    whole = true.certificate(a_log())
    if rng.random() < 0.3:
        return asked("certificate", mutated(rng, canonical(whole)))
    document = dict(whole["document"])
    if rng.random() < 0.4:
        log = paper()
        bend_opening(rng, log, 4)
        document["receipt"] = log.receipt(4)
    elif rng.random() < 0.8:
        document = bent(rng, document)
    signed: Any = signed_as("allod/certificate/v1", document)
    if rng.random() < 0.3:
        signed["proof"] = rng.choice(
            (None, "", _extension(rng)["proof"].decode("latin-1"))
        )
    if rng.random() < 0.15:
        signed = bent(rng, signed)
    policy = rng.choice((NO_QUORUM, NO_QUORUM, *POLICIES))
    return asked("certificate", spelled(rng, signed), policy)


def _consent(rng: Random) -> Question:
    document: Any = true.consent()
    if rng.random() < 0.3:
        whole = canonical(signed_as("allod/consent/v1", document))
        return asked("consent record", mutated(rng, whole))
    context = rng.choice(("allod/consent/v1",) * 4 + ("allod/manifest/v1", ""))
    signed: Any = signed_as(context, bent(rng, document))
    if rng.random() < 0.2:
        signed = bent(rng, signed)
    return asked("consent record", spelled(rng, signed))


def _manifest(rng: Random) -> Question:
    whole = true.manifest(a_log())
    if rng.random() < 0.3:
        return asked("manifest", mutated(rng, whole))
    document = parse(whole)["document"]
    if rng.random() < 0.3:
        document["made_at"] = rng.choice(_INSTANTS)
    else:
        document = bent(rng, document)
    signed = signed_as("allod/manifest/v1", document)
    data = plainly(signed) if rng.random() < 0.8 else spelled(rng, signed)
    return asked("manifest", data + b"\n" * rng.choice((1, 1, 1, 0, 2)))


_INSTANTS: Final = (
    *("2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2028-02-29T23:59:59Z"),
    *("2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "0000-01-01T00:00:00Z"),
    *("0001-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00.0Z"),
    *("2026-01-01 00:00:00Z", "2026-01-01t00:00:00z", "1979-01-01T00:00:00Z"),
    *("9999-12-31T23:59:59Z", "2026-01-01T00:60:00Z", "2026-00-01T00:00:00Z", ""),
)


def _split_view(rng: Random) -> Question:
    data = true.split_view(a_log())
    if rng.random() < 0.4:
        return asked("split view", mutated(rng, data), rng.choice(POLICIES))
    said = parse(data)
    if rng.random() < 0.4:
        said |= {"first": a_log().note(3)}
    said = bent(rng, said) if rng.random() < 0.7 else said
    data = plainly(said) if rng.random() < 0.8 else spelled(rng, said)
    return asked("split view", data + b"\n" * rng.choice((0, 1, 1, 2)))


def _consistency(rng: Random) -> Question:
    log = paper(8)
    sizes = sorted(rng.choices(range(1, 9), k=2))
    leaves = log.leaves()
    path = consistency_of(leaves[: sizes[1]], sizes[0])
    notes = [note_of(leaves[:size]) for size in sizes]
    if rng.random() < 0.1:
        notes.reverse()
    if rng.random() < 0.1:
        notes[0] = note_of([])
    data = "".join(f"{b64(each)}\n" for each in path).encode() or b"\n"
    data = b"" if not path else mutated(rng, data) if rng.random() < 0.7 else data
    return asked("consistency", data, older=notes[0].encode(), newer=notes[1].encode())


def _chain(rng: Random) -> Question:
    lines = [opening.to_bytes() for _, opening, _ in a_log().chain]
    if rng.random() < 0.4:
        return asked("chain", mutated(rng, b"\n".join(lines)))
    at = rng.randrange(len(lines))
    said: Any = relinked(rng, json.loads(lines[at]))
    said = bent(rng, said) if rng.random() < 0.2 else said
    lines[at] = plainly(said) if rng.random() < 0.8 else spelled(rng, said)
    # What comes after it names what it was before: only the last may stand.
    return asked("chain", b"\n".join(lines[: at + 1]))


MAKERS: Final[Mapping[str, Maker]] = {
    "policy": _policy,
    "checkpoint": _checkpoint,
    "consistency": _consistency,
    "receipt": _receipt,
    "COSE receipt": _cose,
    "certificate": _certificate,
    "consent record": _consent,
    "manifest": _manifest,
    "export": export,
    "evidence of when": evidence,
    "time stamp": stamped,
    "split view": _split_view,
    "chain": _chain,
    "tree": tree,
    "copy": copy,
}


def genuine() -> list[Question]:
    """Give a true one of each sort."""
    log = a_log()
    receipt = log.receipt(0, log.chain[0][1].opening)
    chain = b"\n".join(opening.to_bytes() for _, opening, _ in log.chain)
    quorum = POLICIES[4]
    notes = {"older": log.note(3).encode(), "newer": log.note(6).encode()}
    path = "".join(f"{b64(each)}\n" for each in consistency_of(paper().leaves(), 3))
    trees = {
        "tree": tree_files(entries(266), LOG),
        "copy": {
            **tree_files(log.bodies, LOG),
            "operator/000": examples()["operator-opening"].encode(),
        },
    }
    return [
        Question("policy", {"policy": quorum.encode()}),
        asked("checkpoint", log.note(6, true.WITNESS, true.SECOND).encode(), quorum),
        asked("consistency", path.encode(), **notes),
        asked("receipt", receipt.encode().encode()),
        asked("COSE receipt", bytes.fromhex(examples()["cose"])),
        asked("certificate", canonical(true.certificate(log))),
        asked("consent record", plainly(signed_as("allod/consent/v1", true.consent()))),
        asked("manifest", true.manifest(log)),
        asked("export", zipped(true.export(log))),
        asked("split view", true.split_view(log)),
        asked("chain", chain),
        *(dated((OUT / name).read_bytes()) for name in EVIDENCE),
        true_stamp(),
        *(laid(sort, files) for sort, files in trees.items()),
    ]
