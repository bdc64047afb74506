"""The program's own packages: what is imported is what was installed (ADR 0040).

They lie in site-packages under common names. Another distribution may hold one of the
names too: a package that is found earlier hides ours, and one that is installed later
overwrites its files without a word. This is asked before anything else is imported, so
it names nothing but the standard library.
"""

import csv
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

PACKAGES: Final = (
    *("kit", "ledger", "consent", "pdp", "vault", "exports", "crm", "server"),
)
FIX: Final = (
    "install allod into an environment of its own, without PYTHONPATH: "
    "docs/operations.md, Install"
)
_ROOT: Final = Path(__file__).resolve().parents[2]
_OURS: Final = tuple(f"{name}/" for name in PACKAGES)
_FIRST: Final = frozenset(f"{name}/__init__.py" for name in PACKAGES)


def foreign(root: Path = _ROOT) -> list[str]:
    """Name the packages that are another program's, whole or in their first file."""
    hidden = [name for name in PACKAGES if not _lies_in(root, name)]
    return hidden or [path.partition("/")[0] for path in changed(root, _FIRST)]


def changed(root: Path = _ROOT, among: frozenset[str] | None = None) -> list[str]:
    """Name the files that are not as they were installed; none in a checkout.

    `among` are the files that are looked at, instead of every one.
    """
    return [
        path
        for path, wanted in _recorded(root)
        if (among is None or path in among) and _digest(root / path) != wanted
    ]


def _lies_in(root: Path, name: str) -> bool:
    """Tell whether the first that an import would find of a name lies there."""
    for folder in map(Path, sys.path):
        for path in (folder / name / "__init__.py", folder / f"{name}.py"):
            if path.is_file():
                return path.resolve().parents[1] == root
    return False


def _recorded(root: Path) -> Iterator[tuple[str, str]]:
    """Read from the record of a wheel which files were installed, and their digests."""
    for record in root.glob("allod-*.dist-info/RECORD"):
        with record.open(encoding="utf-8", newline="") as file:
            for path, digest, _ in csv.reader(file):
                if digest and path.startswith(_OURS):
                    yield path, digest


def _digest(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError:
        return ""
    # PEP 376: URL-safe base64, without its padding.
    return f"sha256={urlsafe_b64encode(sha256(data).digest()).rstrip(b'=').decode()}"
