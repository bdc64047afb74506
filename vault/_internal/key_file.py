"""The key file: whose it is, what it looks like, what protects it.

    {"format": "allod/root-key/v1",
     "protection": {"kdf": "argon2id", "memory_kib": 65536, "passes": 3, "lanes": 4,
                    "salt": base64}  or  {"kdf": "none"},
     "ring": base64 of {"1": base64 of 32 bytes, …}, sealed unless kdf is none}

Owner and mode are asked of the open file, not of its name, before a byte of it is
believed. Whatever is wrong is a `CannotStart` that says what to do.
"""

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kit.canonical import canonical, parse
from kit.errors import CannotStart, Malformed
from kit.framing import framed
from kit.secret import Secret
from vault._internal.aead import ARGON2ID, KEY_BYTES, Aead, Unsealable, stretch

FORMAT: Final = "allod/root-key/v1"
SALT_BYTES: Final = 16
MAX_BYTES: Final = 1 << 20

_PLAIN: Final = {"kdf": "none"}
_SEALED: Final = {"kdf": "argon2id", **ARGON2ID}
_RESTORE: Final = "restore it from its backup; a new key opens nothing that is here"

Ring = Mapping[int, Secret]  # root versions; the highest one wraps


@dataclass(frozen=True, slots=True)
class KeyProtection:
    """What protects the ring in its file: a passphrase, or nothing but the mode."""

    protection: Mapping[str, Any]
    aead: Aead | None

    @classmethod
    def new(cls, passphrase: Secret | None) -> "KeyProtection":
        """Make the protection of a new file.

        Raises:
            CannotStart: the passphrase is empty.

        """
        if passphrase is None:
            return cls(_PLAIN, None)
        if not passphrase.reveal():
            raise CannotStart("the passphrase is empty", fix="choose a long one")
        salt = secrets.token_bytes(SALT_BYTES)
        aead = Aead(stretch(passphrase.reveal(), salt))
        return cls({**_SEALED, "salt": _text(salt)}, aead)

    def close(self, ring: bytes) -> bytes:
        """Protect the ring's bytes."""
        return ring if self.aead is None else self.aead.seal(ring, self._aad())

    def open(self, body: bytes) -> bytes:
        """Give the ring's bytes back."""
        return body if self.aead is None else self.aead.open(body, self._aad())

    def _aad(self) -> bytes:
        # The salt and the costs are bound: weaker ones written into the file do not
        # open it.
        return framed(FORMAT, canonical(dict(self.protection)))


def encode(ring: Ring, guard: KeyProtection) -> bytes:
    """Write a ring as the bytes of a key file."""
    keys = {str(version): _text(key.reveal()) for version, key in ring.items()}
    body = _text(guard.close(canonical(keys)))
    document = {"format": FORMAT, "protection": dict(guard.protection), "ring": body}
    return canonical(document) + b"\n"


def load(path: Path, passphrase: Secret | None) -> tuple[Ring, KeyProtection]:
    """Read a key file at the start.

    Raises:
        CannotStart: missing, open to others, damaged, or another passphrase.

    """
    protection, body = _document(path)
    guard = _guard(path, protection, passphrase)
    return _ring(path, guard, body), guard


def reload(path: Path, guard: KeyProtection) -> Ring:
    """Read a key file again, under the protection that it had.

    Raises:
        CannotStart: as `load`; also when its protection has changed.

    """
    protection, body = _document(path)
    if protection != guard.protection:
        raise unfit(path, "is protected otherwise than at the start", "start again")
    return _ring(path, guard, body)


def unfit(path: Path, what: str, fix: str = _RESTORE) -> CannotStart:
    """Say what is wrong with a key file, and what to do."""
    return CannotStart(f"{path.parent.name}/{path.name} {what}", fix=fix)


def _document(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        document = parse(_read(path))
        if set(document) != {"format", "protection", "ring"}:
            raise Malformed("other members than a key file has")
        if document["format"] != FORMAT:
            raise unfit(path, "has a format not known here", "start the newer version")
        return dict(document["protection"]), _bytes(document["ring"])
    except (Malformed, TypeError, ValueError):
        raise unfit(path, "is damaged") from None


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise unfit(path, "is missing") from None
    except OSError:
        raise unfit(
            path, "cannot be read", "make it a file of the server's user"
        ) from None
    try:
        _check_owner(path, os.fstat(descriptor))
        return os.read(descriptor, MAX_BYTES)
    finally:
        os.close(descriptor)


def _check_owner(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise unfit(path, "is not a plain file")
    if found.st_uid != os.geteuid():
        raise unfit(path, "belongs to another user", "chown it to the server's user")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise unfit(path, "is open to group or others", "chmod 600 it, then rotate")


def _guard(
    path: Path, protection: dict[str, Any], passphrase: Secret | None
) -> KeyProtection:
    if protection == _PLAIN:
        if passphrase is not None:
            raise unfit(path, "has no passphrase, and one was given", "give none")
        return KeyProtection(protection, None)
    if {**protection, "salt": ""} != {**_SEALED, "salt": ""}:
        raise unfit(path, "is protected in a way not known here")
    if passphrase is None:
        raise unfit(path, "is sealed under a passphrase", "give the passphrase")
    try:
        key = stretch(passphrase.reveal(), _bytes(protection["salt"]))
    except (KeyError, TypeError, ValueError):
        raise unfit(path, "is damaged") from None
    return KeyProtection(protection, Aead(key))


def _ring(path: Path, guard: KeyProtection, body: bytes) -> Ring:
    try:
        members = parse(guard.open(body))
        ring = {int(version): Secret(_bytes(key)) for version, key in members.items()}
    except Unsealable:
        raise unfit(
            path,
            "does not open with this passphrase, or is damaged",
            "give the passphrase it was made with, or restore it from its backup",
        ) from None
    except (Malformed, AttributeError, TypeError, ValueError):
        raise unfit(path, "is damaged") from None
    if (
        not ring
        or min(ring) < 1
        or any(len(k.reveal()) != KEY_BYTES for k in ring.values())
    ):
        raise unfit(path, "is damaged")
    return ring


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return binascii.a2b_base64(text, strict_mode=True)
