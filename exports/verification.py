"""Checking an export offline: with the archive, a trust policy, and nobody's help.

In this order: that each byte has its place, the manifest's signature, the digest of
the chain (which lists the receipts as the manifest lists the rest), no file too many
and none too few, every digest, every receipt up to the signed root, the chain without
a gap.

`verify_own_chain` looks at the chain and its receipts alone, whatever became of the
rest of the archive, and names the entry at fault by its position.

What it shows: the archive is whole and is what the vault signed; what it says was
stamped, was stamped then. What it cannot show: that the vault held nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from exports import chain, manifest
from exports.chain import (
    EXPORT,
    ChainEntry,
    export_content,
    kind_of,
    read_chain,
)
from exports.container import ArchiveError, Container
from exports.layout import dos_time
from exports.manifest import Listed, Manifest, read_manifest
from ledger.formats.extension import Extension
from ledger.formats.receipt import MAX_PROOF_BYTES
from ledger.formats.trust_policy import TrustPolicy

MAX_MANIFEST: Final = 1 << 20
MAX_CHAIN: Final = 1 << 28


@dataclass(frozen=True, slots=True)
class Summary:
    """What a verified archive is. `size` is in bytes, inflated, without the manifest.

    `entries` counts the customer's ledger entries, `proven` those whose content is in
    the archive, and `tree` is the size of the log that the receipts lead to.
    """

    log: str
    made_at: datetime
    files: int
    size: int
    entries: int
    proven: int
    tree: int


def verify_archive(
    source: Path | bytes, policy: TrustPolicy, proofs: Sequence[Extension] = ()
) -> Summary:
    """Check an export, whole.

    `proofs` lead from trees that witnesses had not seen to such that they had.

    Raises:
        ArchiveError: something does not hold; its `file` is the one at fault.
        OSError: the path cannot be opened.

    """
    with Container.opened(source) as container:
        signed = read_manifest(
            container.read(manifest.PATH, limit=MAX_MANIFEST), policy
        )
        _require_dates(container, signed)
        entries = _chain(container, signed)
        files = _listed(signed, entries)
        _require_same(container.paths - {manifest.PATH}, frozenset(files))
        for file in files.values():
            _require_digest(container, file)
        tree = _verify_receipts(container, entries, policy, proofs)
    _require_export(signed, entries)
    return Summary(
        log=signed.log,
        made_at=signed.made_at,
        files=len(files) + 1,
        size=sum(file.size for file in files.values()),
        entries=len(entries),
        proven=sum(entry.content is not None for entry in entries),
        tree=tree,
    )


@dataclass(frozen=True, slots=True)
class OwnChain:
    """What a verified chain is; the fields are those of a `Summary`."""

    entries: int
    proven: int
    tree: int


def verify_own_chain(
    source: Path | bytes, policy: TrustPolicy, proofs: Sequence[Extension] = ()
) -> OwnChain:
    """Check a customer's chain in an export, up to the signed roots.

    That it is not cut off at its end is for `verify_archive` to show, and so is what
    the other files say; they are read only to see that nothing hides between them.

    Raises:
        ArchiveError: it is broken; the message names the first entry at fault.
        OSError: the path cannot be opened.

    """
    with Container.opened(source) as container:
        for path in container.paths:
            container.digest(path)
        entries = read_chain(
            container.read(chain.PATH, limit=MAX_CHAIN), at_most=len(container.paths)
        )
        return OwnChain(
            entries=len(entries),
            proven=sum(entry.content is not None for entry in entries),
            tree=_verify_receipts(container, entries, policy, proofs),
        )


def _require_dates(container: Container, signed: Manifest) -> None:
    if container.dates != {dos_time(signed.made_at)}:
        raise ArchiveError("a file has another date than the archive was made at")


def _chain(container: Container, signed: Manifest) -> tuple[ChainEntry, ...]:
    for file in signed.files:
        if file.path == chain.PATH:
            data = container.read(file.path, limit=MAX_CHAIN)
            _require_digest(container, file)
            return read_chain(data, at_most=len(container.paths))
    raise ArchiveError("the manifest lists no chain", file=manifest.PATH)


def _listed(signed: Manifest, entries: tuple[ChainEntry, ...]) -> Mapping[str, Listed]:
    lines = [*signed.files, *(entry.receipt for entry in entries)]
    files = {file.path: file for file in lines}
    if len(files) != len(lines) or manifest.PATH in files:
        raise ArchiveError("a file is listed twice")
    return files


def _require_same(there: frozenset[str], listed: frozenset[str]) -> None:
    for path in sorted(listed - there):
        raise ArchiveError("a file is missing", file=path)
    for path in sorted(there - listed):
        raise ArchiveError("a file does not belong to the archive", file=path)


def _require_digest(container: Container, file: Listed) -> None:
    if container.digest(file.path) != (file.sha256, file.size):
        raise ArchiveError("a file is not the one that was signed", file=file.path)


def _verify_receipts(
    container: Container,
    entries: tuple[ChainEntry, ...],
    policy: TrustPolicy,
    proofs: Sequence[Extension],
) -> int:
    tree = 0
    for position, entry in enumerate(entries, start=1):
        data = container.read(entry.receipt.path, limit=MAX_PROOF_BYTES)
        try:
            tree = max(tree, entry.verify(data, policy, proofs).size)
        except ArchiveError as error:
            detail = f"entry {position}: {error.detail}"
            raise ArchiveError(
                detail, file=error.file, code=error.reason_code
            ) from None
    return tree


def _require_export(signed: Manifest, entries: tuple[ChainEntry, ...]) -> None:
    """Check that the chain reaches to this very export: its end is not cut off."""
    content = export_content(signed.made_at)
    if not any(
        entry.content == content and kind_of(entry.opening) == EXPORT
        for entry in entries
    ):
        raise ArchiveError("the chain does not reach to this export", file=chain.PATH)
