"""A policy bundle: a folder of Rego, tables, cases and tests, named by its digest.

The digest is what `find . -type f | sort | xargs sha256sum | sha256sum` gives inside
the folder (C order, paths without `./`), so anybody can check it with a shell. A
bundle is whole or refused: each Rego file declares the package that the manifest
names for it, no file is there that the manifest and the layout do not account for,
and nothing that the manifest names is absent. Deleting a file can then not widen
access unnoticed (the gate's own rule `intact` is the second lock).

Data files must be called `data.json`: under another name one engine loaded it, a
second put it elsewhere, and the bundle builder left it out without a word.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from kit.canonical import parse
from kit.errors import CannotStart, Malformed
from kit.home import sync_folder, write_durably
from pdp.findings import place_of
from pdp.positions import Path as JsonPath
from pdp.positions import Positions
from pdp.question import VERSION

MANIFEST = ".manifest"
CAPABILITIES = "capabilities.json"
TABLES = "tables/data.json"
NEEDED_TABLES = ("purposes", "roles", "masks", "mask_order", "classes", "residency")
FIX = "restore the folder from its source, or activate a bundle that is whole"

_RULE_FILE = re.compile(r"(gate|legal)/[a-z0-9_]+\.rego")
_OTHER_FILE = re.compile(
    r"cases/[a-z0-9_]+\.yaml|tests/[a-z0-9_]+_test\.rego|README\.md"
)
_PACKAGES: JsonPath = ("metadata", "packages")
_PACKAGE = re.compile(r"^package +([a-z0-9_.]+)\s*$", re.MULTILINE)


class BundleError(CannotStart):
    """The bundle is not one that may decide anything; this is where, and the remedy."""

    code = "policies_damaged"

    def __init__(
        self,
        message: str,
        *,
        file: str = "",
        at: tuple[int, int] = (1, 1),
        fix: str = FIX,
    ) -> None:
        self.message, self.file, (self.line, self.column) = message, file, at
        place = f"{file}:{self.line}:{self.column}: " if file else ""
        super().__init__(f"policies: {place}{message}", fix=fix)


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
        """The built-in functions that rules may call."""
        return frozenset(_json(self.texts, CAPABILITIES)["builtins"])

    def listing(self) -> list[dict[str, str]]:
        """List the files with their hashes, in the order of the digest."""
        return [
            {"path": path, "sha256": _sha256(self.texts[path])}
            for path in sorted(self.texts)
        ]


def is_rule(path: str) -> bool:
    """Tell whether a bundle's file holds rules that decide."""
    return _RULE_FILE.fullmatch(path) is not None


def load(folder: Path, *, digest: str | None = None) -> Bundle:
    """Read a bundle from a folder.

    Args:
        folder: where it lies.
        digest: the digest that it must have, if it is pinned.

    Raises:
        BundleError: it is empty, incomplete, has too much, or is another one.

    """
    return from_texts(_read_all(folder), digest=digest)


def from_texts(texts: Mapping[str, str], *, digest: str | None = None) -> Bundle:
    """Make a bundle of files that were read already, with the same checks.

    Raises:
        BundleError: as for `load`.

    """
    if MANIFEST not in texts:
        raise BundleError(
            f"{MANIFEST} is missing, so this is no policy bundle", file=MANIFEST
        )
    manifest = _json(texts, MANIFEST)
    _check_files(texts)
    _check_packages(texts, manifest)
    _check_capabilities(texts)
    found = digest_of(texts)
    if digest is not None and found != digest:
        raise BundleError("the files are not those of the digest that is pinned")
    ordered = MappingProxyType(dict(sorted(texts.items())))
    return Bundle(found, ordered, _tables(texts), manifest)


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
    aside = policies / f".{bundle.digest}.new"
    shutil.rmtree(aside, ignore_errors=True)
    for path, text in bundle.texts.items():
        file = aside / path
        file.parent.mkdir(parents=True, exist_ok=True)
        write_durably(file, text.encode())
    for inside, _, _ in os.walk(aside):
        sync_folder(Path(inside))
    aside.rename(target)
    sync_folder(policies)
    return bundle.digest


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


