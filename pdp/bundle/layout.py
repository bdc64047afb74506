"""What a bundle has to hold, and what has no place in it: the checks of wholeness.

A bundle is whole or refused: each Rego file declares the package that the manifest
names for it, no file is there that the manifest and the layout do not account for,
and nothing that the manifest names is absent. Deleting a file can then not widen
access unnoticed (the gate's own rule `intact` is the second lock). What has to be there
however the manifest puts it, and which built-ins and masks there are, is
`pdp.bundle.floor`'s.

Data files must be called `data.json`: under another name one engine loaded it, a
second put it elsewhere, and the bundle builder left it out without a word.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from kit.canonical import parse
from kit.errors import CannotStart, Malformed
from kit.languages import TAG
from pdp.bundle.builtins import ALLOWED
from pdp.bundle.findings import place_of
from pdp.bundle.floor import (
    PACKAGES,
    REGO_VERSION,
    ROOTS,
    forbidden,
    is_in_order,
    misplaced,
    missing,
)
from pdp.bundle.positions import Path as JsonPath
from pdp.bundle.positions import Positions
from pdp.decision.decision import MASK_ORDER
from pdp.decision.question import VERSION, Action

MANIFEST = ".manifest"
CAPABILITIES = "capabilities.json"
TABLES = "tables/data.json"
# What a bundle decides that does not say: it is older than the question of a write.
READING = frozenset({Action.READ, Action.SEARCH, Action.EXPORT, Action.AGGREGATE})
NEEDED_TABLES = ("purposes", "roles", "masks", "mask_order", "classes", "residency")
_SAVED = "save the file as UTF-8 without a byte-order mark"
_WRITTEN = (
    "correct what stands there, or just before it: a comma, a quote or a bracket too"
    " many or too few, or a name that is there twice"
)
FIX = "restore the folder from its source, or activate a bundle that is whole"

_RULE_FILE = re.compile(r"(gate|legal)/[a-z0-9_]+\.rego")
_OTHER_FILE = re.compile(
    r"cases/[a-z0-9_]+\.yaml|tests/[a-z0-9_]+_test\.rego|README\.md"
    rf"|texts/{TAG.pattern}\.yaml"
)
_PACKAGES: JsonPath = ("metadata", "packages")
_ACTIONS: JsonPath = ("metadata", "actions")
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


def is_rule(path: str) -> bool:
    """Tell whether a bundle's file holds rules that decide."""
    return _RULE_FILE.fullmatch(path) is not None


def require_whole(texts: Mapping[str, str], *, former: bool = False) -> None:
    """Check that a bundle's files are all there, and no others.

    A former one was judged by an earlier program: it need not have what is newer.

    Raises:
        BundleError: they are not; it names the file and the place.

    """
    if MANIFEST not in texts:
        raise BundleError(
            f"{MANIFEST} is missing, so this is no policy bundle", file=MANIFEST
        )
    manifest = json_of(texts, MANIFEST)
    _check_files(texts)
    _check_packages(texts, manifest, former=former)
    _check_capabilities(texts)


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
                " cases/NAME.yaml, texts/LANGUAGE.yaml, tests/NAME_test.rego",
            )


def _check_packages(
    texts: Mapping[str, str], manifest: Mapping[str, Any], *, former: bool
) -> None:
    places = Positions(texts[MANIFEST])
    _check_terms(manifest, places)
    listed = _listed(manifest, places)
    for path, package in listed.items():
        if path not in texts:
            raise BundleError(
                f"{path} is missing; the manifest lists it as {package}",
                file=MANIFEST,
                at=places.name((*_PACKAGES, package)),
                fix=_restore(package),
            )
    packages = {package: path for path, package in listed.items()}
    _check_floor(packages, places, former=former)
    for path in filter(is_rule, texts):
        _check_package(path, texts[path], listed.get(path), places)


def _restore(package: str) -> str:
    if package in PACKAGES:
        return "restore the file: the program needs this package in every bundle"
    return (
        "restore the file; if it is to go, take out this line too, and its"
        " line in gate/gate.rego"
    )


