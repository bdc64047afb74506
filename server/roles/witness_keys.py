"""A witness's private keys, each on a line of a file of its own.

    witness.key            Ed25519, which every client of a witness knows
    witness-ml-dsa-44.key  ML-DSA-44 (FIPS 204); witnesses of earlier versions have none

A line reads `PRIVATE+KEY+name+hash+base64(type || seed)`. Both keys bear one name; what
tells them apart is their hash.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kit.errors import CannotStart
from kit.home import write_durably
from kit.secret import Secret
from ledger.formats.encoding import decode64, encode64
from ledger.formats.signing import COSIGNATURE, ML_DSA_44, Cosigner, NoteError

FILES: Final = {COSIGNATURE: "witness.key", ML_DSA_44: "witness-ml-dsa-44.key"}

_PRIVATE: Final = ["PRIVATE", "KEY"]
_SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just drawn, and what is written of it."""

    cosigner: Cosigner
    seed: Secret


def has_keys(folder: Path) -> bool:
    """Tell whether a folder holds any key of a witness."""
    return any((folder / name).exists() for name in FILES.values())


def new_keys(name: str) -> tuple[NewKey, ...]:
    """Draw a key of each type, the Ed25519 one first.

    Raises:
        NoteError: the name cannot be a key's.

    """
    return tuple(_new(name, algorithm) for algorithm in FILES)


def write_keys(folder: Path, keys: Sequence[NewKey]) -> None:
    """Write keys; the first one last, for a folder without it is no witness."""
    for key in reversed(keys):
        path = folder / FILES[key.cosigner.verifier.algorithm]
        write_durably(path, _encoded(key))


def add_second_key(folder: Path) -> tuple[Cosigner, ...]:
    """Give a witness of an earlier version its ML-DSA-44 key; gives all of its keys.

    Raises:
        CannotStart: there is no witness, or it has the key.

    """
    first, *others = read_keys(folder)
    if others:
        raise CannotStart(
            "this witness has an ML-DSA-44 key", fix="see `allod witness key`"
        )
    made = _new(first.verifier.name, ML_DSA_44)
    write_keys(folder, [made])
    return first, made.cosigner


def read_keys(folder: Path) -> tuple[Cosigner, ...]:
    """Read a witness's keys, the Ed25519 one first.

    Raises:
        CannotStart: the first is not there, others may read one, or one is damaged.

    """
    if not (folder / FILES[COSIGNATURE]).exists():
        raise CannotStart(
            "there is no witness in this folder", fix="run `allod witness init` first"
        )
    return tuple(_found(folder))


def _found(folder: Path) -> Iterable[Cosigner]:
    for algorithm, name in FILES.items():
        if (folder / name).exists():
            yield _read(folder / name, algorithm)


def _read(path: Path, algorithm: int) -> Cosigner:
    try:
        private = not path.stat().st_mode & 0o077
        cosigner = _decoded(path.read_text("ascii").removesuffix("\n"), algorithm)
    except (OSError, UnicodeError):
        private, cosigner = True, None
    if not private:
        raise CannotStart(f"others may read {path.name}", fix="chmod 600 it")
    if cosigner is None:
        raise CannotStart(
            f"{path.name} cannot be read, or is damaged", fix="make a new witness"
        )
    return cosigner


def _new(name: str, algorithm: int) -> NewKey:
    seed = Secret(os.urandom(_SEED_BYTES))
    return NewKey(Cosigner(name, seed, algorithm), seed)


def _encoded(key: NewKey) -> bytes:
    verifier = key.cosigner.verifier
    data = encode64(bytes([verifier.algorithm]) + key.seed.reveal())
    parts = [*_PRIVATE, verifier.name, verifier.key_id.hex(), data]
    return "+".join(parts).encode() + b"\n"


def _decoded(text: str, algorithm: int) -> Cosigner | None:
    try:
        private, key, name, key_hash, data = text.split("+", 4)
        seed = decode64(data)
        cosigner = Cosigner(name, Secret(seed[1:]), algorithm)
    except (ValueError, NoteError):
        return None
    whole = [private, key] == _PRIVATE and seed[0] == algorithm
    right = cosigner.verifier.key_id.hex() == key_hash
    return cosigner if whole and right else None
