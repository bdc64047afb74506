"""A log on paper as the files that it publishes: tiles, bundles, checkpoint.

Trees are hashed from their definition, tile by tile, so that it shares no idea with
what is tested. A file is bytes under a path, in a dictionary.
"""

import hashlib
from pathlib import Path

from paper_log import Key, b64, root_of

Files = dict[str, bytes]

LOG = Key("ledger.example/acme", "allod test log key")


def entry(number: int, word: str = "entry") -> bytes:
    commitment = hashlib.sha256(f"{word} {number}".encode()).digest()
    return f"allod-entry/v1\nsubject\n1767225600\n{b64(commitment)}\n".encode()


def entries(size: int, word: str = "entry") -> list[bytes]:
    return [entry(number, word) for number in range(size)]


def leaves_of(bodies: list[bytes]) -> list[bytes]:
    return [hashlib.sha256(b"\x00" + body).digest() for body in bodies]


def checkpoint_of(size: int, root: bytes, *keys: Key, origin: str = LOG.name) -> bytes:
    text = f"{origin}\n{size}\n{b64(root)}\n"
    lines = "".join(key.line(text) for key in keys or (LOG,))
    return f"{text}\n{lines}".encode()


def checkpoint(bodies: list[bytes], *keys: Key) -> bytes:
    return checkpoint_of(len(bodies), root_of(leaves_of(bodies)), *keys)


def path_at(level: int | str, n: int, width: int) -> str:
    return f"tile/{level}/{n:03}" + ("" if width == 256 else f".p/{width}")


def tree_files(bodies: list[bytes], *keys: Key) -> Files:
    """The static tree of a log of these entries, fewer than 256,000."""
    files = {"checkpoint": checkpoint(bodies, *keys)}
    for n in range(0, len(bodies), 256):
        piece = bodies[n : n + 256]
        data = b"".join(len(body).to_bytes(2, "big") + body for body in piece)
        files[path_at("entries", n // 256, len(piece))] = data
    level, hashes = 0, leaves_of(bodies)
    while hashes:
        for n in range(0, len(hashes), 256):
            tile = hashes[n : n + 256]
            files[path_at(level, n // 256, len(tile))] = b"".join(tile)
        whole = range(0, len(hashes) - 255, 256)
        hashes = [root_of(hashes[at : at + 256]) for at in whole]
        level += 1
    return files


def lay(folder: Path, files: Files) -> Path:
    """Put the files where they could be published from."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def with_entries(files: Files, bodies: list[bytes]) -> Files:
    """The files with other entries in the bundles; the tiles stay as they were."""
    changed = tree_files(bodies)
    return files | {path: changed[path] for path in changed if "entries" in path}