def _check_terms(manifest: Mapping[str, Any], places: Positions) -> None:
    """Check what the manifest says of itself to an engine that pulls the bundle."""
    roots = manifest.get("roots")
    if not isinstance(roots, list) or sorted(map(str, roots)) != sorted(ROOTS):
        raise BundleError(
            f"the roots of a bundle are {', '.join(sorted(ROOTS))}, and no others",
            file=MANIFEST,
            at=places.value(("roots",)),
            fix=f'write "roots": {json.dumps(sorted(ROOTS))}',
        )
    version = manifest.get("rego_version", REGO_VERSION)
    if type(version) is not int or version != REGO_VERSION:
        raise BundleError(
            f"the rules are written in Rego version {REGO_VERSION}",
            file=MANIFEST,
            at=places.value(("rego_version",)),
            fix=f'write "rego_version": {REGO_VERSION}, and the rules in it',
        )


def _check_floor(
    packages: Mapping[str, str], places: Positions, *, former: bool
) -> None:
    for package in [] if former else missing(packages):
        raise BundleError(
            f"{MANIFEST} does not list {package} as {PACKAGES[package]}",
            file=MANIFEST,
            at=places.value((*_PACKAGES, package)),
            fix="list it, with its file: the program needs it in every bundle",
        )
    for package in misplaced(packages):
        raise BundleError(
            f"{packages[package]} may not bring {package} into a bundle",
            file=MANIFEST,
            at=places.name((*_PACKAGES, package)),
            fix="call it allod.legal.NAME, in legal/NAME.rego",
        )


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
    if not _known_actions(metadata.get("actions", [*READING])):
        raise _of_manifest(
            f"{MANIFEST} lists an action that there is not, or leaves out reading",
            places,
            _ACTIONS,
        )
    packages = metadata["packages"]
    if not isinstance(packages, dict) or not all(
        isinstance(path, str) for path in packages.values()
    ):
        raise _of_manifest("a package is listed without its file", places, _PACKAGES)
    listed = {path: package for package, path in packages.items()}
    if len(listed) != len(packages):
        raise _of_manifest("two packages are listed with one file", places, _PACKAGES)
    return listed


def _known_actions(actions: object) -> bool:
    return isinstance(actions, list) and (
        set(READING) <= set(map(str, actions)) <= set(Action)
    )


def decided_actions(manifest: Mapping[str, Any]) -> frozenset[str]:
    """Give the actions that a whole bundle decides, as its manifest says."""
    return frozenset(manifest["metadata"].get("actions", READING))


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
    builtins = json_of(texts, CAPABILITIES).get("builtins")
    places = Positions(texts[CAPABILITIES])
    if not isinstance(builtins, list):
        at = places.value(("builtins",))
        raise BundleError("there is no list `builtins`", file=CAPABILITIES, at=at)
    for place, why in forbidden(builtins):
        raise BundleError(
            why,
            file=CAPABILITIES,
            at=places.value(("builtins", place)),
            fix="take it out of the list, and out of the rules; there are: "
            + ", ".join(sorted(ALLOWED)),
        )


def tables_of(texts: Mapping[str, str], *, former: bool = False) -> dict[str, Any]:
    """Read a bundle's tables; a former one need not have the masks that are newer.

    Raises:
        BundleError: they are no tables, or one of those that are needed is not there.

    """
    tables = json_of(texts, TABLES)
    places = Positions(texts[TABLES])
    for name in NEEDED_TABLES:
        if not tables.get(name):
            raise BundleError(
                f"{TABLES} has no table {name}",
                file=TABLES,
                at=places.name((name,)),
                fix=f"write the table {name} there, with its rows",
            )
    if not is_in_order(tables["mask_order"], former=former):
        raise BundleError(
            "the masks are not in their order, from the most open to the most closed",
            file=TABLES,
            at=places.value(("mask_order",)),
            fix=f'write "mask_order": {json.dumps(MASK_ORDER)}',
        )
    return tables


def json_of(texts: Mapping[str, str], path: str) -> dict[str, Any]:
    """Read the JSON object that a bundle's file is.

    Raises:
        BundleError: it is none, or names something twice; it names the place.

    """
    try:
        value = parse(texts[path].encode())
    except Malformed as error:
        raise BundleError(
            f"{path}: {error.detail}",
            file=path,
            at=_where(texts[path]),
            fix=_SAVED if texts[path].startswith("\ufeff") else _WRITTEN,
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