def _check_files(texts: Mapping[str, str]) -> None:
    for needed in (CAPABILITIES, TABLES):
        if needed not in texts:
            raise BundleError(f"{needed} is missing", file=needed)
    for path in texts:
        if path in {MANIFEST, CAPABILITIES, TABLES} or is_rule(path):
            continue
        if path.endswith(".json"):
            raise BundleError(
                f"{path}: a data file must be called data.json, in tables/",
                file=path,
                fix=f"put its tables into {TABLES}, and take the file out",
            )
        if not _OTHER_FILE.fullmatch(path):
            raise BundleError(
                f"{path} has no place in a bundle",
                file=path,
                fix="take it out, or call it as its folder wants: legal/NAME.rego,"
                " cases/NAME.yaml, tests/NAME_test.rego",
            )


def _check_packages(texts: Mapping[str, str], manifest: Mapping[str, Any]) -> None:
    places = Positions(texts[MANIFEST])
    listed = _listed(manifest, places)
    for path, package in listed.items():
        if path not in texts:
            raise BundleError(
                f"{path} is missing; the manifest lists it as {package}",
                file=MANIFEST,
                at=places.name((*_PACKAGES, package)),
                fix="restore the file; if it is to go, take out this line too, and its"
                " line in `intact` in gate/gate.rego",
            )
    for path in filter(is_rule, texts):
        _check_package(path, texts[path], listed.get(path), places)


def _listed(manifest: Mapping[str, Any], places: Positions) -> dict[str, str]:
    """Give the package that the manifest names for each file."""
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict) or not metadata.get("packages"):
        raise _of_manifest(f"{MANIFEST} lists no packages", places, _PACKAGES)
    if VERSION not in metadata.get("question_versions", ()):
        raise _of_manifest(
            f"{MANIFEST} does not accept question version {VERSION}",
            places,
            ("metadata", "question_versions"),
        )
    packages = metadata["packages"]
    if not isinstance(packages, dict) or not all(
        isinstance(path, str) for path in packages.values()
    ):
        raise _of_manifest("a package is listed without its file", places, _PACKAGES)
    return {path: package for package, path in packages.items()}


def _of_manifest(message: str, places: Positions, path: JsonPath) -> BundleError:
    return BundleError(message, file=MANIFEST, at=places.value(path))


def _check_package(
    path: str, text: str, expected: str | None, places: Positions
) -> None:
    declared = _PACKAGE.search(text)
    if expected is None:
        raise BundleError(
            f"{path} is not listed in the manifest",
            file=MANIFEST,
            at=places.value(_PACKAGES),
            fix=f"name its package there, or take {path} out",
        )
    if declared is None or declared[1] != expected:
        raise BundleError(
            f"{path} does not declare package {expected}",
            file=path,
            at=place_of(text, declared.start(1) if declared else 0),
            fix=f"write `package {expected}` there, or correct {MANIFEST}",
        )


def _check_capabilities(texts: Mapping[str, str]) -> None:
    builtins = _json(texts, CAPABILITIES).get("builtins")
    if not isinstance(builtins, list):
        at = Positions(texts[CAPABILITIES]).value(("builtins",))
        raise BundleError("there is no list `builtins`", file=CAPABILITIES, at=at)


def _tables(texts: Mapping[str, str]) -> dict[str, Any]:
    tables = _json(texts, TABLES)
    places = Positions(texts[TABLES])
    for name in NEEDED_TABLES:
        if not tables.get(name):
            raise BundleError(
                f"{TABLES} has no table {name}",
                file=TABLES,
                at=places.name((name,)),
                fix=f"write the table {name} there, with its rows",
            )
    return tables


def _json(texts: Mapping[str, str], path: str) -> dict[str, Any]:
    try:
        value = parse(texts[path].encode())
    except Malformed as error:
        raise BundleError(
            f"{path}: {error.detail}",
            file=path,
            at=_where(texts[path]),
            fix="correct what stands there, or just before it: a comma, a quote or a"
            " bracket too many or too few, or a name that is there twice",
        ) from None
    if not isinstance(value, dict):
        raise BundleError(
            f"{path} is not a JSON object", file=path, fix="put {} around it"
        )
    return value


def _where(text: str) -> tuple[int, int]:
    """Find where a text stops being JSON, or names something twice."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.lineno, error.colno
    except RecursionError:
        return 1, 1
    return Positions(text).twice or (1, 1)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
