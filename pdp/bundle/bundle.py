"""A policy bundle: a folder of Rego, tables, cases and tests, named by its digest.

The digest is what `find . -type f | sort | xargs sha256sum | sha256sum` gives inside
the folder (C order, paths without `./`), so anybody can check it with a shell. A
bundle is whole (`pdp.bundle.layout`) or refused, and it is read once.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from kit.home import make_folder, sync_folder, write_durably
from pdp.bundle.builtins import ALLOWED
from pdp.bundle.layout import (
    CAPABILITIES,
    MANIFEST,
    TABLES,
    BundleError,
    decided_actions,
    is_rule,
    json_of,
    require_whole,
    tables_of,
)

__all__ = [
    "CAPABILITIES",
    "MANIFEST",
    "TABLES",
    "Bundle",
    "BundleError",
    "digest_of",
    "from_texts",
    "install",
    "installed",
    "is_rule",
    "load",
]


_DIGEST: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A whole bundle, read once; nothing of it is read from the disk again."""

    digest: str
    texts: Mapping[str, str]
    tables: Mapping[str, Any]
    manifest: Mapping[str, Any]

    @property
    def modules(self) -> dict[str, str]:
        """The rule files (gate and legal), by path."""
        return {path: self.texts[path] for path in self.texts if is_rule(path)}

    @property
    def cases(self) -> dict[str, str]:
        """The case files, by path."""
        return {
            path: text for path, text in self.texts.items() if path.startswith("cases/")
        }

    @property
    def tests(self) -> dict[str, str]:
        """The Rego test files, by path."""
        return {
            path: text for path, text in self.texts.items() if path.startswith("tests/")
        }

    @property
    def builtins(self) -> frozenset[str]:
        """The built-ins that rules may call: of the program's, those it lists."""
        return ALLOWED & frozenset(json_of(self.texts, CAPABILITIES)["builtins"])

    def decides(self, action: str) -> bool:
        """Tell whether its manifest says that it decides an action.

        One that is older than the question of a write leaves writes to what stands in
        code: scope, reach, restriction and hold.
        """
        return action in decided_actions(self.manifest)

    def listing(self) -> list[dict[str, str]]:
        """List the files with their hashes, in the order of the digest."""
        return [
            {"path": path, "sha256": _sha256(self.texts[path])}
            for path in sorted(self.texts)
        ]


def load(folder: Path, *, digest: str | None = None) -> Bundle:
    """Read a bundle from a folder.

    Args:
        folder: where it lies.
        digest: the digest that it must have, if it is pinned: one that was judged when
            it got that name, and need not have what the program knows since.

    Raises:
        BundleError: it is empty, incomplete, has too much, or is another one.

    """
    return from_texts(_read_all(folder), digest=digest)


def from_texts(texts: Mapping[str, str], *, digest: str | None = None) -> Bundle:
    """Make a bundle of files that were read already, with the same checks.

    Raises:
        BundleError: as for `load`.

    """
    former = digest is not None
    require_whole(texts, former=former)
    found = digest_of(texts)
    if digest is not None and found != digest:
        raise BundleError("the files are not those of the digest that is pinned")
    ordered = MappingProxyType(dict(sorted(texts.items())))
    tables = tables_of(texts, former=former)
    return Bundle(found, ordered, tables, json_of(texts, MANIFEST))


def digest_of(texts: Mapping[str, str]) -> str:
    """Compute the digest of a bundle's files."""
    lines = (f"{_sha256(texts[path])}  {path}\n" for path in sorted(texts))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def install(bundle: Bundle, policies: Path) -> str:
    """Copy a bundle into an installation, under its digest, whole or not at all.

    Raises:
        BundleError: a damaged copy is in the way.

    """
    target = policies / bundle.digest
    if target.exists():
        load(target, digest=bundle.digest)
        return bundle.digest
    for left in policies.glob(f".{bundle.digest}*.new"):  # of a crash
        shutil.rmtree(left, ignore_errors=True)
    # A new folder of a name that nobody can foresee: no link is followed into it.
    make_folder(policies)
    aside = Path(
        tempfile.mkdtemp(prefix=f".{bundle.digest}.", suffix=".new", dir=policies)
    )
    for path, text in bundle.texts.items():
        file = aside / path
        make_folder(file.parent)
        write_durably(file, text.encode())
    for inside, _, _ in os.walk(aside):
        sync_folder(Path(inside))
    aside.rename(target)
    sync_folder(policies)
    return bundle.digest


def is_installed(policies: Path, digest: str) -> bool:
    """Tell whether there is a bundle of this digest, whole or damaged."""
    return bool(_DIGEST.fullmatch(digest)) and (policies / digest).is_dir()


def keep(bundle: Bundle, folder: Path) -> None:
    """Copy a bundle into the mirror, from where a restore brings it back.

    Raises:
        BundleError: a damaged copy is in the way.
        OSError: the mirror cannot be written.

    """
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    install(bundle, folder)


def installed(policies: Path, digest: str) -> Bundle:
    """Open a bundle of an installation by its digest.

    Raises:
        BundleError: it is not there, or its files have changed.

    """
    return load(policies / digest, digest=digest)


def _read_all(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise BundleError("the folder of the bundle is missing")
    texts = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        name = PurePosixPath(path.relative_to(folder)).as_posix()
        texts[name] = _read(path, name)
    return texts


def _read(path: Path, name: str) -> str:
    if path.is_symlink() or not path.is_file():
        raise BundleError(f"{name} is not a plain file", file=name)
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise BundleError(
            f"{name} cannot be read as UTF-8 text",
            file=name,
            fix="save the file as UTF-8",
        ) from None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
