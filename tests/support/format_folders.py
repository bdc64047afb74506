"""Questions about what has many files: exports, logs' trees, copies of logs."""

import hashlib
import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import format_artefacts as true
from format_judges import Question
from format_mutations import bent, mutated, spelled
from format_signing import (
    LOG,
    NO_QUORUM,
    a_log,
    asked,
    bend_opening,
    paper,
    plainly,
    signed_as,
)
from paper_log import PaperLog, b64
from paper_tiles import entries, tree_files

from exports.archive import Archive
from kit.canonical import parse


def export(rng: Random) -> Question:
    files = true.export(a_log())
    if rng.random() < 0.4:
        return asked("export", mutated(rng, zipped(files)))
    chain: Any = json.loads(files["chain.json"])
    match rng.randrange(5):
        case 0:
            chain = bent(rng, chain)
        case 1:
            at = rng.randrange(len(chain["entries"]))
            chain["entries"][at] = bent(rng, chain["entries"][at])
        case 2:
            name = rng.choice(sorted(files))
            files[name] = mutated(rng, files[name])
            return asked("export", zipped(files))
        case 3:
            files[
                rng.choice(("more", "README.TXT", "README.txt/a", "a b", ".x", "é"))
            ] = b""
    files["chain.json"] = spelled(rng, chain)
    if rng.random() < 0.3:
        files = resealed(files, lambda said: bent(rng, said))
    else:
        files = resealed(files)
    return asked("export", zipped(files))


def resealed(
    files: dict[str, bytes], change: Callable[[Any], Any] = lambda said: said
) -> dict[str, bytes]:
    """List and sign the files as they are now; the list may be changed before."""
    listed = [
        {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        for path, data in files.items()
        if not path.startswith(("receipts/", "manifest.json"))
    ]
    document = {**parse(files["manifest.json"])["document"], "files": listed}
    signed = signed_as("allod/manifest/v1", change(document))
    return {**files, "manifest.json": plainly(signed) + b"\n"}


def zipped(files: Mapping[str, bytes]) -> bytes:
    archive, chunks = Archive(true.now()), []
    for path, data in files.items():
        chunks += list(archive.add(path, [data]))
    return b"".join([*chunks, *archive.close()])


def tree(rng: Random) -> Question:
    files = dict(tree_files(entries(266), LOG))
    for _ in range(rng.randint(0, 2)):
        path = rng.choice(sorted(files))
        match rng.randrange(5):
            case 0:
                del files[path]
            case 1:
                files[path] = files.get(rng.choice(sorted(files)), b"")
            case 2:
                full = path.split(".p/")[0]
                files[full] = files.pop(path) + rng.choice((b"", bytes(32), b"\0\1a"))
            case _:
                files[path] = mutated(rng, files[path])
    return laid("tree", files)


def copy(rng: Random) -> Question:
    log, openings = paper(8), [3, 6, 7]
    if rng.random() < 0.6:
        bend_opening(rng, log, rng.choice(openings))
    lines = [_operator_line(rng, log, index) for index in openings]
    data = b"".join(lines)
    if rng.random() < 0.3:
        data = mutated(rng, data)
    bodies = [log.entry(index) for index in range(8)]
    files = {**tree_files(bodies, LOG), "operator/000": data}
    return laid("copy", files)


def _operator_line(rng: Random, log: PaperLog, index: int) -> bytes:
    _, _, salt, payload = log.openings[index]
    said: Any = {"index": index, "salt": b64(salt), "payload": b64(payload)}
    if rng.random() < 0.1:
        said = bent(rng, said)
    line = spelled(rng, said) if rng.random() < 0.1 else plainly(said)
    return line.replace(b"\n", b"") + b"\n"


def laid(sort: str, files: Mapping[str, bytes]) -> Question:
    """Ask about the files of a log."""
    there = {f"tree/{path}": data for path, data in files.items()}
    return Question(sort, {"policy": NO_QUORUM.encode(), **there})
